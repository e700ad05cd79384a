/** What an entry carries as its signature (docs/protocol.md, "Signatures"): who signed, what, and its place in that. */
import { HASH_BYTES } from './entry.ts'
import type { WayUp } from './entry-tree.ts'

/** the beginning of the hash of a writer's certificate */
export const WRITER_BYTES = 8
const SIGNED_BYTES = 64
const HEAD_BYTES = WRITER_BYTES + SIGNED_BYTES + 1
/** so many entries at most are signed together: a few hashes more each for a sixteenth of the work */
export const SIGNED_TOGETHER = 16
const MAX_HEIGHT = 8

export interface Signature extends WayUp {
  /** 16 hex digits: whose certificate it is checked with */
  readonly writer: string
  /** 64 bytes, by the writer's key over the root */
  readonly signed: Uint8Array
}

export const maxSignatureBytes = HEAD_BYTES + MAX_HEIGHT * HASH_BYTES

export function signatureToBytes({ writer, signed, place, beside }: Signature): Uint8Array {
  return new Uint8Array(Buffer.concat([Buffer.from(writer, 'hex'), signed, Buffer.of(place), ...beside]))
}

/** @returns undefined for what is none */
export function parseSignature(bytes: Uint8Array): Signature | undefined {
  const height = (bytes.length - HEAD_BYTES) / HASH_BYTES
  if (!Number.isInteger(height) || height < 0 || height > MAX_HEIGHT) return undefined
  const place = bytes[HEAD_BYTES - 1] ?? 0
  if (place >= 2 ** height) return undefined
  const beside = Array.from({ length: height }, (_, i) =>
    bytes.subarray(HEAD_BYTES + i * HASH_BYTES, HEAD_BYTES + (i + 1) * HASH_BYTES),
  )
  return { writer: writerOf(bytes), signed: bytes.subarray(WRITER_BYTES, WRITER_BYTES + SIGNED_BYTES), place, beside }
}

/** 16 hex digits */
export const writerOf = (signature: Uint8Array): string =>
  Buffer.from(signature.subarray(0, WRITER_BYTES)).toString('hex')
