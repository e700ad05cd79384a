/**
 * Says that a device may write in a share: the share's write key has signed it (docs/protocol.md, "Signatures").
 *
 *     device id (32) ‖ the device's public key for entries (32) ‖ signature (64)
 */
import { hash } from 'node:crypto'
import { DEVICE_ID_BYTES } from './device-id.ts'
import { WRITER_BYTES } from './signature.ts'
import { textBytes } from './text-bytes.ts'

const DOMAIN = 'homeseed writer v1'
const KEY_BYTES = 32
const SIGNED_BYTES = 64
export const CERTIFICATE_BYTES = DEVICE_ID_BYTES + KEY_BYTES + SIGNED_BYTES

export interface WriterCertificate {
  /** 32 bytes */
  readonly device: Uint8Array
  /** 32 bytes, Ed25519 */
  readonly publicKey: Uint8Array
  /** 64 bytes, by the share's write key */
  readonly signed: Uint8Array
}

/** What the write key signs. */
export function certifiedBytes(shareId: string, { device, publicKey }: Omit<WriterCertificate, 'signed'>): Uint8Array {
  return Buffer.concat([textBytes(DOMAIN), textBytes(shareId), device, publicKey])
}

export const certificateToBytes = ({ device, publicKey, signed }: WriterCertificate): Uint8Array =>
  new Uint8Array(Buffer.concat([device, publicKey, signed]))

/** @returns undefined for what is none */
export function parseCertificate(bytes: Uint8Array): WriterCertificate | undefined {
  if (bytes.length !== CERTIFICATE_BYTES) return undefined
  const keyAt = DEVICE_ID_BYTES
  const signedAt = keyAt + KEY_BYTES
  return { device: bytes.slice(0, keyAt), publicKey: bytes.slice(keyAt, signedAt), signed: bytes.slice(signedAt) }
}

/** What signatures name a writer by: 16 hex digits, of the device and the key alone. */
export const writerIn = ({ device, publicKey }: WriterCertificate): string =>
  hash('sha256', Buffer.concat([device, publicKey]), 'buffer')
    .subarray(0, WRITER_BYTES)
    .toString('hex')
