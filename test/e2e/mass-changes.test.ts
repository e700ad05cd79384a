/** A great part of a share goes or changes at once: nothing of it is passed on before the owner has decided. */
import assert from 'node:assert/strict'
import { mkdirSync, readFileSync, readdirSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import test from 'node:test'
import { isDeepStrictEqual } from 'node:util'
import { until } from '../support/scratch.ts'
import { differences, treeOf } from '../support/trees.ts'
import type { Tree } from '../support/trees.ts'
import { SHARE, archived, assertSame, contentsOf, makeWorld, startTwo, untilConnected, untilSame } from './devices.ts'
import type { Device } from './devices.ts'

const FILES = 500

/** Files in three folders, each with a content of its own. */
function fill(folder: string, files = FILES): void {
  for (const name of ['a', 'b', 'c/d']) mkdirSync(join(folder, name), { recursive: true })
  for (let i = 0; i < files; i++) writeFileSync(join(folder, ['a', 'b', 'c/d'][i % 3] ?? 'a', `${i}`), `picture ${i}`)
}

function empty(folder: string): void {
  for (const name of readdirSync(folder)) if (name !== '.homeseed') rmSync(join(folder, name), { recursive: true })
}

const untilHeld = (device: Device, files: number) =>
  until(
    'held',
    async () => {
      const { state, held } = await device.homeseed.share(SHARE)
      return state === 'held' && held[0]?.files === files
    },
    { describe: () => device.homeseed.describe() },
  )

const assertTree = ({ folder }: Device, tree: Tree) => assert.deepEqual(differences(treeOf(folder), tree), [])

test('rm -rf of everything is held, over a restart too; undone, all is back; let through, all goes', async (t) => {
  await using world = await startTwo('mass-rm')
  const { a, b } = world
  fill(a.folder)
  const tree = await assertSame(a, b)

  await t.test('the other side keeps all, and is told nothing', async () => {
    empty(a.folder)
    await untilHeld(a, FILES)
    const { message, held } = await a.homeseed.share(SHARE)
    assert.match(message, /^500 of 500 files are gone or changed here\. .*share release photos/)
    assert.deepEqual(held, [{ direction: 'outgoing', files: FILES, of: FILES, device: '' }])
    assert.ok((await a.homeseed.run('status', SHARE)).includes(message))
    assertTree(b, tree)
    assert.equal((await b.homeseed.share(SHARE)).needFiles, 0)
  })

  await t.test('new files still go either way', async () => {
    writeFileSync(join(a.folder, 'from a'), 'made on a while it is held')
    writeFileSync(join(b.folder, 'from b'), 'made on b while a is held')
    await until(
      'both have both',
      () => readdirSync(a.folder).includes('from b') && readdirSync(b.folder).includes('from a'),
    )
  })

  await t.test('the same disk gives the same after a crash', async () => {
    await a.homeseed.kill()
    await a.homeseed.restart()
    await untilHeld(a, FILES)
    await a.homeseed.run('share', 'rescan', SHARE)
    await untilHeld(a, FILES)
    assert.equal((await b.homeseed.share(SHARE)).files, FILES + 2)
  })

  await t.test('undo brings all back', async () => {
    await a.homeseed.run('share', 'undo', SHARE)
    const now = await assertSame(a, b)
    assert.deepEqual(
      [...tree.keys()].filter((path) => !now.has(path)),
      [],
    )
    assert.equal((await a.homeseed.command('share', 'undo', SHARE)).code, 1, 'nothing is held any more')
  })

  await t.test('release lets it through, here and there, without anybody being asked twice', async () => {
    empty(a.folder)
    await untilHeld(a, FILES + 2)
    await a.homeseed.run('share', 'release', SHARE)
    await assertSame(a, b)
    assert.deepEqual([...treeOf(b.folder).keys()], [])
    assert.ok(archived(b).length >= FILES)
  })
})

test('what is put back by hand is held no more; rewritten files are held, and undone', async (t) => {
  await using world = await startTwo('mass-rewrite')
  const { a, b } = world
  fill(a.folder, 200)
  const tree = await assertSame(a, b)

  await t.test('put back by hand', async () => {
    renameSync(join(a.folder, 'a'), join(world.scratch.path, 'a'))
    renameSync(join(a.folder, 'b'), join(world.scratch.path, 'b'))
    await untilHeld(a, 134)
    renameSync(join(world.scratch.path, 'a'), join(a.folder, 'a'))
    renameSync(join(world.scratch.path, 'b'), join(a.folder, 'b'))
    assert.deepEqual(differences(await assertSame(a, b), tree), [])
  })

  await t.test('rewritten while the service was down', async () => {
    await a.homeseed.stop()
    const rewritten = [...tree].filter(([path, { content }]) => content !== '' && !path.startsWith('c'))
    for (const [path] of rewritten) writeFileSync(join(a.folder, path), `encrypted ${path}`)
    await a.homeseed.restart()
    await untilHeld(a, rewritten.length)
    await untilConnected(a)
    assertTree(b, tree)
    await a.homeseed.run('share', 'undo', SHARE)
    const now = await assertSame(a, b)
    assert.deepEqual(contentsOf(now), contentsOf(tree))
    assert.ok(archived(a).length >= rewritten.length, 'what was undone is in the archive')
  })
})

test('a folder of 5,000 files that gets another name is no mass of deletions, and costs no traffic', async () => {
  await using world = await startTwo('mass-rename')
  const { a, b } = world
  mkdirSync(join(a.folder, 'old'))
  for (let i = 0; i < 5000; i++) writeFileSync(join(a.folder, 'old', `${i}.jpg`), `${i} `.repeat(1000))
  const tree = await assertSame(a, b)
  const before = await b.homeseed.share(SHARE)
  await until('the rate is that of the rename', async () => (await b.homeseed.share(SHARE)).rateIn === 0)
  let received = 0
  const sampling = setInterval(() => {
    void b.homeseed.share(SHARE).then(
      ({ rateIn }) => (received = Math.max(received, rateIn)),
      () => undefined,
    )
  }, 200)
  renameSync(join(a.folder, 'old'), join(a.folder, 'new'))
  await untilSame(a, b, 120_000).finally(() => clearInterval(sampling))
  const now = await assertSame(a, b)
  assert.deepEqual(contentsOf(now), contentsOf(tree))
  const states = await Promise.all([a, b].map(async ({ homeseed }) => (await homeseed.share(SHARE)).held))
  assert.deepEqual(states, [[], []])
  assert.equal(received, 0, 'contents came from the disk, not from the other device')
  assert.equal(before.files, 5000)
})

test('what another device does to most files is held here: let through, or undone everywhere', async (t) => {
  await using world = await startTwo('mass-incoming')
  const { a, b } = world
  // nobody is asked there
  await a.homeseed.run('share', 'set', SHARE, 'hold-files=100000')
  fill(a.folder, 300)
  const tree = await assertSame(a, b)

  await t.test('nothing is removed here, and it says who it was', async () => {
    // all at once: what is found gone while the rest is being removed would be passed on
    await a.homeseed.stop()
    empty(a.folder)
    await a.homeseed.restart()
    await untilHeld(b, 300)
    const { held, message } = await b.homeseed.share(SHARE)
    assert.deepEqual(held, [{ direction: 'incoming', files: 300, of: 300, device: 'anna' }])
    assert.match(message, /^anna has removed or changed 300 of 300 files\./)
    assertTree(b, tree)
  })

  await t.test('over a restart too', async () => {
    await b.homeseed.kill()
    await b.homeseed.restart()
    await untilConnected(b)
    await untilHeld(b, 300)
    assertTree(b, tree)
  })

  await t.test('undone, all is back there', async () => {
    await b.homeseed.run('share', 'undo', SHARE)
    assert.deepEqual(contentsOf(await assertSame(b, a)), contentsOf(tree))
  })

  await t.test('rewritten, and let through: what was here is in the archive', async () => {
    await a.homeseed.stop()
    for (const [path, { content }] of tree) if (content !== '') writeFileSync(join(a.folder, path), `rewritten ${path}`)
    await a.homeseed.restart()
    await untilHeld(b, 300)
    assert.equal(readFileSync(join(b.folder, 'a/0'), 'utf8'), 'picture 0')
    await b.homeseed.run('share', 'release', SHARE)
    await assertSame(a, b)
    assert.equal(readFileSync(join(b.folder, 'a/0'), 'utf8'), 'rewritten a/0')
    assert.ok(archived(b).length >= 300)
  })
})

test('undone where no other device has it, all is as it is now, and waits for nobody', async () => {
  await using world = await makeWorld('mass-alone')
  const a = await world.start('anna')
  await world.add(a)
  fill(a.folder, 300)
  const told = async () => {
    const { state, files } = await a.homeseed.share(SHARE)
    return { state, files }
  }
  const describe = () => a.homeseed.describe()
  await until('all is known', async () => isDeepStrictEqual(await told(), { state: 'in-sync', files: 300 }), {
    describe,
  })
  // all at once: the first few, found alone, would be taken
  await a.homeseed.stop()
  for (let i = 0; i < 300; i += 3) writeFileSync(join(a.folder, `a/${i}`), `rewritten ${i}`)
  for (const name of ['b', 'c']) rmSync(join(a.folder, name), { recursive: true })
  await a.homeseed.restart()
  await untilHeld(a, 300)
  await a.homeseed.run('share', 'undo', SHARE)
  await until('it is over', async () => isDeepStrictEqual(await told(), { state: 'in-sync', files: 100 }), { describe })
  assert.equal(readFileSync(join(a.folder, 'a/0'), 'utf8'), 'rewritten 0')
})

test('gone on both, and wanted back by both, it is gone, and neither waits for the other', async () => {
  await using world = await startTwo('mass-both')
  const { a, b } = world
  fill(a.folder, 300)
  await assertSame(a, b)
  await b.homeseed.stop()
  for (const { folder } of [a, b]) empty(folder)
  await untilHeld(a, 300)
  await b.homeseed.restart()
  await untilHeld(b, 300)
  for (const { homeseed } of [a, b]) await homeseed.run('share', 'undo', SHARE)
  for (const { homeseed } of [a, b]) {
    const isOver = async () => {
      const { state, files, needFiles } = await homeseed.share(SHARE)
      return isDeepStrictEqual({ state, files, needFiles }, { state: 'in-sync', files: 0, needFiles: 0 })
    }
    await until('it is over', isOver, { describe: () => homeseed.describe() })
  }
  await assertSame(a, b)
})
