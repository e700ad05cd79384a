import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { test } from 'node:test'
import fc from 'fast-check'
import sodium from 'libsodium-wrappers'
import { blockBytesFor, blockBytesIn } from '../../../appliance/sync/model/block-size.ts'
import { foldersOf } from '../../../appliance/sync/model/rel-path.ts'
import { Secret } from '../../../appliance/sync/model/secret.ts'
import { compareVersions, joinVersions } from '../../../appliance/sync/model/version-vector.ts'
import { SealKeys } from '../../../appliance/sync/seal/seal-keys.ts'
import { openBlock, sealBlock, sealedBlock } from '../../../appliance/sync/seal/sealed-content.ts'
import { openEntry, sealEntry, sealedVersion } from '../../../appliance/sync/seal/sealed-entry.ts'
import { openPath, sealPath } from '../../../appliance/sync/seal/sealed-path.ts'
import { open, seal } from '../../../appliance/sync/seal/xchacha.ts'
import { anyEntry, pathOf, someFile } from '../wire/entries.ts'

await sodium.ready
const password = new Secret(Buffer.from('only for tests'))
const keys = await SealKeys.derive('a-share', password)
const others = await SealKeys.derive('another-share', password)
const nowSeconds = Number.MAX_SAFE_INTEGER
const bytes = (...length: [number, number?]) =>
  fc.uint8Array({ minLength: length[0], maxLength: length[1] ?? length[0] })

test('sealed bytes are those of XChaCha20-Poly1305 as libsodium has it', () =>
  fc.assert(
    fc.property(bytes(0, 3000), bytes(32), bytes(24), fc.nat(), (plain, key, nonce, at) => {
      const sealed = seal(plain, key, nonce)
      const expected = sodium.crypto_aead_xchacha20poly1305_ietf_encrypt(plain, null, null, nonce, key)
      assert.deepEqual(Buffer.from(sealed), Buffer.concat([nonce, expected]))
      assert.deepEqual(Buffer.from(open(sealed, key) ?? []), Buffer.from(plain))
      sealed[at % sealed.length] = (sealed[at % sealed.length] ?? 0) ^ 1
      assert.equal(open(sealed, key), undefined)
    }),
  ))

test('a path is sealed to one path, which only the share itself opens', () => {
  const sealed = sealPath(pathOf('letters/to Elfriede.txt'), keys)
  assert.match(sealed ?? '', /^[0-9A-V]\.syncthing-enc\/[0-9A-V]{2}\/[0-9A-V]+$/)
  assert.equal(sealed, sealPath(pathOf('letters/to Elfriede.txt'), keys))
  assert.equal(sealed && openPath(sealed, others), undefined)
  const long = sealPath(pathOf(`${'n'.repeat(200)}/${'m'.repeat(200)}`), keys) ?? pathOf('-')
  assert.ok(long.split('/').every((part) => part.length <= 200))
  assert.equal(foldersOf(long).length, long.split('/').length - 1)
  assert.equal(openPath(long, keys)?.length, 401)
  assert.equal(sealPath(pathOf(Array(20).fill('p'.repeat(200)).join('/')), keys), undefined)
  for (const none of ['plain.txt', 'A.syncthing-enc/BC/DEF', 'A.syncthing-enc', `${long}0`, long.toLowerCase()])
    assert.equal(openPath(pathOf(none), keys), undefined, none)
})

test('what is told of a file comes back as it was, from nobody but this share, and under no other name', () =>
  fc.assert(
    fc.property(anyEntry, fc.boolean(), fc.integer({ min: 1 }), (entry, invalid, sequence) => {
      const path = sealPath(entry.path, keys)
      fc.pre(path !== undefined)
      const hasContent = entry.type === 'file' && !entry.deleted
      const blocks = hasContent ? randomBytes(Math.max(32, entry.blocks.length)) : new Uint8Array(0)
      const certificate = randomBytes(128)
      const sealed = sealEntry({ entry, sequence, invalid }, path, blocks, certificate, keys)
      const opened = openEntry(sealed, keys, nowSeconds)
      assert.deepEqual(opened?.wire, { entry: { ...entry }, sequence, invalid: opened?.wire.invalid ?? false })
      assert.deepEqual(Buffer.from(opened.certificate ?? []), certificate)
      assert.equal(openEntry(sealed, others, nowSeconds), undefined)
      const elsewhere = sealPath(pathOf('elsewhere'), keys) ?? path
      assert.equal(openEntry({ ...sealed, entry: { ...sealed.entry, path: elsewhere } }, keys, nowSeconds), undefined)
    }),
    { numRuns: 60 },
  ))

test('blocks lie one behind the other, are the same each time, and come back', () =>
  fc.assert(
    fc.property(fc.integer({ min: 0, max: 900_000 }), (sizeBytes) => {
      const blockBytes = sizeBytes === 0 ? 0 : blockBytesFor(sizeBytes)
      const count = blockBytes === 0 ? 1 : Math.ceil(sizeBytes / blockBytes)
      const file = { ...someFile, sizeBytes, blockBytes, blocks: randomBytes(32 * count) }
      let end = 0
      for (let index = 0; index < count; index++) {
        const block = sealedBlock(file, index)
        assert.ok(block && block.sealedOffset === end)
        end += block.sealedBytes
        const plain = randomBytes(block.sizeBytes)
        const sealed = sealBlock(plain, block, keys.file('a'))
        assert.equal(sealed.length, block.sealedBytes)
        assert.deepEqual(sealed, sealBlock(plain, block, keys.file('a')))
        assert.deepEqual(Buffer.from(openBlock(sealed, block.sizeBytes, keys.file('a')) ?? []), plain)
        assert.equal(openBlock(sealed, block.sizeBytes, keys.file('b')), undefined)
      }
      assert.equal(sealedBlock(file, count), undefined)
      // a keeper that has lost its index cuts the file as it was cut
      if (sizeBytes >= 1024) assert.equal(blockBytesIn({ isSealed: true }, end), blockBytes + 40)
    }),
    { numRuns: 40 },
  ))

test('a keeper cuts large sealed files as their writers do', () => {
  for (const power of [27, 28, 29, 31, 33, 34, 36, 40])
    for (const off of [-1, 0, 1, 12_345]) {
      const sizeBytes = 2 ** power + off
      const blockBytes = blockBytesFor(sizeBytes)
      const last = sealedBlock(
        { ...someFile, sizeBytes, blockBytes, blocks: new Uint8Array(0) },
        Math.ceil(sizeBytes / blockBytes) - 1,
      )
      assert.ok(last)
      if (last.sizeBytes >= 1024)
        assert.equal(
          blockBytesIn({ isSealed: true }, last.sealedOffset + last.sealedBytes),
          blockBytes + 40,
          `${sizeBytes}`,
        )
    }
})

test('a version that supersedes another is later for those, too, who cannot read them', () => {
  const counter = fc.record({
    author: fc.constantFrom('1'.repeat(16), '2'.repeat(16), '3'.repeat(16)),
    value: fc.nat(9),
  })
  const version = fc
    .uniqueArray(counter, { selector: ({ author }) => author })
    .map((all) => all.filter(({ value }) => value > 0).sort((a, b) => (a.author < b.author ? -1 : 1)))
  fc.assert(
    fc.property(version, version, (a, b) => {
      const both = joinVersions(a, b)
      for (const one of [a, b])
        if (compareVersions(one, both) === 'before')
          assert.equal(compareVersions(sealedVersion(one), sealedVersion(both)), 'before')
    }),
  )
})
