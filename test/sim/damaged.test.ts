/** A file that the disk damaged is no edit: it is fetched anew, and the damaged one kept. */
import assert from 'node:assert/strict'
import test from 'node:test'
import { at, Scene } from './scene.ts'

test('a file cut short by its disk is healed from a peer, and is not in sync until then', async () => {
  const scene = await Scene.make(['w', 'w'])
  const [a] = scene.devices
  a?.disk.writeFile(at('film'), 'the whole film')
  await scene.agree()
  await scene.pass(600_000)
  a?.disk.damage(at('film'), new TextEncoder().encode('the who'))
  await scene.agree()
  assert.deepEqual(scene.folders(), [{ film: 'the whole film' }, { film: 'the whole film' }])
})
