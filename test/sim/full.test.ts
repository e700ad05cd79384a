/** What is kept for a rainy day gives way when a disk is full, as far as nothing is lost by that. */
import assert from 'node:assert/strict'
import test from 'node:test'
import type { SimDevice } from './sim-device.ts'
import { at, Scene } from './scene.ts'

const OLD = 'f'.repeat(10_000)
const LARGE = 'g'.repeat(15_000)

/** Two devices that hold `f`, of 10,000 bytes, with a spare copy of it; on the first disk there is room for 500 more. */
async function fullScene() {
  const scene = await Scene.make(['w', 'w'])
  const [a, b] = scene.devices
  assert.ok(a && b)
  a.disk.writeFile(at('f'), OLD)
  await scene.agree()
  await scene.pass(60_000)
  leave(a, 500)
  return { scene, a, b }
}

const leave = ({ disk }: SimDevice, bytes: number) => disk.setCapacity(disk.totalBytes - disk.freeBytes + bytes)

/** What its archive and its folder hold of old versions and of copies of the present ones. */
const kept = ({ disk }: SimDevice, folder: 'archive' | 'spare') =>
  Object.values(disk.tree(at(`.homeseed/${folder}`))).filter((content) => content !== null)

/** The second one makes a file that has no room on the first. */
async function fill({ scene, a, b }: Awaited<ReturnType<typeof fullScene>>): Promise<void> {
  b.disk.writeFile(at('g'), LARGE)
  b.hint('g')
  await scene.pass(120_000)
  assert.equal(a.engine.shares()[0]?.state, 'disk-full')
}

test('a copy that nobody wants any more makes room on a full disk', async () => {
  const { scene, a, b } = await fullScene()
  b.disk.remove(at('f'))
  b.disk.writeFile(at('g'), 'g'.repeat(5_000))
  await scene.agree()
  assert.deepEqual(Object.keys(scene.folders()[0] ?? {}), ['g'])
  assert.deepEqual(kept(a, 'archive'), [OLD], 'what a peer deleted is in the archive')
})

test('what is deleted on a full disk makes room there at once, since another device keeps it', async () => {
  const world = await fullScene()
  const { scene, a, b } = world
  await fill(world)
  a.disk.remove(at('f'))
  a.hint('f')
  await scene.agree()
  assert.deepEqual(scene.folders(), [{ g: LARGE }, { g: LARGE }])
  assert.deepEqual([kept(a, 'archive'), kept(b, 'archive')], [[], [OLD]])
})

test('what is deleted on a full disk stays in its archive where nobody else is known to have it', async () => {
  const world = await fullScene()
  const { scene, a, b } = world
  await fill(world)
  scene.network.cut(a.host, b.host)
  await scene.pass(10_000)
  a.disk.remove(at('f'))
  a.hint('f')
  await scene.pass(10_000)
  assert.deepEqual(kept(a, 'archive'), [OLD])
})
