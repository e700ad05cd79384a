/** What belongs together and is told in many messages, over a link on which each of them takes long. */
import assert from 'node:assert/strict'
import test from 'node:test'
import { limits } from '../../appliance/sync/limits.ts'
import { at, Scene } from './scene.ts'

const FILES = 60

test('a mass of deletions is held before any of it is done, however slowly it is told', async (t) => {
  const usual = { ...limits }
  t.after(() => Object.assign(limits, usual))
  const scene = await Scene.make(['w', 'w'])
  const [a, b] = scene.devices
  assert.ok(a && b)
  for (let i = 0; i < FILES; i++) a.disk.writeFile(at(`f${i}`), `content ${i}`)
  await scene.agree()
  await scene.during(a.engine.setSettings('Family', { 'hold-percent': '100', 'hold-files': '1000' }))
  await scene.during(b.engine.setSettings('Family', { 'hold-percent': '50', 'hold-files': '30' }))
  limits.announced = 10
  scene.network.apartMs = 2000
  await scene.during(a.engine.setPaused('Family', true))
  for (let i = 0; i < FILES; i++) a.disk.remove(at(`f${i}`))
  await scene.during(a.engine.setPaused('Family', false))
  await scene.pass(120_000)
  const { held } = b.engine.share('Family')
  assert.deepEqual(held, [{ direction: 'incoming', files: FILES, of: FILES, device: 'a' }])
  assert.equal(Object.keys(b.disk.tree(at(''))).length, FILES)
})
