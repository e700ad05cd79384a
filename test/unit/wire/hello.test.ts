import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'
import fc from 'fast-check'
import { displayText } from '../../../appliance/sync/wire/display-text.ts'
import { decodeHello, encodeHello } from '../../../appliance/sync/wire/hello.ts'
import { record } from './entries.ts'

const shown = fc.string({ unit: 'grapheme', maxLength: 60 }).map(displayText)
const anyHello = record({
  deviceName: shown,
  clientName: shown,
  clientVersion: shown,
  proofs: fc.array(fc.uint8Array({ minLength: 96, maxLength: 96 }), { maxLength: 9 }),
})

test('a hello reads back as it was sent', () =>
  fc.assert(
    fc.property(anyHello, (hello) => {
      const bytes = Buffer.from(encodeHello(hello))
      assert.equal(bytes.readUInt32BE(), 0x2ea7d90b)
      assert.equal(bytes.readUInt16BE(4), bytes.length - 6)
      assert.deepEqual(decodeHello(bytes.subarray(6)), { ok: true, value: hello })
    }),
  ))

test('the bytes are those of the vectors', () => {
  const { hellos } = JSON.parse(readFileSync(new URL('../../vectors/hellos.json', import.meta.url), 'utf8'))
  assert.ok(hellos.length > 0)
  for (const { bytes, proofs, ...names } of hellos) {
    const hello = { ...names, proofs: proofs.map((proof: string) => new Uint8Array(Buffer.from(proof, 'hex'))) }
    assert.equal(Buffer.from(encodeHello(hello)).toString('hex'), bytes)
    assert.deepEqual(decodeHello(Buffer.from(bytes, 'hex').subarray(6)), { ok: true, value: hello })
  }
})

test('a name cannot break a line, turn the direction of writing, or go on without end', () => {
  const name = (deviceName: string) => {
    const decoded = decodeHello(
      Buffer.from(encodeHello({ deviceName, clientName: '', clientVersion: '', proofs: [] })).subarray(6),
    )
    return decoded.ok ? decoded.value.deviceName : ''
  }
  assert.equal(name(' evil\r\n\u001b[31m\u202eexe.txt '), 'evil [31m exe.txt')
  assert.equal(name('x'.repeat(1000)).length, 255)
  assert.equal(displayText('\ud800'), '\ufffd')
})

test('a hello that is none is a reason, and one that is too long is not made', () => {
  assert.deepEqual(decodeHello(Buffer.from('0aff', 'hex')), {
    ok: false,
    error: 'a message ends in the middle of a number',
  })
  const hello = { deviceName: '', clientName: '', clientVersion: '' }
  const long = encodeHello({ ...hello, proofs: [new Uint8Array(129)] })
  assert.deepEqual(decodeHello(long.subarray(6)), { ok: false, error: 'a share proof is too long' })
  assert.throws(() => encodeHello({ ...hello, proofs: Array<Uint8Array>(400).fill(new Uint8Array(96)) }), RangeError)
})

test('any bytes are a hello or a reason', () =>
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 300 }), (bytes) => {
      decodeHello(bytes)
    }),
  ))
