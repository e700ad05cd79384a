/** What the archive lists, on a real disk and in memory. */
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import fc from 'fast-check'
import { archivePath, parseArchiveName } from '../../../appliance/sync/archive/archive-name.ts'
import type { ArchiveItem, ArchiveQuery } from '../../../appliance/sync/disk-work.ts'
import { nameOf, parseRelPath } from '../../../appliance/sync/model/rel-path.ts'
import type { RelPath } from '../../../appliance/sync/model/rel-path.ts'
import { stampAt } from '../../../appliance/sync/model/stamp.ts'
import { makeWorld, worldKinds } from '../../support/disk-world.ts'
import type { DiskWorld } from '../../support/disk-world.ts'

const everything: ArchiveQuery = { below: undefined, limit: 1000 }
const path = (text: string) => text as RelPath
const later = stampAt(Date.UTC(2040, 0, 1))

async function listed(world: DiskWorld, query: Partial<ArchiveQuery> = {}): Promise<readonly string[]> {
  const { items } = await world.disk.listArchive(world.root, { ...everything, ...query })
  return items.map(({ path, archived }) => `${path} ${archived === undefined ? 'now' : world.read(archived)}`)
}

for (const kind of worldKinds) {
  describe(`the archive, ${kind}`, () => {
    test('lists files before folders, versions oldest first, and nothing that is not ours', async () => {
      using world = await makeWorld(kind)
      assert.deepEqual(await listed(world), [])
      const archive = (name: string, content: string) => world.write(`.homeseed/archive/${name}`, content)
      archive('b~20260102-000000.txt', 'b2')
      archive('b~20260101-000000.txt', 'b1')
      archive('b~20260101-000000-2.txt', 'b1 too')
      archive('a/x~20260101-000000', 'x')
      archive('a/deep/er~20260101-000000.tar', 'er')
      archive('c~20260101-000000/in~20260101-000000', 'in a folder named like a version')
      archive('notes.txt', 'somebody put this here')
      archive('d~20261301-000000.txt', 'no such month')
      world.symlink('.homeseed/archive/away', '/')
      assert.deepEqual(await listed(world), [
        'b.txt b1',
        'b.txt b1 too',
        'b.txt b2',
        'a/x x',
        'a/deep/er.tar er',
        'c~20260101-000000/in in a folder named like a version',
      ])
      assert.deepEqual(await listed(world, { below: path('a') }), ['a/x x', 'a/deep/er.tar er'])
      assert.deepEqual(await listed(world, { below: path('a/deep/er.tar') }), ['a/deep/er.tar er'])
      assert.deepEqual(await listed(world, { below: path('away') }), [])
      assert.deepEqual(await listed(world, { below: path('away/etc') }), [])
      assert.deepEqual(await listed(world, { latestOnly: true, below: path('b.txt') }), ['b.txt b2'])
      const at = stampAt(Date.UTC(2026, 0, 1, 12))
      assert.deepEqual(await listed(world, { at, below: path('b.txt') }), ['b.txt b2'])
    })

    test('lists what lies in the share now beside it', async () => {
      using world = await makeWorld(kind)
      world.write('.homeseed/archive/f/gone~20400102-000000.txt', 'gone')
      world.write('.homeseed/archive/f/kept~20200101-000000.txt', 'old')
      world.write('f/kept.txt', 'new')
      world.write('only-here.txt', '')
      world.write('.stignore', '')
      const query = { at: later, withLive: true }
      assert.deepEqual(await listed(world, query), ['only-here.txt now', 'f/gone.txt gone', 'f/kept.txt now'])
      assert.deepEqual(await listed(world, { at: later }), ['f/gone.txt gone'])
    })

    test('pages of any size are the whole', async () => {
      using world = await makeWorld(kind)
      const names = ['a', 'a.b', 'b/a', 'b/c', 'b-c/a', 'b/c/d', 'c', 'd/e/f', 'Z', 'ä', '\u{1f333}']
      for (const name of names)
        for (const n of [1, 2, 3]) world.write(archivePath(path(name), Date.UTC(2026, 0, n), 1), `${n}`)
      const all = await listed(world)
      assert.equal(all.length, 3 * names.length)
      for (const at of [undefined, stampAt(Date.UTC(2026, 0, 2))])
        for (let limit = 1; limit < 40; limit += 1) {
          const paged: ArchiveItem[] = []
          for (let isEnd = false; !isEnd;) {
            const query = { ...everything, at, after: paged.at(-1), limit }
            const page = await world.disk.listArchive(world.root, query)
            paged.push(...page.items)
            isEnd = page.isEnd
          }
          const whole = await world.disk.listArchive(world.root, { ...everything, at })
          assert.deepEqual(paged, whole.items, `${limit}`)
        }
    })

    test('a version is copied out whole, and stays', async () => {
      using world = await makeWorld(kind)
      const place = archivePath(path('big'), Date.UTC(2026, 0, 1), 1)
      world.write(place, 'x'.repeat(300_000))
      const copied = await world.disk.copyArchived(world.root, place)
      assert.ok(typeof copied === 'object' && copied.temp !== undefined)
      assert.deepEqual([copied.content.sizeBytes, copied.content.blocks.length], [300_000, 96])
      const op = {
        type: 'file',
        path: path('big'),
        expected: '',
        mode: 0o644,
        mtimeNs: 0n,
        from: { temp: copied.temp },
      }
      const [result] = await world.disk.place(world.root, [op as never], [undefined])
      assert.equal(result?.type, 'done')
      assert.deepEqual(world.tree(), { big: 'x'.repeat(300_000) })
      assert.equal(Object.keys(world.archive()).length, 1)
      assert.deepEqual(world.temps(), [])
      assert.equal(await world.disk.copyArchived(world.root, path('.homeseed/archive/none')), 'gone')
    })
  })
}

const anyName = fc.string({ unit: 'grapheme', minLength: 1, maxLength: 60 }).filter((name) => !name.includes('/'))

test('what the archive names, it reads again', () =>
  fc.assert(
    fc.property(
      anyName,
      fc.integer({ min: 0, max: 4e12 }),
      fc.integer({ min: 1, max: 50 }),
      fc.boolean(),
      (name, ms, attempt, isDamaged) => {
        const safe = parseRelPath(name)
        fc.pre(safe !== undefined && Buffer.byteLength(name) < 200)
        const read = parseArchiveName(nameOf(archivePath(safe, ms, attempt, isDamaged)))
        assert.deepEqual(read, { name, stamp: stampAt(ms, attempt), isDamaged })
      },
    ),
  ))
