import assert from 'node:assert/strict'
import { createPublicKey, verify } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'
import fc from 'fast-check'
import { canonicalBytes } from '../../../appliance/sync/model/canonical.ts'
import { parseSecret, secretToText } from '../../../appliance/sync/model/secret-text.ts'
import { secretOf } from '../../../appliance/sync/model/share-keys.ts'
import { newShareSecret, openShareKeys } from '../../../appliance/sync/wire/share-signatures.ts'
import { anyEntry, entryFromVector, pathOf, someFile } from './entries.ts'

const { shares } = JSON.parse(readFileSync(new URL('../../vectors/shares.json', import.meta.url), 'utf8'))
const hex = (bytes: Uint8Array) => Buffer.from(bytes).toString('hex')

function open(text: string) {
  const parsed = parseSecret(text)
  assert.ok(parsed.ok)
  return openShareKeys(parsed.value.secret)
}
const keys = open(shares[0].readWriteSecret)
const readOnly = open(shares[0].readOnlySecret)

test('shares have the ids and keys of the vectors', () => {
  for (const { readWriteSecret, readOnlySecret, publicKey, shareId, proofKey } of shares) {
    for (const opened of [open(readWriteSecret), open(readOnlySecret)]) {
      assert.equal(opened.id, shareId)
      assert.equal(hex(opened.publicKey.reveal()), publicKey)
      assert.equal(hex(opened.proofKey.reveal()), proofKey)
      const shown = secretOf(opened, 'read-only')
      assert.equal(shown && secretToText(shown), readOnlySecret)
    }
  }
})

test('a read-only device has neither the read-write secret nor a way to sign', () => {
  assert.equal(readOnly.access, 'read-only')
  assert.equal(secretOf(readOnly, 'read-write'), undefined)
  assert.throws(() => readOnly.sign(someFile), /cannot sign/)
})

test('signatures are those of the vectors, and any Ed25519 implementation accepts them', () => {
  const { entries } = JSON.parse(readFileSync(new URL('../../vectors/entries.json', import.meta.url), 'utf8'))
  assert.ok(entries.length > 0)
  const key = createPublicKey({
    key: { kty: 'OKP', crv: 'Ed25519', x: Buffer.from(shares[0].publicKey, 'hex').toString('base64url') },
    format: 'jwk',
  })
  for (const { entry, canonical, signature } of entries) {
    assert.equal(hex(keys.sign(entryFromVector(entry))), signature)
    assert.ok(verify(null, Buffer.from(canonical, 'hex'), key, Buffer.from(signature, 'hex')))
  }
})

test('what a writer signs, every holder of the share accepts; a changed entry nobody', () =>
  fc.assert(
    fc.property(anyEntry, (entry) => {
      const signed = { ...entry, signature: keys.sign(entry) }
      assert.ok(readOnly.verify(signed))
      assert.ok(!readOnly.verify({ ...signed, modifiedBy: 'f0f0f0f0f0f0f0f0' }))
      assert.ok(!readOnly.verify({ ...signed, deleted: !signed.deleted }))
      assert.ok(!readOnly.verify({ ...signed, path: pathOf('elsewhere') }))
    }),
    { numRuns: 20 },
  ))

test('no signature, a short one, and one of another share are refused', () => {
  const other = openShareKeys(newShareSecret({ bytes: (length) => new Uint8Array(length).fill(5) }))
  assert.ok(!keys.verify(someFile))
  assert.ok(!keys.verify({ ...someFile, signature: new Uint8Array(0) }))
  assert.ok(!keys.verify({ ...someFile, signature: new Uint8Array(64) }))
  assert.ok(!keys.verify({ ...someFile, signature: keys.sign(someFile).subarray(1) }))
  assert.ok(!keys.verify({ ...someFile, signature: other.sign(someFile) }))
  assert.notEqual(hex(canonicalBytes(keys.id, someFile)), hex(canonicalBytes(other.id, someFile)))
})
