/** The first thing that either side says: who it is, and proofs of the shares it holds (docs/protocol.md, "Hello"). */
import { noBytes } from '../model/entry.ts'
import { err, ok } from '../model/result.ts'
import type { Result } from '../model/result.ts'
import { TOKEN_BYTES } from '../model/secret-text.ts'
import { displayText } from './display-text.ts'
import type { PeerHello } from './peer-session.ts'
import { Reader } from './protobuf-reader.ts'
import { Writer } from './protobuf-writer.ts'

const HELLO_MAGIC = 0x2ea7d90b
/** what Syncthing before 0.14 began with */
const OLD_MAGICS = [0x9f79bc40, 0x00010001, 0x00010000]
const HEAD_BYTES = 6
/** the length word is a signed 16-bit number */
export const MAX_HELLO_BYTES = 32_767

const DEVICE_NAME = 1
const CLIENT_NAME = 2
const CLIENT_VERSION = 3
/** ours; Syncthing ignores fields that it does not know */
const PROOFS = 2001
const TOKEN = 2002
const MAX_PROOF_BYTES = 128

/**
 * Magic, length and message.
 * @throws RangeError when it is longer than a hello can be
 */
export function encodeHello({ deviceName, clientName, clientVersion, proofs, token }: PeerHello): Uint8Array {
  const w = new Writer(1024)
  w.text(DEVICE_NAME, displayText(deviceName))
  w.text(CLIENT_NAME, displayText(clientName))
  w.text(CLIENT_VERSION, displayText(clientVersion))
  for (const proof of proofs) w.emptyBytes(PROOFS, proof)
  if (token) w.bytes(TOKEN, token)
  const message = w.finish()
  if (message.length > MAX_HELLO_BYTES) throw new RangeError(`a hello of ${message.length} bytes is too long`)
  const head = Buffer.alloc(HEAD_BYTES)
  head.writeUInt32BE(HELLO_MAGIC)
  head.writeUInt16BE(message.length, 4)
  return Uint8Array.of(...head, ...message)
}

/** Takes the peer's first bytes apart, as they come. */
export class HelloReader {
  #bytes: Uint8Array = noBytes

  /** @returns the hello once it is whole, with the bytes after it; undefined until then; else why it is none */
  push(chunk: Uint8Array): Result<{ readonly hello: PeerHello; readonly rest: Uint8Array } | undefined, string> {
    this.#bytes = new Uint8Array(Buffer.concat([this.#bytes, chunk]))
    const head = Buffer.from(this.#bytes.subarray(0, HEAD_BYTES))
    const magic = head.length < 4 ? HELLO_MAGIC : head.readUInt32BE()
    if (OLD_MAGICS.includes(magic)) return err('the peer runs a Syncthing that is too old')
    if (magic !== HELLO_MAGIC) return err('the peer speaks another protocol')
    if (head.length < HEAD_BYTES) return ok(undefined)
    const end = HEAD_BYTES + head.readUInt16BE(4)
    if (end > HEAD_BYTES + MAX_HELLO_BYTES) return err('the hello of the peer is too long')
    if (this.#bytes.length < end) return ok(undefined)
    const hello = decodeHello(this.#bytes.subarray(HEAD_BYTES, end))
    return hello.ok
      ? ok({ hello: hello.value, rest: this.#bytes.subarray(end) })
      : err(`the hello of the peer is none: ${hello.error}`)
  }
}

/** @param message  without magic and length */
export function decodeHello(message: Uint8Array): Result<PeerHello, string> {
  const r = new Reader(message)
  const hello = { deviceName: '', clientName: '', clientVersion: '' }
  const proofs: Uint8Array[] = []
  let token: Uint8Array | undefined
  while (r.next()) {
    if (r.field === DEVICE_NAME) hello.deviceName = displayText(r.text())
    else if (r.field === CLIENT_NAME) hello.clientName = displayText(r.text())
    else if (r.field === CLIENT_VERSION) hello.clientVersion = displayText(r.text())
    else if (r.field === PROOFS) proofs.push(proof(r))
    else if (r.field === TOKEN) r.bytesInto((token = new Uint8Array(TOKEN_BYTES)), 0, TOKEN_BYTES)
    else r.skip()
  }
  return r.failure === undefined ? ok({ ...hello, proofs, ...(token && { token }) }) : err(r.failure)
}

function proof(r: Reader): Uint8Array {
  const bytes = r.bytes()
  if (bytes.length > MAX_PROOF_BYTES) r.fail('a share proof is too long')
  return bytes.slice()
}
