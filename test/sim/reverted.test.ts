/** A reader's own changes are taken back: what others have comes back, what the reader had is in its archive. */
import assert from 'node:assert/strict'
import test from 'node:test'
import { at, Scene } from './scene.ts'
import { SHARE_FOLDER } from './sim-device.ts'
import type { SimDevice } from './sim-device.ts'

const SHARE = 'Family'
const theirs = { 'a.txt': 'a of all', 'b.txt': 'b of all', 'c.txt': 'c of all', 'dir/d.txt': 'd of all' }

async function readerAndWriter() {
  const scene = await Scene.make(['w', 'r'])
  const [writer, reader] = scene.devices
  assert.ok(writer && reader)
  writer.disk.mkdir(at('dir'))
  for (const [path, content] of Object.entries(theirs)) writer.disk.writeFile(at(path), content)
  await scene.agree()
  return { scene, writer, reader }
}

/** Something of every kind. */
function change({ disk }: SimDevice): void {
  disk.writeFile(at('a.txt'), 'a, painted over')
  disk.remove(at('b.txt'))
  disk.rename(at('c.txt'), at('renamed'))
  disk.remove(at('dir'))
  disk.writeFile(at('dir'), 'a file in the place of a folder')
  disk.mkdir(at('own'))
  disk.writeFile(at('own/e.txt'), 'e of the reader')
  disk.symlink(at('own/link'), 'e.txt')
  disk.mkdir(at('own/empty'))
}
const own = ['a, painted over', 'c of all', 'a file in the place of a folder', 'e of the reader', '-> e.txt']

const listed = ({ engine }: SimDevice) => {
  const { changes, totals } = engine.ownChanges(SHARE, { limit: 1000 })
  return { kinds: Object.fromEntries(changes.map(({ path, kind }) => [path, kind])), totals }
}

test('what was changed, added and deleted is listed; taken back, all is as others have it', async () => {
  const { scene, writer, reader } = await readerAndWriter()
  change(reader)
  await scene.during(reader.engine.rescan(SHARE))
  const all = {
    'a.txt': 'changed',
    'b.txt': 'deleted',
    'c.txt': 'deleted',
    dir: 'changed',
    'dir/d.txt': 'deleted',
    own: 'added',
    'own/e.txt': 'added',
    'own/empty': 'added',
    'own/link': 'added',
    renamed: 'added',
  }
  assert.deepEqual(listed(reader), { kinds: all, totals: { changed: 2, added: 5, deleted: 3 } })
  assert.equal(reader.engine.share(SHARE).localChanges, 10)
  const report = await scene.during(reader.engine.revert(SHARE, []))
  assert.deepEqual(report, { moved: 5, returning: 5, notYet: 0, notReverted: 0, problems: [] })
  await scene.agree()
  assert.deepEqual(reader.disk.tree(SHARE_FOLDER), writer.disk.tree(SHARE_FOLDER))
  assert.deepEqual(listed(reader).kinds, {})
  for (const content of own) assert.ok(reader.archived().includes(content), `${content} is in the archive`)
})

test('a path is taken back with what lies below it and the folders that it needs, and nothing else', async () => {
  const { scene, reader } = await readerAndWriter()
  change(reader)
  await scene.during(reader.engine.revert(SHARE, ['dir/d.txt', 'own/empty', './a.txt']))
  await scene.agree()
  assert.deepEqual(Object.keys(listed(reader).kinds), ['b.txt', 'c.txt', 'own', 'own/e.txt', 'own/link', 'renamed'])
  const { disk } = reader
  assert.deepEqual([disk.readText(at('dir/d.txt')), disk.readText(at('a.txt'))], ['d of all', 'a of all'])
  await scene.during(reader.engine.revert(SHARE, ['own']))
  assert.equal(disk.stat(at('own')), undefined)
  await assert.rejects(reader.engine.revert(SHARE, ['../out']), { code: 'bad-path' })
})

test('while nobody is there, what was changed stays until it can be replaced', async () => {
  const { scene, writer, reader } = await readerAndWriter()
  change(reader)
  writer.kill()
  const report = await scene.during(reader.engine.revert(SHARE, []))
  assert.deepEqual(report, { moved: 5, returning: 5, notYet: 4, notReverted: 0, problems: [] })
  await scene.pass(60_000)
  const { disk, engine } = reader
  assert.equal(disk.readText(at('a.txt')), 'a, painted over')
  const reasons = Object.fromEntries(engine.share(SHARE).problems.map(({ path, reason }) => [path, reason]))
  assert.equal(reasons['a.txt'], 'no connected device has it')
  assert.equal(reasons['b.txt'], 'gone from this disk, and no connected device has it')
  await scene.during(writer.start())
  await scene.agree()
  assert.deepEqual(disk.tree(SHARE_FOLDER), writer.disk.tree(SHARE_FOLDER))
  for (const content of own) assert.ok(reader.archived().includes(content), `${content} is in the archive`)
})

test('what is written meanwhile into a file that is to be replaced stays, as a change of its own', async () => {
  const { scene, writer, reader } = await readerAndWriter()
  change(reader)
  writer.kill()
  await scene.during(reader.engine.revert(SHARE, []))
  await scene.pass(5000)
  reader.disk.writeFile(at('a.txt'), 'a, painted over twice')
  await scene.pass(5000)
  await scene.during(reader.engine.rescan(SHARE))
  await scene.during(writer.start())
  await scene.agree()
  assert.deepEqual(listed(reader).kinds, { 'a.txt': 'changed' })
  assert.equal(reader.disk.readText(at('a.txt')), 'a, painted over twice')
})

test('what nobody else is known to have stays as it is, and that is told', async () => {
  const { scene, writer, reader } = await readerAndWriter()
  reader.disk.writeFile(at('a.txt'), 'a, painted over')
  const { device } = writer.engine.identity()
  writer.kill()
  await scene.pass(60_000)
  await scene.during(reader.engine.removeDevice(device))
  const report = await scene.during(reader.engine.revert(SHARE, []))
  const problems = [{ path: 'a.txt', reason: 'no other device is known to have it' }]
  assert.deepEqual(report, { moved: 0, returning: 0, notYet: 0, notReverted: 1, problems })
  assert.deepEqual(listed(reader).kinds, { 'a.txt': 'changed' })
  assert.equal(reader.disk.readText(at('a.txt')), 'a, painted over')
})

test('a writer is refused, and has no changes of its own', async () => {
  const { scene, writer } = await readerAndWriter()
  writer.disk.writeFile(at('a.txt'), 'a, edited')
  await scene.agree()
  await assert.rejects(writer.engine.revert(SHARE, []), { code: 'not-read-only' })
  assert.deepEqual(listed(writer), { kinds: {}, totals: { changed: 0, added: 0, deleted: 0 } })
  assert.equal(writer.disk.readText(at('a.txt')), 'a, edited')
})

test('killed or without power at any call of it, nothing is lost, and a second time brings all back', async () => {
  for (const death of ['killed', 'power cut'] as const)
    for (let calls = 1; calls < 140; calls += 7) {
      const { scene, writer, reader } = await readerAndWriter()
      change(reader)
      await scene.during(reader.engine.rescan(SHARE))
      await scene.pass(5000)
      reader.kill(death, calls)
      const reverted = reader.engine.revert(SHARE, []).catch(() => undefined)
      await scene.during(reverted, () => reader.isUp)
      await scene.pass(3000)
      reader.kill(death)
      const present = () => [...reader.archived(), ...Object.values(reader.disk.tree(SHARE_FOLDER))]
      if (death === 'killed')
        for (const content of own) assert.ok(present().includes(content), `${content} after ${calls} calls`)
      await scene.during(reader.start())
      await scene.during(reader.engine.revert(SHARE, []))
      await scene.agree()
      assert.deepEqual(reader.disk.tree(SHARE_FOLDER), writer.disk.tree(SHARE_FOLDER), `${death} after ${calls} calls`)
      const archived = reader.archived().map((content) => content.replace('e of all', ''))
      for (const content of own) assert.ok(death === 'power cut' || archived.includes(content), `${content}: ${calls}`)
    }
})
