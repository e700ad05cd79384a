import assert from 'node:assert/strict'
import { test } from 'node:test'
import { conflictOf, conflictPath, keptPath } from '../../../appliance/sync/model/conflict-name.ts'
import type { RelPath } from '../../../appliance/sync/model/rel-path.ts'

const at = BigInt(Date.UTC(2026, 10, 20, 21, 15, 30)) * 1_000_000n
const name = (path: string) => conflictPath(path as RelPath, at, 'ABCDEFG')

test('a conflict copy has the form that Syncthing gives it', () => {
  assert.equal(name('2026/notes.txt'), '2026/notes.sync-conflict-20261120-211530-ABCDEFG.txt')
  assert.equal(name('Makefile'), 'Makefile.sync-conflict-20261120-211530-ABCDEFG')
  assert.equal(name('.profile'), '.profile.sync-conflict-20261120-211530-ABCDEFG')
})

test('a conflict on a conflict copy keeps one mark', () => {
  assert.equal(
    name('notes.sync-conflict-20250101-000000-ZZZZZZZ.txt'),
    'notes.sync-conflict-20261120-211530-ABCDEFG.txt',
  )
})

test('a name that would be too long for a file system is shortened at a character', () => {
  const long = name(`${'é'.repeat(120)}.txt`)
  assert.ok(Buffer.byteLength(long) <= 255)
  assert.match(long, /^é+\.sync-conflict-20261120-211530-ABCDEFG\.txt$/)
})

test('a conflict copy tells what it is a version of, when it was made, and by whom', () => {
  for (const path of ['2026/notes.txt', 'Makefile', '.profile', 'a.b.tar.gz', 'two words.txt'])
    assert.deepEqual(conflictOf(name(path)), { original: path, at: '2026-11-20T21:15:30Z', author: 'ABCDEFG' })
  const numbered = conflictOf('notes.sync-conflict-20261120-211530-ABCDEFG-2.txt' as RelPath)
  assert.equal(numbered?.original, 'notes.txt')
})

test('other names are none', () => {
  for (const path of ['notes.txt', '.sync-conflict-20261120-211530-ABCDEFG', 'a.sync-conflict-2026-ABCDEFG.txt'])
    assert.equal(conflictOf(path as RelPath), undefined, path)
})

test('what is to stay beside the other version has a name that tells whose it is, and from when', () => {
  const kept = (path: string, more?: string) => keptPath(conflictOf(name(path)) ?? assert.fail(path), more)
  assert.equal(kept('2026/notes.txt'), '2026/notes (2026-11-20 21-15-30 ABCDEFG).txt')
  assert.equal(kept('Makefile', ' 0123abcd'), 'Makefile (2026-11-20 21-15-30 ABCDEFG 0123abcd)')
  assert.equal(conflictOf(kept('2026/notes.txt')), undefined)
})
