import assert from 'node:assert/strict'
import test from 'node:test'
import fc from 'fast-check'
import { toBase32 } from '../../../appliance/sync/model/base32.ts'
import { deviceIdToText, parseDeviceId } from '../../../appliance/sync/model/device-id.ts'
import { answerTo, parseRotation, rotationToBytes } from '../../../appliance/sync/model/rotation.ts'

const idOf = (device: string): Uint8Array => {
  const parsed = parseDeviceId(device)
  assert.ok(parsed.ok)
  return parsed.value
}
const shareId = fc.uint8Array({ minLength: 20, maxLength: 20 }).map((bytes) => toBase32(bytes).toLowerCase())
const anyRotation = fc.record(
  {
    id: shareId,
    former: fc.array(shareId, { minLength: 1, maxLength: 8 }),
    members: fc.array(
      fc.record(
        {
          device: fc.uint8Array({ minLength: 32, maxLength: 32 }).map(deviceIdToText),
          access: fc.constantFrom('read-write' as const, 'read-only' as const),
        },
        { noNullPrototype: true },
      ),
      { maxLength: 20 },
    ),
  },
  { noNullPrototype: true },
)

test('what is written is read again, and nothing that is cut short, goes on, or is written otherwise', () => {
  fc.assert(
    fc.property(anyRotation, fc.nat(), (rotation, at) => {
      const bytes = rotationToBytes(rotation, idOf)
      assert.deepEqual(parseRotation(bytes), rotation)
      assert.equal(parseRotation(bytes.subarray(0, at % bytes.length)), undefined)
      assert.equal(parseRotation(Uint8Array.of(...bytes, 0)), undefined)
      const changed = Uint8Array.from(bytes)
      changed[at % bytes.length] = (changed[at % bytes.length] ?? 0) ^ 1
      const other = parseRotation(changed)
      if (other) assert.deepEqual(rotationToBytes(other, idOf), changed)
    }),
  )
})

test('any bytes are read or refused', () => {
  fc.assert(fc.property(fc.uint8Array({ maxLength: 500 }), (bytes) => parseRotation(bytes) === undefined))
})

const rotation = (id: string, ...former: string[]) => ({ id, former, members: [] })
const hearing = (id: string, ...former: string[]) => ({ id, former, source: 'anna' })

const answers = [
  ['made where the share is from', rotation('n', 'o'), hearing('o'), 'anna', 'anna', 'take'],
  ['made there, told of by somebody else', rotation('n', 'o'), hearing('o'), 'anna', 'ben', 'take'],
  ['told of by where the share is from', rotation('n', 'o'), hearing('o'), 'ben', 'anna', 'take'],
  ['made and told of by others', rotation('n', 'o'), hearing('o'), 'ben', 'cora', 'ask'],
  ['after one that was missed', rotation('n', 'older', 'o'), hearing('older'), 'anna', 'anna', 'take'],
  ['what this device has', rotation('n', 'o'), hearing('n', 'o'), 'anna', 'anna', 'ignore'],
  ['what this device had', rotation('o', 'older'), hearing('n', 'older', 'o'), 'anna', 'anna', 'ignore'],
  ['that this device had and that was it, lower', rotation('a', 'b'), hearing('b', 'a'), 'anna', 'anna', 'take'],
  ['that this device had and that was it, higher', rotation('c', 'b'), hearing('b', 'c'), 'anna', 'anna', 'ignore'],
  ['of another share', rotation('n', 'x'), hearing('o', 'older'), 'anna', 'anna', 'ignore'],
  ['at the same time, with a lower id', rotation('a', 'o'), hearing('b', 'o'), 'anna', 'anna', 'take'],
  ['at the same time, lower, by somebody else', rotation('a', 'o'), hearing('b', 'o'), 'ben', 'ben', 'ask'],
  ['at the same time, with a higher id', rotation('c', 'o'), hearing('b', 'o'), 'anna', 'anna', 'ignore'],
  ['of what this device has, higher', rotation('c', 'b'), hearing('b', 'o'), 'anna', 'anna', 'take'],
] as const
for (const [what, told, heard, issuer, by, answer] of answers)
  test(`new secrets ${what}: ${answer}`, () => assert.equal(answerTo(told, heard, { issuer, by }), answer))

test('of two at the same time nobody follows both in a circle', () => {
  fc.assert(
    fc.property(shareId, shareId, shareId, (a, b, old) => {
      fc.pre(a !== b && a !== old && b !== old)
      const source = { issuer: 'anna', by: 'anna' }
      const [one, other] = [
        answerTo(rotation(a, old), hearing(b, old), source),
        answerTo(rotation(b, old), hearing(a, old), source),
      ]
      assert.deepEqual([one, other].sort(), ['ignore', 'take'])
    }),
  )
})
