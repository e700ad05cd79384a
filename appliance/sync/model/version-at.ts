/** Which version of a path was there at a time. */
import { compareStamps } from './stamp.ts'
import type { Stamp } from './stamp.ts'

/** What is known of when a file lay at its path. */
export interface Dated {
  /** when the file was made on this disk, in milliseconds since 1970; the version may be younger, not older */
  readonly bornMs: number
}

/** A version in the archive: it lay at its path until then. */
export interface Replaced extends Dated {
  readonly stamp: Stamp
}

const SECOND_MS = 1000

/**
 * The version that was the first to be replaced or deleted from that second on; where none was, what lies there now.
 *
 * It was made only after that second, and no older one is known: then nothing lay there. With an older one, the path
 * was in use before; what lay there at that second may have been thinned out since, and the next younger version is
 * nearer to it than nothing.
 *
 * @param versions of one path, oldest first
 * @param live what lies there now
 */
export function versionAt<V extends Replaced>(
  versions: readonly V[],
  live: Dated | undefined,
  at: Stamp,
): V | 'live' | undefined {
  const index = versions.findIndex(({ stamp }) => compareStamps(stamp, at) >= 0)
  const version = index < 0 ? undefined : versions[index]
  const hasOlder = index < 0 ? versions.length > 0 : index > 0
  const found = version ?? live
  if (!found) return undefined
  // where a disk does not say when a file was made, it seems to be when it was moved to the archive
  const endMs = version ? version.stamp.ms : Infinity
  const wasThere = hasOlder || found.bornMs < at.ms + SECOND_MS || found.bornMs >= endMs + SECOND_MS
  return wasThere ? (version ?? 'live') : undefined
}
