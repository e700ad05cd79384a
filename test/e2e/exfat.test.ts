/** A share on an exFAT disk: what it cannot keep is remembered and passed on, or said to be left out. */
import assert from 'node:assert/strict'
import { appendFileSync, chmodSync, mkdirSync, readFileSync, readdirSync, renameSync, rmSync, statSync } from 'node:fs'
import { symlinkSync, utimesSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import test from 'node:test'
import { makeExfat } from '../support/exfat.ts'
import type { Disk } from '../support/exfat.ts'
import { removeTree } from '../support/remove-tree.ts'
import { until } from '../support/scratch.ts'
import { treeOf } from '../support/trees.ts'
import type { Tree } from '../support/trees.ts'
import { SHARE, makeWorld } from './devices.ts'
import type { Device } from './devices.ts'

const modeOf = ({ folder }: Device, name: string) => statSync(join(folder, name)).mode & 0o777
const read = ({ folder }: Device, name: string) => readFileSync(join(folder, name), 'utf8')
const holds = ({ folder }: Device, name: string, content: string) =>
  readdirSync(folder).includes(name) && readFileSync(join(folder, name), 'utf8') === content

/** Paths that are not synced, by reason. */
async function problems({ homeseed }: Device): Promise<Record<string, string>> {
  return Object.fromEntries((await homeseed.share(SHARE)).problems.map(({ path, reason }) => [path, reason]))
}

const untilTrue = (what: string, device: Device, look: () => boolean | Promise<boolean>) =>
  until(what, look, { describe: () => device.homeseed.describe(), timeoutMs: 30_000 })

const settled = async (...devices: readonly Device[]) => {
  for (const { homeseed } of devices) await homeseed.settled(SHARE)
}

test('a share on a disk without permissions, links and letters’ case', async (t) => {
  await using world = await makeWorld('exfat')
  using disk = makeExfat(t, join(world.scratch.path, 'exfat'))
  if (!disk) return
  mkdirSync(disk.folder)
  const a = await world.start('anna')
  const b = { ...(await world.start('ben')), folder: disk.folder }
  await world.add(a)
  await world.join(b, a)
  await t.test('permissions come back from it', () => permissions(a, b, disk))
  await t.test('times that it cuts, and those of another time zone, are no edits', () => times(a, b, disk))
  await t.test('what it cannot keep is told, and stays with the others', () => cannotKeep(a, b))
  await t.test('names that differ in case alone: one is here, none is lost', () => twins(a, b))
  await t.test('a change of case is a rename, on either side', () => caseRenames(a, b))
})

async function permissions(a: Device, b: Device, disk: Disk): Promise<void> {
  for (const [name, mode] of [
    ['run.sh', 0o755],
    ['plain.txt', 0o644],
    ['private.txt', 0o600],
  ] as const) {
    writeFileSync(join(a.folder, name), `content of ${name}`)
    chmodSync(join(a.folder, name), mode)
  }
  mkdirSync(join(a.folder, 'private'), { mode: 0o700 })
  await settled(a, b)
  await b.homeseed.stop()
  disk.remount('umask=077')
  await b.homeseed.restart()
  await settled(b, a)
  const modes = () => ['run.sh', 'plain.txt', 'private.txt', 'private'].map((name) => modeOf(a, name))
  assert.deepEqual(modes(), [0o755, 0o644, 0o600, 0o700])

  appendFileSync(join(b.folder, 'run.sh'), '\nchanged there')
  renameSync(join(b.folder, 'private.txt'), join(b.folder, 'moved.txt'))
  writeFileSync(join(b.folder, 'new.txt'), 'made there')
  await settled(b, a)
  assert.equal(read(a, 'run.sh'), 'content of run.sh\nchanged there')
  assert.deepEqual(
    ['run.sh', 'moved.txt', 'new.txt'].map((name) => modeOf(a, name)),
    [0o755, 0o600, 0o644],
  )
  // for whom such a disk gave a file, its permissions are theirs to change
  chmodSync(join(a.folder, 'new.txt'), 0o750)
  appendFileSync(join(a.folder, 'plain.txt'), ', longer')
  await settled(a, b)
  appendFileSync(join(b.folder, 'new.txt'), ' and changed there')
  await settled(b, a)
  assert.deepEqual([read(a, 'new.txt'), modeOf(a, 'new.txt')], ['made there and changed there', 0o750])
}

const withTimes = (tree: Tree) => [...tree].map(([path, { mtimeNs, content }]) => [path, mtimeNs, content])

async function times(a: Device, b: Device, disk: Disk): Promise<void> {
  for (const [name, time] of [
    ['whole', 1_000_000_000],
    ['odd', 1_000_000_001.987654],
    ['tenths', 1_700_000_000.5],
  ] as const) {
    writeFileSync(join(a.folder, name), name)
    utimesSync(join(a.folder, name), time, time)
  }
  await settled(a, b)
  const before = withTimes(treeOf(a.folder))
  await b.homeseed.stop()
  disk.remount()
  // as if the disk were read in another time zone
  for (const name of ['whole', 'odd', 'tenths']) {
    const seconds = Number(statSync(join(b.folder, name), { bigint: true }).mtimeNs / 1_000_000_000n) + 3600
    utimesSync(join(b.folder, name), seconds, seconds)
  }
  await b.homeseed.restart()
  await b.homeseed.run('share', 'rescan', SHARE)
  await settled(b, a)
  assert.deepEqual(withTimes(treeOf(a.folder)), before)
}

async function cannotKeep(a: Device, b: Device): Promise<void> {
  const refused = ['a:b', 'what?', 'tab\there']
  for (const name of refused) writeFileSync(join(a.folder, name), name)
  symlinkSync('plain.txt', join(a.folder, 'link'))
  writeFileSync(join(a.folder, 'beside'), 'beside')
  await untilTrue('told', b, async () => {
    const told = await problems(b)
    return (
      refused.every((name) => told[name] === 'this disk cannot keep this name') &&
      told['link'] === 'this disk keeps no links' &&
      holds(b, 'beside', 'beside')
    )
  })
  await b.homeseed.run('share', 'rescan', SHARE)
  await b.homeseed.stop()
  await b.homeseed.restart()
  await untilTrue('told again', b, async () => Object.keys(await problems(b)).length === 4)
  for (const name of refused) assert.equal(read(a, name), name)
  for (const name of [...refused, 'link']) rmSync(join(a.folder, name))
  await settled(a, b)
}

async function twins(a: Device, b: Device): Promise<void> {
  mkdirSync(join(a.folder, 'Folder'))
  writeFileSync(join(a.folder, 'a.txt'), 'small')
  writeFileSync(join(a.folder, 'Folder/x'), 'in the large one')
  await settled(a, b)
  mkdirSync(join(a.folder, 'folder'))
  writeFileSync(join(a.folder, 'A.txt'), 'large')
  writeFileSync(join(a.folder, 'folder/x'), 'in the small one')
  writeFileSync(join(a.folder, 'folder/y'), 'only there')
  const twin = 'this disk takes its name for that of another one here'
  await untilTrue('told', b, async () => {
    const told = await problems(b)
    return told['A.txt'] === twin && told['folder'] === twin && 'folder/x' in told && 'folder/y' in told
  })
  await b.homeseed.run('share', 'rescan', SHARE)
  assert.deepEqual([read(b, 'a.txt'), read(b, 'Folder/x')], ['small', 'in the large one'])
  assert.deepEqual(readdirSync(join(b.folder, 'Folder')), ['x'])
  assert.deepEqual(
    ['a.txt', 'A.txt', 'Folder/x', 'folder/x', 'folder/y'].map((path) => read(a, path)),
    ['small', 'large', 'in the large one', 'in the small one', 'only there'],
  )
  // deleting one leaves the other, which can come now
  rmSync(join(a.folder, 'a.txt'))
  removeTree(join(a.folder, 'Folder'))
  await settled(a, b)
  assert.ok(holds(b, 'A.txt', 'large'))
  assert.ok(readdirSync(b.folder).includes('folder'))
  assert.deepEqual([read(b, 'folder/x'), read(b, 'folder/y')], ['in the small one', 'only there'])
  assert.deepEqual([read(a, 'A.txt'), read(a, 'folder/y')], ['large', 'only there'])
}

async function caseRenames(a: Device, b: Device): Promise<void> {
  writeFileSync(join(a.folder, 'photo.jpg'), 'a photo')
  writeFileSync(join(a.folder, 'film.mp4'), Buffer.alloc(300_000, 'film'))
  await settled(a, b)
  renameSync(join(a.folder, 'photo.jpg'), join(a.folder, 'PHOTO.JPG'))
  renameSync(join(a.folder, 'film.mp4'), join(a.folder, 'Film.mp4'))
  renameSync(join(a.folder, 'folder'), join(a.folder, 'FOLDER'))
  await settled(a, b)
  const names = readdirSync(b.folder).sort()
  for (const name of ['PHOTO.JPG', 'Film.mp4', 'FOLDER']) assert.ok(names.includes(name), names.join(' '))
  assert.deepEqual([read(b, 'PHOTO.JPG'), read(b, 'FOLDER/y')], ['a photo', 'only there'])
  assert.equal(statSync(join(b.folder, 'Film.mp4')).size, 300_000)

  renameSync(join(b.folder, 'PHOTO.JPG'), join(b.folder, 'Photo.jpg'))
  renameSync(join(b.folder, 'FOLDER'), join(b.folder, 'Folder'))
  await settled(b, a)
  const there = readdirSync(a.folder)
  for (const name of ['Photo.jpg', 'Folder']) assert.ok(there.includes(name), there.join(' '))
  for (const name of ['PHOTO.JPG', 'FOLDER']) assert.ok(!there.includes(name), there.join(' '))
  assert.deepEqual([read(a, 'Photo.jpg'), read(a, 'Folder/y')], ['a photo', 'only there'])
}
