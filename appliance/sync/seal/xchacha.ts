/**
 * XChaCha20-Poly1305 with the nonce in front (draft-irtf-cfrg-xchacha-03). Node has all of it but HChaCha20, and its cipher
 * is four times as fast as libsodium's compiled to WebAssembly.
 */
import { createCipheriv, createDecipheriv } from 'node:crypto'
import { hchacha } from '@noble/ciphers/chacha.js'
import { SEAL_BYTES } from '../model/block-size.ts'

const NONCE_BYTES = 24
const TAG_BYTES = 16
const CIPHER = 'chacha20-poly1305'
const OPTIONS = { authTagLength: TAG_BYTES }
const HEAD_BYTES = 16

const words = (bytes: Uint8Array): Uint32Array => {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length)
  return Uint32Array.from({ length: bytes.length / 4 }, (_, i) => view.getUint32(i * 4, true))
}
const SIGMA = words(Buffer.from('expand 32-byte k'))

/** The key and nonce that ChaCha20-Poly1305 is to use. */
function innerOf(key: Uint8Array, nonce: Uint8Array): readonly [key: Uint8Array, nonce: Uint8Array] {
  const out = new Uint32Array(8)
  hchacha(SIGMA, words(key), words(nonce.subarray(0, HEAD_BYTES)), out)
  const inner = Buffer.alloc(32)
  out.forEach((word, i) => inner.writeUInt32LE(word, i * 4))
  return [inner, Buffer.concat([Buffer.alloc(4), nonce.subarray(HEAD_BYTES)])]
}

/**
 * What follows each other in the result: whoever only hashes it need not have it in one piece.
 * @param nonce  24 bytes, never the same for two texts under one key; they come first in the result
 */
export function sealedParts(bytes: Uint8Array, key: Uint8Array, nonce: Uint8Array): readonly Uint8Array[] {
  const cipher = createCipheriv(CIPHER, ...innerOf(key, nonce), OPTIONS)
  const body = cipher.update(bytes)
  cipher.final()
  return [nonce, body, cipher.getAuthTag()]
}

/** @returns memory of its own */
export function seal(bytes: Uint8Array, key: Uint8Array, nonce: Uint8Array): Uint8Array {
  const sealed = Buffer.allocUnsafeSlow(bytes.length + SEAL_BYTES)
  let at = 0
  for (const part of sealedParts(bytes, key, nonce)) {
    sealed.set(part, at)
    at += part.length
  }
  return sealed
}

/** @returns undefined for what was not sealed with this key, or not left as it was */
export function open(sealed: Uint8Array, key: Uint8Array): Uint8Array | undefined {
  if (sealed.length < SEAL_BYTES) return undefined
  const decipher = createDecipheriv(CIPHER, ...innerOf(key, sealed.subarray(0, NONCE_BYTES)), OPTIONS)
  decipher.setAuthTag(sealed.subarray(sealed.length - TAG_BYTES))
  const bytes = decipher.update(sealed.subarray(NONCE_BYTES, sealed.length - TAG_BYTES))
  try {
    decipher.final()
  } catch {
    return undefined
  }
  return bytes
}
