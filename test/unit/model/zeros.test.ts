import assert from 'node:assert/strict'
import { hash } from 'node:crypto'
import { test } from 'node:test'
import fc from 'fast-check'
import { dataRuns, isZeros, zerosHash } from '../../../appliance/sync/model/zeros.ts'

const PIECE = 4096

/** pieces of 4 KiB, each empty or with one byte somewhere, and a shorter end */
const anyBlock = fc
  .record({
    pieces: fc.array(fc.option(fc.integer({ min: 0, max: PIECE - 1 }), { nil: undefined }), { maxLength: 40 }),
    end: fc.uint8Array({ maxLength: PIECE - 1 }),
  })
  .map(({ pieces, end }) => {
    const bytes = new Uint8Array(pieces.length * PIECE + end.length)
    pieces.forEach((at, i) => {
      if (at !== undefined) bytes[i * PIECE + at] = 7
    })
    bytes.set(end, pieces.length * PIECE)
    return bytes
  })

test('the parts with data make up the block again, and no whole piece of zeros is in them', () =>
  fc.assert(
    fc.property(anyBlock, (bytes) => {
      const again = new Uint8Array(bytes.length)
      let last = -1
      for (const { start, end } of dataRuns(bytes)) {
        assert.ok(start > last && end > start && start % PIECE === 0)
        for (let at = start; at < end; at += PIECE) assert.ok(!isZeros(bytes.subarray(at, Math.min(at + PIECE, end))))
        again.set(bytes.subarray(start, end), start)
        last = end
      }
      assert.deepEqual(again, bytes)
      assert.equal(isZeros(bytes), last === -1)
    }),
  ))

test('the hash of zeros is that of a block of zeros', () => {
  for (const sizeBytes of [131_072, 131_072, 16 * 1024 * 1024])
    assert.deepEqual(zerosHash(sizeBytes), Uint8Array.from(hash('sha256', Buffer.alloc(sizeBytes), 'buffer')))
})
