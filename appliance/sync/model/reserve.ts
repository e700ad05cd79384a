import { spaceToBytes } from './space.ts'
import type { Space } from './space.ts'

export type Reserve = Space | 'auto'

const GIB = 2 ** 30

/**
 * How much of a disk stays free, so that its owner and our own housekeeping can still work: a GiB or a fiftieth,
 * whichever is more; of a small disk no more than a twentieth.
 * @param wanted  what its owner says instead
 */
export function reserveBytes(totalBytes: number, wanted: Reserve): number {
  if (wanted !== 'auto') return spaceToBytes(wanted, totalBytes)
  return Math.min(Math.max(GIB, totalBytes / 50), totalBytes / 20)
}
