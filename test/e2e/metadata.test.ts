/** What is more to a file than its bytes: permissions, times, names, links, holes, and which kind of thing it is. */
import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import {
  appendFileSync,
  chmodSync,
  closeSync,
  existsSync,
  ftruncateSync,
  linkSync,
  lstatSync,
  mkdirSync,
} from 'node:fs'
import { openSync, readFileSync, readSync, readdirSync, renameSync, rmSync, statSync, symlinkSync } from 'node:fs'
import { truncateSync, utimesSync, writeFileSync, writeSync } from 'node:fs'
import { join } from 'node:path'
import test from 'node:test'
import Database from 'better-sqlite3'
import { needRoot, needTool } from '../support/need-tool.ts'
import { removeTree } from '../support/remove-tree.ts'
import { treeOf } from '../support/trees.ts'
import { noise } from './content.ts'
import { SHARE, archived, assertSame, contentsOf, makeFolders, makeWorld, startTwo } from './devices.ts'
import type { Device } from './devices.ts'

const GIB = 1024 ** 3
const MIB = 1024 ** 2

const read = ({ folder }: Device, name: string) => readFileSync(join(folder, name), 'utf8')
const write = ({ folder }: Device, name: string, text: string) => writeFileSync(join(folder, name), text)
const take = ({ folder }: Device, from: string, to: string) => renameSync(join(folder, from), join(folder, to))
/** The number of the newest change that a device has found or taken over. */
function newestChange({ homeseed }: Device): number {
  const index = new Database(join(homeseed.home, 'homeseed.db'), { readonly: true })
  try {
    return index.prepare('SELECT max(sequence) FROM local_entries').pluck().get() as number
  } finally {
    index.close()
  }
}

test('two devices agree on more than bytes', async (t) => {
  await using world = await startTwo('metadata')
  const { a, b } = world
  await t.test('permissions and times come, and are no changes after a restart', () => restarted(a, b))
  await t.test('permissions beyond 0777 stay where they are', () => special(a, b))
  await t.test('empty folders are made, moved and deleted', () => emptyFolders(a, b))
  await t.test('composed and decomposed names go there and back', () => composed(a, b))
  await t.test('names that differ in case are two', () => cases(a, b))
  await t.test('what links lead to is not looked at', () => links(a, b))
  await t.test('a file becomes a folder and a file again', () => kinds(a, b))
  await t.test('names swapped and rotated while the other is away', () => rotated(a, b))
  await t.test('other names of a file are other files', () => hardLinks(a, b, world.scratch.path))
  await t.test('a name that is no text keeps its folder', () => notText(a, b))
})

async function restarted(a: Device, b: Device): Promise<void> {
  for (const [name, mode, time] of [
    ['1975', 0o644, -1],
    ['1980', 0o755, 315_532_800],
    ['now', 0o700, 1_700_000_000.123456],
    ['2035', 0o640, 2_082_758_399.999999],
    ['hidden', 0o000, 1_600_000_000],
  ] as const) {
    write(a, name, `from ${name}`)
    const at = time < 0 ? new Date('1975-05-06T07:08:09.123Z') : time
    utimesSync(join(a.folder, name), at, at)
    chmodSync(join(a.folder, name), name === 'hidden' ? 0o400 : mode)
  }
  const before = await assertSame(a, b)
  const changes = [a, b].map(newestChange)
  for (const device of [a, b]) {
    await device.homeseed.stop()
    await device.homeseed.restart()
    await device.homeseed.run('share', 'rescan', SHARE)
  }
  assert.deepEqual(await assertSame(b, a), before)
  assert.deepEqual([a, b].map(newestChange), changes)
  assert.deepEqual([archived(a), archived(b)], [[], []])
}

async function special(a: Device, b: Device): Promise<void> {
  write(a, 'setuid', '#!/bin/sh')
  chmodSync(join(a.folder, 'setuid'), 0o6755)
  makeFolders(a.folder, 'group')
  chmodSync(join(a.folder, 'group'), 0o3775)
  await a.homeseed.settled(SHARE)
  await b.homeseed.settled(SHARE)
  const modes = ({ folder }: Device) => ['setuid', 'group'].map((name) => statSync(join(folder, name)).mode & 0o7777)
  assert.deepEqual(modes(b), [0o755, 0o775])
  chmodSync(join(b.folder, 'group'), 0o750)
  await b.homeseed.settled(SHARE)
  await a.homeseed.settled(SHARE)
  assert.deepEqual(modes(a), [0o6755, 0o3750], 'what the owner set there stays there')
  chmodSync(join(a.folder, 'setuid'), 0o755)
  chmodSync(join(a.folder, 'group'), 0o750)
}

async function emptyFolders(a: Device, b: Device): Promise<void> {
  makeFolders(a.folder, 'empty/one/two', 'empty/one/three', 'void')
  await assertSame(a, b)
  take(b, 'empty/one', 'void/one')
  take(b, 'empty', 'still empty')
  await assertSame(b, a)
  assert.ok(existsSync(join(a.folder, 'void/one/three')))
  removeTree(join(a.folder, 'void'))
  removeTree(join(a.folder, 'still empty'))
  await assertSame(a, b)
  assert.ok(!existsSync(join(b.folder, 'void')))
}

async function composed(a: Device, b: Device): Promise<void> {
  const names = ['caf\u00e9', 'cafe\u0301'] as const
  for (const name of names) write(a, name, `bytes ${Buffer.from(name).toString('hex')}`)
  await assertSame(a, b)
  for (const name of names) appendFileSync(join(b.folder, name), ', and back')
  await assertSame(b, a)
  for (const name of names) assert.equal(read(a, name), `bytes ${Buffer.from(name).toString('hex')}, and back`)
  rmSync(join(b.folder, names[0]))
  await assertSame(b, a)
  assert.deepEqual(
    readdirSync(a.folder).filter((name) => name.startsWith('caf')),
    [names[1]],
  )
}

async function cases(a: Device, b: Device): Promise<void> {
  write(a, 'a.txt', 'small')
  write(a, 'A.txt', 'large')
  await assertSame(a, b)
  rmSync(join(b.folder, 'a.txt'))
  await assertSame(b, a)
  assert.equal(read(a, 'A.txt'), 'large')
  take(a, 'A.txt', 'a.TXT')
  await assertSame(a, b)
  assert.equal(read(b, 'a.TXT'), 'large')
}

async function links(a: Device, b: Device): Promise<void> {
  const before = (await a.homeseed.share(SHARE)).files
  symlinkSync('/etc', join(a.folder, 'outside'))
  makeFolders(a.folder, 'loop')
  symlinkSync('..', join(a.folder, 'loop/up'))
  symlinkSync('../loop', join(a.folder, 'loop/here'))
  await assertSame(a, b)
  assert.ok(lstatSync(join(b.folder, 'outside')).isSymbolicLink())
  for (const { homeseed } of [a, b]) assert.equal((await homeseed.share(SHARE)).files, before + 3)
}

async function kinds(a: Device, b: Device): Promise<void> {
  write(a, 'x', 'a file')
  await assertSame(a, b)
  rmSync(join(a.folder, 'x'))
  makeFolders(a.folder, 'x/y')
  write(a, 'x/y/z', 'deep in a folder')
  await assertSame(a, b)
  assert.equal(read(b, 'x/y/z'), 'deep in a folder')
  removeTree(join(a.folder, 'x'))
  write(a, 'x', 'a file again')
  await assertSame(a, b)
  assert.equal(read(b, 'x'), 'a file again')
}

async function rotated(a: Device, b: Device): Promise<void> {
  const names = ['swap-1', 'swap-2', 'turn-1', 'turn-2', 'turn-3']
  for (const name of names) writeFileSync(join(a.folder, name), noise(200_000, name.charCodeAt(5) + name.length))
  for (const name of names) appendFileSync(join(a.folder, name), name)
  await assertSame(a, b)
  await b.homeseed.stop()
  for (const [from, to] of [
    ['swap-1', 'other'],
    ['swap-2', 'swap-1'],
    ['other', 'swap-2'],
    ['turn-1', 'other'],
    ['turn-3', 'turn-1'],
    ['turn-2', 'turn-3'],
    ['other', 'turn-2'],
  ] as const)
    take(a, from, to)
  await a.homeseed.run('share', 'rescan', SHARE)
  await b.homeseed.restart()
  await assertSame(a, b)
  const ends = names.map((name) => readFileSync(join(b.folder, name)).subarray(200_000).toString())
  assert.deepEqual(ends, ['swap-2', 'swap-1', 'turn-3', 'turn-1', 'turn-2'])
}

async function hardLinks(a: Device, b: Device, outside: string): Promise<void> {
  write(b, 'photo', 'taken in 2001')
  await assertSame(b, a)
  linkSync(join(b.folder, 'photo'), join(outside, 'backup'))
  linkSync(join(b.folder, 'photo'), join(b.folder, 'second name'))
  await assertSame(b, a)
  const { mode, mtimeMs } = statSync(join(outside, 'backup'))
  chmodSync(join(a.folder, 'photo'), 0o600)
  utimesSync(join(a.folder, 'photo'), 1_000_000_000, 1_000_000_000)
  await assertSame(a, b)
  write(a, 'second name', 'edited')
  await assertSame(a, b)
  const kept = statSync(join(outside, 'backup'))
  assert.deepEqual(
    [readFileSync(join(outside, 'backup'), 'utf8'), kept.mode, kept.mtimeMs],
    ['taken in 2001', mode, mtimeMs],
  )
  assert.equal(read(b, 'photo'), 'taken in 2001')
}

async function notText(a: Device, b: Device): Promise<void> {
  makeFolders(a.folder, 'old/deep')
  write(a, 'old/deep/good', 'good')
  const bad = Buffer.concat([Buffer.from(join(a.folder, 'old/deep/')), Buffer.from([0x62, 0xff])])
  writeFileSync(bad, 'no UTF-8')
  await assertGood(a, b)
  removeTree(join(b.folder, 'old'))
  await b.homeseed.settled(SHARE)
  await a.homeseed.settled(SHARE)
  assert.equal(readFileSync(bad, 'utf8'), 'no UTF-8')
  assert.deepEqual(readdirSync(join(b.folder, 'old/deep')), [], 'its folder has come back')
  const { problems } = await a.homeseed.share(SHARE)
  assert.deepEqual(
    problems.map(({ reason }) => reason),
    ['its name cannot be synced'],
  )
  rmSync(bad)
  await assertSame(a, b)
}

async function assertGood(a: Device, b: Device): Promise<void> {
  await a.homeseed.settled(SHARE)
  await b.homeseed.settled(SHARE)
  assert.deepEqual(readdirSync(join(b.folder, 'old/deep')), ['good'])
}

/** In a shell: such a path is longer than any program may name at once. */
const LEVELS = 20
const makeDeep = `name=$(printf 'd%.0s' $(seq 240)); for i in $(seq ${LEVELS}); do mkdir $name; cd $name; echo $i >f; done`
const listDeep = `name=$(printf 'd%.0s' $(seq 240)); while cd $name 2>/dev/null; do cat f 2>/dev/null; done; true`

test('long names, deep folders and paths that are too long', async () => {
  await using world = await startTwo('long')
  const { a, b } = world
  const names = ['x'.repeat(255), 'é'.repeat(127), `${'漢'.repeat(83)}.txt`]
  for (const name of names) write(a, name, name)
  const deep = Array.from({ length: 100 }, (_, depth) => `level ${depth}`).join('/')
  makeFolders(a.folder, deep)
  write(a, `${deep}/bottom`, 'at the bottom')
  await assertSame(a, b)
  appendFileSync(join(b.folder, deep, 'bottom'), ', and up again')
  await assertSame(b, a)
  assert.equal(read(a, `${deep}/bottom`), 'at the bottom, and up again')

  try {
    execFileSync('bash', ['-c', makeDeep], { cwd: a.folder })
    write(a, 'beside', 'beside')
    await a.homeseed.run('share', 'rescan', SHARE)
    await a.homeseed.settled(SHARE)
    await b.homeseed.settled(SHARE)
    // 4,096 bytes hold 17 such names, or 16 and a file
    const levels = execFileSync('bash', ['-c', listDeep], { cwd: b.folder, encoding: 'utf8' }).trim().split('\n')
    assert.deepEqual(
      levels,
      Array.from({ length: 16 }, (_, i) => String(i + 1)),
    )
    const { problems } = await a.homeseed.share(SHARE)
    assert.ok(problems.length > 0)
    assert.ok(problems.every(({ path, reason }) => path.length > 4096 && reason === 'its name cannot be synced'))
    assert.equal(read(b, 'beside'), 'beside')
    assert.deepEqual(execFileSync('bash', ['-c', listDeep], { cwd: a.folder, encoding: 'utf8' }).trim().split('\n'), [
      ...Array.from({ length: LEVELS }, (_, i) => String(i + 1)),
    ])
  } finally {
    for (const { folder } of [a, b]) execFileSync('bash', ['-c', 'rm -rf ddd*'], { cwd: folder })
  }
})

test('a file of 10 GiB that is nearly all hole comes to a disk of 2 GiB', async (t) => {
  const format = needTool(t, 'mkfs.ext4')
  if (!needRoot(t) || !format) return
  await using world = await makeWorld('holes')
  const image = join(world.scratch.path, 'disk.img')
  const small = await world.scratch.folder('small')
  writeFileSync(image, '')
  truncateSync(image, 2 * GIB)
  execFileSync(format, ['-q', image])
  execFileSync('mount', ['-o', 'loop', image, small])
  try {
    const a = await world.start('anna')
    const b = { ...(await world.start('ben')), folder: join(small, 'share') }
    mkdirSync(b.folder)
    await world.add(a)
    const data = [
      { at: 0, bytes: noise(5000, 1) },
      { at: 5 * GIB + 12_288, bytes: noise(3 * MIB, 2) },
      { at: 10 * GIB - 7, bytes: Buffer.from('the end') },
    ]
    const file = openSync(join(a.folder, 'sparse'), 'w')
    ftruncateSync(file, 10 * GIB)
    for (const { at, bytes } of data) writeSync(file, bytes, 0, bytes.length, at)
    closeSync(file)
    execFileSync('cp', ['--sparse=never', '/dev/null', join(a.folder, 'empty')])
    writeFileSync(join(a.folder, 'zeros'), Buffer.alloc(4 * MIB))
    await world.join(b, a)
    // reading ten gigabytes of hole fills the memory for files, and takes its time on a busy machine
    for (const { homeseed } of [a, b]) await homeseed.settled(SHARE, { timeoutSeconds: 110 })
    assertHoles(a, b, data)

    await b.homeseed.stop()
  } finally {
    execFileSync('umount', ['-l', small])
  }
})

function assertHoles(a: Device, b: Device, data: readonly { readonly at: number; readonly bytes: Buffer }[]): void {
  const [from, to] = [a, b].map(({ folder }) => statSync(join(folder, 'sparse')))
  assert.ok(from && to)
  assert.equal(to.size, 10 * GIB)
  assert.ok(to.blocks <= from.blocks * 1.1, `${to.blocks} blocks of 512 bytes for ${from.blocks}`)
  const file = openSync(join(b.folder, 'sparse'), 'r')
  for (const { at, bytes } of data) {
    const found = Buffer.alloc(bytes.length)
    readSync(file, found, 0, found.length, at)
    assert.ok(found.equals(bytes), `at ${at}`)
  }
  closeSync(file)
  assert.equal(statSync(join(b.folder, 'empty')).size, 0)
  assert.ok(contentsOf(treeOf(a.folder, new Set(['.homeseed', 'sparse']))).length === 2)
  assert.deepEqual(
    contentsOf(treeOf(b.folder, new Set(['.homeseed', 'sparse']))),
    contentsOf(treeOf(a.folder, new Set(['.homeseed', 'sparse']))),
  )
}
