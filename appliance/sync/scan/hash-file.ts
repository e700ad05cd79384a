import { hash } from 'node:crypto'
import { isZeros, zerosHash } from '../model/zeros.ts'
import type { File } from '../ports.ts'

const HASH_BYTES = 32
const READ_BYTES = 1024 * 1024
const LEAST_BYTES = 1024

/** Reading much at a time into the same memory again and again costs least. As much as the largest file needs. */
export class ReadBuffer {
  #shared = Buffer.allocUnsafeSlow(0)

  /** The buffer holds one block, or several, or all of `sizeBytes`. */
  for(blockBytes: number, sizeBytes: number): Uint8Array {
    let length = LEAST_BYTES
    while (length < sizeBytes && (length < blockBytes || length < READ_BYTES)) length *= 2
    if (length > READ_BYTES || length > this.#shared.length) {
      const larger = Buffer.allocUnsafeSlow(length)
      if (length > READ_BYTES) return wholeBlocks(larger, blockBytes, sizeBytes)
      this.#shared = larger
    }
    return wholeBlocks(this.#shared, blockBytes, sizeBytes)
  }
}

/** What of a buffer holds no part of a block. */
const wholeBlocks = (buffer: Uint8Array, blockBytes: number, sizeBytes: number): Uint8Array =>
  buffer.length >= sizeBytes ? buffer : buffer.subarray(0, buffer.length - (buffer.length % blockBytes))

/**
 * SHA-256 of each block, one after the other; pauses after each buffer full. Undefined: the file is shorter than
 * it was.
 * @throws node's errors when reading fails
 */
export function* hashFile(
  file: File,
  sizeBytes: number,
  blockBytes: number,
  buffers: ReadBuffer,
): Generator<undefined, Uint8Array | undefined> {
  const buffer = buffers.for(blockBytes, sizeBytes)
  const hashes = new Uint8Array(Math.ceil(sizeBytes / blockBytes) * HASH_BYTES)
  let at = 0
  for (let position = 0; position < sizeBytes; position += buffer.length) {
    if (position > 0) yield
    const wanted = Math.min(buffer.length, sizeBytes - position)
    if (file.read(buffer.subarray(0, wanted), position) < wanted) return undefined
    for (let start = 0; start < wanted; start += blockBytes, at += HASH_BYTES)
      hashes.set(hashOf(buffer.subarray(start, Math.min(start + blockBytes, wanted)), blockBytes), at)
  }
  return hashes
}

/** The hole of a sparse file is told by a look, which costs a tenth of hashing it. */
const hashOf = (block: Uint8Array, blockBytes: number): Uint8Array =>
  block.length === blockBytes && isZeros(block) ? zerosHash(blockBytes) : hash('sha256', block, 'buffer')
