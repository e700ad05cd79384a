import assert from 'node:assert/strict'
import { hash } from 'node:crypto'
import { test } from 'node:test'
import type { SpareLimits } from '../../../appliance/sync/disk-work.ts'
import type { RelPath } from '../../../appliance/sync/model/rel-path.ts'
import { makeWorld, NOW_MS } from '../../support/disk-world.ts'
import type { DiskWorld } from '../../support/disk-world.ts'

const limits: SpareLimits = { isCloning: true, fileBytes: 1000, bytes: 5000 }
const path = (text: string) => text as RelPath
const contentOf = (text: string) => hash('sha256', text)

async function wishes(world: DiskWorld, isSure = true) {
  await world.scan()
  return world.index.paths.map((path) => ({
    path: path as RelPath,
    seen: world.index.seen(path),
    isSure,
    content: contentOf(world.read(path)),
  }))
}
const spares = async (world: DiskWorld, text: string) => {
  const found: string[] = []
  for (
    let part = await world.disk.nextSpares(world.root, '');
    part;
    part = await world.disk.nextSpares(world.root, part.part)
  )
    found.push(...part.spares.map(({ content }) => content))
  return found.filter((content) => content === contentOf(text))
}

for (const clones of [true, false])
  test(`a spare becomes the old version of its path, ${clones ? 'cloned' : 'copied'}`, async () => {
    using world = await makeWorld('memory', { clones })
    world.write('a.txt', 'first')
    world.setTimes('a.txt', 1_000_000_000n)
    const made = await world.disk.makeSpares(world.root, await wishes(world, !clones), limits)
    assert.deepEqual(made, { isCloning: clones, copiedBytes: clones ? 0 : 5, isFull: false })
    assert.deepEqual(await spares(world, 'first'), [contentOf('first')])
    assert.deepEqual(world.temps(), [])
    world.write('a.txt', 'second')
    const wanted = [{ path: path('a.txt'), content: contentOf('first') }]
    assert.equal(await world.disk.archiveSpares(world.root, wanted, NOW_MS), 5)
    assert.deepEqual(Object.values(world.archive()), ['first'])
    await world.disk.removeSpares(world.root, [contentOf('first')])
    assert.equal(await world.disk.archiveSpares(world.root, wanted, NOW_MS), 0, 'there is none any more')
    const { items } = await world.disk.listArchive(world.root, { below: undefined, limit: 10 })
    assert.deepEqual([items[0]?.path, items[0]?.mtimeNs], ['a.txt', 1_000_000_000n])
  })

test('what is not what was seen gets no spare, and one that a power cut spoilt is no version', async () => {
  using world = await makeWorld('memory')
  world.write('a', 'first')
  const wished = await wishes(world)
  world.write('a', 'other')
  await world.disk.makeSpares(world.root, wished, limits)
  assert.deepEqual(await spares(world, 'first'), [])
  const [wish] = await wishes(world)
  assert.ok(wish)
  const lie = { ...wish, content: contentOf('first') }
  await world.disk.makeSpares(world.root, [lie], limits)
  assert.deepEqual([await spares(world, 'first'), world.temps()], [[], []])
  await world.disk.makeSpares(world.root, [wish], limits)
  world.write(`.homeseed/spare/${wish.content.slice(0, 2)}/${wish.content}`, 'oth\0\0')
  await world.disk.archiveSpares(world.root, [{ path: path('a'), content: wish.content }], NOW_MS)
  assert.deepEqual([world.archive(), await spares(world, 'other')], [{}, []])
})

test('copies stay within their limits', async () => {
  using world = await makeWorld('memory')
  world.write('large', 'x'.repeat(1001))
  for (const i of [1, 2, 3]) world.write(`f${i}`, String(i).repeat(400))
  const made = await world.disk.makeSpares(world.root, await wishes(world), { ...limits, bytes: 1000 })
  assert.deepEqual(made, { isCloning: false, copiedBytes: 800, isFull: true })
  await world.disk.removeSpares(world.root, [contentOf('1'.repeat(400)), '../../f1'])
  assert.deepEqual(await spares(world, '1'.repeat(400)), [])
  assert.equal(Object.keys(world.tree()).length, 4)
})

test('nothing is made where the folder is not that was shared', async () => {
  using world = await makeWorld('memory')
  world.write('a', 'first')
  const wished = await wishes(world)
  world.rename('.homeseed', 'elsewhere')
  await assert.rejects(async () => world.disk.makeSpares(world.root, wished, limits), { code: 'ENOENT' })
  const old = [{ path: path('a'), content: contentOf('first') }]
  assert.equal(await world.disk.archiveSpares(world.root, old, NOW_MS), 0)
  assert.equal(world.memory?.stat('/share/.homeseed'), undefined)
})

test('what becomes an old version is on disk first', async () => {
  const calls: string[] = []
  using world = await makeWorld('memory', {
    clones: false,
    before: (call, at) => {
      if (['sync', 'link'].includes(call)) calls.push(`${call} ${at.split('/').slice(3, 4).join('/')}`)
    },
  })
  world.write('a', 'first')
  const [wish] = await wishes(world)
  assert.ok(wish)
  await world.disk.makeSpares(world.root, [wish], limits)
  calls.length = 0
  await world.disk.archiveSpares(world.root, [{ path: path('a'), content: wish.content }], NOW_MS)
  assert.deepEqual(calls, ['sync spare', 'link spare', 'sync archive'])
})
