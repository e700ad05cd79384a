import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { readFileSync } from 'node:fs'
import test from 'node:test'
import fc from 'fast-check'
import { deviceIdToText } from '../../../appliance/sync/model/device-id.ts'
import type { Rotation } from '../../../appliance/sync/model/rotation.ts'
import { Secret } from '../../../appliance/sync/model/secret.ts'
import { deviceIdOf, makeCertificate } from '../../../appliance/sync/wire/certificate.ts'
import { deviceSigner, readRotation, signRotation } from '../../../appliance/sync/wire/signed-rotation.ts'
import { newShareSecret, openShareKeys } from '../../../appliance/sync/wire/share-signatures.ts'
import { deviceOf } from './device.ts'

const random = { bytes: (length: number) => new Uint8Array(randomBytes(length)) }
const [anna, mallory] = await Promise.all([makeCertificate(), makeCertificate()])
const annasId = deviceIdToText(deviceIdOf(anna.certificate))
const [old, older, fresh] = Array.from({ length: 3 }, () => openShareKeys(newShareSecret(random), deviceOf(1)))
assert.ok(old?.publicKey && older && fresh)
const readersKey = old.publicKey
const rotation = {
  id: fresh.id,
  former: [older.id, old.id],
  members: [
    { device: annasId, access: 'read-write' as const },
    { device: deviceIdToText(random.bytes(32)), access: 'read-only' as const },
  ],
}
const known = new Map([old, older].map((keys) => [keys.id, keys]))
const signed = signRotation(rotation, known, deviceSigner(anna))

test('it tells what it says, by which device, and of which shares that was a writer', () => {
  const opened = readRotation(signed)
  assert.deepEqual(opened?.rotation, rotation)
  assert.equal(opened.issuer, annasId)
  assert.deepEqual([opened.isBy(old), opened.isBy(older), opened.isBy(fresh)], [true, true, false])
})

test('a reader of the former share can make none of it', () => {
  const reader = openShareKeys({ access: 'read-only', key: readersKey }, deviceOf(2))
  const opened = readRotation(signRotation(rotation, new Map([[reader.id, reader]]), deviceSigner(mallory)))
  assert.deepEqual([opened?.isBy(old), opened?.isBy(older)], [false, false])
})

test('nobody signs in the name of another device', () => {
  const forged = { ...deviceSigner(mallory), certificate: deviceSigner(anna).certificate }
  assert.equal(readRotation(signRotation(rotation, known, forged)), undefined)
  const own = readRotation(signRotation(rotation, known, deviceSigner(mallory)))
  assert.equal(own?.issuer, deviceIdToText(deviceIdOf(mallory.certificate)))
})

test('what another one has said cannot be put into one of its own', () => {
  const others = readRotation(signRotation({ ...rotation, members: [] }, new Map(), deviceSigner(mallory)))
  assert.ok(others && !others.isBy(old))
  // the signatures of the shares, from anna's, in one that says something else
  const mine = signRotation({ ...rotation, members: [...rotation.members].reverse() }, new Map(), deviceSigner(mallory))
  const at = 4 + Buffer.from(signed).readUInt32BE()
  mine.set(signed.subarray(at, at + 128), at)
  const spliced = readRotation(mine)
  assert.ok(spliced && !spliced.isBy(old) && !spliced.isBy(older))
})

test('changed, cut short or longer than it is, it says nothing in the name of its device', () => {
  fc.assert(
    fc.property(fc.nat(signed.length - 1), fc.integer({ min: 1, max: 255 }), (at, by) => {
      const changed = Uint8Array.from(signed)
      changed[at] = (changed[at] ?? 0) ^ by
      const opened = readRotation(changed)
      // what is signed beside it by the shares is looked at when it is needed
      if (opened?.issuer === annasId) {
        assert.deepEqual(opened.rotation, rotation)
        assert.ok(!opened.isBy(old) || !opened.isBy(older))
      }
      assert.equal(readRotation(signed.subarray(0, at)), undefined)
    }),
  )
  assert.equal(readRotation(random.bytes(300)), undefined)
  assert.equal(readRotation(new Uint8Array()), undefined)
})

test('the vectors are read as what they say', () => {
  const { rotations } = JSON.parse(readFileSync(new URL('../../vectors/rotations.json', import.meta.url), 'utf8')) as {
    rotations: readonly {
      readonly formerSeeds: readonly string[]
      readonly newSeed: string
      readonly rotation: Rotation
      readonly issuer: string
      readonly signed: string
    }[]
  }
  assert.ok(rotations.length > 0)
  const keysOf = (seed: string) =>
    openShareKeys({ access: 'read-write', key: new Secret(Buffer.from(seed, 'hex')) }, deviceOf(1))
  for (const vector of rotations) {
    const opened = readRotation(new Uint8Array(Buffer.from(vector.signed, 'hex')))
    assert.deepEqual([opened?.rotation, opened?.issuer], [vector.rotation, vector.issuer])
    assert.equal(keysOf(vector.newSeed).id, vector.rotation.id)
    for (const seed of vector.formerSeeds) assert.ok(opened?.isBy(keysOf(seed)))
  }
})
