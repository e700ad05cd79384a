import type { Writable } from 'node:stream'
import { free, isAlone } from '../free.ts'

/** node encrypts what one call writes as a whole: pieces that stay in the processor's cache take a third less time */
const PIECE_BYTES = 128 * 1024
/** small parts travel together, in one TLS record and one packet; only these are copied */
const SMALL_BYTES = 16 * 1024
const ENOUGH_BYTES = 128 * 1024

interface Part {
  readonly bytes: Uint8Array
  /** the last of memory that was given away: nobody looks at it once it is out */
  readonly isGiven: boolean
}

interface Waiting {
  readonly resolve: () => void
  readonly reject: (error: Error) => void
}

/** Bytes on their way into a socket, one piece at a time. */
export class WriteQueue {
  readonly #socket: Writable
  #parts: Part[] = []
  #bytes = 0
  #sentBytes = 0
  #isWriting = false
  #waiting: Waiting[] = []
  #onEmpty: (() => void) | undefined

  constructor(socket: Writable) {
    this.#socket = socket
  }

  /**
   * Resolves once little enough is left to go. The parts are given away: those that fill their memory alone are freed
   * when they are out.
   */
  add(parts: readonly Uint8Array[]): Promise<void> {
    for (const part of parts) {
      if (part.length === 0) continue
      this.#parts.push({ bytes: part, isGiven: isAlone(part) })
      this.#bytes += part.length
    }
    this.#writeNext()
    if (this.#bytes <= ENOUGH_BYTES) return Promise.resolve()
    return new Promise((resolve, reject) => this.#waiting.push({ resolve, reject }))
  }

  /** How many bytes have gone out so far, while more wait to; undefined when none wait. */
  get stuckAt(): number | undefined {
    return this.#bytes > 0 ? this.#sentBytes : undefined
  }

  /** Acts as soon as nothing is left to go, at once if so. */
  whenEmpty(action: () => void): void {
    if (this.#isWriting) this.#onEmpty = action
    else action()
  }

  /** The socket is gone. */
  end(error: Error): void {
    this.#parts = []
    for (const { reject } of this.#waiting.splice(0)) reject(error)
  }

  #writeNext(): void {
    if (this.#isWriting) return
    const piece = this.#nextPiece()
    if (!piece) return this.#onEmpty?.()
    this.#isWriting = true
    const { bytes, isGiven } = piece
    const { length } = bytes
    this.#socket.write(bytes, () => {
      this.#isWriting = false
      this.#bytes -= length
      this.#sentBytes += length
      if (isGiven) free(bytes)
      if (this.#bytes <= ENOUGH_BYTES) for (const { resolve } of this.#waiting.splice(0)) resolve()
      this.#writeNext()
    })
  }

  #nextPiece(): Part | undefined {
    const first = this.#parts[0]
    if (!first || first.bytes.length >= SMALL_BYTES || this.#parts.length === 1) return this.#take(PIECE_BYTES)
    const bytes = new Uint8Array(Math.min(SMALL_BYTES, this.#bytes))
    let filled = 0
    while (filled < bytes.length) {
      const part = this.#take(bytes.length - filled)
      if (!part) break
      bytes.set(part.bytes, filled)
      filled += part.bytes.length
    }
    return { bytes, isGiven: true }
  }

  /** The first bytes of the first part. */
  #take(maxBytes: number): Part | undefined {
    const first = this.#parts[0]
    if (!first) return undefined
    if (first.bytes.length <= maxBytes) return this.#parts.shift()
    this.#parts[0] = { bytes: first.bytes.subarray(maxBytes), isGiven: first.isGiven }
    return { bytes: first.bytes.subarray(0, maxBytes), isGiven: false }
  }
}
