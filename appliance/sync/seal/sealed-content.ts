/** The content of a file as those have it who may not read it: each block sealed by itself (docs/protocol.md, "Sealed"). */
import { createHash } from 'node:crypto'
import { HASH_BYTES } from '../model/entry.ts'
import type { Entry } from '../model/entry.ts'
import { MIN_BLOCK_BYTES, SEAL_BYTES } from '../model/block-size.ts'
import type { FileKey } from './seal-keys.ts'
import { open, seal, sealedParts } from './xchacha.ts'

/** a shorter block is filled up with zeros: the very small ones all look the same */
const LEAST_BYTES = 1024

/** One block of a file that can be read, and where it lies in the sealed one. */
export interface SealedBlock {
  readonly offset: number
  readonly sizeBytes: number
  readonly hash: Uint8Array
  readonly sealedOffset: number
  readonly sealedBytes: number
}

const sealedBytesOf = (sizeBytes: number): number => Math.max(sizeBytes, LEAST_BYTES) + SEAL_BYTES

/** of every sealed block but the last */
export const sealedBlockBytesOf = ({ blockBytes }: Pick<Entry, 'blockBytes'>): number =>
  (blockBytes || MIN_BLOCK_BYTES) + SEAL_BYTES

/** An empty file has one block of no bytes. @returns undefined: the file has no such block */
export function sealedBlock({ sizeBytes, blockBytes, blocks }: Entry, index: number): SealedBlock | undefined {
  const bytesEach = blockBytes || MIN_BLOCK_BYTES
  const offset = index * bytesEach
  if (index > 0 && offset >= sizeBytes) return undefined
  const size = Math.min(bytesEach, sizeBytes - offset)
  return {
    offset,
    sizeBytes: size,
    hash: blocks.subarray(index * HASH_BYTES, (index + 1) * HASH_BYTES),
    sealedOffset: index * (bytesEach + SEAL_BYTES),
    sealedBytes: sealedBytesOf(size),
  }
}

/** @param bytes  what the block holds */
export const sealBlock = (bytes: Uint8Array, block: SealedBlock, file: FileKey): Uint8Array =>
  seal(filled(bytes), file.key, nonceOf(block, file))

/** SHA-256 of the sealed block. */
export function hashOfSealed(bytes: Uint8Array, block: SealedBlock, file: FileKey): Uint8Array {
  const hash = createHash('sha256')
  for (const part of sealedParts(filled(bytes), file.key, nonceOf(block, file))) hash.update(part)
  return hash.digest()
}

const filled = (bytes: Uint8Array): Uint8Array =>
  bytes.length < LEAST_BYTES ? Buffer.concat([bytes, Buffer.alloc(LEAST_BYTES - bytes.length)]) : bytes

function nonceOf({ offset, hash }: SealedBlock, { nonce }: FileKey): Uint8Array {
  const at = Buffer.alloc(8)
  at.writeBigUInt64BE(BigInt(offset))
  return nonce(Buffer.concat([Buffer.from('block'), at, hash]))
}

/** @returns undefined for what is no sealed block of this file */
export const openBlock = (sealed: Uint8Array, sizeBytes: number, { key }: FileKey): Uint8Array | undefined =>
  // whoever gets it may hand its memory to a worker
  open(sealed, key)?.slice(0, sizeBytes)
