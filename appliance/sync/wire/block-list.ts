import { MAX_BLOCK_BYTES, MIN_BLOCK_BYTES, SEAL_BYTES } from '../model/block-size.ts'
import { HASH_BYTES } from '../model/entry.ts'
import { BLOCK_BYTES, BLOCK_HASH, BLOCK_OFFSET } from './file-info-fields.ts'
import type { Reader } from './protobuf-reader.ts'

/** of a block's field: tag, length, hash and size */
const MIN_BLOCK_FIELD_BYTES = 39

/** The blocks of one entry while it is read. Its memory serves the next entry too. */
export class BlockList {
  count = 0
  #hashes = new Uint8Array(64 * HASH_BYTES)
  #end = 0
  #firstBytes = 0
  #lastBytes = 0
  #isEven = true

  clear(): void {
    this.count = 0
    this.#end = 0
    this.#isEven = true
  }

  read(r: Reader): void {
    let offset = 0
    let sizeBytes = 0
    this.#makeRoom(r.remaining)
    const outer = r.enter()
    let hasHash = false
    while (r.next()) {
      if (r.field === BLOCK_OFFSET) offset = r.uint()
      else if (r.field === BLOCK_BYTES) sizeBytes = r.uint()
      else if (r.field === BLOCK_HASH) {
        r.bytesInto(this.#hashes, this.count * HASH_BYTES, HASH_BYTES)
        hasHash = true
      } else r.skip()
    }
    r.leave(outer)
    if (!hasHash) r.fail('a block has no hash')
    else if (offset !== this.#end) r.fail(`a block is at ${offset}, not at ${this.#end}`)
    else if (sizeBytes > MAX_BLOCK_BYTES + SEAL_BYTES) r.fail(`a block has ${sizeBytes} bytes`)
    if (this.count === 0) this.#firstBytes = sizeBytes
    else if (this.#lastBytes !== this.#firstBytes) this.#isEven = false
    this.#lastBytes = sizeBytes
    this.#end += sizeBytes
    this.count++
  }

  /**
   * Why these cannot be the blocks of a file of this size, as the end of a sentence.
   * @param extraBytes  by which each block is longer than a power of two
   */
  problem(sizeBytes: number, blockSize: number, extraBytes = 0): string | undefined {
    const blockBytes = blockSize || MIN_BLOCK_BYTES + extraBytes
    const roundBytes = blockBytes - extraBytes
    const isPower = Number.isInteger(Math.log2(roundBytes))
    if (!isPower || roundBytes < MIN_BLOCK_BYTES || roundBytes > MAX_BLOCK_BYTES)
      return `has blocks of ${blockBytes} bytes`
    if (this.count === 0) return 'is a file without blocks'
    if (this.#end !== sizeBytes) return `has ${sizeBytes} bytes, its blocks ${this.#end}`
    const isShort = this.count === 1 || (this.#isEven && this.#firstBytes === blockBytes && this.#lastBytes > 0)
    return isShort && this.#lastBytes <= blockBytes ? undefined : 'has blocks of different sizes'
  }

  /** of all of them */
  get sizeBytes(): number {
    return this.#end
  }

  /** A copy, 32 bytes a block. */
  hashes(): Uint8Array {
    return this.#hashes.slice(0, this.count * HASH_BYTES)
  }

  /** Grows to what the rest of the entry may hold, at once: a list of blocks has no length on the wire. */
  #makeRoom(remainingBytes: number): void {
    const needed = (this.count + 1) * HASH_BYTES
    if (needed <= this.#hashes.length) return
    const larger = new Uint8Array(needed + Math.ceil(remainingBytes / MIN_BLOCK_FIELD_BYTES) * HASH_BYTES)
    larger.set(this.#hashes)
    this.#hashes = larger
  }
}
