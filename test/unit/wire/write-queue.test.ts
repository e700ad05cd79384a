import assert from 'node:assert/strict'
import { Writable } from 'node:stream'
import { test } from 'node:test'
import fc from 'fast-check'
import { WriteQueue } from '../../../appliance/sync/wire/write-queue.ts'

/** Takes a turn over each piece. */
class Slow extends Writable {
  readonly pieces: Uint8Array[] = []
  readonly buffers: ArrayBufferLike[] = []
  override _write(piece: Uint8Array, _encoding: string, done: () => void): void {
    this.pieces.push(Uint8Array.from(piece)) // what is written is freed afterwards
    this.buffers.push(piece.buffer)
    setImmediate(done)
  }
}
const drained = (queue: WriteQueue) => new Promise<void>((resolve) => queue.whenEmpty(resolve))
const anyParts = fc.array(fc.oneof({ weight: 9, arbitrary: fc.nat(40) }, { weight: 1, arbitrary: fc.nat(400_000) }), {
  maxLength: 6,
})

test('bytes go out once, in their order, in pieces that suit the processor', () =>
  fc.assert(
    fc.asyncProperty(fc.array(anyParts, { maxLength: 8 }), async (writes) => {
      const socket = new Slow()
      const queue = new WriteQueue(socket)
      let next = 0
      const all = writes.map((lengths) => lengths.map((length) => new Uint8Array(length).fill(next++)))
      const expected = Buffer.concat(all.flat())
      await Promise.all(all.map((parts) => queue.add(parts)))
      await drained(queue)
      assert.ok(Buffer.concat(socket.pieces).equals(expected))
      assert.ok(socket.pieces.every(({ length }) => length > 0 && length <= 131_072))
    }),
    { numRuns: 200 },
  ))

test('small messages that wait travel together; a large one is not copied', async () => {
  const socket = new Slow()
  const queue = new WriteQueue(socket)
  const large = new Uint8Array(100_000)
  for (let i = 0; i < 50; i++) void queue.add([new Uint8Array(20), new Uint8Array(80)])
  void queue.add([new Uint8Array(6), large])
  await drained(queue)
  const lengths = socket.pieces.map(({ length }) => length)
  assert.deepEqual(lengths, [100, 16_384, 100_000 - (16_384 - 4900 - 6)])
  assert.equal(socket.buffers[2], large.buffer)
})

test('a writer waits while much is left to go, and is told when the socket is gone', async () => {
  const queue = new WriteQueue(new Slow())
  let isDone = false
  const waiting = queue.add([new Uint8Array(300_000)]).then(() => (isDone = true))
  await Promise.resolve()
  assert.equal(isDone, false)
  await waiting
  const lost = assert.rejects(queue.add([new Uint8Array(900_000)]), /gone/)
  queue.end(new Error('gone'))
  await lost
})
