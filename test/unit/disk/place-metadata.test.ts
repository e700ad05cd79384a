import assert from 'node:assert/strict'
import { hash } from 'node:crypto'
import { chmodSync, linkSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, test } from 'node:test'
import type { PlaceOp } from '../../../appliance/sync/disk-work.ts'
import { makeWorld, worldKinds } from '../../support/disk-world.ts'
import type { DiskWorld } from '../../support/disk-world.ts'
import { brief, opOf, place, placeOps } from '../../support/place-ops.ts'

const CONTENT = 'cd'.repeat(32)
const KIB_64 = 64 * 1024

test('permissions of a file with another name are not changed in place, but its content can be replaced', async () => {
  using world = await makeWorld('disk')
  const at = (path: string) => join(world.root.path, path)
  world.write('a', 'a')
  chmodSync(at('a'), 0o640)
  linkSync(at('a'), at('b'))
  await world.scan()
  assert.deepEqual(brief(await place(world, { path: 'a', meta: { mode: 0o600 } })), ['blocked has-other-names'])
  assert.equal(statSync(at('b')).mode & 0o777, 0o640)
  assert.deepEqual(brief(await place(world, { path: 'a', file: 'a', mode: 0o600 })), ['done'])
  assert.deepEqual([statSync(at('a')).mode & 0o777, statSync(at('b')).mode & 0o777], [0o600, 0o640])
  assert.deepEqual(world.tree(), { a: 'a', b: 'a' })
})

test('what the owner of a folder set besides permissions stays: setgid, sticky', async () => {
  using world = await makeWorld('disk')
  const at = (path: string) => join(world.root.path, path)
  world.mkdir('group')
  chmodSync(at('group'), 0o3775)
  await world.scan()
  const results = await place(
    world,
    { path: 'group', meta: { mode: 0o4750 } },
    { path: 'new', folder: true, mode: 0o7755 },
    { path: 'file', file: 'x', mode: 0o6755 },
  )
  assert.deepEqual(brief(results), ['done', 'done', 'done'])
  const modes = ['group', 'new', 'file'].map((path) => statSync(at(path)).mode & 0o7777)
  assert.deepEqual(modes, [0o3750, 0o755, 0o755])
})

for (const keepsModes of [true, false])
  test(`a disk ${keepsModes ? 'that keeps' : 'without'} permissions is told by trying, not by what it says`, async () => {
    using world = await makeWorld('memory', { keepsModes })
    assert.deepEqual(brief(await place(world, { path: 'a', file: 'a', mode: 0o750 })), ['done'])
    world.write('b', 'b')
    world.mkdir('d')
    world.index.set('a', '')
    const found = (await world.scan()).flatMap((each) => (each.kind === 'changed' ? [[each.path, each.mode]] : []))
    assert.deepEqual(
      found,
      keepsModes
        ? [
            ['a', 0o750],
            ['b', 0o644],
            ['d', 0o755],
          ]
        : [
            ['a', undefined],
            ['b', undefined],
            ['d', undefined],
          ],
    )
    assert.deepEqual(world.temps(), [])
  })

async function open(world: DiskWorld, sizeBytes: number) {
  const opened = await world.disk.openTemp(world.root, sizeBytes, CONTENT)
  assert.ok(opened !== 'no-space')
  return opened
}
const writeOf = (world: DiskWorld, temp: number, offset: number, bytes: Uint8Array) =>
  world.disk.writeBlock(temp, offset, bytes, hash('sha256', bytes, 'buffer'))

for (const kind of worldKinds) {
  describe(`temps: ${kind}`, () => {
    test('zeros take the place of what an interrupted write left', async () => {
      using world = await makeWorld(kind)
      const data = Buffer.alloc(KIB_64, 'x')
      const { temp } = await open(world, 4 * KIB_64)
      for (const offset of [0, KIB_64, 2 * KIB_64]) await writeOf(world, temp, offset, data)
      await world.disk.parkTemp(temp)
      const again = await open(world, 4 * KIB_64)
      assert.ok(again.isKept)
      // it is to be: zeros, data, zeros, zeros
      await writeOf(world, again.temp, 0, Buffer.alloc(KIB_64))
      await writeOf(world, again.temp, KIB_64, data)
      const zeros = [2, 3].map((i) => ({ offset: i * KIB_64, sizeBytes: KIB_64 }))
      assert.equal(await world.disk.fillZeros(again.temp, zeros), 'ok')
      const op = { ...opOf(world, { path: 'a', file: '' }), from: { temp: again.temp } } as PlaceOp
      assert.deepEqual(brief(await placeOps(world, [op])), ['done'])
      assert.equal(world.read('a'), '\0'.repeat(KIB_64) + 'x'.repeat(KIB_64) + '\0'.repeat(2 * KIB_64))
    })
  })
}

test('a temp that has become a file already is not written to any more', async () => {
  using world = await makeWorld('disk')
  const kept = join(world.root.path, '.homeseed/tmp', CONTENT)
  const placed = join(world.root.path, 'a')
  writeFileSync(kept, 'received')
  linkSync(kept, placed) // where a crash left it
  writeFileSync(placed, 'a user’s!')
  const { temp, isKept } = await open(world, 8)
  assert.equal(isKept, false)
  assert.equal(await writeOf(world, temp, 0, Buffer.from('received')), 'ok')
  assert.equal(readFileSync(placed, 'utf8'), 'a user’s!')
})

test('a file takes the room of its data, wherever in a block that is', async () => {
  using world = await makeWorld('disk')
  const { temp } = await open(world, 8 * 1024 * 1024)
  const block = Buffer.alloc(1024 * 1024)
  block.fill('x', 500 * 1024, 508 * 1024)
  for (let i = 0; i < 7; i++) await writeOf(world, temp, i * block.length, block)
  await world.disk.fillZeros(temp, [{ offset: 7 * block.length, sizeBytes: block.length }])
  const op = { ...opOf(world, { path: 'a', file: '' }), from: { temp } } as PlaceOp
  assert.deepEqual(brief(await placeOps(world, [op])), ['done'])
  const { size, blocks } = statSync(join(world.root.path, 'a'))
  assert.equal(size, 8 * 1024 * 1024)
  assert.ok(blocks * 512 <= 7 * 12 * 1024, `${blocks * 512} bytes taken`)
  assert.deepEqual(readFileSync(join(world.root.path, 'a')).subarray(0, block.length), block)
})
