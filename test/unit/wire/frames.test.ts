import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'
import fc from 'fast-check'
import { FrameSplitter, encodeFrame, maxMessageBytes } from '../../../appliance/sync/wire/frames.ts'
import type { Frame } from '../../../appliance/sync/wire/frames.ts'
import { messageType } from '../../../appliance/sync/wire/messages.ts'

const hex = (bytes: Uint8Array) => Buffer.from(bytes).toString('hex')

/** Pushes the bytes in pieces of these lengths, over and over. */
function split(bytes: Uint8Array, pieces: readonly number[], splitter = new FrameSplitter()): (Frame | string)[] {
  const frames: (Frame | string)[] = []
  for (let at = 0, i = 0; at < bytes.length; i++) {
    const length = Math.max(1, pieces[i % pieces.length] ?? 1)
    splitter.push(bytes.slice(at, at + length))
    at += length
    for (;;) {
      const frame = splitter.next()
      if (!frame.ok) return [...frames, frame.error]
      if (!frame.value) break
      frames.push({ ...frame.value, body: frame.value.body.slice() })
    }
  }
  return frames
}

const anyMessage = fc.record({
  type: fc.integer({ min: 0, max: 9 }),
  parts: fc.array(fc.uint8Array({ maxLength: 200 }), { maxLength: 3 }),
})

test('messages come out as they went in, however the stream is cut', () =>
  fc.assert(
    fc.property(
      fc.array(anyMessage, { maxLength: 8 }),
      fc.array(fc.nat(300), { minLength: 1, maxLength: 9 }),
      (messages, pieces) => {
        const bytes = Buffer.concat(messages.flatMap(encodeFrame))
        const frames = split(bytes, pieces)
        assert.deepEqual(
          frames,
          messages.map(({ type, parts }) => ({ type, body: new Uint8Array(Buffer.concat(parts)) })),
        )
      },
    ),
  ))

test('the bytes are those of the vectors', () => {
  const { frames } = JSON.parse(readFileSync(new URL('../../vectors/frames.json', import.meta.url), 'utf8'))
  assert.ok(frames.length > 0)
  for (const { type, body, frame } of frames) {
    assert.equal(hex(Buffer.concat(encodeFrame({ type, parts: [Buffer.from(body, 'hex')] }))), frame)
    assert.deepEqual(split(Buffer.from(frame, 'hex'), [3]), [{ type, body: new Uint8Array(Buffer.from(body, 'hex')) }])
  }
})

test('a compressed message comes out expanded', () => {
  const lz4 = Buffer.from('0000000550' + hex(Buffer.from('hello')), 'hex')
  const frame = Buffer.concat([Buffer.from('000408011001', 'hex'), Buffer.from([0, 0, 0, lz4.length]), lz4])
  assert.deepEqual(split(frame, [1000]), [{ type: 1, body: new Uint8Array(Buffer.from('hello')) }])
})

test('a message that is too long is refused by its head alone', () => {
  for (const type of Object.values(messageType)) {
    const head = (length: number) => {
      const frame = encodeFrame({ type, parts: [] })[0] ?? new Uint8Array(0)
      Buffer.from(frame.buffer).writeUInt32BE(length, frame.length - 4)
      return frame
    }
    const limit = maxMessageBytes(type)
    assert.deepEqual(split(head(limit), [100]), [])
    for (const length of [limit + 1, 500_000_000, 2 ** 31, 2 ** 32 - 1])
      assert.deepEqual(split(head(length), [100]), [`a message of type ${type} with ${length} bytes is too long`])
  }
})

test('a limit may depend on what was asked for', () => {
  const frame = Buffer.concat(encodeFrame({ type: messageType.response, parts: [new Uint8Array(9)] }))
  assert.equal(split(frame, [5], new FrameSplitter(() => 9)).length, 1)
  assert.deepEqual(split(frame, [5], new FrameSplitter(() => 8)), ['a message of type 4 with 9 bytes is too long'])
})

test('headers that are none are refused', () => {
  const refused: [string, string][] = [
    ['0101', 'a header of 257 bytes is too long'],
    ['ffff', 'a header of 65535 bytes is too long'],
    ['00021002' + '00000000', 'a message has the unknown compression 2'],
    ['0001ff' + '00000000', 'a message ends in the middle of a number'],
  ]
  for (const [bytes, reason] of refused) assert.deepEqual(split(Buffer.from(bytes, 'hex'), [100]), [reason])
})

test('the memory of a response is its own', () => {
  const splitter = new FrameSplitter()
  const frame = encodeFrame({ type: messageType.response, parts: [new Uint8Array([1, 2, 3])] })
  const chunk = new Uint8Array(Buffer.concat([...frame, ...frame]))
  splitter.push(chunk)
  const bodies = [splitter.next(), splitter.next()].map((taken) => (taken.ok ? taken.value?.body : undefined))
  for (const body of bodies) assert.equal(body?.buffer.byteLength, 3)
  assert.notEqual(bodies[0]?.buffer, bodies[1]?.buffer)
})

test('any bytes are frames or a reason, never an exception', () =>
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 500 }), fc.array(fc.nat(50), { minLength: 1 }), (bytes, pieces) => {
      split(bytes, pieces)
    }),
  ))
