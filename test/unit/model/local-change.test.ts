import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { FoundContent } from '../../../appliance/sync/disk-work.ts'
import { noBytes } from '../../../appliance/sync/model/entry.ts'
import type { Entry } from '../../../appliance/sync/model/entry.ts'
import { announcedVersionOf, changeOf, removalOf } from '../../../appliance/sync/model/local-change.ts'
import type { HeldEntry, LocalChange } from '../../../appliance/sync/model/local-change.ts'
import { isOfOtherTimeZone } from '../../../appliance/sync/model/mtime.ts'
import type { RelPath } from '../../../appliance/sync/model/rel-path.ts'
import { compareVersions } from '../../../appliance/sync/model/version-vector.ts'
import { authors, blocksOf, file, vector } from '../../support/entries.ts'

const by = { author: authors[1], modifiedBy: authors[1], nowSeconds: 1_000_000 }
const TIME = 5_000_000_000n
const known = file('x', vector('a1'), { mtimeNs: TIME, mode: 0o644 })
const seenAt = (mtimeNs: bigint) => `file:420:1:${mtimeNs}:1:1`
const held = (entry: Entry = known, localOnly = false): HeldEntry => ({ entry, seen: seenAt(TIME), localOnly })

const found = (content: string, change: Partial<FoundContent> = {}): FoundContent => ({
  seen: 'now',
  type: 'file',
  sizeBytes: known.sizeBytes,
  mode: 0o644,
  mtimeNs: TIME,
  blockBytes: known.blockBytes,
  blocks: blocksOf(content),
  linkTarget: undefined,
  ...change,
})
const HOUR_NS = 3_600_000_000_000n
/** What lies here has this time, to the nanosecond. */
const exactly = (mtimeNs: bigint): HeldEntry => ({
  entry: { ...known, mtimeNs },
  seen: seenAt(mtimeNs),
  localOnly: false,
})
const folder = found('', { type: 'directory', sizeBytes: 0, blockBytes: 0, blocks: noBytes, mode: 0o755 })

/** `same`, or what is put: a newer version, or a change that stays here with the version it is based on */
function text(change: LocalChange, before: HeldEntry | undefined): string {
  if (change.type === 'same') return 'same'
  const { entry, localOnly } = change.held
  const order = before && compareVersions(entry.version, before.entry.version)
  const version = entry.version.length === 0 ? 'no version' : order === 'equal' ? 'agreed version' : 'new version'
  return `${entry.deleted ? 'deleted, ' : ''}${version}${localOnly ? ', stays here' : ''}`
}

const table: readonly (readonly [string, FoundContent, HeldEntry | undefined, string, string])[] = [
  ['a new file', found('x'), undefined, 'new version', 'no version, stays here'],
  ['a file looked at again', found('x'), held(), 'same', 'same'],
  ['another content', found('y'), held(), 'new version', 'agreed version, stays here'],
  ['other permissions', found('x', { mode: 0o600 }), held(), 'new version', 'agreed version, stays here'],
  ['another time', found('x', { mtimeNs: TIME + 1_000_000n }), held(), 'new version', 'agreed version, stays here'],
  ['a file that has become a folder', folder, held(), 'new version', 'agreed version, stays here'],
  [
    'a time that the disk has rounded',
    found('x', { mtimeNs: TIME }),
    held({ ...known, mtimeNs: TIME + 1234n }),
    'same',
    'same',
  ],
  [
    'permissions that no peer speaks of',
    found('x', { mode: 0o644 }),
    held({ ...known, mode: undefined }),
    'same',
    'same',
  ],
  [
    'permissions that no peer speaks of, changed here',
    found('x', { mode: 0o755 }),
    held({ ...known, mode: undefined }),
    'new version',
    'agreed version, stays here',
  ],
  [
    'a disk that keeps no permissions',
    found('x', { mode: undefined }),
    held({ ...known, mode: 0o755 }),
    'same',
    'same',
  ],
  [
    'permissions that this device cannot have',
    found('x', { mode: 0o644 }),
    held({ ...known, mode: 0o044 }),
    'same',
    'same',
  ],
  ['a time cut to seconds', found('x', { mtimeNs: 7_000_000_000n }), exactly(7_999_999_999n), 'same', 'same'],
  ['a time cut to two seconds', found('x', { mtimeNs: 6_000_000_000n }), exactly(7_999_999_999n), 'same', 'same'],
  ['a time rounded up', found('x', { mtimeNs: 8_000_000_000n }), exactly(7_999_999_999n), 'same', 'same'],
  ['a time cut to 10 ms', found('x', { mtimeNs: 7_120_000_000n }), exactly(7_123_456_789n), 'same', 'same'],
  [
    'a time a second later',
    found('x', { mtimeNs: 8_123_456_789n }),
    exactly(7_123_456_789n),
    'new version',
    'agreed version, stays here',
  ],
  [
    'a time cut to seconds with another content',
    found('y', { mtimeNs: 7_000_000_000n }),
    exactly(7_999_999_999n),
    'new version',
    'agreed version, stays here',
  ],
  [
    'summer time on a disk that keeps local times',
    found('x', { mode: undefined, mtimeNs: 5_000_000_000n + HOUR_NS }),
    exactly(6_123_456_789n),
    'same',
    'same',
  ],
  [
    'an hour later on any other disk',
    found('x', { mtimeNs: 6_000_000_000n + HOUR_NS }),
    exactly(6_000_000_000n),
    'new version',
    'agreed version, stays here',
  ],
  [
    'what was deleted and is there again',
    found('x'),
    { ...held(file(undefined, vector('a1'))), seen: '' },
    'new version',
    'deleted, agreed version, stays here',
  ],
  ['a change that was taken back', found('x'), held(known, true), 'agreed version', 'agreed version'],
  [
    'a folder with other children, hence another time',
    { ...folder, mtimeNs: 9n },
    held({ ...known, type: 'directory', sizeBytes: 0, blockBytes: 0, blocks: noBytes, mode: 0o755 }),
    'same',
    'same',
  ],
]

for (const [description, content, before, readWrite, readOnly] of table) {
  test(`${description}: ${readWrite}; on a read-only device: ${readOnly}`, () => {
    assert.equal(text(changeOf('f' as RelPath, content, before, 'read-write', by), before), readWrite)
    assert.equal(text(changeOf('f' as RelPath, content, before, 'read-only', by), before), readOnly)
  })
}

test('what is gone is deleted, once; a read-only device only notes it', () => {
  const gone = removalOf(held(), 'read-write', by)
  assert.equal(gone && text(gone, held()), 'deleted, new version')
  const noted = removalOf(held(), 'read-only', by)
  assert.equal(noted && text(noted, held()), 'agreed version, stays here')
  assert.equal(removalOf(undefined, 'read-write', by), undefined)
  assert.equal(removalOf({ ...held(), seen: '' }, 'read-write', by), undefined)
})

test('a tombstone says what was deleted', () => {
  const gone = removalOf(held(), 'read-write', by)
  assert.ok(gone?.type === 'put')
  assert.deepEqual(gone.held.entry.deletedHash, known.blocks)
  assert.equal(gone.held.entry.sizeBytes, 0)
})

test('what a peer announced and lies here already is that version, and none of our own', () => {
  const theirs = file('y', vector('a2'), { mtimeNs: TIME, mode: 0o644 })
  const placed = found('y', { sizeBytes: theirs.sizeBytes })
  assert.equal(announcedVersionOf(placed, undefined, [theirs]), theirs)
  assert.equal(announcedVersionOf(placed, held(), [theirs]), theirs, 'a newer one than ours')
  assert.equal(announcedVersionOf({ ...placed, mtimeNs: TIME - 999n }, undefined, [theirs]), theirs, 'a rounded time')
  const older = { ...held(), entry: file('x', vector('a3'), { mtimeNs: TIME }) }
  assert.equal(announcedVersionOf(placed, older, [theirs]), undefined, 'a user has put an old version back')
  for (const other of [found('z'), { ...placed, mode: 0o600 }, { ...placed, mtimeNs: TIME + 3_000_000_000n }])
    assert.equal(announcedVersionOf(other, undefined, [theirs]), undefined)
  assert.equal(announcedVersionOf(placed, undefined, [{ ...theirs, deleted: true }]), undefined)
})

test('times of other zones differ by quarters of an hour, up to 26 hours', () => {
  const at = 1_700_000_000_123_456_789n
  for (const minutes of [15n, 60n, -60n, 5n * 60n + 45n, 26n * 60n]) {
    const moved = at + minutes * 60_000_000_000n
    for (const cut of [moved, moved - (moved % 2_000_000_000n)]) assert.ok(isOfOtherTimeZone(cut, at), `${minutes}`)
  }
  for (const minutes of [7n, 61n, 27n * 60n])
    assert.ok(!isOfOtherTimeZone(at + minutes * 60_000_000_000n, at), `${minutes}`)
})
