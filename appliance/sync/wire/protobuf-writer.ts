const VARINT = 0
const BYTES = 2
const TWO_32 = 2 ** 32

/**
 * Writes Protocol Buffers (proto3): fields in the order of the calls. Like all proto3 writers it leaves out zero, false
 * and empty values.
 */
export class Writer {
  #bytes: Buffer
  #at = 0

  /** @param capacity  bytes to begin with */
  constructor(capacity = 256) {
    this.#bytes = Buffer.allocUnsafeSlow(capacity)
  }

  /** What was written: a view of the writer's own memory, which it has no further use for. */
  finish(): Uint8Array {
    return new Uint8Array(this.#bytes.buffer, 0, this.#at)
  }

  /** bytes written so far */
  get length(): number {
    return this.#at
  }

  /** @param value  a safe integer; negative ones take ten bytes, as BEP's int64 does */
  int(field: number, value: number): void {
    if (value === 0) return
    this.#tag(field, VARINT)
    this.#varint64(value >>> 0, Math.floor(value / TWO_32) >>> 0)
  }

  bool(field: number, value: boolean): void {
    if (value) this.int(field, 1)
  }

  /** @param value  16 hex digits */
  hex64(field: number, value: string): void {
    const low = Number.parseInt(value.slice(8), 16)
    const high = Number.parseInt(value.slice(0, 8), 16)
    if (low === 0 && high === 0) return
    this.#tag(field, VARINT)
    this.#varint64(low, high)
  }

  uint64(field: number, value: bigint): void {
    if (value === 0n) return
    this.#tag(field, VARINT)
    this.#varint64(Number(value & 0xffffffffn), Number((value >> 32n) & 0xffffffffn))
  }

  bytes(field: number, value: Uint8Array): void {
    if (value.length > 0) this.emptyBytes(field, value)
  }

  /** An element of a list, written also when it is empty. */
  emptyBytes(field: number, value: Uint8Array): void {
    this.#tag(field, BYTES)
    this.#varint64(value.length, 0)
    this.#reserve(value.length)
    this.#bytes.set(value, this.#at)
    this.#at += value.length
  }

  /** Tag and length of bytes that follow outside of this writer. */
  bytesHead(field: number, length: number): void {
    this.#tag(field, BYTES)
    this.#varint64(length, 0)
  }

  text(field: number, value: string): void {
    if (value !== '') this.emptyText(field, value)
  }

  /** An element of a list, written also when it is empty. */
  emptyText(field: number, value: string): void {
    const mark = this.enter(field)
    this.#reserve(value.length * 3)
    this.#at += this.#bytes.write(value, this.#at)
    this.leave(mark)
  }

  /** Begins a message in this one. @returns what `leave` needs */
  enter(field: number): number {
    this.#tag(field, BYTES)
    this.#reserve(1)
    return ++this.#at
  }

  /** Ends it: puts its length, now known, before it. */
  leave(start: number): void {
    const length = this.#at - start
    if (length < 0x80) {
      this.#bytes[start - 1] = length
      return
    }
    this.#reserve(4)
    const shift = length < 2 ** 14 ? 1 : length < 2 ** 21 ? 2 : length < 2 ** 28 ? 3 : 4
    this.#bytes.copyWithin(start + shift, start, this.#at)
    const end = this.#at + shift
    this.#at = start - 1
    this.#varint64(length, 0)
    this.#at = end
  }

  #tag(field: number, wireType: number): void {
    this.#varint64(field * 8 + wireType, 0)
  }

  #varint64(low: number, high: number): void {
    this.#reserve(10)
    while (high > 0 || low > 0x7f) {
      this.#bytes[this.#at++] = (low & 0x7f) | 0x80
      low = ((low >>> 7) | (high << 25)) >>> 0
      high >>>= 7
    }
    this.#bytes[this.#at++] = low
  }

  #reserve(length: number): void {
    if (this.#at + length <= this.#bytes.length) return
    const larger = Buffer.allocUnsafeSlow(Math.max(this.#bytes.length * 2, this.#at + length))
    this.#bytes.copy(larger, 0, 0, this.#at)
    this.#bytes = larger
  }
}
