import assert from 'node:assert/strict'
import { createPublicKey, verify } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'
import fc from 'fast-check'
import type { Access } from '../../../appliance/sync/model/access.ts'
import { canonicalBytes } from '../../../appliance/sync/model/canonical.ts'
import { leafOf, rootAbove } from '../../../appliance/sync/model/entry-tree.ts'
import type { Entry } from '../../../appliance/sync/model/entry.ts'
import { Secret } from '../../../appliance/sync/model/secret.ts'
import { parseSecret, secretToText } from '../../../appliance/sync/model/secret-text.ts'
import { secretOf } from '../../../appliance/sync/model/share-keys.ts'
import { maxSignatureBytes, parseSignature, signatureToBytes } from '../../../appliance/sync/model/signature.ts'
import { certifiedBytes, parseCertificate, writerIn } from '../../../appliance/sync/model/writer-certificate.ts'
import { newShareSecret, openShareKeys } from '../../../appliance/sync/wire/share-signatures.ts'
import type { OpenShareKeys } from '../../../appliance/sync/wire/share-signatures.ts'
import { deviceOf } from './device.ts'
import { anyEntry, entryFromVector, pathOf, someFile } from './entries.ts'

const vectors = (name: string) =>
  JSON.parse(readFileSync(new URL(`../../vectors/${name}.json`, import.meta.url), 'utf8'))
const { shares } = vectors('shares')
const hex = (bytes: Uint8Array) => Buffer.from(bytes).toString('hex')
const bytesOf = (text: string) => new Uint8Array(Buffer.from(text, 'hex'))

function open(text: string, device = deviceOf(1)) {
  const parsed = parseSecret(text)
  assert.ok(parsed.ok && 'key' in parsed.value.secret)
  return openShareKeys(parsed.value.secret, device)
}
const keys = open(shares[0].readWriteSecret)
const readOnly = open(shares[0].readOnlySecret, deviceOf(2))

/** Signed together, and the writer made known to whoever is to check them. */
function signed(by: OpenShareKeys, entries: readonly Entry[], to: OpenShareKeys = readOnly): readonly Entry[] {
  const signatures = by.sign(entries)
  const certificate = by.certificateOf(signatures[0] ?? new Uint8Array(0))
  assert.ok(certificate && to.admit(certificate))
  return entries.map((entry, i) => ({ ...entry, signature: signatures[i] }))
}
const named = (count: number): readonly Entry[] =>
  Array.from({ length: count }, (_, i) => ({ ...someFile, path: pathOf(`file ${i}`) }))

test('shares have the ids and keys of the vectors', () => {
  const known = (secret: Secret | undefined) => secret && hex(secret.reveal())
  for (const share of shares) {
    const { readWriteSecret, readOnlySecret, seedOnlySecret, shareId } = share
    for (const text of [readWriteSecret, readOnlySecret, seedOnlySecret]) {
      const opened = open(text)
      assert.equal(opened.id, shareId)
      assert.equal(known(opened.blindedKey), share.blindedKey)
      assert.equal(known(opened.memberKey), share.memberKey)
      const canRead = text !== seedOnlySecret
      assert.equal(known(opened.publicKey), canRead ? share.publicKey : undefined)
      assert.equal(known(opened.readerKey), canRead ? share.readerKey : undefined)
      assert.equal(
        opened.sealPassword && Buffer.from(opened.sealPassword.reveal()).toString(),
        canRead ? share.sealPassword : undefined,
      )
      const shown = (access: Access) => {
        const secret = secretOf(opened, access)
        return secret && secretToText(secret)
      }
      assert.equal(shown('seed-only'), seedOnlySecret)
      assert.equal(shown('read-only'), canRead ? readOnlySecret : undefined)
      assert.equal(shown('read-write'), text === readWriteSecret ? readWriteSecret : undefined)
    }
  }
})

test('a read-only device has neither the read-write secret nor a way to sign', () => {
  assert.equal(readOnly.access, 'read-only')
  assert.equal(secretOf(readOnly, 'read-write'), undefined)
  assert.throws(() => readOnly.sign([someFile]), /cannot sign/)
})

test('signatures are those of the vectors, and any Ed25519 implementation accepts them', () => {
  const { writer, entries } = vectors('entries')
  const device = { id: bytesOf(writer.deviceId), seed: new Secret(bytesOf(writer.seed)) }
  const signer = open(shares[0].readWriteSecret, device)
  const all = entries.map(({ entry }: { entry: Parameters<typeof entryFromVector>[0] }) => entryFromVector(entry))
  const together = signer.sign(all)
  const certificate = parseCertificate(bytesOf(writer.certificate))
  assert.ok(entries.length > 4 && certificate)
  const isSigned = (publicKey: Uint8Array, message: Uint8Array, signature: Uint8Array) => {
    const x = Buffer.from(publicKey).toString('base64url')
    const key = createPublicKey({ key: { kty: 'OKP', crv: 'Ed25519', x }, format: 'jwk' })
    return verify(null, message, key, signature)
  }
  assert.ok(isSigned(bytesOf(shares[0].blindedKey), certifiedBytes(signer.id, certificate), certificate.signed))
  assert.equal(hex(signer.certificateOf(together[0] ?? new Uint8Array(0)) ?? new Uint8Array(0)), writer.certificate)
  entries.forEach(({ canonical, alone, together: among }: Record<string, string>, i: number) => {
    assert.equal(hex(signer.sign([all[i]])[0] ?? new Uint8Array(0)), alone)
    assert.equal(hex(together[i] ?? new Uint8Array(0)), among)
    for (const text of [alone, among]) {
      const signature = parseSignature(bytesOf(text ?? ''))
      assert.ok(signature)
      assert.equal(signature.writer, writerIn(certificate))
      const root = rootAbove(leafOf(bytesOf(canonical ?? '')), signature)
      const message = Buffer.concat([Buffer.of(0, 0, 0, 19), Buffer.from('homeseed entries v1'), root])
      assert.ok(isSigned(certificate.publicKey, message, signature.signed))
    }
  })
})

test('what a writer signs, every holder of the share accepts, each entry on its own; a changed entry nobody', () =>
  fc.assert(
    fc.property(fc.array(anyEntry, { minLength: 1, maxLength: 40 }), (entries) => {
      const fresh = open(shares[0].readOnlySecret, deviceOf(3))
      for (const entry of signed(keys, entries, fresh).toReversed()) {
        assert.ok(fresh.verify(entry))
        assert.ok(!fresh.verify({ ...entry, modifiedBy: 'f0f0f0f0f0f0f0f0' }))
        assert.ok(!fresh.verify({ ...entry, deleted: !entry.deleted }))
        assert.ok(!fresh.verify({ ...entry, path: pathOf('elsewhere') }))
      }
    }),
    { numRuns: 20 },
  ))

test('no signature, a short one, one of another entry, and one with a bit changed are refused', () => {
  const [first, second, third] = signed(keys, named(5))
  assert.ok(first?.signature && second?.signature && third)
  assert.ok(readOnly.verify(first) && readOnly.verify(second))
  assert.ok(!readOnly.verify({ ...first, signature: undefined }))
  for (const length of [0, 8, 64, 73, 105]) {
    assert.ok(!readOnly.verify({ ...first, signature: new Uint8Array(length) }))
    assert.ok(!readOnly.verify({ ...first, signature: first.signature.subarray(0, length) }))
  }
  assert.ok(!readOnly.verify({ ...first, signature: second.signature }), 'a sibling is not what was signed there')
  for (let at = 0; at < first.signature.length; at++) {
    const signature = first.signature.slice()
    signature[at] = (signature[at] ?? 0) ^ 1
    assert.ok(!readOnly.verify({ ...first, signature }), `byte ${at}`)
  }
})

test('a writer counts in its own share alone, and once its certificate is known', () => {
  const random = { bytes: (length: number) => new Uint8Array(length).fill(5) }
  const other = openShareKeys(newShareSecret(random), deviceOf(1))
  const [entry] = signed(other, [someFile], other)
  assert.ok(entry?.signature)
  assert.ok(!keys.verify(entry))
  const certificate = other.certificateOf(entry.signature)
  assert.ok(certificate && !keys.admit(certificate), 'the same device in another share')
  const unknown = open(shares[0].readWriteSecret, deviceOf(9))
  const [theirs] = signed(unknown, [someFile], unknown)
  assert.ok(theirs && !readOnly.verify(theirs))
  assert.notEqual(hex(canonicalBytes(keys.id, someFile)), hex(canonicalBytes(other.id, someFile)))
})

test('a certificate with another key or device, of another length, or one that a writer made itself is refused', () => {
  const signature = keys.sign([someFile])[0] ?? new Uint8Array(0)
  const certificate = keys.certificateOf(signature)
  assert.ok(certificate && readOnly.admit(certificate))
  for (let at = 0; at < certificate.length; at++) {
    const changed = certificate.slice()
    changed[at] = (changed[at] ?? 0) ^ 1
    assert.ok(!readOnly.admit(changed), `byte ${at}`)
  }
  for (const length of [0, 64, 127, 129]) assert.ok(!readOnly.admit(new Uint8Array(length)))
})

test('a signature is no longer than what its tree makes necessary, and a longer one is none', () => {
  const lengths = [1, 2, 3, 16, 17].map((count) => keys.sign(named(count)).map(({ length }) => length))
  assert.deepEqual(lengths.slice(0, 3), [[73], [105, 105], [137, 137, 137]])
  assert.deepEqual([new Set(lengths[3]), lengths[4]?.[16]], [new Set([201]), 73])
  const beside = Array.from({ length: 9 }, () => new Uint8Array(32))
  const long = signatureToBytes({ writer: '0011223344556677', signed: new Uint8Array(64), place: 0, beside })
  assert.ok(long.length > maxSignatureBytes)
  assert.equal(parseSignature(long), undefined)
})
