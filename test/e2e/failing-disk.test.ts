/** Disks that are taken away, fail, become read-only or fill up: nothing is lost, it is said, and it goes on by itself. */
import assert from 'node:assert/strict'
import { copyFileSync, mkdirSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { basename, join } from 'node:path'
import test from 'node:test'
import { shutDown } from '../support/fs-shutdown.ts'
import { LoopDisk, needLoopDisk } from '../support/loop-disk.ts'
import { needTool } from '../support/need-tool.ts'
import { removeTree } from '../support/remove-tree.ts'
import { until } from '../support/scratch.ts'
import { differences, treeOf } from '../support/trees.ts'
import { noise } from './content.ts'
import { SHARE, assertSame, makeWorld, temps, untilSame } from './devices.ts'
import type { Device, World } from './devices.ts'

interface DiskWorld extends World {
  /** its folder lies on an ordinary disk */
  readonly a: Device
  /** its folder lies on `disk` */
  readonly b: Device
  readonly disk: LoopDisk
}

async function startWithDisk(name: string, sizeMiB = 64): Promise<DiskWorld> {
  const world = await makeWorld(name)
  const disk = LoopDisk.make(world.scratch.path, 'disk', { sizeMiB })
  const dispose = async () => {
    disk.detach()
    await world[Symbol.asyncDispose]()
  }
  try {
    const [a, started] = await Promise.all([world.start('anna'), world.start('ben')])
    const b: Device = { ...started, folder: join(disk.path, 'photos') }
    mkdirSync(b.folder)
    await world.add(a)
    mkdirSync(join(a.folder, 'album'))
    for (let i = 0; i < 20; i++) writeFileSync(join(a.folder, `album/${i}`), `picture ${i}`)
    writeFileSync(join(a.folder, 'film'), noise(300_000, 1))
    await world.join(b, a)
    await assertSame(a, b)
    return { ...world, a, b, disk, [Symbol.asyncDispose]: dispose }
  } catch (error) {
    await dispose()
    throw error
  }
}

const untilReason = (device: Device, reason: string) =>
  until(`its disk is ${reason}`, async () => (await device.homeseed.share(SHARE)).reason === reason, {
    timeoutMs: 90_000,
    describe: () => device.homeseed.describe(),
  })

/** Asks for a look and does not mind that it is refused. */
const rescan = (device: Device) => device.homeseed.command('share', 'rescan', SHARE)

test('a disk that is unmounted deletes nothing elsewhere, also after a restart with stray files in its place', async (t) => {
  if (!needLoopDisk(t)) return
  await using world = await startWithDisk('unmounted')
  const { a, b, disk } = world
  const tree = treeOf(a.folder)
  await b.homeseed.stop()
  disk.unmount()
  mkdirSync(b.folder)
  writeFileSync(join(b.folder, 'stray'), 'saved by a program that did not notice')
  await b.homeseed.restart()
  await untilReason(b, 'no-marker')
  writeFileSync(join(a.folder, 'from a'), 'meanwhile')
  await a.homeseed.run('share', 'rescan', SHARE)
  assert.equal((await rescan(b)).code, 1)
  assert.deepEqual(readdirSync(b.folder), ['stray'], 'nothing is made at a bare mount point')
  rmSync(join(a.folder, 'from a'))
  await a.homeseed.run('share', 'rescan', SHARE)
  assert.deepEqual(differences(treeOf(a.folder), tree), [])
  removeTree(b.folder)
  disk.mount()
  await until('it goes on', async () => (await b.homeseed.share(SHARE)).state === 'in-sync')
  assert.deepEqual(differences(await assertSame(b, a), tree), [])
})

test('a disk that is pulled out in the middle of receiving leaves nothing half done', async (t) => {
  if (!needLoopDisk(t)) return
  await using world = await startWithDisk('pulled', 256)
  const { a, b, disk } = world
  for (let i = 0; i < 60; i++) writeFileSync(join(a.folder, `big-${i}`), noise(1_500_000, 100 + i))
  void rescan(a)
  await until('it has begun', async () => readdirSync(b.folder).some((name) => name.startsWith('big-')))
  disk.unmount('lazily')
  await rescan(b)
  await untilReason(b, 'missing')
  const before = treeOf(a.folder)
  await rescan(a)
  assert.deepEqual(differences(treeOf(a.folder), before), [])
  disk.mount()
  await rescan(b)
  await untilSame(a, b, 60_000)
  await assertSame(a, b)
})

test('a disk that was made read-only serves on, takes nothing in, and goes on when it can be written to', async (t) => {
  if (!needLoopDisk(t)) return
  await using world = await startWithDisk('read-only-disk')
  const { a, b, disk } = world
  await b.homeseed.stop()
  disk.remount('ro')
  await b.homeseed.restart()
  await untilReason(b, 'read-only')
  const { state, message } = await b.homeseed.share(SHARE)
  assert.equal(state, 'error')
  assert.match(message, /can only be read/)
  writeFileSync(join(a.folder, 'from a'), 'waits')
  rmSync(join(a.folder, 'album/3'))
  await rescan(a)
  const c = await world.start('carl')
  await world.join(c, a, 'read-write', [b])
  await until('a third device gets the film from the read-only disk', () => {
    try {
      return readFileSync(join(c.folder, 'film')).equals(noise(300_000, 1))
    } catch {
      return false
    }
  })
  assert.deepEqual([readdirSync(b.folder).includes('from a'), readdirSync(join(b.folder, 'album')).length], [false, 20])
  disk.remount('rw')
  await rescan(b)
  await untilSame(a, b)
  await assertSame(a, b)
})

test('a disk that the kernel made read-only after an error is noticed although it is still mounted writable', async (t) => {
  if (!needLoopDisk(t)) return
  await using world = await startWithDisk('emergency')
  const { a, b, disk } = world
  disk.remount('errors=remount-ro')
  const trigger = `/sys/fs/ext4/${basename(disk.device)}/trigger_fs_error`
  writeFileSync(trigger, '1')
  writeFileSync(join(a.folder, 'from a'), 'waits')
  await rescan(a)
  await untilReason(b, 'read-only')
  const tree = treeOf(a.folder)
  await rescan(a)
  assert.deepEqual(differences(treeOf(a.folder), tree), [])
  disk.unmount('lazily')
  disk.detach()
  disk.mount()
  await rescan(b)
  await untilSame(a, b)
  await assertSame(a, b)
})

test('a disk that dies under the mount is not taken for empty, and goes on once it is back', async (t) => {
  if (!needLoopDisk(t) || !needTool(t, 'cc', 'gcc')) return
  await using world = await startWithDisk('dies')
  const { a, b, disk } = world
  const tree = treeOf(a.folder)
  writeFileSync(join(b.folder, 'written just before'), 'may be lost with the disk, and must not be half there')
  shutDown(world.scratch.path, disk.path)
  writeFileSync(join(a.folder, 'from a'), 'waits')
  await rescan(a)
  await untilReason(b, 'failing')
  rmSync(join(a.folder, 'from a'))
  await rescan(a)
  const lost = differences(treeOf(a.folder), tree).filter((line) => !line.startsWith('written just before'))
  assert.deepEqual(lost, [])
  disk.unmount('lazily')
  disk.detach()
  disk.mount()
  await rescan(b)
  await untilSame(b, a)
  await assertSame(b, a)
})

test('a full disk receives what fits, never half a file, and the rest once there is room', async (t) => {
  if (!needLoopDisk(t)) return
  await using world = await startWithDisk('full', 32)
  const { a, b, disk } = world
  const filler = join(disk.path, 'filler')
  writeFileSync(filler, noise(20_000_000, 3))
  writeFileSync(join(a.folder, 'too large'), noise(12_000_000, 4))
  writeFileSync(join(a.folder, 'small'), 'fits')
  const before = treeOf(a.folder)
  await rescan(a)
  await untilReason(b, 'full')
  assert.equal((await b.homeseed.share(SHARE)).state, 'disk-full')
  await until('what fits has come', async () => readdirSync(b.folder).includes('small'))
  assert.equal(readdirSync(b.folder).includes('too large'), false)
  assert.deepEqual(differences(treeOf(a.folder), before), [])
  writeFileSync(join(b.folder, 'mine'), 'made here while nothing can be received')
  await until('what was made here goes out', () => readdirSync(a.folder).includes('mine'))
  rmSync(filler)
  await rescan(b)
  await untilSame(a, b, 60_000)
  await assertSame(a, b)
  assert.deepEqual(temps(b), [])
})

test('a disk without a single free byte is looked through all the same, and nothing is announced wrongly', async (t) => {
  if (!needLoopDisk(t)) return
  await using world = await startWithDisk('brimful', 32)
  const { a, b, disk } = world
  await b.homeseed.stop()
  const tree = treeOf(a.folder)
  const filler = join(disk.path, 'filler')
  try {
    writeFileSync(filler, noise(40_000_000, 3))
  } catch {
    // full to the brim now
  }
  rmSync(join(b.folder, 'album/7'))
  await b.homeseed.restart()
  await until('what was deleted here goes out', () => !readdirSync(join(a.folder, 'album')).includes('7'))
  assert.deepEqual(
    differences(treeOf(a.folder), tree).filter((line) => !line.startsWith('album/7')),
    [],
  )
  rmSync(filler)
  await rescan(b)
  await until('it is in sync again', async () => (await b.homeseed.share(SHARE)).state === 'in-sync')
  await assertSame(a, b)
})

test('a disk that is replaced by an older copy of it begins anew and deletes nothing', async (t) => {
  if (!needLoopDisk(t)) return
  await using world = await startWithDisk('clone')
  const { a, b, disk } = world
  await b.homeseed.stop()
  disk.unmount()
  const copy = `${disk.image}.copy`
  copyFileSync(disk.image, copy)
  disk.mount()
  await b.homeseed.restart()
  writeFileSync(join(b.folder, 'after the copy'), 'is only on the newer disk, and with others')
  rmSync(join(b.folder, 'album/5'))
  await assertSame(b, a)
  await b.homeseed.stop()
  const tree = treeOf(a.folder)
  disk.detach()
  using older = LoopDisk.of(copy, disk.path)
  older.mount()
  await b.homeseed.restart()
  await assertSame(b, a)
  assert.deepEqual(
    differences(treeOf(a.folder), tree),
    [],
    'what the newer disk had is there, what it had deleted is not',
  )
})
