const KIB = 1024
const MIB = 1024 * KIB
export const MIN_BLOCK_BYTES = 128 * KIB
export const MAX_BLOCK_BYTES = 16 * MIB
/** by how much a sealed block is longer: a nonce and a tag */
export const SEAL_BYTES = 40
const DESIRED_BLOCKS = 2000

/** Smallest power of two from 128 KiB to 16 MiB that needs fewer than 2,000 blocks (BEP v1, "Selection of Block Size"). */
export function blockBytesFor(sizeBytes: number): number {
  let blockBytes = MIN_BLOCK_BYTES
  while (blockBytes < MAX_BLOCK_BYTES && sizeBytes >= DESIRED_BLOCKS * blockBytes) blockBytes *= 2
  return blockBytes
}

/** Of a sealed file, by what was sealed. */
function sealedBlockBytesFor(sealedBytes: number): number {
  for (let blockBytes = MIN_BLOCK_BYTES; ; blockBytes *= 2) {
    const plainBytes = sealedBytes - SEAL_BYTES * Math.ceil(sealedBytes / (blockBytes + SEAL_BYTES))
    if (blockBytes >= MAX_BLOCK_BYTES || plainBytes < DESIRED_BLOCKS * blockBytes) return blockBytes + SEAL_BYTES
  }
}

/** @param isSealed  whether the files of a share are those that its writers have sealed */
export const blockBytesIn = ({ isSealed = false }: { readonly isSealed?: boolean }, sizeBytes: number): number =>
  isSealed ? sealedBlockBytesFor(sizeBytes) : blockBytesFor(sizeBytes)
