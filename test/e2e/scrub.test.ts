/** What a disk has damaged without a trace is found by reading it again, mended from a peer, and kept in the archive. */
import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { closeSync, mkdirSync, openSync, readFileSync, readSync, utimesSync, writeFileSync, writeSync } from 'node:fs'
import { join } from 'node:path'
import test from 'node:test'
import type { ScrubStatus, VersionStatus } from '../../appliance/sync/status.ts'
import { LoopDisk, dropCaches, needLoopDisk } from '../support/loop-disk.ts'
import { needTool } from '../support/need-tool.ts'
import { until } from '../support/scratch.ts'
import { differences, treeOf } from '../support/trees.ts'
import { noise } from './content.ts'
import { SHARE, archived, assertSame, makeWorld } from './devices.ts'
import type { Device } from './devices.ts'

const LONG_AGO = new Date('2026-01-31T12:00:00Z')

function writeOld(path: string, content: Buffer | string): void {
  writeFileSync(path, content)
  utimesSync(path, LONG_AGO, LONG_AGO)
}

/** Inverts a byte in the middle of a file, on the disk and behind the file system's back. */
function flip(disk: LoopDisk, path: string, offset: number): void {
  execFileSync('sync')
  const [, first] =
    /^\s*0:\s+\d+\.\.\s*\d+:\s+(\d+)\.\./m.exec(execFileSync('filefrag', ['-v', path], { encoding: 'utf8' })) ?? []
  const blockBytes = 4096
  assert.ok(first, 'the file lies somewhere on the disk')
  const device = openSync(disk.device, 'r+')
  const byte = Buffer.alloc(1)
  const at = Number(first) * blockBytes + offset
  readSync(device, byte, 0, 1, at)
  assert.equal(byte[0], readFileSync(path)[offset])
  writeSync(device, Buffer.of((byte[0] ?? 0) ^ 0xff), 0, 1, at)
  execFileSync('sync')
  closeSync(device)
  dropCaches()
}

const scrubbed = async (device: Device): Promise<ScrubStatus> => {
  await device.homeseed.run('scrub', SHARE)
  return until(
    'all has been read',
    async () => {
      const { scrub } = await device.homeseed.share(SHARE)
      return !scrub.isRunning && scrub.isWhole && scrub
    },
    { describe: () => device.homeseed.describe() },
  )
}

test('a flipped bit is found and mended from a peer; one that nobody else has whole is said', async (t) => {
  if (!needLoopDisk(t) || !needTool(t, 'filefrag', 'e2fsprogs')) return
  await using world = await makeWorld('scrub')
  using disk = LoopDisk.make(world.scratch.path, 'disk', { sizeMiB: 96 })
  const [a, started] = await Promise.all([world.start('anna'), world.start('ben')])
  const b: Device = { ...started, folder: join(disk.path, 'photos') }
  mkdirSync(b.folder)
  await world.add(a)
  const film = noise(3_000_000, 5)
  writeOld(join(a.folder, 'film'), film)
  writeOld(join(a.folder, 'small'), noise(5000, 6))
  for (let i = 0; i < 30; i++) writeOld(join(a.folder, `other-${i}`), `other ${i}`)
  await world.join(b, a)
  await assertSame(a, b)
  await b.homeseed.run('share', 'set', SHARE, 'scrub-speed=1000')
  const tree = treeOf(a.folder)

  const first = await scrubbed(b)
  assert.deepEqual([first.files, first.damaged, first.repaired], [32, 0, 0])
  assert.equal(first.bytes, (await b.homeseed.share(SHARE)).bytes)

  flip(disk, join(b.folder, 'film'), 1_500_000)
  assert.equal(readFileSync(join(b.folder, 'film')).equals(film), false)
  // what came to be damaged is no edit: a look at the folder announces nothing
  await b.homeseed.run('share', 'rescan', SHARE)
  const { damaged } = await scrubbed(b)
  assert.equal(damaged, 1)
  await until('it is whole again', async () => (await b.homeseed.share(SHARE)).scrub.repaired === 1)
  assert.deepEqual(differences(await assertSame(a, b), tree), [])
  assert.equal(archived(b).length, 1, 'the damaged one is kept')
  const versions = await b.homeseed.json<readonly VersionStatus[]>('versions', 'list', SHARE)
  assert.deepEqual(
    versions.map(({ path, damaged }) => [path, damaged]),
    [['film', true]],
  )
  assert.match(await b.homeseed.run('versions', 'restore', SHARE, 'film'), /^0 restored, 0 unchanged/)
  assert.match(await b.homeseed.run('share', 'show', SHARE), /scrub +done .*1 damaged, 1 of them whole again/)

  await a.homeseed.stop()
  flip(disk, join(b.folder, 'small'), 1000)
  assert.equal((await scrubbed(b)).damaged, 1)
  await until('it says that nobody has it whole', async () => {
    const { problems } = await b.homeseed.share(SHARE)
    return problems.some(({ path, reason }) => path === 'small' && reason.startsWith('damaged on this disk'))
  })
  await a.homeseed.restart()
  await assertSame(a, b)
  assert.deepEqual(differences(treeOf(b.folder), tree), [])
})

test('reading all again keeps its pace, goes on after a restart, and can be stopped', async () => {
  await using world = await makeWorld('scrub-pace')
  const a = await world.start('anna')
  await world.add(a)
  for (let i = 0; i < 40; i++) writeOld(join(a.folder, `file-${i}`), noise(400_000, i))
  await a.homeseed.settled(SHARE, { peers: 0 })
  await a.homeseed.run('share', 'set', SHARE, 'scrub-speed=1')
  await a.homeseed.run('scrub', SHARE)
  const status = async () => (await a.homeseed.share(SHARE)).scrub
  const { files } = await until('some are read', async () => {
    const now = await status()
    return now.files >= 2 && now
  })
  await a.homeseed.stop()
  await a.homeseed.restart()
  const after = await status()
  assert.equal(after.isRunning, true)
  assert.ok(after.files >= files && after.files < 40, `${after.files} files`)
  await a.homeseed.run('scrub', SHARE, '--stop')
  const stopped = await status()
  assert.deepEqual([stopped.isRunning, stopped.isWhole], [false, false])
})
