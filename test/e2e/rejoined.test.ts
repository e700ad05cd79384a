/** A share that is joined again knows nothing of the time before: it neither wins nor loses silently. */
import assert from 'node:assert/strict'
import { cpSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import test from 'node:test'
import { removeTree } from '../support/remove-tree.ts'
import { treeOf } from '../support/trees.ts'
import { SHARE, assertSame, secretOf, startTwo } from './devices.ts'

test('a share joined again on an old copy of its folder keeps the newer versions of others', async () => {
  await using world = await startTwo('rejoined')
  const { a, b } = world
  writeFileSync(join(a.folder, 'novel'), 'first draft')
  await assertSame(a, b)
  const copy = join(world.scratch.path, 'copy')
  cpSync(a.folder, copy, { recursive: true, preserveTimestamps: true, filter: (path) => !path.includes('.homeseed') })
  writeFileSync(join(a.folder, 'novel'), 'second draft, a year of work')
  await assertSame(a, b)
  // the disk of a dies; its folder comes from the copy and is joined again
  const secret = await secretOf(b, 'read-write')
  await a.homeseed.run('share', 'remove', SHARE)
  for (const name of readdirSync(a.folder)) removeTree(join(a.folder, name))
  cpSync(copy, a.folder, { recursive: true, preserveTimestamps: true })
  await a.homeseed.run('share', 'join', secret, a.folder, '--name', SHARE, '--host', b.homeseed.listen)
  await assertSame(b, a)
  const novels = readdirSync(b.folder).filter((name) => name.startsWith('novel'))
  const contents = novels.map((name) => readFileSync(join(b.folder, name), 'utf8')).sort()
  assert.deepEqual(contents, ['first draft', 'second draft, a year of work'])
  assert.equal(readFileSync(join(b.folder, 'novel'), 'utf8'), 'second draft, a year of work', 'the newer has the name')
})

test('what was deleted while a share was not joined does not come back with the same content', async () => {
  await using world = await startTwo('rejoined-deleted')
  const { a, b } = world
  for (const name of ['kept', 'deleted']) writeFileSync(join(a.folder, name), `this is ${name}`)
  await assertSame(a, b)
  const secret = await secretOf(b, 'read-write')
  await a.homeseed.run('share', 'remove', SHARE)
  rmSync(join(b.folder, 'deleted'))
  await b.homeseed.run('share', 'rescan', SHARE)
  await a.homeseed.run('share', 'join', secret, a.folder, '--name', SHARE, '--host', b.homeseed.listen)
  await assertSame(a, b)
  assert.deepEqual([...treeOf(b.folder).keys()], ['kept'])
})

test('a device that has lost all but its keys goes on with its folder as it is: nothing is deleted, copied or in conflict', async () => {
  await using world = await startTwo('keys-alone')
  const { a, b } = world
  for (let i = 0; i < 20; i++) writeFileSync(join(a.folder, `${i}`), `file ${i}`)
  await assertSame(a, b)
  rmSync(join(b.folder, '7'))
  await assertSame(b, a)
  const secret = await secretOf(b, 'read-write')
  await a.homeseed.stop()
  const keys = ['key.pem', 'cert.pem']
  for (const name of readdirSync(a.homeseed.home)) if (!keys.includes(name)) removeTree(join(a.homeseed.home, name))
  writeFileSync(join(a.folder, '3'), 'edited while nobody watched')
  await a.homeseed.restart()
  await a.homeseed.run('share', 'join', secret, a.folder, '--name', SHARE, '--host', b.homeseed.listen)
  const tree = await assertSame(a, b)
  const names = [...tree.keys()].filter((name) => !name.startsWith('3'))
  assert.deepEqual(
    names.sort(),
    Array.from({ length: 20 }, (_, i) => `${i}`)
      .filter((name) => !['3', '7'].includes(name))
      .sort(),
  )
  const threes = readdirSync(b.folder).filter((name) => name.startsWith('3'))
  const contents = threes.map((name) => readFileSync(join(b.folder, name), 'utf8')).sort()
  assert.deepEqual(contents, ['edited while nobody watched', 'file 3'], 'without history neither supersedes the other')
  writeFileSync(join(a.folder, 'later'), 'a change made afterwards')
  await assertSame(a, b)
})
