import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'
import fc from 'fast-check'
import { deviceIdToText, parseDeviceId, shortIdOf, shortIdToText } from '../../../appliance/sync/model/device-id.ts'

const vectors: { hex: string; text: string; shortId: string; shortText: string }[] = JSON.parse(
  readFileSync(new URL('../../vectors/device-ids.json', import.meta.url), 'utf8'),
).ids
const anyId = fc.uint8Array({ minLength: 32, maxLength: 32 })
const bytesOf = (text: string) => {
  const parsed = parseDeviceId(text)
  return parsed.ok ? parsed.value : parsed.error
}

test('a device id has the text, the short id and the short text of the vectors', () => {
  assert.ok(vectors.length > 0)
  for (const { hex, text, shortId, shortText } of vectors) {
    const id = new Uint8Array(Buffer.from(hex, 'hex'))
    assert.equal(deviceIdToText(id), text)
    assert.deepEqual(bytesOf(text), id)
    assert.equal(shortIdOf(id), shortId)
    assert.equal(shortIdToText(shortId), shortText)
  }
})

test('the text of any id reads back as the id, however it was typed', () =>
  fc.assert(
    fc.property(anyId, (id) => {
      const text = deviceIdToText(id)
      const lookAlikes = text.replaceAll('O', '0').replaceAll('I', '1').replaceAll('B', '8')
      for (const typed of [text, text.toLowerCase(), text.replaceAll('-', ' '), ` ${text}\n`, lookAlikes])
        assert.deepEqual(bytesOf(typed), id)
      assert.deepEqual(bytesOf(text.replaceAll('-', '').replace(/(.{13})./g, '$1')), id) // the old form
    }),
  ))

test('any mistyped character in a checked id is refused', () =>
  fc.assert(
    fc.property(anyId, fc.nat(55), fc.integer({ min: 1, max: 31 }), (id, at, shift) => {
      const text = deviceIdToText(id).replaceAll('-', '')
      const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567'
      const wrong = alphabet.charAt((alphabet.indexOf(text.charAt(at)) + shift) % 32)
      assert.deepEqual(bytesOf(text.slice(0, at) + wrong + text.slice(at + 1)), { type: 'check-failed' })
    }),
  ))

test('says what kind of mistake was made', () => {
  const text = deviceIdToText(new Uint8Array(32).fill(7))
  assert.deepEqual(bytesOf(' - '), { type: 'empty' })
  assert.deepEqual(bytesOf(text.slice(1)), { type: 'wrong-length', length: 55 })
  assert.deepEqual(bytesOf(text.replace(/^./, '9')), { type: 'bad-character', character: '9' })
  assert.deepEqual(bytesOf(text.replace(/^./, 'Z')), { type: 'check-failed' })
})
