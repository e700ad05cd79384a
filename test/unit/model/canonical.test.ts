import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'
import fc from 'fast-check'
import { canonicalBytes } from '../../../appliance/sync/model/canonical.ts'
import type { Entry } from '../../../appliance/sync/model/entry.ts'
import { anyEntry, entryFromVector, pathOf, someFile } from '../wire/entries.ts'

const hex = (bytes: Uint8Array) => Buffer.from(bytes).toString('hex')
const id = 'aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa'

test('entries have the canonical bytes of the vectors', () => {
  const { entries } = JSON.parse(readFileSync(new URL('../../vectors/entries.json', import.meta.url), 'utf8'))
  assert.ok(entries.length > 0)
  for (const { shareId, entry, canonical } of entries)
    assert.equal(hex(canonicalBytes(shareId, entryFromVector(entry))), canonical)
})

test('every part of an entry that matters changes its form, and nothing else does', () => {
  const forms = new Set<string>()
  const variants: Partial<Entry>[] = [
    {},
    { path: pathOf('photos/summer.jpeg') },
    { type: 'directory' },
    { type: 'symlink' },
    { deleted: true },
    { mode: 0o600 },
    { mode: undefined },
    { mode: 0 },
    { sizeBytes: 200_001 },
    { mtimeNs: someFile.mtimeNs + 1n },
    { mtimeNs: -1n },
    { modifiedBy: '00112233445566fe' },
    { version: [] },
    { version: someFile.version.slice(1) },
    { version: [{ author: '00112233445566ff', value: 1_700_000_001 }, ...someFile.version.slice(1)] },
    { blockBytes: 262_144 },
    { blocks: new Uint8Array(64) },
    { linkTarget: '' },
    { linkTarget: 'x' },
    { deletedHash: new Uint8Array(32) },
    { deletedHash: new Uint8Array(32).fill(1) },
    { platform: { owner: undefined, xattrs: [] } },
    { platform: { owner: { uid: 0, gid: 0, user: '', group: '' }, xattrs: undefined } },
    { platform: { owner: { uid: 0, gid: 0, user: '', group: '' }, xattrs: [] } },
    { platform: { owner: { uid: 1, gid: 0, user: '', group: '' }, xattrs: [] } },
    { platform: { owner: { uid: 0, gid: 0, user: 'a', group: '' }, xattrs: [] } },
    { platform: { owner: { uid: 0, gid: 0, user: '', group: 'a' }, xattrs: [] } },
    { platform: { owner: undefined, xattrs: [{ name: 'user.a', value: new Uint8Array(0) }] } },
    { platform: { owner: undefined, xattrs: [{ name: 'user.a', value: new Uint8Array(1) }] } },
  ]
  for (const change of variants) forms.add(hex(canonicalBytes(id, { ...someFile, ...change })))
  forms.add(hex(canonicalBytes(id.replace('a', 'b'), someFile)))
  assert.equal(forms.size, variants.length + 1)
  const signed = { ...someFile, signature: new Uint8Array(64) }
  assert.deepEqual(canonicalBytes(id, signed), canonicalBytes(id, someFile))
})

test('text cannot move from one field into another', () => {
  const a = canonicalBytes('ab', { ...someFile, path: pathOf('c') })
  const b = canonicalBytes('a', { ...someFile, path: pathOf('bc') })
  assert.notDeepEqual(a, b)
})

test('any two entries that differ have different forms', () =>
  fc.assert(
    fc.property(anyEntry, anyEntry, (a, b) => {
      const plain = (entry: Entry) => ({ ...entry, signature: undefined })
      const same = hex(canonicalBytes(id, a)) === hex(canonicalBytes(id, b))
      if (same) assert.deepEqual(plain(a), plain(b))
    }),
  ))
