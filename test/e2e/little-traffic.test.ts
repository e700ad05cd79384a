/** What the other side has already is not sent again. */
import assert from 'node:assert/strict'
import { mkdirSync, openSync, closeSync, renameSync, rmSync, utimesSync, writeSync } from 'node:fs'
import { join } from 'node:path'
import test from 'node:test'
import { noise, writeLarge } from './content.ts'
import { countBytes } from './count-bytes.ts'
import { SHARE, assertSame, makeWorld, secretOf } from './devices.ts'

const MIB = 1024 * 1024

test('what the other side has already is not sent again', async (t) => {
  await using world = await makeWorld('traffic')
  const [a, b] = await Promise.all([world.start('anna'), world.start('ben')])
  await using counter = await countBytes(a.homeseed.listen)
  mkdirSync(join(a.folder, 'album'))
  mkdirSync(join(b.folder, 'album'))
  for (let i = 0; i < 20; i++) {
    for (const { folder } of [a, b]) writeLarge(join(folder, `album/${i}`), 2 * MIB, i)
    utimesSync(join(b.folder, `album/${i}`), 1_000_000_000 + i, 1_000_000_000 + i)
  }
  writeLarge(join(a.folder, 'large'), 40 * MIB, 99)
  await world.add(a)
  const secret = await secretOf(a, 'read-write')
  await b.homeseed.run('share', 'join', secret, b.folder, '--name', SHARE, '--host', counter.address)

  await t.test('equal files that were on both sides before they knew each other', async () => {
    const tree = await assertSame(a, b)
    assert.equal(tree.size, 22, 'and they are no conflict')
    const bytes = counter.take()
    assert.ok(bytes > 40 * MIB && bytes < 42 * MIB, `${bytes} bytes for one file of 40 MiB`)
  })

  await t.test('a renamed folder and a renamed file', async () => {
    renameSync(join(a.folder, 'album'), join(a.folder, 'holiday'))
    renameSync(join(a.folder, 'large'), join(a.folder, 'holiday/film'))
    await assertSame(a, b)
    assertLittle(counter.take(), 2 * MIB)
  })

  await t.test('a copy of a file', async () => {
    writeLarge(join(a.folder, 'copy'), 40 * MIB, 99)
    await assertSame(a, b)
    assertLittle(counter.take(), 2 * MIB)
  })

  await t.test('the rest of a file that changed in one place', async () => {
    const file = openSync(join(a.folder, 'copy'), 'r+')
    writeSync(file, noise(1000, 4), 0, 1000, 13 * MIB)
    closeSync(file)
    await assertSame(a, b)
    assertLittle(counter.take(), 2 * MIB)
  })

  await t.test('anything, after both were started again', async () => {
    await Promise.all([a.homeseed.stop(), b.homeseed.stop()])
    await Promise.all([a.homeseed.restart(), b.homeseed.restart()])
    await assertSame(a, b)
    assertLittle(counter.take(), 100_000)
  })

  await t.test('what was deleted', async () => {
    rmSync(join(a.folder, 'copy'))
    await assertSame(a, b)
    assertLittle(counter.take(), 100_000)
  })
})

function assertLittle(bytes: number, most: number): void {
  assert.ok(bytes < most, `${bytes} bytes went over the wire, more than ${most}`)
}
