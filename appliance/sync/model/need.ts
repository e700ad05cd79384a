import type { Action } from './plan.ts'
import type { RelPath } from './rel-path.ts'

/** Order in which needs are met; removals come last, so that what is renamed can be copied first. */
export const needRank = { directory: 0, content: 1, removal: 2 } as const

/** A path whose plan has something to do. */
export interface Need {
  readonly path: RelPath
  readonly rank: number
  /** bytes to receive */
  readonly size: number
}

export function needOf({ type, entry }: Action): Need {
  const rank = type === 'remove' ? needRank.removal : entry.type === 'directory' ? needRank.directory : needRank.content
  return { path: entry.path, rank, size: type === 'replace' ? entry.sizeBytes : 0 }
}
