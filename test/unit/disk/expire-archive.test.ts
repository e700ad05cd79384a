/** What goes from the archive and what stays, on a real disk and in memory. */
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { archivePath } from '../../../appliance/sync/archive/archive-name.ts'
import type { ExpiryRules } from '../../../appliance/sync/disk-work.ts'
import type { RelPath } from '../../../appliance/sync/model/rel-path.ts'
import { makeWorld, worldKinds } from '../../support/disk-world.ts'
import type { DiskWorld } from '../../support/disk-world.ts'

const HOUR = 3_600_000
const DAY = 24 * HOUR
const NOW = Date.UTC(2026, 5, 1)
const rules: ExpiryRules = {
  clock: [{ wallFromMs: NOW - 400 * DAY, wallToMs: NOW, clockFromMs: NOW - 400 * DAY }],
  days: 30,
  keep: 'staggered',
  budget: { type: 'unlimited' },
  roomFor: undefined,
}

function put(world: DiskWorld, path: string, ageMs: number, content = 'x'): void {
  world.write(archivePath(path as RelPath, NOW - ageMs, 1), content)
}
const expire = (world: DiskWorld, change: Partial<ExpiryRules> = {}) =>
  world.disk.expireArchive(world.root, { ...rules, ...change })
const files = (world: DiskWorld) => Object.entries(world.archive()).filter(([, content]) => content !== null).length

for (const kind of worldKinds) {
  describe(`expiry, ${kind}`, () => {
    test('what is too old goes, its empty folders with it, and whatever is not ours stays', async () => {
      using world = await makeWorld(kind)
      put(world, 'deep/er/old.txt', 31 * DAY)
      put(world, 'deep/young.txt', 29 * DAY)
      world.write('outside/kept~20200101-000000.txt', 'a user named it so')
      world.write('.homeseed/archive/own/notes.txt', 'somebody put this here')
      world.symlink('.homeseed/archive/away', '../../outside')
      world.mkdir('.homeseed/archive/dir~20200101-000000')
      const use = await expire(world)
      assert.deepEqual(use, { versions: 1, bytes: 1, removed: 1, removedBytes: 1 })
      assert.deepEqual(
        Object.keys(world.archive()).filter((name) => !name.includes('young')),
        ['away', 'deep', 'own', 'own/notes.txt'],
      )
      assert.equal(world.read('outside/kept~20200101-000000.txt'), 'a user named it so')
    })

    test('a clock that the device has not seen pass ages nothing', async () => {
      using world = await makeWorld(kind)
      for (const days of [1, 100, 10_000]) put(world, `f${days}`, days * DAY)
      const fresh = [{ wallFromMs: NOW, wallToMs: NOW, clockFromMs: NOW }]
      assert.equal((await expire(world, { clock: fresh })).removed, 0)
    })

    test('over the budget the oldest go, and no more than it takes', async () => {
      using world = await makeWorld(kind)
      for (let day = 1; day <= 10; day += 1) put(world, `f${day}`, day * DAY, 'x'.repeat(100))
      put(world, 'just-now', 60_000, 'x'.repeat(100))
      const use = await expire(world, { budget: { type: 'bytes', bytes: 450 } })
      assert.deepEqual(use, { versions: 4, bytes: 400, removed: 7, removedBytes: 700 })
      const names = Object.keys(world.archive()).map((name) => name.replace(/~.*/, ''))
      assert.deepEqual(names.sort(), ['f1', 'f2', 'f3', 'just-now'])
      await expire(world, { budget: { type: 'bytes', bytes: 1 } })
      assert.deepEqual(Object.keys(world.archive()).length, 1, 'what came in this hour stays')
    })

    test('many versions of one hour do not all go when some of them do', async () => {
      using world = await makeWorld(kind)
      for (let i = 0; i < 50; i += 1) put(world, `f${i}`, 5 * HOUR, 'x'.repeat(100))
      const use = await expire(world, { budget: { type: 'bytes', bytes: 4000 } })
      assert.deepEqual([use.versions, use.removed], [40, 10])
    })

    test('the only trace of what was deleted today goes after older versions of what is there', async () => {
      using world = await makeWorld(kind)
      world.write('there', 'now')
      put(world, 'there', 3 * HOUR, 'x'.repeat(100))
      put(world, 'deleted', 20 * HOUR, 'x'.repeat(100))
      await expire(world, { budget: { type: 'bytes', bytes: 100 } })
      assert.deepEqual(
        Object.keys(world.archive()).map((name) => name.replace(/~.*/, '')),
        ['deleted'],
      )
      await expire(world, { budget: { type: 'bytes', bytes: 1 } })
      assert.equal(files(world), 0)
    })
  })
}

test('room for what wants to come in is made of what is older than a day, unless the owner keeps all', async () => {
  using world = await makeWorld('memory', { capacityBytes: 10_000 })
  put(world, 'old', 5 * DAY, 'x'.repeat(3000))
  put(world, 'older', 6 * DAY, 'x'.repeat(3000))
  put(world, 'today', 2 * HOUR, 'x'.repeat(3000))
  const roomFor = { bytes: 3000, reserve: 'auto' } as const
  assert.equal((await expire(world, { roomFor })).removed, 0)
  const budget = { type: 'part', part: 1 } as const
  assert.equal((await expire(world, { roomFor, budget })).removed, 1)
  assert.equal((await expire(world, { roomFor: { ...roomFor, bytes: 1e9 }, budget })).removed, 1)
  assert.deepEqual(
    Object.keys(world.archive()).map((name) => name.replace(/~.*/, '')),
    ['today'],
  )
})
