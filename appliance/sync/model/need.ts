import type { HeldEntry } from './local-change.ts'
import { takesAway } from './plan.ts'
import type { Action } from './plan.ts'
import type { RelPath } from './rel-path.ts'

/** Order in which needs are met; removals come last, so that what is renamed can be copied first. */
export const needRank = { directory: 0, content: 1, removal: 2 } as const

/**
 * `takes`: a file here is removed or replaced. `letThrough`: likewise, and the owner wants it so. `held`: likewise, and
 * it is so much that the owner is asked first.
 */
export const needLoss = { none: 0, takes: 1, letThrough: 2, held: 3 } as const

/** A path whose plan has something to do. */
export interface Need {
  readonly path: RelPath
  readonly rank: number
  /** bytes to receive */
  readonly size: number
  /** whether it takes a file's content away here, and what the owner says to that */
  readonly loss: number
}

/** @param local what is held at the path of the action */
export function needOf(action: Action, local: HeldEntry | undefined): Need {
  const { type, entry } = action
  // of what never came, too: who hears that a folder is gone is to know by then what became of all that was in it
  const isRemoval = type === 'remove' || entry.deleted
  const rank = isRemoval ? needRank.removal : entry.type === 'directory' ? needRank.directory : needRank.content
  const loss = takesAway(action, local) ? needLoss.takes : needLoss.none
  return { path: entry.path, rank, size: type === 'replace' ? entry.sizeBytes : 0, loss }
}
