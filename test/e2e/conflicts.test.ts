/** Both sides change the same file while they do not see each other: nothing that either wrote is lost. */
import assert from 'node:assert/strict'
import { mkdirSync, readFileSync, readdirSync, renameSync, rmSync, utimesSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import test from 'node:test'
import { removeTree } from '../support/remove-tree.ts'
import { contentHash, differences, treeOf } from '../support/trees.ts'
import { SHARE, archived, assertSame, contentsOf, startTwo, untilConnected } from './devices.ts'
import type { Device } from './devices.ts'

const isConflictCopy = (name: string) => /\.sync-conflict-\d{8}-\d{6}-[A-Z2-7]{7}/.test(name)
const filesIn = (folder: string): Readonly<Record<string, string>> =>
  Object.fromEntries(
    readdirSync(folder)
      .sort()
      .map((name) => [name, readFileSync(join(folder, name), 'utf8')]),
  )

/** Runs what each does while the other is away; `b` is away first, then `a`. */
async function apart(a: Device, b: Device, inA: () => void, inB: () => void): Promise<void> {
  await b.homeseed.stop()
  inA()
  await a.homeseed.run('share', 'rescan', 'photos')
  await a.homeseed.stop()
  await b.homeseed.restart()
  inB()
  await b.homeseed.run('share', 'rescan', 'photos')
  await a.homeseed.restart()
  await untilConnected(b)
  await assertSame(a, b)
}

test('what both changed while apart is kept on both sides', async (t) => {
  await using world = await startTwo('conflicts')
  const { a, b } = world
  const both = (path: string) => [join(a.folder, path), join(b.folder, path)] as const
  const prepare = async (name: string, files: Readonly<Record<string, string>>) => {
    mkdirSync(join(a.folder, name))
    for (const [file, text] of Object.entries(files)) writeFileSync(join(a.folder, name, file), text)
    await assertSame(a, b)
    return both(name)
  }

  await t.test('edit and edit: the later one has the name, the other one lies beside it', async () => {
    const [inA, inB] = await prepare('edits', { 'note.txt': 'before' })
    await apart(
      a,
      b,
      () => writeFileSync(join(inA, 'note.txt'), 'from a'),
      () => {
        writeFileSync(join(inB, 'note.txt'), 'from b, later')
        const later = Date.now() / 1000 + 100
        utimesSync(join(inB, 'note.txt'), later, later)
      },
    )
    const files = filesIn(inA)
    assert.deepEqual(filesIn(inB), files)
    const [copy, ...more] = Object.keys(files).filter((name) => name !== 'note.txt')
    assert.deepEqual(more, [])
    assert.ok(copy !== undefined && isConflictCopy(copy) && copy.endsWith('.txt'), copy)
    assert.deepEqual([files['note.txt'], files[copy]], ['from b, later', 'from a'])
  })

  await t.test('they are listed, and each is sorted out as its owner says, on both sides', async () => {
    interface Listed {
      readonly copy: string
      readonly original: string
      readonly device: string
    }
    for (const keep of ['original', 'copy', 'both'] as const) {
      const [inA, inB] = await prepare(`sorted-${keep}`, { 'note.txt': 'before', 'large.bin': 'before' })
      const film = (fill: string) => Buffer.alloc(300_000, fill)
      await apart(
        a,
        b,
        () => {
          writeFileSync(join(inA, 'note.txt'), 'from a')
          writeFileSync(join(inA, 'large.bin'), film('a'))
        },
        () => {
          const later = Date.now() / 1000 + 100
          writeFileSync(join(inB, 'note.txt'), 'from b, later')
          writeFileSync(join(inB, 'large.bin'), film('b'))
          for (const name of ['note.txt', 'large.bin']) utimesSync(join(inB, name), later, later)
        },
      )
      const listed = (await b.homeseed.json<Listed[]>('conflicts', SHARE)).filter(({ copy }) =>
        copy.startsWith(`sorted-${keep}/`),
      )
      assert.deepEqual(
        listed.map(({ original, device }) => [original, device]).sort(),
        ['large.bin', 'note.txt'].map((name) => [`sorted-${keep}/${name}`, 'anna']),
      )
      for (const { copy } of listed) await b.homeseed.run('conflicts', SHARE, '--resolve', copy, '--keep', keep)
      await assertSame(b, a)
      const files = filesIn(inA)
      assert.equal(files['note.txt'], keep === 'copy' ? 'from a' : 'from b, later')
      assert.equal(files['large.bin']?.[0], keep === 'copy' ? 'a' : 'b')
      const others = Object.keys(files).filter((name) => !['note.txt', 'large.bin'].includes(name))
      if (keep !== 'both') assert.deepEqual(others, [])
      else
        for (const name of others)
          assert.match(name, /^(note|large) \(\d{4}-\d\d-\d\d \d\d-\d\d-\d\d [A-Z2-7]{7}\)\.(txt|bin)$/)
      assert.equal(others.length, keep === 'both' ? 2 : 0)
    }
    const { code, stderr } = await a.homeseed.command('conflicts', SHARE, '--resolve', 'note.txt', '--keep', 'copy')
    assert.deepEqual([code, /no conflict copy/.test(stderr)], [1, true])
    assert.equal((await a.homeseed.command('conflicts', SHARE, '--keep', 'copy')).code, 2)
  })

  await t.test('a copy of any name is sorted out; what cannot be is told, and changes nothing', async () => {
    const [inA, inB] = await prepare('odd', { 'two\nlines.txt': 'before', 'thing.txt': 'before' })
    const write = (folder: string, text: string) => {
      for (const name of ['two\nlines.txt', 'thing.txt']) writeFileSync(join(folder, name), text)
    }
    await apart(
      a,
      b,
      () => write(inA, 'from a'),
      () => write(inB, 'from b'),
    )
    rmSync(join(inA, 'thing.txt'))
    mkdirSync(join(inA, 'thing.txt'))
    writeFileSync(join(inA, 'thing.txt/inside'), 'inside')
    await assertSame(a, b)
    const copyOf = (name: string) => {
      const copy = readdirSync(inB).find((each) => isConflictCopy(each) && each.startsWith(name))
      assert.ok(copy !== undefined, `${name} has no conflict copy`)
      return `odd/${copy}`
    }
    const resolve = async (copy: string, keep: string) => {
      const { code, stderr } = await b.homeseed.command('conflicts', SHARE, '--resolve', copy, '--keep', keep)
      return { code, stderr }
    }
    const refused = async (copy: string, message: RegExp) => {
      const before = treeOf(b.folder)
      const { code, stderr } = await resolve(copy, 'copy')
      assert.deepEqual([code, message.test(stderr)], [1, true], stderr)
      assert.deepEqual(differences(before, treeOf(b.folder)), [])
    }
    const thing = copyOf('thing')
    await refused(thing, /is a folder now\. Keep both/)
    await b.homeseed.run('share', 'pause', SHARE)
    await refused(thing, /is paused\. Resume it first/)
    await b.homeseed.run('share', 'resume', SHARE)
    await untilConnected(b)
    assert.equal((await resolve(thing, 'both')).code, 0)
    assert.equal((await resolve(copyOf('two\nlines'), 'original')).code, 0)
    const files = [...(await assertSame(b, a)).keys()].filter((path) => path.startsWith('odd/')).sort()
    assert.equal(files.filter((path) => path.includes('sync-conflict')).length, 0, files.join('\n'))
    assert.ok(files.includes('odd/thing.txt/inside'), files.join('\n'))
  })

  await t.test('the same edit on both sides is no conflict', async () => {
    const [inA, inB] = await prepare('agreed', { 'note.txt': 'before' })
    const edit = (folder: string) => () => writeFileSync(join(folder, 'note.txt'), 'the same thought')
    await apart(a, b, edit(inA), edit(inB))
    assert.deepEqual(
      [filesIn(inA), filesIn(inB)],
      [{ 'note.txt': 'the same thought' }, { 'note.txt': 'the same thought' }],
    )
  })

  await t.test('edit and delete: the edit stays, whoever made it', async () => {
    const [inA, inB] = await prepare('survivors', { one: 'one', two: 'two' })
    await apart(
      a,
      b,
      () => {
        rmSync(join(inA, 'one'))
        writeFileSync(join(inA, 'two'), 'two, edited by a')
      },
      () => {
        writeFileSync(join(inB, 'one'), 'one, edited by b')
        rmSync(join(inB, 'two'))
      },
    )
    assert.deepEqual(filesIn(inA), { one: 'one, edited by b', two: 'two, edited by a' })
  })

  await t.test('two new files of one name', async () => {
    const [inA, inB] = await prepare('new', {})
    await apart(
      a,
      b,
      () => writeFileSync(join(inA, 'new'), 'made by a'),
      () => writeFileSync(join(inB, 'new'), 'made by b'),
    )
    const files = filesIn(inB)
    assert.deepEqual(Object.values(files).sort(), ['made by a', 'made by b'])
    assert.ok(Object.keys(files).some(isConflictCopy))
  })

  await t.test('renamed to two names: the content is under both', async () => {
    const [inA, inB] = await prepare('names', { old: 'what was renamed' })
    await apart(
      a,
      b,
      () => renameSync(join(inA, 'old'), join(inA, 'new-a')),
      () => renameSync(join(inB, 'old'), join(inB, 'new-b')),
    )
    assert.deepEqual(filesIn(inB), { 'new-a': 'what was renamed', 'new-b': 'what was renamed' })
  })

  await t.test('a folder deleted here and filled there stays', async () => {
    const [inA, inB] = await prepare('folders', {})
    mkdirSync(join(inA, 'album'))
    writeFileSync(join(inA, 'album/old'), 'old picture')
    await assertSame(a, b)
    await apart(
      a,
      b,
      () => removeTree(join(inA, 'album')),
      () => writeFileSync(join(inB, 'album/fresh'), 'new picture'),
    )
    assert.deepEqual(filesIn(join(inA, 'album')), { fresh: 'new picture' })
  })

  await t.test('a file here and a folder there', async () => {
    const [inA, inB] = await prepare('shapes', {})
    await apart(
      a,
      b,
      () => writeFileSync(join(inA, 'thing'), 'a file'),
      () => {
        mkdirSync(join(inB, 'thing'))
        writeFileSync(join(inB, 'thing/inside'), 'a folder')
      },
    )
    const tree = await assertSame(a, b)
    const here = [...tree].filter(([path]) => path.startsWith('shapes/')).map(([, { content }]) => content)
    for (const text of ['a file', 'a folder']) {
      writeFileSync(join(world.scratch.path, 'text'), text)
      assert.ok(here.includes(contentHash(join(world.scratch.path, 'text'))), `${text} is lost`)
    }
  })

  await t.test('joining with a folder that is full already', async () => {
    const c = await world.start('cleo')
    writeFileSync(join(c.folder, 'own'), 'only here')
    mkdirSync(join(c.folder, 'edits'))
    writeFileSync(join(c.folder, 'edits/note.txt'), 'written by c before it joined')
    utimesSync(join(c.folder, 'edits/note.txt'), 1_000_000_000, 1_000_000_000)
    mkdirSync(join(c.folder, 'agreed'))
    writeFileSync(join(c.folder, 'agreed/note.txt'), 'the same thought')
    utimesSync(join(c.folder, 'agreed/note.txt'), 1_000_000_000, 1_000_000_000)
    const before = contentsOf(await assertSame(a, b))
    await world.join(c, a)
    const tree = await assertSame(c, a, b)
    for (const content of before) assert.ok(contentsOf(tree).includes(content), 'nothing that was there is lost')
    assert.equal(readFileSync(join(b.folder, 'own'), 'utf8'), 'only here')
    assert.ok(Object.values(filesIn(join(a.folder, 'edits'))).includes('written by c before it joined'))
    assert.deepEqual(filesIn(join(a.folder, 'agreed')), { 'note.txt': 'the same thought' })
    assert.deepEqual(archived(c), [])
  })
})
