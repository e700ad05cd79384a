/** How other programs of this kind have lost files, or left devices in disagreement (docs/testing.md). */
import assert from 'node:assert/strict'
import test from 'node:test'
import { conflictOf } from '../../appliance/sync/model/conflict-name.ts'
import type { RelPath } from '../../appliance/sync/model/rel-path.ts'
import { at, Scene } from './scene.ts'
import { SHARE_FOLDER } from './sim-device.ts'
import type { SimDevice } from './sim-device.ts'

const DAY_MS = 86_400_000
const LARGE = 'a large one|'.repeat(60_000)

const two = async () => {
  const scene = await Scene.make(['w', 'w'])
  const [a, b] = scene.devices
  assert.ok(a && b)
  return { scene, a, b }
}
const contents = ({ disk }: SimDevice): readonly string[] =>
  Object.values(disk.tree(SHARE_FOLDER)).filter((content) => content !== null)
const isConflict = (path: string): boolean => conflictOf(path as RelPath) !== undefined

test('what a device makes around a crash reaches those who know all that was before it', async () => {
  for (let calls = 1; calls < 40; calls += 3) {
    const { scene, a, b } = await two()
    a.disk.writeFile(at('before'), 'before')
    await scene.agree()
    a.kill('power cut', calls)
    a.disk.writeFile(at('around'), 'around')
    a.hint('around')
    await scene.pass(3000)
    a.kill('power cut')
    a.disk.writeFile(at('after'), 'after')
    await scene.during(a.start())
    await scene.agree()
    assert.deepEqual(b.disk.tree(SHARE_FOLDER), { after: 'after', around: 'around', before: 'before' })
  }
})

test('edits made on a device whose index was lost meanwhile are not overwritten by older versions', async () => {
  const { scene, a, b } = await two()
  for (const draft of ['1', '2', '3', '4']) {
    b.disk.writeFile(at('novel'), `draft ${draft}`)
    await scene.agree()
  }
  a.kill()
  a.disk.writeFile(at('novel'), 'draft 5')
  a.index.clear()
  await scene.during(a.start())
  const { secret } = b.engine.secret('Family', 'read-write')
  await scene.during(a.engine.joinShare({ secret, path: SHARE_FOLDER, name: 'Family', hosts: ['b:22000'] }))
  await scene.agree()
  for (const device of [a, b]) assert.ok(contents(device).includes('draft 5'), device.name)
  assert.deepEqual(a.disk.tree(SHARE_FOLDER), b.disk.tree(SHARE_FOLDER))
})

test('one device alone edits, ever so often, over links that break: nothing is in conflict', async () => {
  const { scene, a, b } = await two()
  for (let edit = 0; edit < 60; edit++) {
    a.disk.writeFile(at('log'), `edit ${edit}`)
    a.hint('log')
    await scene.pass((edit * 37) % 200)
    if (edit % 7 === 0) scene.network.cut(a.host, b.host)
    if (edit % 7 === 3) scene.network.mend(a.host, b.host)
    if (edit % 20 === 10) {
      b.kill('power cut')
      await scene.during(b.start())
    }
  }
  scene.network.mendAll()
  await scene.agree()
  for (const device of [a, b]) assert.deepEqual(device.disk.tree(SHARE_FOLDER), { log: 'edit 59' })
})

test('asking for status, conflicts, hosts and devices changes nothing', async () => {
  const { scene, a, b } = await two()
  scene.network.cut(a.host, b.host)
  a.disk.writeFile(at('f'), 'one')
  b.disk.writeFile(at('f'), 'other')
  await scene.pass(5000)
  scene.network.mendAll()
  await scene.agree()
  await scene.pass(60_000)
  const state = () => JSON.stringify([[...a.index.copy()], a.disk.tree(SHARE_FOLDER, '')])
  const before = state()
  const { engine } = a
  engine.shares()
  engine.share('Family')
  assert.equal(engine.conflicts('Family').length, 1)
  engine.hosts('Family')
  engine.devices()
  engine.identity()
  engine.secret('Family', 'read-only')
  assert.equal(state(), before)
})

test('a file that both had before they knew each other is deleted when one deletes it, and does not come back', async () => {
  const scene = await Scene.make(['w'])
  const [a] = scene.devices
  assert.ok(a)
  const b = scene.add()
  for (const device of [a, b]) {
    device.disk.writeFile(at('old'), 'the same')
    device.disk.writeFile(at('edited'), 'the same, too')
  }
  await scene.during(b.start())
  await scene.join(b, 'w')
  await scene.agree()
  a.disk.remove(at('old'))
  b.disk.writeFile(at('edited'), 'anew')
  await scene.agree()
  for (const device of [a, b]) assert.deepEqual(device.disk.tree(SHARE_FOLDER), { edited: 'anew' })
})

test('what was deleted two years ago does not come back from a device that was away since', async () => {
  const { scene, a, b } = await two()
  a.disk.writeFile(at('old'), 'old')
  a.disk.writeFile(at('kept'), 'kept')
  await scene.agree()
  b.kill()
  a.disk.remove(at('old'))
  await scene.pass(5000)
  for (let restart = 0; restart < 5; restart++) {
    for (const device of [a, b]) device.skewMs += 150 * DAY_MS
    a.kill()
    await scene.during(a.start())
    await scene.pass(DAY_MS / 8)
  }
  b.disk.writeFile(at('new'), 'made while away')
  await scene.during(b.start())
  await scene.agree()
  for (const device of [a, b])
    assert.deepEqual(device.disk.tree(SHARE_FOLDER), { kept: 'kept', new: 'made while away' })
})

test('a file that is deleted, replaced or renamed over while it is being sent leaves nothing half behind', async () => {
  const changes: readonly ((a: SimDevice) => void)[] = [
    ({ disk }) => disk.remove(at('film')),
    ({ disk }) => disk.writeFile(at('film'), 'short'),
    ({ disk }) => disk.rename(at('other'), at('film')),
  ]
  const after = [{ other: 'other' }, { film: 'short', other: 'other' }, { film: 'other' }]
  let inTheMiddle = 0
  for (const [i, change] of changes.entries())
    for (let ms = 840; ms < 1020; ms += 30) {
      const { scene, a, b } = await two()
      a.disk.writeFile(at('other'), 'other')
      await scene.agree()
      a.disk.writeFile(at('film'), LARGE)
      a.hint('film')
      // it is taken once it is quiet, and then goes over in a few moments: some of these times are in the middle
      await scene.pass(ms)
      if (b.leftInTmp().length > 0) inTheMiddle += 1
      change(a)
      a.hint('film')
      await scene.pass(100)
      const seen = b.disk.stat(at('film'))?.sizeBytes
      assert.ok([undefined, LARGE.length, 5].includes(seen), `a film of ${seen} bytes`)
      await scene.agree()
      assert.deepEqual(
        [a, b].map(({ disk }) => disk.tree(SHARE_FOLDER)),
        [after[i], after[i]],
      )
      assert.deepEqual(b.leftInTmp(), [])
    }
  assert.ok(inTheMiddle > 2, `only ${inTheMiddle} times it was under way`)
})

test('each of three edits in turn, with clocks that are years apart: each wins, and nothing is in conflict', async () => {
  const scene = await Scene.make(['w', 'w', 'w'])
  const [, b, c] = scene.devices
  assert.ok(b && c)
  b.skewMs = 730 * DAY_MS
  c.skewMs = -20_000 * DAY_MS
  for (let turn = 0; turn < 6; turn++) {
    const device = scene.devices[turn % 3]
    device?.disk.writeFile(at('f'), `turn ${turn}`)
    await scene.agree()
    for (const { name, disk } of scene.devices) assert.deepEqual(disk.tree(SHARE_FOLDER), { f: `turn ${turn}` }, name)
  }
})

test('a hundred conflicts on one file make a hundred copies with names of one mark each', async () => {
  const { scene, a, b } = await two()
  for (let i = 0; i < 100; i++) {
    scene.network.cut(a.host, b.host)
    a.disk.writeFile(at('f.txt'), `a ${i}`)
    b.disk.writeFile(at('f.txt'), `b ${i}`)
    for (const device of [a, b]) device.hint('f.txt')
    await scene.pass(3000)
    scene.network.mendAll()
    await scene.pass(5000)
  }
  await scene.agree()
  const names = Object.keys(a.disk.tree(SHARE_FOLDER))
  assert.equal(names.filter(isConflict).length, 100)
  assert.ok(names.every((name) => name.split('.sync-conflict-').length <= 2 && Buffer.byteLength(name) < 255))
  assert.deepEqual(b.disk.tree(SHARE_FOLDER), a.disk.tree(SHARE_FOLDER))
})
