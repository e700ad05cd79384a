import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { test } from 'node:test'
import fc from 'fast-check'
import { blindedKeyOf, blindedPublicKeyOf } from '../../../appliance/sync/wire/blinded-key.ts'
import { isSignedBy, publicKeyOf, sign } from '../../../appliance/sync/wire/sodium.ts'

test('who has the public key can tell the blinded one, and only who has the seed can sign for it', () =>
  fc.assert(
    fc.property(fc.uint8Array({ minLength: 32, maxLength: 32 }), fc.uint8Array({ maxLength: 200 }), (seed, message) => {
      const publicKey = publicKeyOf(seed)
      const blinded = blindedKeyOf(seed)
      assert.deepEqual(blindedPublicKeyOf(publicKey), blinded.publicKey)
      const signature = blinded.sign(message)
      assert.ok(isSignedBy(message, signature, blinded.publicKey))
      assert.deepEqual(signature, blinded.sign(message))
      assert.ok(!isSignedBy(message, signature, publicKey))
      assert.ok(!isSignedBy(Buffer.concat([message, Buffer.of(0)]), signature, blinded.publicKey))
      assert.ok(!isSignedBy(message, sign(message, seed, publicKey), blinded.publicKey))
    }),
    { numRuns: 30 },
  ))

test('bytes that are no point of the curve have no blinded key', () => {
  const isPoint = (bytes: Uint8Array) => {
    try {
      return blindedPublicKeyOf(bytes).length === 32
    } catch {
      return false
    }
  }
  assert.ok(!isPoint(new Uint8Array(32).fill(255)))
  // about half of all bytes are points
  assert.ok(Array.from({ length: 40 }, () => randomBytes(32)).some((bytes) => !isPoint(bytes)))
})
