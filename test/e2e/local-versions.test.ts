/** What was changed or deleted on this very device, by whatever program, has its old version in the archive. */
import assert from 'node:assert/strict'
import {
  appendFileSync,
  existsSync,
  mkdirSync,
  readFileSync,
  readdirSync,
  realpathSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs'
import { join } from 'node:path'
import test from 'node:test'
import type { VersionStatus } from '../../appliance/sync/status.ts'
import { LoopDisk, needLoopDisk } from '../support/loop-disk.ts'
import { until } from '../support/scratch.ts'
import { SHARE, makeWorld } from './devices.ts'
import type { Device } from './devices.ts'

const sparesIn = ({ folder }: Device): readonly string[] => {
  const spare = join(folder, '.homeseed/spare')
  if (!existsSync(spare)) return []
  return readdirSync(spare, { recursive: true, encoding: 'utf8' }).filter((name) => name.length > 60)
}
const untilSpares = (device: Device, count: number) =>
  until(`${count} spares`, () => sparesIn(device).length === count, { describe: () => device.homeseed.describe() })

const kept = async (device: Device, path: string): Promise<readonly string[]> => {
  await device.homeseed.run('share', 'rescan', SHARE)
  const versions = await device.homeseed.json<readonly VersionStatus[]>('versions', 'list', SHARE, path)
  return versions.map(({ archived }) => readFileSync(join(device.folder, archived ?? ''), 'utf8'))
}

async function edits(device: Device): Promise<void> {
  const { folder, homeseed } = device
  const at = (path: string) => join(folder, path)
  mkdirSync(at('notes'))
  writeFileSync(at('notes/in-place.txt'), 'first')
  writeFileSync(at('notes/deleted.txt'), 'to be deleted')
  writeFileSync(at('renamed.txt'), 'only renamed')
  writeFileSync(at('notes/twin.txt'), 'to be deleted')
  await homeseed.run('share', 'add', folder, '--name', SHARE)
  await untilSpares(device, 3)

  appendFileSync(at('notes/in-place.txt'), ', then second')
  rmSync(at('notes/deleted.txt'))
  rmSync(at('notes/twin.txt'))
  renameSync(at('renamed.txt'), at('other-name.txt'))
  assert.deepEqual(await kept(device, 'notes/in-place.txt'), ['first'])
  assert.deepEqual(await kept(device, 'notes/deleted.txt'), ['to be deleted'])
  assert.deepEqual(await kept(device, 'notes/twin.txt'), ['to be deleted'])
  assert.deepEqual(await kept(device, 'renamed.txt'), [], 'its content is still there')
  assert.deepEqual(await kept(device, 'other-name.txt'), [])

  await untilSpares(device, 4)
  await homeseed.stop()
  writeFileSync(at('notes/new.tmp'), 'third, as editors save')
  renameSync(at('notes/new.tmp'), at('notes/in-place.txt'))
  await homeseed.restart()
  assert.deepEqual(await kept(device, 'notes/in-place.txt'), ['first', 'first, then second'])
  await homeseed.run('versions', 'restore', SHARE, 'notes/deleted.txt')
  assert.equal(readFileSync(at('notes/deleted.txt'), 'utf8'), 'to be deleted')
}

test('on an ordinary disk, from small copies; none are kept when they are not wanted', async () => {
  await using world = await makeWorld('local-versions')
  const device = await world.start('anna')
  await edits(device)
  await device.homeseed.run('share', 'set', SHARE, 'local-versions=off')
  writeFileSync(join(device.folder, 'one-more'), 'x')
  await until('no spares', () => sparesIn(device).length === 0)
})

for (const kind of ['btrfs', 'xfs'] as const)
  test(`on ${kind}, of files of any size, and without taking room`, async (t) => {
    if (!needLoopDisk(t, kind)) return
    await using world = await makeWorld(`local-versions-${kind}`)
    using disk = LoopDisk.make(world.scratch.path, 'disk', { kind, sizeMiB: 320 })
    const { homeseed } = await world.start('anna')
    mkdirSync(join(disk.path, 'folder'))
    const device = { homeseed, folder: realpathSync(join(disk.path, 'folder')) }
    try {
      await edits(device)
      const size = 100 * 2 ** 20
      writeFileSync(join(device.folder, 'large'), Buffer.alloc(size, 'x'))
      const spare = join(device.folder, '.homeseed/spare')
      await until('its spare', () => sparesIn(device).some((name) => statSync(join(spare, name)).size === size))
      appendFileSync(join(device.folder, 'large'), 'more')
      const old = () => homeseed.json<readonly VersionStatus[]>('versions', 'list', SHARE, 'large')
      // a large file is taken once it is quiet
      await until('its old version', async () => (await old())[0]?.sizeBytes === size)
    } finally {
      await homeseed.stop()
    }
  })
