/** Owners and extended attributes: synced where both devices want it, remembered and passed on where one does not. */
import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { appendFileSync, chownSync, mkdirSync, readFileSync, renameSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import test from 'node:test'
import { inspect, isDeepStrictEqual } from 'node:util'
import { needRoot } from '../support/need-tool.ts'
import { until } from '../support/scratch.ts'
import { readXattrs, writeXattrs } from '../../appliance/sync/node-xattrs.ts'
import { SHARE, assertSame, makeWorld } from './devices.ts'
import type { Device } from './devices.ts'

const set = (device: Device, ...values: readonly string[]) => device.homeseed.run('share', 'set', SHARE, ...values)
const on = ['owners=on', 'xattrs=on']
const ownerOf = ({ folder }: Device, name: string) => {
  const { uid, gid } = statSync(join(folder, name))
  return `${uid}:${gid}`
}
const xattrsOf = ({ folder }: Device, name: string) =>
  Object.fromEntries(readXattrs(join(folder, name)).map(({ name, value }) => [name, Buffer.from(value).toString()]))
const setXattrs = ({ folder }: Device, name: string, values: Readonly<Record<string, string>>) =>
  writeXattrs(
    join(folder, name),
    Object.entries(values).map(([name, value]) => ({ name, value: Buffer.from(value) })),
  )
/** Trees that look the same say nothing of these, and between anna and cleo there is a third who passes them on. */
const untilHas = (device: Device, name: string, expected: readonly [string, Readonly<Record<string, string>>]) => {
  const held = () => [ownerOf(device, name), xattrsOf(device, name)]
  return until(`${name} has its owner and attributes`, () => isDeepStrictEqual(held(), expected), {
    describe: () => inspect(held()),
  })
}

test('owners and extended attributes', async (t) => {
  if (!needRoot(t)) return
  await using world = await makeWorld('platform')
  const [a, b, c] = await Promise.all(['anna', 'ben', 'cleo'].map((name) => world.start(name)))
  assert.ok(a && b && c)
  await world.add(a)
  writeFileSync(join(a.folder, 'old'), 'from before')
  setXattrs(a, 'old', { 'user.tag': 'ancient' })
  await world.join(b, a)
  // cleo has them from ben, who has them switched off
  await world.join(c, a, 'read-write', [b])
  const check = async (first: Device = a) =>
    void (await assertSame(first, ...[a, b, c].filter((each) => each !== first)))
  await check()

  await t.test('off unless set', async () => {
    writeFileSync(join(a.folder, 'mine'), 'mine')
    chownSync(join(a.folder, 'mine'), 1234, 2345)
    setXattrs(a, 'mine', { 'user.tag': 'red' })
    await check()
    assert.deepEqual([ownerOf(b, 'mine'), xattrsOf(b, 'mine')], ['0:0', {}])
  })

  await t.test('switched on, what was there before comes too, through a device that has them off', async () => {
    for (const device of [a, c]) await set(device, ...on)
    mkdirSync(join(a.folder, 'folder'))
    setXattrs(a, 'folder', { 'user.colour': 'green' })
    chownSync(join(a.folder, 'folder'), 7, 8)
    await check()
    await a.homeseed.run('share', 'rescan', SHARE)
    await check()
    await untilHas(c, 'mine', ['1234:2345', { 'user.tag': 'red' }])
    await untilHas(c, 'folder', ['7:8', { 'user.colour': 'green' }])
    await untilHas(c, 'old', ['0:0', { 'user.tag': 'ancient' }])
    assert.deepEqual([ownerOf(b, 'mine'), xattrsOf(b, 'mine')], ['0:0', {}])
  })

  await t.test('an edit on the device that has them off takes nothing away', async () => {
    appendFileSync(join(b.folder, 'mine'), ', edited by ben')
    await check(b)
    assert.equal(readFileSync(join(c.folder, 'mine'), 'utf8'), 'mine, edited by ben')
    await untilHas(c, 'mine', ['1234:2345', { 'user.tag': 'red' }])
    await untilHas(a, 'mine', ['1234:2345', { 'user.tag': 'red' }])
  })

  await t.test('changed, removed and given alone', async () => {
    setXattrs(c, 'mine', { 'user.other': 'blue' })
    chownSync(join(c.folder, 'mine'), 1, 2)
    setXattrs(c, 'folder', {})
    await c.homeseed.run('share', 'rescan', SHARE)
    await check(c)
    await untilHas(a, 'mine', ['1:2', { 'user.other': 'blue' }])
    await untilHas(a, 'folder', ['7:8', {}])
    renameSync(join(a.folder, 'mine'), join(a.folder, 'yours'))
    await check()
    await untilHas(c, 'yours', ['1:2', { 'user.other': 'blue' }])
  })

  await t.test('nothing that gives rights', async () => {
    writeFileSync(join(a.folder, 'tool'), '#!/bin/sh\n', { mode: 0o755 })
    execFileSync('python3', ['-c', capability, join(a.folder, 'tool')])
    setXattrs(a, 'tool', { 'user.tag': 'x' })
    await check()
    await untilHas(c, 'tool', ['0:0', { 'user.tag': 'x' }])
    assert.deepEqual(
      execFileSync('python3', ['-c', list, join(c.folder, 'tool')], { encoding: 'utf8' }).trim(),
      'user.tag',
    )
    assert.equal(
      execFileSync('python3', ['-c', list, join(a.folder, 'tool')], { encoding: 'utf8' }).trim(),
      'security.capability user.tag',
    )
  })

  await t.test('a restart finds no change', async () => {
    const before = await a.homeseed.share(SHARE)
    for (const { homeseed } of [a, b, c]) {
      await homeseed.stop()
      await homeseed.restart()
    }
    await check()
    assert.deepEqual((await a.homeseed.share(SHARE)).files, before.files)
    await untilHas(c, 'yours', ['1:2', { 'user.other': 'blue' }])
  })
})

/** cap_net_bind_service, effective */
const capability =
  'import os, struct, sys; os.setxattr(sys.argv[1], "security.capability", struct.pack("<IIIII", 0x2000001, 1 << 10, 0, 0, 0))'
const list = 'import os, sys; print(" ".join(sorted(os.listxattr(sys.argv[1]))))'
