/** Together with the real Syncthing: the independent peer that says whether our protocol is the real one. */
import assert from 'node:assert/strict'
import {
  appendFileSync,
  chmodSync,
  mkdirSync,
  readFileSync,
  readdirSync,
  realpathSync,
  renameSync,
  rmSync,
} from 'node:fs'
import { symlinkSync, utimesSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import test from 'node:test'
import { Homeseed } from '../support/homeseed.ts'
import { needTool } from '../support/need-tool.ts'
import { removeTree } from '../support/remove-tree.ts'
import { freeBytes, makeScratch, until } from '../support/scratch.ts'
import { Syncthing } from '../support/syncthing.ts'
import { differences, namesIn, treeOf } from '../support/trees.ts'
import type { Tree } from '../support/trees.ts'
import { noise, writeLarge } from './content.ts'
import { SHARE } from './devices.ts'

const GIB = 1024 ** 3
/** Both sides hold two files of 2 GiB, and one more while it is received. */
const NEEDED_BYTES = 12 * GIB

test('a folder shared with Syncthing stays the same on both sides', async (t) => {
  const program = needTool(t, 'syncthing')
  if (!program) return
  await using scratch = await makeScratch('syncthing')
  await using ours = await Homeseed.start({ home: await scratch.folder('homeseed'), name: 'homeseed' })
  await using theirs = await Syncthing.start({ program, home: await scratch.folder('syncthing'), name: 'syncthing' })
  const us = realpathSync(await scratch.folder('us'))
  const them = realpathSync(await scratch.folder('them'))
  const { device } = await ours.json<{ device: string }>('device', 'id')
  await ours.run('share', 'add', us, '--name', SHARE)
  const folder = (await ours.share(SHARE)).id

  /** Both looked at their disks, say that nothing is missing on either side, and an independent look agrees. */
  const assertSame = async (timeoutMs = 60_000): Promise<Tree> => {
    await ours.run('share', 'rescan', SHARE)
    await theirs.rescan(folder)
    await theirs
      .until(
        'both hold the same',
        async () => {
          const { needItems, needDeletes } = await theirs.completion(folder, device)
          const { state, needTotalItems } = await theirs.status(folder)
          return needItems + needDeletes + needTotalItems === 0 && state === 'idle' && sameNames(us, them)
        },
        timeoutMs,
      )
      .catch(async (error: Error) => {
        const told = [await theirs.status(folder), await theirs.completion(folder, device)].map((part) =>
          JSON.stringify(part),
        )
        throw new Error(
          [error.message, ...told, await ours.describe(), ...differences(treeOf(us), treeOf(them))].join('\n'),
        )
      })
    await ours.settled(SHARE)
    const tree = treeOf(us)
    assert.deepEqual(differences(tree, treeOf(them)), [])
    return tree
  }

  await t.test('linked by device id', async () => {
    await theirs.addDevice(device, { address: ours.listen })
    await theirs.addFolder({ id: folder, path: them, devices: [device] })
    await ours.run('device', 'add', theirs.device, '--share', SHARE, '--name', 'old laptop', '--address', theirs.listen)
    await theirs.until('connected', () => theirs.isConnected(device))
    await until('connected', async () => (await ours.share(SHARE)).peers.some(({ connected }) => connected), {
      describe: () => ours.describe(),
    })
    const [peer] = (await ours.share(SHARE)).peers
    assert.deepEqual([peer?.device, peer?.client.split(' ')[0]], [theirs.device, 'syncthing'])
  })

  const sides = [
    { name: 'from us', from: us, dir: 'ours' },
    { name: 'from Syncthing', from: them, dir: 'theirs' },
  ] as const
  for (const { name, from, dir } of sides) {
    const at = (...parts: readonly string[]) => join(from, dir, ...parts)

    await t.test(`${name}: 1,000 files`, async () => {
      for (let i = 0; i < 1000; i++) {
        mkdirSync(at(`folder-${i % 20}`), { recursive: true })
        writeFileSync(at(`folder-${i % 20}`, `file-${i}.bin`), noise((i * 7919) % 60_000, i + dir.length))
      }
      const tree = await assertSame()
      assert.equal([...tree.keys()].filter((path) => path.startsWith(`${dir}/`)).length, 1020)
    })

    await t.test(`${name}: what else lies in a folder`, async () => {
      mkdirSync(at('empty/folder'), { recursive: true })
      writeFileSync(at('empty.txt'), '')
      writeFileSync(at('zeros'), Buffer.alloc(1024 * 1024))
      writeLarge(at('blocks'), 20 * 1024 * 1024 + 1, dir.length)
      symlinkSync('folder-1/file-1.bin', at('link'))
      symlinkSync('../nowhere', at('dangling'))
      for (const text of ['日本語', 'Ελληνικά', '🦊', 'caf\u00e9', 'a b', `it's "$quoted"`, 'n'.repeat(200)]) {
        writeFileSync(at(text), `text of ${text}`)
      }
      for (const mode of [0o600, 0o640, 0o755, 0o444]) {
        writeFileSync(at(`mode-${mode.toString(8)}`), 'with permissions')
        chmodSync(at(`mode-${mode.toString(8)}`), mode)
      }
      writeFileSync(at('old'), 'from 2001')
      utimesSync(at('old'), 1_000_000_000.25, 1_000_000_000.25)
      await assertSame()
    })

    await t.test(`${name}: changes, renames, deletes`, async () => {
      for (let i = 0; i < 1000; i += 100) appendFileSync(at(`folder-${i % 20}`, `file-${i}.bin`), 'and more')
      chmodSync(at('mode-600'), 0o755)
      chmodSync(at('folder-2'), 0o700)
      renameSync(at('folder-3'), at('renamed folder'))
      renameSync(at('blocks'), at('folder-1/moved blocks'))
      removeTree(at('folder-4'))
      rmSync(at('link'))
      removeTree(at('empty'))
      rmSync(at('zeros'))
      mkdirSync(at('zeros'))
      writeFileSync(at('zeros/now a folder'), 'with a file')
      await assertSame()
    })

    await t.test(`${name}: a change arrives without being asked for`, async () => {
      const other = from === us ? them : us
      writeFileSync(at('noticed'), 'by the watcher')
      await until('it is there', () => readFileSync(join(other, dir, 'noticed'), 'utf8') === 'by the watcher')
    })
  }

  await t.test('neither side ever had a reason to hang up', () => {
    assert.doesNotMatch(ours.log.slice(ours.log.indexOf('peer-connected')), /peer-disconnected.*/)
  })

  await t.test('both changed a file while apart: both contents are on both sides', async () => {
    mkdirSync(join(us, 'conflict'))
    for (const name of ['a.txt', 'b.txt', 'c.txt']) writeFileSync(join(us, 'conflict', name), 'before')
    await assertSame()
    await theirs.pauseDevice(device)
    await until('apart', async () => (await ours.share(SHARE)).peers.every(({ connected }) => !connected))
    const later = Date.now() / 1000 + 50
    writeFileSync(join(us, 'conflict/a.txt'), 'ours')
    writeFileSync(join(them, 'conflict/a.txt'), 'theirs, later')
    utimesSync(join(them, 'conflict/a.txt'), later, later)
    writeFileSync(join(us, 'conflict/b.txt'), 'ours, later')
    utimesSync(join(us, 'conflict/b.txt'), later, later)
    writeFileSync(join(them, 'conflict/b.txt'), 'theirs')
    writeFileSync(join(us, 'conflict/c.txt'), 'ours, edited')
    rmSync(join(them, 'conflict/c.txt'))
    await ours.run('share', 'rescan', SHARE)
    await theirs.rescan(folder)
    await theirs.resumeDevice(device)
    await theirs.until('connected', () => theirs.isConnected(device))
    await assertSame()
    const names = readdirSync(join(us, 'conflict'))
    const textOf = (name: string) => readFileSync(join(us, 'conflict', name), 'utf8')
    assert.deepEqual(names.map(textOf).sort(), ['ours', 'ours, edited', 'ours, later', 'theirs', 'theirs, later'])
    assert.deepEqual([textOf('a.txt'), textOf('b.txt')], ['theirs, later', 'ours, later'])
    const copies = names.filter((name) => name.includes('.sync-conflict-'))
    assert.equal(copies.length, 2)
    for (const copy of copies) assert.match(copy, /^[ab]\.sync-conflict-\d{8}-\d{6}-[A-Z2-7]{7}\.txt$/)
  })

  await t.test('both are started again', async () => {
    const before = await assertSame()
    await Promise.all([ours.stop(), theirs.stop()])
    writeFileSync(join(us, 'while we were away'), 'ours')
    writeFileSync(join(them, 'while they were away'), 'theirs')
    await Promise.all([ours.restart(), theirs.restart()])
    await theirs.until('connected', () => theirs.isConnected(device))
    assert.equal((await assertSame()).size, before.size + 2)
  })

  await t.test('a file of 2 GiB each way', async (t) => {
    if ((await freeBytes(scratch.path)) < NEEDED_BYTES) return t.skip('needs 12 GiB of free disk')
    for (const { from, dir } of sides) writeLarge(join(from, `${dir}-2GiB`), 2 * GIB, dir.length)
    await assertSame(180_000)
  })
})

const sameNames = (a: string, b: string): boolean => namesIn(a).join('\n') === namesIn(b).join('\n')
