/** What a user does in the very middle of a placement; the moment is chosen, not hoped for. */
import assert from 'node:assert/strict'
import fs from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { Worker } from 'node:worker_threads'
import { Folders } from '../../../appliance/sync/folders.ts'
import type { RelPath } from '../../../appliance/sync/model/rel-path.ts'
import { nodeFs } from '../../../appliance/sync/node-fs.ts'
import { place as placeBatch } from '../../../appliance/sync/pull/place.ts'
import { makeWorld } from '../../support/disk-world.ts'
import type { DiskWorld } from '../../support/disk-world.ts'
import { brief, MTIME_NS, opOf, place, STAMP } from '../../support/place-ops.ts'
import type { Short } from '../../support/place-ops.ts'

interface Race {
  readonly title: string
  readonly op: Short
  /** before this call at this path, for the first time */
  readonly at: readonly [call: string, path: string]
  readonly user: (world: DiskWorld) => void
  readonly result: string
  readonly after: Readonly<Record<string, string | null>>
  readonly archive?: Readonly<Record<string, string | null>>
}

const old = { 'd/a': 'old', d: null }
const races: readonly Race[] = [
  {
    title: 'a write in place just before the old version is moved away',
    op: { path: 'd/a', file: 'new' },
    at: ['rename', '/share/d/a'],
    user: (world) => world.write('d/a', 'user'),
    result: 'changed-underneath',
    after: { d: null, 'd/a': 'user' },
    archive: { d: null },
  },
  {
    title: 'a write in place just before the file is removed',
    op: { path: 'd/a', remove: true },
    at: ['rename', '/share/d/a'],
    user: (world) => world.write('d/a', 'user'),
    result: 'changed-underneath',
    after: { d: null, 'd/a': 'user' },
    archive: { d: null },
  },
  {
    title: 'a save by renaming just before the old version is moved away',
    op: { path: 'd/a', file: 'new' },
    at: ['rename', '/share/d/a'],
    user: (world) => (world.write('d/b', 'user'), world.rename('d/b', 'd/a')),
    result: 'changed-underneath',
    after: { d: null, 'd/a': 'user' },
    archive: { d: null },
  },
  {
    title: 'a folder in its place just before the old version is moved away',
    op: { path: 'd/a', file: 'new' },
    at: ['rename', '/share/d/a'],
    user: (world) => (world.remove('d/a'), world.write('d/a/x', 'user')),
    result: 'changed-underneath',
    after: { d: null, 'd/a': null, 'd/a/x': 'user' },
    archive: { d: null },
  },
  {
    title: 'a removal of its folder just before it comes into it',
    op: { path: 'd/new', file: 'new' },
    at: ['link', '/share/.homeseed/tmp'],
    user: (world) => world.remove('d'),
    result: 'changed-underneath',
    after: {},
    archive: {},
  },
  {
    title: 'a removal just before the old version is moved away',
    op: { path: 'd/a', file: 'new' },
    at: ['rename', '/share/d/a'],
    user: (world) => world.remove('d/a'),
    result: 'changed-underneath',
    after: { d: null },
    archive: { d: null },
  },
  {
    title: 'a new file while the path is free for a moment: both old versions stay',
    op: { path: 'd/a', file: 'new' },
    at: ['link', '/share/.homeseed/tmp'],
    user: (world) => world.write('d/a', 'user'),
    result: 'changed-underneath',
    after: { d: null, 'd/a': 'user' },
    archive: { d: null, [`d/a${STAMP}`]: 'old' },
  },
  {
    title: 'a new file just before a new one comes',
    op: { path: 'd/b', file: 'new' },
    at: ['link', '/share/.homeseed/tmp'],
    user: (world) => world.write('d/b', 'user'),
    result: 'changed-underneath',
    after: { ...old, 'd/b': 'user' },
  },
  {
    title: 'a new file just before a link comes',
    op: { path: 'd/b', link: 'x' },
    at: ['makeLink', '/share/d/b'],
    user: (world) => world.write('d/b', 'user'),
    result: 'changed-underneath',
    after: { ...old, 'd/b': 'user' },
  },
  {
    title: 'a new file just before a folder comes',
    op: { path: 'd/b', folder: true },
    at: ['makeDir', '/share/d/b'],
    user: (world) => world.write('d/b', 'user'),
    result: 'changed-underneath',
    after: { ...old, 'd/b': 'user' },
  },
  {
    title: 'an edit right after: what we placed is told, so that the next scan sees the edit',
    op: { path: 'd/a', file: 'new' },
    at: ['sync', '/share/d'],
    user: (world) => world.write('d/a', 'user'),
    result: 'done',
    after: { d: null, 'd/a': 'user' },
    archive: { d: null, [`d/a${STAMP}`]: 'old' },
  },
  {
    title: 'the folder moved away: what comes goes with it, or nowhere',
    op: { path: 'd/b', file: 'new' },
    at: ['link', '/share/.homeseed/tmp'],
    user: (world) => (world.rename('d', 'e'), world.symlink('d', '/outside')),
    result: 'done',
    after: { d: '-> /outside', e: null, 'e/a': 'old', 'e/b': 'new' },
  },
  {
    title: 'the conflict copy’s name taken just before',
    op: { path: 'd/a', file: 'new', beside: 'd/copy' },
    at: ['link', '/share/.homeseed/archive'],
    user: (world) => world.write('d/copy', 'user'),
    result: 'done',
    after: { d: null, 'd/a': 'new', 'd/copy': 'user', 'd/copy-2': 'old' },
    archive: { d: null },
  },
]

const metaRaces: readonly Race[] = [
  {
    title: 'an edit while the permissions are set is seen by the next scan',
    op: { path: 'd/a', meta: { mode: 0o600 } },
    at: ['setMode', '/share/d/a'],
    user: (world) => world.write('d/a', 'user'),
    result: 'changed-underneath',
    after: { d: null, 'd/a': 'user' },
  },
  {
    title: 'an edit while the time is set is seen by the next scan',
    op: { path: 'd/a', meta: { mtimeNs: MTIME_NS } },
    at: ['setMtime', '/share/d/a'],
    user: (world) => world.write('d/a', 'user'),
    result: 'done',
    after: { d: null, 'd/a': 'user' },
  },
]

for (const { title, op, at, user, result, after, archive = {} } of [...races, ...metaRaces]) {
  test(title, async () => {
    let armed = false
    const before = (call: string, path: string): void => {
      if (!armed || call !== at[0] || !path.startsWith(at[1])) return
      armed = false
      user(world)
    }
    using world = await makeWorld('memory', { before })
    world.memory?.mkdir('/outside')
    world.write('d/a', 'old')
    await world.scan()
    armed = true
    assert.deepEqual(brief(await place(world, op)), [result])
    assert.equal(armed, false, 'the moment never came')
    assert.deepEqual(world.tree(), after)
    assert.deepEqual(world.archive(), archive)
    assert.deepEqual(world.temps(), [])
    assert.deepEqual(world.memory?.tree('/outside'), {})
    // whatever the user did, the next scan sees it
    const found = await world.scan()
    assert.ok(found.length > 0 || Object.values(after).every((content) => content !== 'user'))
  })
}

const temporary = (): string => fs.mkdtempSync(join(tmpdir(), 'homeseed-'))

test('on a disk: a parent swapped for a symlink leads nowhere', async () => {
  using world = await makeWorld('disk')
  const outside = temporary()
  world.mkdir('d')
  await world.scan()
  const folders = new Folders(nodeFs.openRoot(world.root.path))
  try {
    folders.open('d' as RelPath)
    world.rename('d', 'moved')
    world.symlink('d', outside)
    let count = 0
    const deps = {
      fs: nodeFs,
      random: { bytes: () => new Uint8Array(16).fill(++count) },
      folders,
      reserve: 'auto' as const,
      takeTemp: () => undefined,
    }
    const ops = [opOf(world, { path: 'd/a', file: 'a' }), opOf(world, { path: 'd/e/b', file: 'b' })]
    const results = await placeBatch(deps, ops, [undefined, undefined])
    assert.deepEqual(brief(results), ['done', 'blocked no-parent'])
    assert.equal(world.read('moved/a'), 'a')
    assert.deepEqual(fs.readdirSync(outside), [])
  } finally {
    folders[Symbol.dispose]()
    fs.rmSync(outside, { recursive: true })
  }
})

test('on a disk: a link in the archive leads nowhere', async () => {
  using world = await makeWorld('disk')
  const outside = temporary()
  try {
    world.symlink('d', outside)
    world.symlink('.homeseed/archive/e', outside)
    world.write('e/f', 'old')
    await world.scan()
    const results = [
      ...(await place(world, { path: 'd', remove: true }, { path: 'e/f', file: 'new' })),
      ...(await place(world, { path: 'd', folder: true }, { path: 'd/f', file: 'old' })),
    ]
    await world.scan()
    results.push(...(await place(world, { path: 'd/f', file: 'new' })))
    assert.deepEqual(fs.readdirSync(outside), [])
    assert.deepEqual([brief(results)[0], ...brief(results).slice(2)], ['done', 'done', 'done', 'done'])
    // where the archive cannot take it, the old one stays
    assert.deepEqual([world.read('e/f'), world.read('d/f')], ['old', 'new'])
  } finally {
    fs.rmSync(outside, { recursive: true })
  }
})

const flipper = `
const fs = require('node:fs')
const { workerData: { root, outside, stop } } = require('node:worker_threads')
while (Atomics.load(stop, 0) === 0) {
  fs.renameSync(root + '/d', root + '/moved')
  fs.symlinkSync(outside, root + '/d')
  fs.unlinkSync(root + '/d')
  fs.renameSync(root + '/moved', root + '/d')
  Atomics.add(stop, 1, 1)
}`

test('on a disk: while a thread flips a folder to a symlink and back, nothing is written, removed or read outside', async () => {
  using world = await makeWorld('disk')
  const outside = temporary()
  fs.writeFileSync(join(outside, 'victim'), 'precious')
  world.mkdir('d')
  const stop = new Int32Array(new SharedArrayBuffer(8))
  const worker = new Worker(flipper, { eval: true, workerData: { root: world.root.path, outside, stop } })
  const ended = new Promise((resolve) => worker.once('exit', resolve))
  try {
    let done = 0
    for (let i = 0; (Atomics.load(stop, 1) < 200 || done < 50) && i < 20_000; i++) {
      const ops: Short[] = [
        { path: `d/f${i}`, file: 'x' },
        { path: 'd/victim', remove: true, expected: 'file:420:8:1:1:1' },
      ]
      const [result] = await place(world, ...ops)
      if (result?.type === 'done') done += 1
      await world.disk.readBlock(world.root, 'd/victim' as RelPath, 0, 8, new Uint8Array(32))
    }
    assert.ok(done > 0 && Atomics.load(stop, 1) > 0)
  } finally {
    Atomics.store(stop, 0, 1)
    await ended
    assert.deepEqual(fs.readdirSync(outside), ['victim'])
    assert.equal(fs.readFileSync(join(outside, 'victim'), 'utf8'), 'precious')
    fs.rmSync(outside, { recursive: true })
  }
})
