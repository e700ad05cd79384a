/** One suite for every `KnownEntries`: a scan relies on the order and on every page beginning where the last ended. */
import assert from 'node:assert/strict'
import fc from 'fast-check'
import { fileURLToPath } from 'node:url'
import { describe, test } from 'node:test'
import type { KnownEntries } from '../../appliance/sync/disk-work.ts'
import { openDatabase } from '../../appliance/sync/index/database.ts'
import { knownEntries } from '../../appliance/sync/index/known-entries.ts'
import type { RelPath } from '../../appliance/sync/model/rel-path.ts'
import { TestIndex } from '../support/disk-world.ts'
import { insertEntry, insertShare } from '../support/index-rows.ts'

type Make = (paths: ReadonlySet<string>) => KnownEntries
const candidates: Readonly<Record<string, Make>> = {
  'the test index': (paths) => {
    const index = new TestIndex()
    for (const path of paths) index.set(path, `seen ${path}`)
    return index
  },
  SQLite: (paths) => {
    const migrations = fileURLToPath(new URL('../../appliance/sync/index/migrations', import.meta.url))
    const { sqlite } = openDatabase(':memory:', migrations)
    const share = insertShare(sqlite, 'SHARE')
    const other = insertShare(sqlite, 'OTHER')
    for (const path of paths) insertEntry(sqlite, share, path, `seen ${path}`)
    insertEntry(sqlite, share, 'nothing-there', '')
    insertEntry(sqlite, other, 'a/other', 'seen')
    return knownEntries(sqlite)
  },
}

const name = fc.constantFrom('a', 'b', 'a-', 'a.', 'a0', 'a!b', 'á', '\uE000', '🐟', 'A')
const path = fc.array(name, { minLength: 1, maxLength: 3 }).map((names) => names.join('/'))
const bytesOf = (text: string): Buffer => Buffer.from(text)

/** All pages, one after the other. */
function readAll(known: KnownEntries, within: string | undefined, limit: number): readonly string[] {
  const all: string[] = []
  for (let after: RelPath | undefined; ; after = all.at(-1) as RelPath) {
    const page = known.page('SHARE', within as RelPath | undefined, after, limit)
    assert.ok(page.length <= limit)
    for (const entry of page) assert.equal(entry.seen, `seen ${entry.path}`)
    all.push(...page.map((entry) => entry.path))
    if (page.length < limit) return all
  }
}

for (const [title, make] of Object.entries(candidates)) {
  describe(`known entries: ${title}`, () => {
    test('come page by page in byte order, all of them or those within a path', () =>
      fc.assert(
        fc.property(
          fc.uniqueArray(path, { maxLength: 40 }),
          path,
          fc.integer({ min: 1, max: 9 }),
          (paths, within, limit) => {
            const known = make(new Set(paths))
            const sorted = paths.toSorted((a, b) => Buffer.compare(bytesOf(a), bytesOf(b)))
            assert.deepEqual(readAll(known, undefined, limit), sorted)
            const isWithin = (each: string) => each === within || each.startsWith(`${within}/`)
            assert.deepEqual(readAll(known, within, limit), sorted.filter(isWithin))
          },
        ),
        { numRuns: 200 },
      ))
  })
}
