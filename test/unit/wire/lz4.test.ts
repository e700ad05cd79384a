import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import fc from 'fast-check'
import { decompress } from '../../../appliance/sync/wire/lz4.ts'
import { needTool } from '../../support/need-tool.ts'

const MAX = 1 << 20

/** One sequence of the block format. */
const sequence = (literals: Uint8Array, match?: { distance: number; length: number }): Uint8Array => {
  const more = (length: number) =>
    length < 15 ? [] : [...Array<number>(Math.floor((length - 15) / 255)).fill(255), (length - 15) % 255]
  const matchLength = match ? match.length - 4 : 0
  const token = (Math.min(15, literals.length) << 4) | Math.min(15, matchLength)
  const tail = match ? [match.distance & 255, match.distance >> 8, ...more(matchLength)] : []
  return Uint8Array.of(token, ...more(literals.length), ...literals, ...tail)
}
const block = (length: number, ...sequences: Uint8Array[]): Buffer => {
  const head = Buffer.alloc(4)
  head.writeUInt32BE(length)
  return Buffer.concat([head, ...sequences])
}
const text = (value: string) => new TextEncoder().encode(value)
const expanded = (input: Uint8Array, max = MAX): string => {
  const result = decompress(input, max)
  return result.ok ? Buffer.from(result.value).toString() : result.error
}

test('literals, matches and matches that repeat themselves are expanded', () => {
  assert.equal(expanded(block(0, sequence(text('')))), '')
  assert.equal(expanded(block(5, sequence(text('hello')))), 'hello')
  assert.equal(
    expanded(block(12, sequence(text('abcd'), { distance: 4, length: 5 }), sequence(text('xyz')))),
    'abcdabcdaxyz',
  )
  assert.equal(
    expanded(block(600, sequence(text('a'), { distance: 1, length: 594 }), sequence(text('bcdef')))),
    `${'a'.repeat(595)}bcdef`,
  )
  const long = 'x'.repeat(15) + 'y'.repeat(255) + 'z'.repeat(30)
  assert.equal(expanded(block(300, sequence(text(long)))), long)
})

test('nonsense is refused, and nothing is set aside for what cannot come', () => {
  const damaged = 'compressed data is damaged'
  assert.equal(expanded(new Uint8Array(3)), 'compressed data has no length')
  assert.equal(
    expanded(block(MAX + 1, sequence(text('a')))),
    `compressed data would become ${MAX + 1} bytes, more than ${MAX}`,
  )
  assert.equal(expanded(block(MAX, sequence(text('a')))), 'compressed data is shorter than it says')
  assert.equal(expanded(block(4, sequence(text('abc')))), damaged)
  assert.equal(expanded(block(2, sequence(text('abc')))), damaged)
  assert.equal(expanded(block(8, sequence(text('abc'), { distance: 4, length: 5 }))), damaged)
  assert.equal(expanded(block(8, sequence(text('abc'), { distance: 0, length: 5 }))), damaged)
  assert.equal(expanded(block(7, sequence(text('abc'), { distance: 3, length: 5 }))), damaged)
  assert.equal(expanded(block(8, Uint8Array.of(0x30, 97, 98, 99, 1))), damaged)
  assert.equal(expanded(block(8, Uint8Array.of(0xf0))), damaged)
})

test('any bytes are an answer, and a damaged block never yields more than it says', () =>
  fc.assert(
    fc.property(fc.nat(3000), fc.uint8Array({ maxLength: 400 }), (length, bytes) => {
      const result = decompress(block(length, bytes), 2000)
      if (result.ok) assert.equal(result.value.length, length)
    }),
    { numRuns: 20_000 },
  ))

test('expands what the lz4 program compressed', (t) => {
  const lz4 = needTool(t, 'lz4')
  if (!lz4) return
  const folder = mkdtempSync(join(tmpdir(), 'homeseed-lz4-'))
  t.after(() => rmSync(folder, { recursive: true }))
  const words = Array.from({ length: 40_000 }, (_, i) => `photos/${(i * i) % 977}/IMG_${i % 4001}.jpg`).join('\n')
  writeFileSync(join(folder, 'words'), words)
  for (const level of ['-1', '-9']) {
    const framed: Buffer = execFileSync(lz4, ['-q', level, '--no-frame-crc', '-B7', '-c', join(folder, 'words')])
    const head = framed.length > 14 && (framed[4] ?? 0) & 8 ? 15 : 7 // the frame's head may hold the content's size
    const size = framed.readUInt32LE(head)
    const only = framed.subarray(head + 4, head + 4 + size)
    assert.equal(framed.readUInt32LE(head + 4 + size), 0, 'one block')
    assert.equal(expanded(block(Buffer.byteLength(words), only), 4 << 20), words)
  }
})
