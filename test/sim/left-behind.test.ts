/** What must leave nothing behind, and nothing undone: told step by step. */
import assert from 'node:assert/strict'
import test from 'node:test'
import { at, Scene } from './scene.ts'

for (const kind of ['rules', 'choice'] as const)
  test(`${kind}: taken over only in part before a kill, and as before when it starts again, nothing is left out`, async () => {
    const scene = await Scene.make(['w', 'w'])
    const [a, b] = scene.devices
    assert.ok(a && b)
    a.disk.writeFile(at('f'), 'one')
    await scene.agree()
    const changes = () => scene.trace.filter((line) => line.includes('a info scope-changed')).length
    const before = changes()
    if (kind === 'rules') a.writeRules(['f'])
    else void a.engine.choose('Family', { only: [], skip: ['f'] }).catch(() => undefined)
    while (changes() === before) await scene.time.step(Number.MAX_SAFE_INTEGER)
    a.kill()
    if (kind === 'rules') a.writeRules([])
    await scene.during(a.start())
    if (kind === 'choice') await scene.during(a.engine.choose('Family', { only: [], skip: [] }))
    b.disk.writeFile(at('f'), 'two')
    b.hint('f')
    await scene.agree()
    assert.equal(a.disk.readText(at('f')), 'two')
  })

test('a folder of a reader goes when writers have deleted it, one after the other, and nothing of its own lies in it', async () => {
  const scene = await Scene.make(['w', 'w', 'r'])
  const [a, b, r] = scene.devices
  assert.ok(a && b && r)
  a.disk.writeFile(at('d/1'), 'one')
  await scene.agree()
  scene.network.cut(a.host, b.host)
  scene.network.stallOneWay(r.host, a.host)
  b.disk.writeFile(at('d/2'), 'two')
  b.hint('d/2')
  await scene.pass(5_000)
  assert.equal(r.disk.readText(at('d/2')), 'two')
  scene.network.cut(b.host, r.host)
  a.disk.remove(at('d'))
  a.hint('d')
  await scene.pass(20_000)
  assert.deepEqual(scene.folders()[2], { d: null, 'd/2': 'two' })
  b.disk.remove(at('d'))
  b.hint('d')
  await scene.pass(60_000)
  scene.network.cut(r.host, a.host)
  scene.network.mend(a.host, b.host)
  await scene.pass(60_000)
  scene.network.mendAll()
  await scene.agree()
  assert.deepEqual(scene.folders(), [{}, {}, {}])
})
