/** A machine whose disk and index were both put back to what they were, or that runs twice: nothing is lost. */
import assert from 'node:assert/strict'
import test from 'node:test'
import { limits } from '../../appliance/sync/limits.ts'
import { at, Scene } from './scene.ts'
import { SHARE_FOLDER } from './sim-device.ts'
import type { SimDevice } from './sim-device.ts'

const contents = ({ disk }: SimDevice): readonly string[] =>
  Object.values(disk.tree(SHARE_FOLDER))
    .filter((content) => content !== null)
    .sort()

function write(device: SimDevice, path: string, content: string): void {
  device.disk.writeFile(at(path), content)
  device.hint(path)
}

const scene = async (roles: readonly ('w' | 'r')[]) => {
  const made = await Scene.make(roles)
  const [a, b, c] = made.devices
  assert.ok(a && b)
  return { made, a, b, c }
}

/** Disk and index of a device, to be put back later. */
function snapshot(device: SimDevice): () => void {
  const disk = device.disk.imageOf(SHARE_FOLDER)
  const index = device.index.copy()
  return () => {
    device.kill()
    device.disk.putImage(SHARE_FOLDER, disk)
    device.index.put(index)
  }
}

const beganAnew = (made: Scene, name: string): number =>
  made.trace.filter((line) => line.includes(`${name} warn history-lost`)).length

test('what a machine made before it was put back is not replaced by what it makes afterwards', async () => {
  for (const edits of [1, 2, 5]) {
    const { made, a, b } = await scene(['w', 'w'])
    write(a, 'novel', 'first draft')
    await made.agree()
    const putBack = snapshot(a)
    for (let edit = 0; edit < edits; edit++) {
      write(a, 'novel', `a year of work ${edit}`)
      write(a, 'other', `and more ${edit}`)
      await made.agree()
    }
    putBack()
    write(a, 'novel', 'another beginning')
    for (let more = 0; more < 6; more++) write(a, `new ${more}`, `new ${more}`)
    made.network.cut(a.host, b.host)
    await made.during(a.start())
    await made.pass(5000)
    made.network.mendAll()
    await made.agree()
    for (const device of [a, b])
      for (const content of [`a year of work ${edits - 1}`, 'another beginning', `and more ${edits - 1}`, 'new 5'])
        assert.ok(contents(device).includes(content), `${device.name} has ${content}`)
    assert.deepEqual(a.disk.tree(SHARE_FOLDER), b.disk.tree(SHARE_FOLDER))
    assert.equal(beganAnew(made, 'a'), 1)
  }
})

test('a machine that is put back to before it had anything loses nothing, though it counts from the beginning', async () => {
  const { made, a, b } = await scene(['w', 'w'])
  const putBack = snapshot(a)
  write(b, 'b', 'from b')
  write(a, 'a', 'a year of work')
  await made.agree()
  putBack()
  made.network.cut(a.host, b.host)
  await made.during(a.start())
  write(a, 'c/d', 'in a folder')
  write(b, 'c', 'a file')
  await made.pass(5000)
  made.network.mendAll()
  await made.agree()
  assert.deepEqual(contents(a), ['a file', 'a year of work', 'from b', 'in a folder'])
  assert.deepEqual(a.disk.tree(SHARE_FOLDER), b.disk.tree(SHARE_FOLDER))
})

test('a share that begins anew or is removed goes on with that after a crash in the middle', async () => {
  const usual = { ...limits }
  Object.assign(limits, { forgotten: 5, forgetting: 1 })
  const inTheMiddle = { begun: 0, removed: 0 }
  for (const steps of [1, 2, 4, 5]) {
    const { made, a, b } = await scene(['w', 'w'])
    const { sqlite } = a.index.database
    const rows = (table: string) => sqlite.prepare(`SELECT count(*) FROM ${table}`).pluck().get() as number
    /** Until some of the rows have gone. */
    const forgetSome = async () => {
      const all = rows('local_entries')
      while (rows('local_entries') > all - 5 * steps) assert.ok(await made.time.step(Number.MAX_SAFE_INTEGER))
      return rows('local_entries') > 0
    }
    for (let i = 0; i < 30; i++) write(a, `f${i}`, `content ${i}`)
    await made.agree()
    const putBack = snapshot(a)
    write(a, 'later', 'later')
    await made.agree()
    putBack()
    await made.during(a.start())
    if (await forgetSome()) inTheMiddle.begun += 1
    a.kill()
    await made.during(a.start())
    await made.agree()
    for (const device of [a, b]) assert.equal(contents(device).length, 31, `${device.name} after ${steps}`)
    void a.engine.removeShare('Family')
    if (await forgetSome()) inTheMiddle.removed += 1
    a.kill()
    await made.during(a.start())
    await made.pass(5000)
    for (const table of ['shares', 'local_entries', 'remote_entries', 'needs', 'block_lists'])
      assert.equal(rows(table), 0, table)
    assert.equal(contents(a).length, 31)
  }
  Object.assign(limits, usual)
  assert.ok(inTheMiddle.begun > 1 && inTheMiddle.removed > 1, JSON.stringify(inTheMiddle))
})

test('what was deleted before a machine was put back stays deleted, and what it had received comes again', async () => {
  const { made, a, b } = await scene(['w', 'w'])
  write(a, 'old', 'old')
  await made.agree()
  const putBack = snapshot(a)
  a.disk.remove(at('old'))
  write(b, 'from b', 'from b')
  await made.agree()
  putBack()
  await made.during(a.start())
  await made.agree()
  assert.deepEqual(made.folders(), [{ 'from b': 'from b' }, { 'from b': 'from b' }])
})

test('a machine that was put back hears it from devices that never met it since, too', async () => {
  const { made, a, b, c } = await scene(['w', 'w', 'w'])
  assert.ok(c)
  write(a, 'novel', 'first draft')
  await made.agree()
  made.network.cut(a.host, c.host)
  const putBack = snapshot(a)
  write(a, 'novel', 'a year of work')
  write(a, 'other', 'and more')
  await made.pass(20_000)
  putBack()
  b.kill()
  await made.pass(20_000)
  write(a, 'unrelated', 'made after')
  made.network.mendAll()
  await made.during(a.start())
  await made.pass(60_000)
  await made.during(b.start())
  await made.agree()
  for (const device of made.devices)
    assert.deepEqual(
      [...new Set(contents(device))].filter((content) => content !== 'first draft'),
      ['a year of work', 'and more', 'made after'],
    )
  assert.equal(beganAnew(made, 'a'), 1)
})

test('from a reader alone a machine that was put back hears what it had made', async () => {
  const { made, a, b } = await scene(['w', 'r'])
  write(a, 'novel', 'first draft')
  await made.agree()
  const putBack = snapshot(a)
  write(a, 'novel', 'a year of work')
  await made.agree()
  putBack()
  await made.pass(5000)
  write(a, 'novel', 'another beginning')
  await made.during(a.start())
  await made.agree()
  for (const device of [a, b]) assert.deepEqual(contents(device), ['another beginning'])
  // nobody who could pass it on as a conflict copy has ever had it
  assert.ok(b.archived().includes('a year of work'))
  assert.equal(beganAnew(made, 'a'), 1)
})

test('what lies in a folder that only readers still have is kept, with the file that somebody put in its place', async () => {
  const { made, a, b } = await scene(['w', 'r'])
  const putBack = snapshot(a)
  write(a, 'c/d/e', 'a year of work')
  await made.agree()
  putBack()
  write(a, 'c', 'a file of this name')
  await made.during(a.start())
  await made.agree()
  assert.deepEqual(contents(a), ['a file of this name', 'a year of work'])
  assert.equal(a.disk.readText(at('c/d/e')), 'a year of work')
  assert.deepEqual(a.disk.tree(SHARE_FOLDER), b.disk.tree(SHARE_FOLDER))
})

test('a reader that was put back has what the others have, and they know it', async () => {
  const { made, a, b } = await scene(['w', 'r'])
  const putBack = snapshot(b)
  for (let i = 0; i < 5; i++) write(a, `f${i}`, `f${i}`)
  await made.agree()
  putBack()
  await made.during(b.start())
  await made.agree()
  assert.equal(contents(b).length, 5)
})

test('restarts, ignored files and files that others changed are no sign of an older copy', async () => {
  const { made, a, b } = await scene(['w', 'w'])
  for (let turn = 0; turn < 5; turn++) {
    write(a, 'f', `a ${turn}`)
    write(a, 'g', `g ${turn}`)
    await made.agree()
    write(b, 'f', `b ${turn}`)
    await made.agree()
    a.writeRules(turn % 2 === 0 ? ['g'] : [])
    await made.agree()
    a.kill()
    await made.during(a.start())
    await made.agree()
  }
  assert.equal(beganAnew(made, 'a') + beganAnew(made, 'b'), 0)
})

test('a machine that runs twice loses nothing of what is made on either', async () => {
  for (const pauseMs of [0, 700, 5000]) {
    const { made, a, b } = await scene(['w', 'w'])
    write(a, 'novel', 'first draft')
    await made.agree()
    made.network.cut(a.host, b.host)
    const twin = made.add(a)
    twin.disk.putImage(SHARE_FOLDER, a.disk.imageOf(SHARE_FOLDER))
    twin.index.put(a.index.copy())
    made.network.cut(twin.host, b.host)
    await made.during(b.engine.addHost('Family', `${twin.name}:22000`))
    await made.during(twin.start())
    write(a, 'novel', 'made on the first')
    await made.pass(pauseMs)
    write(twin, 'novel', 'made on the second')
    write(twin, 'more', 'more')
    await made.pass(10_000)
    // they take turns, as they cannot both be connected
    for (let turn = 0; turn < 6; turn++) {
      const [on, off] = turn % 2 === 0 ? [a, twin] : [twin, a]
      made.network.cut(off.host, b.host)
      made.network.mend(on.host, b.host)
      await made.pass(90_000)
    }
    for (const device of [a, twin, b])
      for (const content of ['made on the first', 'made on the second', 'more'])
        assert.ok(
          contents(device).includes(content),
          `${device.name} has ${content}, after ${pauseMs} ms\n ${made.trace.join('\n')} ${JSON.stringify(made.folders())}`,
        )
    assert.deepEqual(b.disk.tree(SHARE_FOLDER), a.disk.tree(SHARE_FOLDER))
    assert.deepEqual(b.disk.tree(SHARE_FOLDER), twin.disk.tree(SHARE_FOLDER))
  }
})

test('what its copy made in the same second as a machine something else is not superseded by what lay there before', async () => {
  const { made, a, b, c } = await scene(['w', 'w', 'w'])
  assert.ok(c)
  for (const other of [b, c]) made.network.cut(a.host, other.host)
  const twin = made.add(a)
  twin.disk.putImage(SHARE_FOLDER, a.disk.imageOf(SHARE_FOLDER))
  twin.index.put(a.index.copy())
  made.network.cut(twin.host, c.host)
  await made.during(twin.start())
  await made.pass(5000)
  write(a, 'other', 'other')
  // the watcher misses it
  a.disk.writeFile(at('novel'), 'made on the first')
  write(twin, 'novel', 'made on the second')
  await made.during(b.engine.addHost('Family', `${twin.name}:22000`))
  await made.pass(20_000)
  assert.deepEqual(contents(c), ['made on the second'])
  twin.kill()
  b.kill()
  // who has heard of it from somebody else cannot tell that it was the copy
  made.network.mendAll()
  await made.pass(200_000)
  assert.equal(beganAnew(made, 'a'), 0)
  for (const device of [a, c])
    assert.deepEqual(contents(device), ['made on the first', 'made on the second', 'other'], device.name)
})

test('what a machine deletes or changes before it has heard what its copy made of it takes nothing of that away', async () => {
  for (const edit of [undefined, 'made on the first']) {
    const { made, a, b, c } = await scene(['w', 'w', 'w'])
    assert.ok(c)
    write(a, 'novel', 'first draft')
    await made.agree()
    for (const other of [b, c]) made.network.cut(a.host, other.host)
    const twin = made.add(a)
    twin.disk.putImage(SHARE_FOLDER, a.disk.imageOf(SHARE_FOLDER))
    twin.index.put(a.index.copy())
    made.network.cut(twin.host, b.host)
    a.kill()
    await made.during(twin.start())
    await made.during(c.engine.addHost('Family', `${twin.name}:22000`))
    await made.pass(5000)
    write(twin, 'novel', 'made on the second')
    await made.pass(20_000)
    assert.deepEqual(contents(b), ['made on the second'])
    twin.kill()
    c.kill()
    if (edit === undefined) a.disk.remove(at('novel'))
    else a.disk.writeFile(at('novel'), edit)
    // they tell each other at the same time
    made.network.mendAll()
    await made.during(a.start())
    await made.pass(60_000)
    await made.during(c.start())
    await made.pass(60_000)
    await made.agree()
    assert.equal(beganAnew(made, 'a'), 1)
    const all = edit === undefined ? ['made on the second'] : ['made on the first', 'made on the second']
    for (const device of [a, b, c]) assert.deepEqual(contents(device), all, device.name)
  }
})
