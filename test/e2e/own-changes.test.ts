/** What people change on a device that may only read: listed, taken back, and still there in the archive. */
import assert from 'node:assert/strict'
import { existsSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import test from 'node:test'
import type { OwnChangeStatus, RevertReport } from '../../appliance/sync/status.ts'
import { until } from '../support/scratch.ts'
import { writeLarge } from './content.ts'
import { SHARE, archived, assertSame, startTwo, untilConnected } from './devices.ts'

test('a reader lists its own changes, and takes them back without losing any', async (t) => {
  await using world = await startTwo('own-changes', 'read-only')
  const { a: writer, b: reader } = world
  const inReader = (path: string) => join(reader.folder, path)
  mkdirSync(join(writer.folder, 'album'))
  for (const name of ['one', 'two', 'three']) writeFileSync(join(writer.folder, 'album', name), `picture ${name}`)
  writeLarge(join(writer.folder, 'film'), 3 * 1024 * 1024, 5)
  await assertSame(writer, reader)
  const changes = () => reader.homeseed.json<readonly OwnChangeStatus[]>('share', 'changes', SHARE)
  const kinds = async () => (await changes()).map(({ path, kind }) => `${kind} ${path}`)

  await t.test('what was changed, added, moved and deleted is listed', async () => {
    writeFileSync(inReader('album/one'), 'painted over')
    rmSync(inReader('album/two'))
    renameSync(inReader('film'), inReader('movie'))
    mkdirSync(inReader('own'))
    writeFileSync(inReader('own/note'), 'only for me')
    await reader.homeseed.run('share', 'rescan', SHARE)
    const listed = [
      'changed album/one',
      'deleted album/two',
      'deleted film',
      'added movie',
      'added own',
      'added own/note',
    ]
    await until('all of it is listed', async () => (await kinds()).length === listed.length)
    assert.deepEqual(await kinds(), listed)
    const [one] = await changes()
    assert.deepEqual([one?.type, one?.sizeBytes], ['file', 'painted over'.length])
    const { stdout } = await reader.homeseed.command('share', 'changes', SHARE)
    assert.match(stdout, /^deleted .* film$/m)
  })

  await t.test('one path is taken back, the rest stays', async () => {
    const report = await reader.homeseed.json<RevertReport>('share', 'revert', SHARE, 'album')
    assert.deepEqual(report, { moved: 0, returning: 2, notYet: 0, notReverted: 0, problems: [] })
    await reader.homeseed.settled(SHARE)
    assert.equal(readFileSync(inReader('album/one'), 'utf8'), 'picture one')
    assert.equal(readFileSync(inReader('album/two'), 'utf8'), 'picture two')
    assert.deepEqual(await kinds(), ['deleted film', 'added movie', 'added own', 'added own/note'])
  })

  await t.test('while the others are off, what cannot come back yet is told', async () => {
    await writer.homeseed.stop()
    await untilConnected(reader, false)
    const { code, stdout, stderr } = await reader.homeseed.command('share', 'revert', SHARE)
    assert.equal(code, 0, stderr)
    assert.match(stdout, /^3 moved to the archive, 1 come back, 0 not taken back$/m)
    assert.match(stderr, /^1 of them come back once a device that has them is connected/m)
    assert.equal(existsSync(inReader('own')), false)
    await until('it is told what waits', async () => (await reader.homeseed.share(SHARE)).problems.length > 0)
    const { needFiles, problems } = await reader.homeseed.share(SHARE)
    assert.equal(needFiles, 1)
    assert.deepEqual(
      problems.map(({ path }) => path),
      ['film'],
    )
  })

  await t.test('killed in between, it is as with the others in the end', async () => {
    await reader.homeseed.kill()
    await reader.homeseed.restart()
    await writer.homeseed.restart()
    await assertSame(writer, reader)
    assert.deepEqual(await kinds(), [])
  })

  await t.test('the archive has what was there, and gives it back', async () => {
    const names = archived(reader).map((path) => path.replace(/~\d{8}-\d{6}/, ''))
    for (const name of ['album/one', 'movie', 'own/note']) assert.ok(names.includes(name), name)
    const texts = archived(reader).map((path) => readFileSync(inReader(`.homeseed/archive/${path}`), 'utf8'))
    assert.ok(texts.includes('painted over'))
    await reader.homeseed.run('versions', 'restore', SHARE, 'own/note')
    assert.equal(readFileSync(inReader('own/note'), 'utf8'), 'only for me')
    assert.deepEqual(await kinds(), ['added own', 'added own/note'])
    assert.equal(existsSync(join(writer.folder, 'own')), false)
  })

  await t.test('where the share may be changed, there is nothing of that kind', async () => {
    const refused = await writer.homeseed.command('share', 'revert', SHARE)
    assert.equal(refused.code, 1)
    assert.match(refused.stderr, /may change "photos", so what is changed here is everybody's/)
    assert.deepEqual(await writer.homeseed.json('share', 'changes', SHARE), [])
  })
})
