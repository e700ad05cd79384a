/** Conflicts that are sorted out on several devices at once. */
import assert from 'node:assert/strict'
import test from 'node:test'
import type { SimDevice } from './sim-device.ts'
import { at, Scene } from './scene.ts'

async function keepBoth(scene: Scene, device: SimDevice, turned = false): Promise<void> {
  const copies = device.engine.conflicts('Family').map(({ copy }) => copy)
  for (const copy of turned ? copies.reverse() : copies)
    await scene.during(device.engine.resolveConflict('Family', copy, 'both'))
}

test('both are kept by devices that cannot hear each other: each version has one name', async () => {
  const scene = await Scene.make(['w', 'w'])
  const [a, b] = scene.devices
  assert.ok(a && b)
  for (const round of [1, 2]) {
    scene.network.cut(a.host, b.host)
    for (const device of [a, b]) {
      device.disk.writeFile(at('note.txt'), `from ${device.name}, ${round}`)
      device.hint('note.txt')
      await scene.pass(5000)
    }
    scene.network.mendAll()
    await scene.agree()
  }
  assert.equal(a.engine.conflicts('Family').length, 2)
  scene.network.cut(a.host, b.host)
  await keepBoth(scene, a)
  await keepBoth(scene, b, true)
  scene.network.mendAll()
  await scene.agree()
  const [first, second] = scene.folders()
  assert.deepEqual(first, second)
  assert.deepEqual(Object.values(first ?? {}).sort(), ['from a, 1', 'from a, 2', 'from b, 2'])
  assert.deepEqual(a.engine.conflicts('Family'), [])
})
