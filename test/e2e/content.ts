/** File contents for tests: none is like another, and each can be made again. */
import { closeSync, openSync, writeSync } from 'node:fs'

const PIECE_BYTES = 8 * 1024 * 1024

/** Numbers without a pattern (xorshift32); the same for the same seed. */
export function noise(bytes: number, seed: number): Buffer {
  const words = new Uint32Array(Math.ceil(bytes / 4))
  let state = (seed * 2_654_435_761) >>> 0 || 1
  for (let i = 0; i < words.length; i++) {
    state ^= state << 13
    state ^= state >>> 17
    state ^= state << 5
    words[i] = state
  }
  return Buffer.from(words.buffer, 0, bytes)
}

/** A large file, quickly: the same noise again and again, with a counter in each 128 KiB, so that no block repeats. */
export function writeLarge(path: string, bytes: number, seed: number): void {
  const piece = noise(PIECE_BYTES, seed)
  const file = openSync(path, 'w')
  try {
    for (let offset = 0; offset < bytes; offset += PIECE_BYTES) {
      for (let at = 0; at < PIECE_BYTES; at += 128 * 1024) piece.writeDoubleLE(offset + at + seed, at)
      writeSync(file, piece, 0, Math.min(PIECE_BYTES, bytes - offset))
    }
  } finally {
    closeSync(file)
  }
}
