/** An old copy of the disk, or of the index, in its place: nothing is deleted and nothing reverted. */
import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { cpSync, readFileSync, readdirSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import test from 'node:test'
import { differences, treeOf } from '../support/trees.ts'
import { SHARE, assertSame, startTwo } from './devices.ts'

test('after the index was restored from a backup, a peer that was away gets all that changed meanwhile', async () => {
  await using world = await startTwo('index-restored')
  const { a, b } = world
  writeFileSync(join(a.folder, 'first'), 'before the backup')
  await assertSame(a, b)
  await a.homeseed.stop()
  const backup = join(world.scratch.path, 'backup')
  cpSync(a.homeseed.home, backup, { recursive: true })
  await a.homeseed.restart()
  for (let i = 0; i < 5; i++) writeFileSync(join(a.folder, `known-${i}`), `known to both ${i}`)
  await assertSame(a, b)
  await Promise.all([a.homeseed.stop(), b.homeseed.stop()])
  // the SD card of a is replaced, its home comes from the backup; the disk with the files is as it was
  rmSync(a.homeseed.home, { recursive: true })
  renameSync(backup, a.homeseed.home)
  for (let i = 0; i < 5; i++) writeFileSync(join(a.folder, `a-new-${i}`), `made while b was away ${i}`)
  await a.homeseed.restart()
  await a.homeseed.run('share', 'rescan', SHARE)
  await b.homeseed.restart()
  await b.homeseed.settled(SHARE)
  assert.deepEqual(differences(treeOf(a.folder), treeOf(b.folder)), [], 'b says that it is in sync')
  await assertSame(a, b)
})

test('a machine that was put back whole, and went on from there, loses nothing of what it had made since', async () => {
  await using world = await startTwo('machine-restored')
  const { a, b } = world
  writeFileSync(join(a.folder, 'novel'), 'first draft')
  await assertSame(a, b)
  await a.homeseed.stop()
  const backup = join(world.scratch.path, 'backup')
  execFileSync('cp', ['-a', a.homeseed.home, `${backup}-home`])
  execFileSync('cp', ['-a', a.folder, `${backup}-folder`])
  await a.homeseed.restart()
  writeFileSync(join(a.folder, 'novel'), 'a year of work')
  writeFileSync(join(a.folder, 'letters'), 'and more')
  await assertSame(a, b)
  await Promise.all([a.homeseed.stop(), b.homeseed.stop()])
  for (const [place, copy] of [
    [a.homeseed.home, `${backup}-home`],
    [a.folder, `${backup}-folder`],
  ] as const) {
    rmSync(place, { recursive: true })
    renameSync(copy, place)
  }
  writeFileSync(join(a.folder, 'novel'), 'another beginning')
  for (let i = 0; i < 10; i++) writeFileSync(join(a.folder, `new-${i}`), `made after ${i}`)
  await a.homeseed.restart()
  await a.homeseed.run('share', 'rescan', SHARE)
  await b.homeseed.restart()
  await assertSame(a, b)
  const novels = readdirSync(b.folder).filter((name) => name.startsWith('novel'))
  assert.deepEqual(novels.map((name) => readFileSync(join(b.folder, name), 'utf8')).sort(), [
    'a year of work',
    'another beginning',
  ])
  assert.equal(readFileSync(join(a.folder, 'letters'), 'utf8'), 'and more')
})

test('an old clone of the disk in its place neither deletes nor reverts on others what came after it', async () => {
  await using world = await startTwo('clone')
  const { a, b } = world
  writeFileSync(join(a.folder, 'novel'), 'first draft')
  await assertSame(a, b)
  const clone = join(world.scratch.path, 'clone')
  execFileSync('cp', ['-a', a.folder, clone])
  writeFileSync(join(a.folder, 'novel'), 'second draft')
  for (let i = 0; i < 20; i++) writeFileSync(join(a.folder, `later-${i}`), `made after the clone ${i}`)
  await assertSame(a, b)
  await a.homeseed.stop()
  // the disk dies, its clone of last month takes its place; the index lies on the SD card
  rmSync(a.folder, { recursive: true })
  renameSync(clone, a.folder)
  await a.homeseed.restart()
  await a.homeseed.settled(SHARE).catch(() => undefined)
  const left = [...treeOf(b.folder).keys()].filter((name) => name.startsWith('later-'))
  const novels = readdirSync(b.folder)
    .filter((name) => name.startsWith('novel'))
    .map((name) => readFileSync(join(b.folder, name), 'utf8'))
  assert.deepEqual({ left: left.length, novels: novels.includes('second draft') }, { left: 20, novels: true })
})
