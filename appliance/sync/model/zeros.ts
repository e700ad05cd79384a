/** Blocks of nothing but zeros, as sparse files are full of: they need neither be sent nor take room on a disk. */
import { createHash } from 'node:crypto'

const zeros = Buffer.alloc(64 * 1024)

export function isZeros(bytes: Uint8Array): boolean {
  if (bytes[0] !== 0 && bytes.length > 0) return false
  for (let at = 0; at < bytes.length; at += zeros.length) {
    const piece = bytes.subarray(at, at + zeros.length)
    if (zeros.compare(piece, 0, piece.length, 0, piece.length) !== 0) return false
  }
  return true
}

const hashes = new Map<number, Uint8Array>()

/** SHA-256 of so many zeros. @param sizeBytes  a block size: the few that there are are remembered */
export function zerosHash(sizeBytes: number): Uint8Array {
  const known = hashes.get(sizeBytes)
  if (known) return known
  const digest = createHash('sha256')
  for (let left = sizeBytes; left > 0; left -= zeros.length) digest.update(zeros.subarray(0, left))
  const hash = Uint8Array.from(digest.digest())
  hashes.set(sizeBytes, hash)
  return hash
}

/** What file systems give room in. */
const PIECE_BYTES = 4096

export interface Run {
  readonly start: number
  readonly end: number
}

/** The parts of a block that are not zeros, in whole pieces of 4 KiB; neighbours come together. */
export function* dataRuns(bytes: Uint8Array): Generator<Run> {
  let start = -1
  for (let at = 0; at < bytes.length; at += PIECE_BYTES) {
    const end = Math.min(at + PIECE_BYTES, bytes.length)
    // the first byte tells most of them apart
    const isHole = bytes[at] === 0 && zeros.compare(bytes, at, end, 0, end - at) === 0
    if (!isHole && start < 0) start = at
    if (isHole && start >= 0) {
      yield { start, end: at }
      start = -1
    }
  }
  if (start >= 0) yield { start, end: bytes.length }
}
