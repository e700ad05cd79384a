/** Who joined with the read-only secret receives everything and sends nothing. */
import assert from 'node:assert/strict'
import { chmodSync, existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import test from 'node:test'
import { until } from '../support/scratch.ts'
import { contentHash, treeOf } from '../support/trees.ts'
import { writeLarge } from './content.ts'
import { SHARE, archived, assertSame, contentsOf, keptIn, secretOf, startTwo } from './devices.ts'

test('a read-only device receives everything, and its own changes reach nobody', async (t) => {
  await using world = await startTwo('read-only', 'read-only')
  const { a: writer, b: reader } = world
  const write = (path: string, text: string) => writeFileSync(join(writer.folder, path), text)
  const localChanges = async () => (await reader.homeseed.share(SHARE)).localChanges

  await t.test('it receives files, changes, deletes', async () => {
    mkdirSync(join(writer.folder, 'album/empty'), { recursive: true })
    for (const name of ['one', 'two', 'three', 'four']) write(`album/${name}`, `picture ${name}`)
    chmodSync(join(writer.folder, 'album/two'), 0o640)
    writeLarge(join(writer.folder, 'film'), 20 * 1024 * 1024, 5)
    await assertSame(writer, reader)
    write('album/one', 'picture one, again')
    rmSync(join(writer.folder, 'album/two'))
    await assertSame(writer, reader)
    assert.equal((await reader.homeseed.share(SHARE)).access, 'read-only')
  })

  await t.test('what was replaced or deleted lies in its archive', () => {
    const [one, two, ...more] = archived(reader).slice().sort()
    assert.match(one ?? '', /^album\/one~\d{8}-\d{6}$/)
    assert.match(two ?? '', /^album\/two~\d{8}-\d{6}$/)
    assert.deepEqual(more, [])
    assert.equal(readFileSync(join(reader.folder, '.homeseed/archive', one ?? ''), 'utf8'), 'picture one')
    assert.equal(readFileSync(join(reader.folder, '.homeseed/archive', two ?? ''), 'utf8'), 'picture two')
  })

  await t.test('it has no read-write secret to give', async () => {
    const { code, stderr, stdout } = await reader.homeseed.command('share', 'secret', SHARE)
    if (code === 0)
      assert.match(stdout, /^.*B[A-Z2-7]{20}/s) // its own kind of secret is fine
    else assert.match(stderr, /read-only/)
    assert.equal(await secretOf(reader, 'read-only'), await secretOf(writer, 'read-only'))
  })

  await t.test('its own changes stay there and are told', async () => {
    const before = treeOf(writer.folder)
    writeFileSync(join(reader.folder, 'own'), 'only for me')
    writeFileSync(join(reader.folder, 'album/one'), 'painted over')
    rmSync(join(reader.folder, 'album/three'))
    mkdirSync(join(reader.folder, 'own folder'))
    await reader.homeseed.run('share', 'rescan', SHARE)
    await until('four changes of its own are told', async () => (await localChanges()) === 4, {
      describe: () => reader.homeseed.describe(),
    })
    await reader.homeseed.settled(SHARE)
    await writer.homeseed.run('share', 'rescan', SHARE)
    assert.deepEqual(treeOf(writer.folder), before)
    assert.equal((await writer.homeseed.share(SHARE)).needFiles, 0)
  })

  await t.test('others go on to reach it, and its own files are kept', async () => {
    write('album/five', 'picture five')
    write('album/one', 'picture one, third time')
    await writer.homeseed.settled(SHARE)
    await until(
      'both arrive',
      () =>
        existsSync(join(reader.folder, 'album/five')) &&
        readFileSync(join(reader.folder, 'album/one'), 'utf8') === 'picture one, third time',
      {
        describe: () => reader.homeseed.describe(),
      },
    )
    assert.equal(readFileSync(join(reader.folder, 'album/five'), 'utf8'), 'picture five')
    assert.equal(readFileSync(join(reader.folder, 'own'), 'utf8'), 'only for me')
    writeFileSync(join(world.scratch.path, 'text'), 'painted over')
    const painted = contentHash(join(world.scratch.path, 'text'))
    const kept = keptIn(reader).flatMap((folder) => contentsOf(treeOf(folder)))
    assert.ok(kept.includes(painted), 'what was painted over the picture is kept somewhere')
    const copies = () => reader.homeseed.json<{ original: string; device: string }[]>('conflicts', SHARE)
    const [copy] = await until('its copy is listed', async () => (await copies()).length > 0 && copies())
    assert.deepEqual([copy?.original, copy?.device], ['album/one', 'ben'], 'and said to be its own')
  })

  await t.test('it passes on to another reader what it received', async () => {
    const third = await world.start('rita')
    await writer.homeseed.stop()
    await world.join(third, reader, 'read-only')
    const expected = readFileSync(join(writer.folder, 'film'))
    await until('the film arrives', () => readFileSync(join(third.folder, 'film')).equals(expected), {
      describe: () => third.homeseed.describe(),
    })
    assert.equal(treeOf(third.folder).has('own'), false, 'but not what it made itself')
  })
})
