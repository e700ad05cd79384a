const KIB = 1024
const MIB = 1024 * KIB
export const MIN_BLOCK_BYTES = 128 * KIB
export const MAX_BLOCK_BYTES = 16 * MIB
const DESIRED_BLOCKS = 2000

/** Smallest power of two from 128 KiB to 16 MiB that needs fewer than 2,000 blocks (BEP v1, "Selection of Block Size"). */
export function blockBytesFor(sizeBytes: number): number {
  let blockBytes = MIN_BLOCK_BYTES
  while (blockBytes < MAX_BLOCK_BYTES && sizeBytes >= DESIRED_BLOCKS * blockBytes) blockBytes *= 2
  return blockBytes
}
