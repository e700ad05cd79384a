/** What a device tells its owner of a share, where several parts of it have something to say. */
import assert from 'node:assert/strict'
import test from 'node:test'
import { at, Scene } from './scene.ts'

test('of a folder whose deletion is held no more is told than that: what stays in it is no problem', async () => {
  const scene = await Scene.make(['w', 'w'])
  const [a, b] = scene.devices
  assert.ok(a && b)
  await scene.during(a.engine.setSettings('Family', { 'hold-files': '3', 'hold-percent': '40' }))
  for (const name of ['1', '2', '3', '4']) b.disk.writeFile(at(`album/2025/${name}`), name)
  b.disk.writeFile(at('kept'), 'kept')
  await scene.agree()
  scene.network.cut(a.host, b.host)
  b.disk.remove(at('album'))
  await scene.during(b.engine.setSettings('Family', { 'hold-files': '100' }))
  b.hint('album')
  await scene.pass(60_000)
  scene.network.mendAll()
  await scene.pass(120_000)
  const [share] = a.engine.shares()
  assert.deepEqual([share?.state, share?.held.map(({ files }) => files), share?.problems], ['held', [4], []])
  await scene.during(a.engine.release('Family'))
  await scene.agree()
  assert.deepEqual(scene.folders(), [{ kept: 'kept' }, { kept: 'kept' }])
})
