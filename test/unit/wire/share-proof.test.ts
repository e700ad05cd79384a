import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'
import { compareBytes } from '../../../appliance/sync/model/entry.ts'
import { Secret } from '../../../appliance/sync/model/secret.ts'
import { MAX_PROOFS, PROOF_BYTES, checkProofs, makeProofs } from '../../../appliance/sync/wire/share-proof.ts'
import { secretOf } from '../../../appliance/sync/model/share-keys.ts'
import { newShareSecret, openShareKeys } from '../../../appliance/sync/wire/share-signatures.ts'
import { deviceOf } from './device.ts'

const random = { bytes: (length: number) => new Uint8Array(randomBytes(length)) }
const writer = openShareKeys(newShareSecret(random), deviceOf(1))
const readerSecret = secretOf(writer, 'read-only')
assert.ok(readerSecret)
const reader = openShareKeys(readerSecret, deviceOf(2))
const keeperSecret = secretOf(reader, 'seed-only')
assert.ok(keeperSecret)
const keeper = openShareKeys(keeperSecret, deviceOf(3))
const other = openShareKeys(newShareSecret(random), deviceOf(1))
const exporter = random.bytes(32)

test('each side learns of the shares that it holds too, and of the rights that the peer holds', () => {
  const proofs = makeProofs([writer, other], exporter, 'dialler', random)
  assert.deepEqual([...checkProofs([reader], exporter, 'dialler', proofs)], [[writer.id, 'read-write']])
  const weaker = makeProofs([reader], exporter, 'listener', random)
  assert.deepEqual([...checkProofs([writer, other], exporter, 'listener', weaker)], [[writer.id, 'read-only']])
  const weakest = makeProofs([keeper], exporter, 'listener', random)
  assert.deepEqual([...checkProofs([writer, other], exporter, 'listener', weakest)], [[writer.id, 'seed-only']])
  assert.deepEqual([...checkProofs([keeper], exporter, 'dialler', proofs)], [[writer.id, 'read-write']])
  assert.deepEqual([...checkProofs([keeper], exporter, 'listener', weaker)], [[writer.id, 'seed-only']])
})

test('a proof is worth nothing on another connection, when sent back, and for another share', () => {
  const proofs = makeProofs([writer], exporter, 'dialler', random)
  assert.equal(checkProofs([writer], random.bytes(32), 'dialler', proofs).size, 0)
  assert.equal(checkProofs([writer], exporter, 'listener', proofs).size, 0)
  assert.equal(checkProofs([other], exporter, 'dialler', proofs).size, 0)
})

test('knowing the share id is not holding the secret', () => {
  const pretender = { ...other, id: writer.id }
  const proofs = makeProofs([pretender], exporter, 'dialler', random)
  assert.equal(checkProofs([writer], exporter, 'dialler', proofs).size, 0)
})

test('a read-only holder cannot pass for a writer', () => {
  const upstart = { ...reader, writerKey: other.writerKey }
  const proofs = makeProofs([upstart], exporter, 'dialler', random)
  assert.deepEqual([...checkProofs([writer], exporter, 'dialler', proofs).values()], ['read-only'])
})

test('the list tells neither how many shares there are nor which of them are writable', () => {
  for (const [held, sent] of [
    [0, 8],
    [1, 8],
    [8, 8],
    [9, 16],
    [MAX_PROOFS, MAX_PROOFS],
  ] as const) {
    const shares = Array.from({ length: held }, (_, i) => (i % 2 ? writer : reader))
    const proofs = makeProofs(shares, exporter, 'dialler', random)
    assert.equal(proofs.length, sent)
    assert.ok(proofs.every(({ length }) => length === PROOF_BYTES))
    assert.deepEqual(proofs, proofs.toSorted(compareBytes))
  }
  assert.throws(() => makeProofs(Array(MAX_PROOFS + 1).fill(writer), exporter, 'dialler', random), RangeError)
})

test('nonsense among the proofs is passed over', () => {
  const proofs = makeProofs([writer], exporter, 'dialler', random)
  const noise = [new Uint8Array(0), new Uint8Array(31), random.bytes(PROOF_BYTES), random.bytes(5000)]
  assert.equal(checkProofs([writer], exporter, 'dialler', [...noise, ...proofs]).size, 1)
  assert.equal(checkProofs([writer], exporter, 'dialler', noise).size, 0)
})

test('the proofs are those of the vectors', () => {
  const { proofs } = JSON.parse(readFileSync(new URL('../../vectors/share-proofs.json', import.meta.url), 'utf8'))
  assert.ok(proofs.length > 0)
  for (const { seed, exporter: secret, direction, proof } of proofs) {
    const keys = openShareKeys({ access: 'read-write', key: new Secret(Buffer.from(seed, 'hex')) }, deviceOf(1))
    const made = makeProofs([keys], Buffer.from(secret, 'hex'), direction, {
      bytes: (length) => new Uint8Array(length).fill(255),
    })
    assert.equal(Buffer.from(made[0] ?? []).toString('hex'), proof)
    const checked = checkProofs([keys], Buffer.from(secret, 'hex'), direction, [Buffer.from(proof, 'hex')])
    assert.deepEqual([...checked.values()], ['read-write'])
  }
})
