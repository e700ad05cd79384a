/** Two devices keep a folder the same, whatever is done on either side. */
import assert from 'node:assert/strict'
import { appendFileSync, chmodSync, mkdirSync, readFileSync, renameSync, rmSync, symlinkSync } from 'node:fs'
import { truncateSync, utimesSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import test from 'node:test'
import { runHomeseed } from '../support/homeseed.ts'
import { removeTree } from '../support/remove-tree.ts'
import { until } from '../support/scratch.ts'
import { differences, treeOf } from '../support/trees.ts'
import { noise, writeLarge } from './content.ts'
import { SHARE, archived, assertSame, contentsOf, makeFolders, startTwo, temps, untilSame } from './devices.ts'
import type { Device } from './devices.ts'

/** the smallest block of BEP */
const BLOCK_BYTES = 128 * 1024
const MIB = 1024 * 1024

test('two devices keep a folder the same, in both directions', async (t) => {
  await using world = await startTwo('two')
  const { a, b } = world
  await assertSame(a, b)

  await t.test('the commands tell of it', () => commandsTell(a, b))
  for (const [from, to, name] of [
    [a, b, 'there'],
    [b, a, 'back'],
  ] as const) {
    const root = join(from.folder, name)
    const check = async () => void (await assertSame(from, to))
    mkdirSync(root)
    await t.test(`${name}: files of every size`, () => sizes(root).then(check))
    await t.test(`${name}: folders, links, permissions, times`, () => kinds(root).then(check))
    await t.test(`${name}: names in any script`, () => names(root).then(check))
    await t.test(`${name}: changes`, () => changes(root).then(check))
    await t.test(`${name}: renames and moves`, () => moves(root, check))
    await t.test(`${name}: one thing becomes another`, () => transforms(root, check))
    await t.test(`${name}: deletes`, () => deletes(root, from, to))
    await t.test(`${name}: changes are noticed without being asked`, () => watched(root, from, to))
  }
  await t.test('a name that is no text stays where it is, and is told', () => notText(a, b))
  await t.test('nothing is copied again after a restart', () => restarted(a, b))
  await t.test('both stop when asked', async () => {
    await a.homeseed.stop()
    await b.homeseed.stop()
  })
})

async function commandsTell(a: Device, b: Device): Promise<void> {
  const text = await a.homeseed.run('share', 'secret', SHARE)
  const { secret, access } = await a.homeseed.json<{ secret: string; access: string }>('share', 'secret', SHARE)
  assert.equal(access, 'read-write')
  assert.ok(text.includes(secret))
  const share = await until('it is told to be in sync', async () => {
    const [first] = await b.homeseed.json<Record<string, unknown>[]>('share', 'list')
    return first?.['state'] === 'in-sync' && first
  })
  assert.deepEqual([share['name'], share['path']], [SHARE, b.folder])
  const { device } = await a.homeseed.json<{ device: string }>('device', 'id')
  const [peer] = (await b.homeseed.share(SHARE)).peers
  assert.deepEqual([peer?.device, peer?.connected, peer?.completion], [device, true, 1])
  await a.homeseed.run('wait', SHARE, '--timeout', '30')
  assert.equal((await a.homeseed.command('wait', SHARE, '--peers', '2', '--timeout', '1')).code, 4)
  assert.equal((await runHomeseed(['status', '--home', join(a.homeseed.home, 'nobody')])).code, 3)
}

async function sizes(root: string): Promise<void> {
  for (const bytes of [0, 1, 4096, BLOCK_BYTES - 1, BLOCK_BYTES, BLOCK_BYTES + 1, 3 * BLOCK_BYTES]) {
    writeFileSync(join(root, `${bytes}.bin`), noise(bytes, bytes))
  }
  writeFileSync(join(root, 'zeros.bin'), Buffer.alloc(4 * BLOCK_BYTES))
  writeFileSync(join(root, 'same-as-4096.bin'), noise(4096, 4096))
  writeLarge(join(root, 'large.bin'), 40 * MIB + 12_345, 7)
}

async function kinds(root: string): Promise<void> {
  makeFolders(root, 'empty', 'nested/empty/folders', 'full', 'private')
  for (const mode of [0o400, 0o600, 0o640, 0o644, 0o755, 0o777]) {
    const path = join(root, 'full', mode.toString(8))
    writeFileSync(path, `mode ${mode}`)
    chmodSync(path, mode)
  }
  chmodSync(join(root, 'private'), 0o700)
  chmodSync(join(root, 'nested'), 0o775)
  for (const time of ['1975-05-06T07:08:09.123456Z', '2001-01-01T00:00:00Z', '2035-12-31T23:59:59.987654Z']) {
    const path = join(root, 'full', time.slice(0, 4))
    writeFileSync(path, time)
    utimesSync(path, Date.parse(time) / 1000, Date.parse(time) / 1000)
  }
  symlinkSync('full/640', join(root, 'relative-link'))
  symlinkSync('nowhere/at all', join(root, 'dangling-link'))
  symlinkSync('.', join(root, 'loop'))
  symlinkSync('/etc', join(root, 'outside'))
}

async function names(root: string): Promise<void> {
  const folder = join(root, 'names')
  const texts = [
    'Ελληνικά',
    '日本語のファイル',
    'עברית',
    'العربية',
    'हिन्दी',
    'ไทย',
    'Українська',
    '한국어',
    '🦊👨‍👩‍👧',
    '𝒳',
  ]
  const twins = ['caf\u00e9', 'cafe\u0301', '\u212bngstr\u00f6m', '\u00c5ngstr\u00f6m'] // alike, yet four names
  const letters = ['case.txt', 'CASE.txt', 'Case.txt']
  const odd = [
    ' leading',
    'trailing ',
    'dot.',
    '...',
    'a\nb',
    'tab\there',
    `"'\`$*?<>|:`,
    '-rf',
    '%2e%2e',
    'NUL',
    '\u{10FFFF}',
    'x'.repeat(255),
  ]
  const long = ['é'.repeat(127), '漢'.repeat(85), `${'y'.repeat(251)}.txt`]
  mkdirSync(folder)
  for (const name of [...texts, ...twins, ...letters, ...odd, ...long])
    writeFileSync(join(folder, name), `name ${name}`)
  makeFolders(
    folder,
    'ordner-\u00e4',
    'ordner-a\u0308',
    Array.from({ length: 100 }, (_, depth) => `d${depth}`).join('/'),
  )
  writeFileSync(join(folder, 'ordner-\u00e4', 'file'), 'composed')
  writeFileSync(join(folder, 'ordner-a\u0308', 'file'), 'decomposed')
}

async function changes(root: string): Promise<void> {
  writeFileSync(join(root, '4096.bin'), noise(4096, 1)) // same size
  appendFileSync(join(root, '0.bin'), 'no longer empty')
  truncateSync(join(root, `${BLOCK_BYTES}.bin`), 5)
  truncateSync(join(root, '1.bin'), 0)
  const large = readFileSync(join(root, 'large.bin'))
  noise(1000, 3).copy(large, 17 * MIB)
  writeFileSync(join(root, 'large.bin'), large)
  chmodSync(join(root, 'full/640'), 0o755)
  chmodSync(join(root, 'full/777'), 0o640)
  chmodSync(join(root, 'nested/empty'), 0o700)
  utimesSync(join(root, 'full/644'), 1_234_567_890, 1_234_567_890)
  writeFileSync(join(root, 'full/600.new'), 'saved as editors do')
  renameSync(join(root, 'full/600.new'), join(root, 'full/600'))
  rmSync(join(root, 'relative-link'))
  symlinkSync('full/755', join(root, 'relative-link'))
}

async function moves(root: string, check: () => Promise<void>): Promise<void> {
  renameSync(join(root, 'large.bin'), join(root, 'renamed.bin'))
  renameSync(join(root, '4096.bin'), join(root, 'full/moved.bin'))
  renameSync(join(root, 'names'), join(root, 'nested/names'))
  renameSync(join(root, 'nested/names/case.txt'), join(root, 'nested/names/cAsE.txt'))
  renameSync(join(root, 'dangling-link'), join(root, 'empty/link'))
  await check()
  const [x, y, other] = [join(root, 'full/755'), join(root, 'full/640'), join(root, 'full/other')]
  renameSync(x, other)
  renameSync(y, x)
  renameSync(other, y)
  renameSync(join(root, 'nested/names'), join(root, 'again'))
  renameSync(join(root, 'full'), join(root, 'again/full'))
  makeFolders(root, 'full')
  await check()
  renameSync(join(root, 'full'), join(root, 'again/nearly-empty'))
  renameSync(join(root, 'again/full'), join(root, 'full'))
  await check()
}

/** file, folder, link: each into each other */
async function transforms(root: string, check: () => Promise<void>): Promise<void> {
  const at = (name: string) => join(root, 'shapes', name)
  const shapes = {
    file: (path: string) => writeFileSync(path, `file ${path}`),
    folder: (path: string) => {
      mkdirSync(join(path, 'inner'), { recursive: true })
      writeFileSync(join(path, 'inner/file'), path)
    },
    link: (path: string) => symlinkSync('some/where', path),
  }
  const pairs = Object.entries(shapes).flatMap(([before, make]) =>
    Object.entries(shapes).map(([after, remake]) => ({ name: `${before}-${after}`, make, remake })),
  )
  mkdirSync(join(root, 'shapes'))
  for (const { name, make } of pairs) make(at(name))
  await check()
  for (const { name, remake } of pairs) {
    removeTree(at(name))
    remake(at(name))
  }
  await check()
  for (const { name, make } of pairs) {
    removeTree(at(name))
    make(at(name))
  }
  await check()
}

async function deletes(root: string, from: Device, to: Device): Promise<void> {
  const before = treeOf(to.folder)
  removeTree(join(root, 'again'))
  rmSync(join(root, 'empty/link'))
  removeTree(join(root, 'nested/empty'))
  rmSync(join(root, 'renamed.bin'))
  const after = await assertSame(from, to)
  const kept = new Set(contentsOf(treeOf(join(to.folder, '.homeseed/archive'))))
  const lost = contentsOf(before).filter((content) => !contentsOf(after).includes(content) && !kept.has(content))
  assert.deepEqual(lost, [], 'what was deleted is in the archive of the other side')
  assert.ok(archived(to).some((path) => path.includes('renamed~')))
}

async function watched(root: string, from: Device, to: Device): Promise<void> {
  writeFileSync(join(root, 'noticed'), 'one')
  await untilSame(from, to)
  writeFileSync(join(root, 'noticed'), 'two, longer')
  await untilSame(from, to)
  renameSync(join(root, 'noticed'), join(root, 'empty/noticed'))
  await untilSame(from, to)
  rmSync(join(root, 'empty/noticed'))
  makeFolders(root, 'fresh/folder')
  writeFileSync(join(root, 'fresh/folder/file'), 'in a folder that nobody watched before')
  await untilSame(from, to)
}

async function notText(a: Device, b: Device): Promise<void> {
  const name = Buffer.from([0x62, 0x61, 0x64, 0xff, 0xfe])
  const path = Buffer.concat([Buffer.from(`${a.folder}/`), name])
  writeFileSync(path, 'bytes that are no UTF-8')
  writeFileSync(join(a.folder, 'good'), 'beside it')
  await a.homeseed.settled(SHARE)
  await b.homeseed.settled(SHARE)
  assert.equal(readFileSync(join(b.folder, 'good'), 'utf8'), 'beside it')
  assert.equal(treeOf(b.folder).has(name.toString('latin1')), false)
  assert.equal((await a.homeseed.share(SHARE)).problems.length, 1)
  rmSync(path)
  await assertSame(a, b)
}

async function restarted(a: Device, b: Device): Promise<void> {
  const before = { a: archived(a), b: archived(b), tree: treeOf(b.folder) }
  await Promise.all([a.homeseed.stop(), b.homeseed.stop()])
  assert.deepEqual([temps(a), temps(b)], [[], []])
  await Promise.all([a.homeseed.restart(), b.homeseed.restart()])
  assert.deepEqual(differences(await assertSame(a, b), before.tree), [])
  assert.deepEqual([archived(a), archived(b)], [before.a, before.b])
}
