/**
 * One LZ4 block, as in a compressed BEP message: the length of what comes out, then sequences of a token, literals,
 * and a match further back (LZ4 block format). We read it and never write it.
 *
 *     u32 length (big-endian)   sequences: u8 token, more length, literals, u16 distance (little-endian), more length
 */
import { err, ok } from '../model/result.ts'
import type { Result } from '../model/result.ts'

const PREFIX_BYTES = 4
const MIN_MATCH = 4

/**
 * @param maxBytes  of what comes out
 * @returns memory of its own; else why it is no such block
 */
export function decompress(input: Uint8Array, maxBytes: number): Result<Uint8Array, string> {
  if (input.length < PREFIX_BYTES) return err('compressed data has no length')
  const length = new DataView(input.buffer, input.byteOffset).getUint32(0)
  if (length > maxBytes) return err(`compressed data would become ${length} bytes, more than ${maxBytes}`)
  // a byte of input yields at most 255 of output: nothing is set aside for what cannot come
  if (length > (input.length - PREFIX_BYTES) * 255) return err('compressed data is shorter than it says')
  const output = new Uint8Array(length)
  return expand(input, output) ? ok(output) : err('compressed data is damaged')
}

/** Whether the input filled the output exactly. Every read and write is inside of them. */
function expand(input: Uint8Array, output: Uint8Array): boolean {
  let from = PREFIX_BYTES
  let to = 0
  /** A length whose first part, four bits of the token, was full goes on in further bytes. */
  const moreLength = (first: number): number => {
    let length = first
    for (let more = first === 15 ? 255 : 0; more === 255; length += more) more = input[from++] ?? 0
    return length
  }
  while (from < input.length) {
    const token = input[from++] ?? 0
    const literals = moreLength(token >>> 4)
    if (literals > input.length - from || literals > output.length - to) return false
    output.set(input.subarray(from, from + literals), to)
    from += literals
    to += literals
    if (from >= input.length) break // the last sequence has no match

    if (input.length - from < 2) return false
    const distance = (input[from] ?? 0) | ((input[from + 1] ?? 0) << 8)
    from += 2
    const match = moreLength(token & 15) + MIN_MATCH
    if (distance === 0 || distance > to || match > output.length - to) return false
    copyMatch(output, to - distance, to, match)
    to += match
  }
  return from === input.length && to === output.length
}

/** A match may reach into what it writes itself: then it repeats. */
function copyMatch(output: Uint8Array, from: number, to: number, length: number): void {
  const distance = to - from
  if (distance >= length) output.copyWithin(to, from, from + length)
  else for (let i = 0; i < length; i++) output[to + i] = output[from + i] ?? 0
}
