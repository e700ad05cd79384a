/** A folder that is no longer the one that was shared is no deletion. */
import assert from 'node:assert/strict'
import { mkdirSync, readdirSync, renameSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import test from 'node:test'
import { until } from '../support/scratch.ts'
import { differences, treeOf } from '../support/trees.ts'
import { SHARE, assertSame, startTwo } from './devices.ts'
import type { Device } from './devices.ts'

const untilMissing = (device: Device) =>
  until('disk-missing', async () => (await device.homeseed.share(SHARE)).state === 'disk-missing', {
    describe: () => device.homeseed.describe(),
  })

test('a lost marker, a lost folder and an empty one in its place stop the share', async (t) => {
  await using world = await startTwo('disk')
  const { a, b } = world
  mkdirSync(join(a.folder, 'album'))
  for (let i = 0; i < 20; i++) writeFileSync(join(a.folder, `album/${i}`), `picture ${i}`)
  const tree = await assertSame(a, b)
  const elsewhere = join(world.scratch.path, 'elsewhere')
  const untouched = async () => {
    await b.homeseed.run('share', 'rescan', SHARE)
    assert.deepEqual(differences(treeOf(b.folder), tree), [])
    assert.deepEqual([(await b.homeseed.share(SHARE)).files, (await b.homeseed.share(SHARE)).needFiles], [20, 0])
  }

  const refusesToLook = async () => {
    const { code, stderr } = await a.homeseed.command('share', 'rescan', SHARE)
    assert.equal(code, 1)
    assert.match(stderr, /Syncing is stopped/)
  }

  await t.test('the marker is gone', async () => {
    renameSync(join(a.folder, '.homeseed'), elsewhere)
    renameSync(join(a.folder, 'album'), join(world.scratch.path, 'album'))
    await refusesToLook()
    await untilMissing(a)
    const { message } = await a.homeseed.share(SHARE)
    assert.notEqual(message, '')
    assert.ok((await a.homeseed.run('status', SHARE)).includes(message), 'status says why')
    await untouched()
  })

  await t.test('it goes on when the marker is back', async () => {
    renameSync(join(world.scratch.path, 'album'), join(a.folder, 'album'))
    renameSync(elsewhere, join(a.folder, '.homeseed'))
    await a.homeseed.run('share', 'rescan', SHARE)
    assert.deepEqual(differences(await assertSame(a, b), tree), [])
  })

  await t.test('the folder is gone, then an empty one is in its place, also at the start', async () => {
    renameSync(a.folder, elsewhere)
    await refusesToLook()
    await untilMissing(a)
    await untouched()
    mkdirSync(a.folder)
    writeFileSync(join(b.folder, 'from b'), 'made meanwhile')
    await b.homeseed.run('share', 'rescan', SHARE)
    await refusesToLook()
    await untilMissing(a)
    await a.homeseed.stop()
    await a.homeseed.restart()
    await untilMissing(a)
    assert.deepEqual(readdirSync(a.folder), [], 'nothing is made at a bare mount point')
  })

  await t.test('it goes on when the folder is back', async () => {
    renameSync(a.folder, join(world.scratch.path, 'mount-point'))
    renameSync(elsewhere, a.folder)
    await until('in sync again', async () => (await a.homeseed.share(SHARE)).state === 'in-sync')
    const now = await assertSame(b, a)
    assert.deepEqual([...now.keys()], [...tree.keys(), 'from b'].sort())
  })
})
