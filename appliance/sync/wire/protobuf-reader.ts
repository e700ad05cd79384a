/**
 * Reads Protocol Buffers (proto3) as far as BEP uses them: varints, bytes, text and messages in them. It takes any
 * bytes: it never throws, never reads outside, never allocates more than it was given. A mistake makes it stand still
 * at `failure`; whoever reads to the end and then looks at `failure` needs no other check.
 */
const VARINT = 0
const FIXED64 = 1
const BYTES = 2
const FIXED32 = 5
const TWO_32 = 2 ** 32
const MAX_FIELD = 2 ** 29 - 1

const strict = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })

export class Reader {
  /** number of the field just met */
  field = 0
  /** what was wrong, one line; undefined while all is well */
  failure: string | undefined
  readonly #bytes: Buffer
  #at = 0
  #end: number
  #wireType = VARINT
  #low = 0
  #high = 0

  constructor(bytes: Uint8Array) {
    this.#bytes = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length)
    this.#end = bytes.length
  }

  /** bytes left in the message being read */
  get remaining(): number {
    return this.#end - this.#at
  }

  fail(reason: string): void {
    this.failure ??= reason
  }

  /** Moves to the next field of the message being read; false at its end or after a failure. */
  next(): boolean {
    if (this.failure !== undefined || this.#at >= this.#end) return false
    this.#varint()
    const tag = this.#high * TWO_32 + this.#low
    this.field = Math.floor(tag / 8)
    this.#wireType = tag % 8
    if (this.field < 1 || this.field > MAX_FIELD) this.fail('a field has no number')
    return this.failure === undefined
  }

  /** Passes over a field that means nothing to us. Groups, which nest without end, are refused. */
  skip(): void {
    if (this.#wireType === VARINT) this.#varint()
    else if (this.#wireType === FIXED64) this.#take(8)
    else if (this.#wireType === BYTES) this.#take(this.#length())
    else if (this.#wireType === FIXED32) this.#take(4)
    else this.fail(`field ${this.field} has wire type ${this.#wireType}`)
  }

  /** A number from 0 to 2^53 - 1. */
  uint(): number {
    this.#expect(VARINT)
    this.#varint()
    if (this.#high >= 2 ** 21) this.fail(`field ${this.field} is greater than 2^53`)
    return this.#high * TWO_32 + this.#low
  }

  /** The same, where a greater number is no mistake of the message: it is Infinity. */
  uintOrInfinity(): number {
    this.#expect(VARINT)
    this.#varint()
    return this.#high >= 2 ** 21 ? Infinity : this.#high * TWO_32 + this.#low
  }

  /** A signed number, -(2^53 - 1) to 2^53 - 1. */
  int(): number {
    this.#expect(VARINT)
    this.#varint()
    const value = (this.#high | 0) * TWO_32 + this.#low
    if (!Number.isSafeInteger(value)) this.fail(`field ${this.field} is beyond 2^53`)
    return value
  }

  bool(): boolean {
    this.#expect(VARINT)
    this.#varint()
    return (this.#low | this.#high) !== 0
  }

  /** 64 bits as 16 hex digits. */
  hex64(): string {
    this.#expect(VARINT)
    this.#varint()
    return hex32(this.#high) + hex32(this.#low)
  }

  uint64(): bigint {
    this.#expect(VARINT)
    this.#varint()
    return (BigInt(this.#high) << 32n) | BigInt(this.#low)
  }

  /** A view, not a copy. */
  bytes(): Uint8Array {
    const start = this.#content()
    return new Uint8Array(this.#bytes.buffer, this.#bytes.byteOffset + start, this.#at - start)
  }

  /** Copies bytes of a known length to a place of their own. */
  bytesInto(target: Uint8Array, at: number, length: number): void {
    const start = this.#content()
    const found = this.#at - start
    if (found === length) this.#bytes.copy(target, at, start, this.#at)
    else this.fail(`field ${this.field} has ${found} bytes, not ${length}`)
  }

  /** UTF-8; anything else is a failure. */
  text(): string {
    const start = this.#content()
    const text = this.#bytes.toString('utf8', start, this.#at)
    if (text.includes('\ufffd') && !isUtf8(this.#bytes.subarray(start, this.#at)))
      this.fail(`field ${this.field} is not UTF-8`)
    return text
  }

  /** Goes into the message of this field. @returns what `leave` needs */
  enter(): number {
    this.#expect(BYTES)
    const length = this.#length()
    const outer = this.#end
    if (this.failure === undefined) this.#end = this.#at + length
    return outer
  }

  /** Back to the message that `enter` came from; what was not read is passed over. */
  leave(outer: number): void {
    this.#at = this.#end
    this.#end = outer
  }

  #expect(wireType: number): void {
    if (this.#wireType !== wireType) this.fail(`field ${this.field} has wire type ${this.#wireType}`)
  }

  #length(): number {
    this.#varint()
    if (this.#high === 0 && this.#low <= this.#end - this.#at) return this.#low
    this.fail(`field ${this.field} is longer than its message`)
    return 0
  }

  /** @returns where the content of a field of bytes starts; it goes up to `#at` */
  #content(): number {
    this.#expect(BYTES)
    return this.#take(this.#length())
  }

  /** @returns where the bytes start */
  #take(length: number): number {
    const start = this.#at
    if (this.failure !== undefined) return start
    if (length > this.#end - start) this.fail(`field ${this.field} is longer than its message`)
    else this.#at = start + length
    return start
  }

  /** Up to 64 bits, seven a byte, low ones first. */
  #varint(): void {
    this.#low = 0
    this.#high = 0
    if (this.failure !== undefined) return
    for (let shift = 0; shift < 70; shift += 7) {
      if (this.#at >= this.#end) return this.fail('a message ends in the middle of a number')
      const byte = this.#bytes[this.#at++] ?? 0
      const bits = byte & 0x7f
      if (shift < 28) this.#low |= bits << shift
      else if (shift === 28) {
        this.#low |= bits << 28
        this.#high = bits >>> 4
      } else if (shift < 63) this.#high |= bits << (shift - 32)
      else if (bits > 1) return this.fail('a number has more than 64 bits')
      else this.#high |= bits << 31
      if (byte < 0x80) {
        this.#low >>>= 0
        this.#high >>>= 0
        return
      }
    }
    this.fail('a number has more than 64 bits')
  }
}

const hex32 = (value: number): string => value.toString(16).padStart(8, '0')

function isUtf8(bytes: Uint8Array): boolean {
  try {
    strict.decode(bytes)
    return true
  } catch {
    return false // that is the answer
  }
}
