/**
 * Cuts the byte stream after the hello into messages, and puts messages into it (docs/protocol.md, "Frames").
 *
 *     u16 header length   header: 1 type, 2 compression   u32 message length   message
 */
import { free } from '../free.ts'
import { MAX_BLOCK_BYTES } from '../model/block-size.ts'
import { noBytes } from '../model/entry.ts'
import { err, ok } from '../model/result.ts'
import type { Result } from '../model/result.ts'
import { decompress } from './lz4.ts'
import { messageType } from './messages.ts'
import type { EncodedMessage } from './messages.ts'
import { Reader } from './protobuf-reader.ts'
import { Writer } from './protobuf-writer.ts'

const KIB = 1024
const MIB = 1024 * KIB

const HEADER_TYPE = 1
const HEADER_COMPRESSION = 2
const LZ4 = 1
/** a header has four bytes; more only if a later BEP adds to it */
const MAX_HEADER_BYTES = 256
/** Syncthing sends indexes in pieces of 250 KB, but one huge file alone may need more. */
const MAX_INDEX_BYTES = 16 * MIB
const MAX_RESPONSE_BYTES = MAX_BLOCK_BYTES + 64 * KIB
const MAX_OTHER_BYTES = MIB

/** What a message may have at most, compressed or not: far less than BEP's 500 MB. */
export function maxMessageBytes(type: number): number {
  if (type === messageType.index || type === messageType.indexUpdate) return MAX_INDEX_BYTES
  return type === messageType.response ? MAX_RESPONSE_BYTES : MAX_OTHER_BYTES
}

/** The frame's head and the message's parts, none of them copied. */
export function encodeFrame({ type, parts }: EncodedMessage): Uint8Array[] {
  const header = new Writer(16)
  header.int(HEADER_TYPE, type)
  const headerBytes = header.finish()
  const head = Buffer.allocUnsafeSlow(2 + headerBytes.length + 4)
  head.writeUInt16BE(headerBytes.length)
  head.set(headerBytes, 2)
  const length = parts.reduce((sum, part) => sum + part.length, 0)
  head.writeUInt32BE(length, 2 + headerBytes.length)
  return [head, ...parts]
}

export interface Frame {
  readonly type: number
  /**
   * Decompressed. That of a response has memory of its own, which may be handed to a worker; that of any other is
   * to be read before the next bytes are pushed.
   */
  readonly body: Uint8Array
}

interface Head {
  readonly type: number
  readonly isCompressed: boolean
  readonly length: number
}

/** Memory is set aside only for a message whose announced length is allowed, and each byte is copied once at most. */
export class FrameSplitter {
  readonly #limitOf: (type: number) => number
  #chunk: Uint8Array = noBytes
  #at = 0
  /** whether something that was given out, or somebody else, looks at the chunk's memory */
  #isShared = true
  /** bytes of the frame's head so far, when it is spread over chunks */
  #headBytes: Uint8Array = noBytes
  #head: Head | undefined
  #body: Uint8Array | undefined
  #filled = 0

  /** @param limitOf  bytes that a message of this type may have at the moment */
  constructor(limitOf: (type: number) => number = maxMessageBytes) {
    this.#limitOf = limitOf
  }

  /** The message of which the head is here and the rest is not. */
  get arriving(): { readonly type: number; readonly length: number } | undefined {
    return this.#head
  }

  /** Adds bytes. What was pushed before has to be taken out first: `next` until there is nothing. */
  push(chunk: Uint8Array): void {
    if (this.#at < this.#chunk.length) throw new Error('bytes pushed before the last ones were taken')
    this.#chunk = new Uint8Array(chunk.buffer, chunk.byteOffset, chunk.length) // a Buffer's `slice` is no copy
    this.#at = 0
    this.#isShared = chunk.length < chunk.buffer.byteLength
  }

  /** The next message; undefined when it is not whole yet. After an error there is nothing more to be had. */
  next(): Result<Frame | undefined, string> {
    if (!this.#head) {
      const head = this.#takeHead()
      if (!head.ok) return head
      if (!head.value) return ok(undefined)
      if (head.value.length > this.#limitOf(head.value.type))
        return err(`a message of type ${head.value.type} with ${head.value.length} bytes is too long`)
      this.#head = head.value
    }
    const body = this.#takeBody(this.#head)
    if (!body) return ok(undefined)
    const { type, isCompressed } = this.#head
    this.#head = undefined
    if (!isCompressed) return ok({ type, body })
    const expanded = decompress(body, this.#limitOf(type))
    return expanded.ok ? ok({ type, body: expanded.value }) : expanded
  }

  /** Reads the head from the chunk, together with what earlier chunks held of it. */
  #takeHead(): Result<Head | undefined, string> {
    const rest = this.#chunk.subarray(this.#at)
    const bytes =
      this.#headBytes.length > 0 ? Buffer.concat([this.#headBytes, rest.subarray(0, 2 + MAX_HEADER_BYTES + 4)]) : rest
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length)
    const headerLength = bytes.length < 2 ? 0 : view.getUint16(0)
    if (headerLength > MAX_HEADER_BYTES) return err(`a header of ${headerLength} bytes is too long`)
    const headLength = 2 + headerLength + 4
    if (bytes.length < headLength) {
      this.#headBytes = bytes.slice() // a view would keep the whole chunk
      this.#at = this.#chunk.length
      return ok(undefined)
    }
    this.#at += headLength - this.#headBytes.length
    this.#headBytes = noBytes
    return decodeHead(bytes.subarray(2, 2 + headerLength), view.getUint32(2 + headerLength))
  }

  #takeBody({ type, isCompressed, length }: Head): Uint8Array | undefined {
    const available = this.#chunk.length - this.#at
    const needsOwn = type === messageType.response && !isCompressed
    if (!this.#body && available >= length && !needsOwn) {
      this.#isShared = true
      const view = this.#chunk.subarray(this.#at, this.#at + length)
      this.#at += length
      return view
    }
    this.#body ??= new Uint8Array(Buffer.allocUnsafeSlow(length).buffer)
    const taken = Math.min(available, length - this.#filled)
    this.#body.set(this.#chunk.subarray(this.#at, this.#at + taken), this.#filled)
    this.#at += taken
    this.#filled += taken
    if (this.#at === this.#chunk.length && !this.#isShared) {
      free(this.#chunk)
      this.#chunk = noBytes
      this.#at = 0
    }
    if (this.#filled < length) return undefined
    const body = this.#body
    this.#body = undefined
    this.#filled = 0
    return body
  }
}

function decodeHead(header: Uint8Array, length: number): Result<Head, string> {
  const r = new Reader(header)
  let type = 0
  let compression = 0
  while (r.next()) {
    if (r.field === HEADER_TYPE) type = r.uint()
    else if (r.field === HEADER_COMPRESSION) compression = r.uint()
    else r.skip()
  }
  if (compression > LZ4) r.fail(`a message has the unknown compression ${compression}`)
  return r.failure === undefined ? ok({ type, isCompressed: compression === LZ4, length }) : err(r.failure)
}
