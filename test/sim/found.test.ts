/** What the simulation has found once, told step by step: its seeds mean something else whenever it changes. */
import assert from 'node:assert/strict'
import test from 'node:test'
import { at, Scene } from './scene.ts'

test('a new file in a folder that a reader has deleted, together with the one around it, arrives there', async () => {
  const scene = await Scene.make(['w', 'r'])
  const [a, b] = scene.devices
  a?.disk.writeFile(at('b/c/old'), 'old')
  await scene.agree()
  b?.disk.remove(at('b'))
  await scene.agree()
  a?.disk.writeFile(at('b/c/new'), 'new')
  await scene.agree()
  assert.equal(b?.disk.readText(at('b/c/new')), 'new')
})

test('a folder that was received just before a power cut is as it was sent, and no change of its receiver', async () => {
  for (let calls = 1; calls < 60; calls += 3) {
    const scene = await Scene.make(['w', 'w'])
    const [a, b] = scene.devices
    a?.disk.mkdir(at('d'))
    a?.disk.chmod(at('d'), 0o775)
    b?.kill('power cut', calls)
    await scene.pass(5000)
    b?.kill('power cut')
    a?.disk.rename(at('d'), at('e'))
    await scene.pass(5000)
    await scene.during(b?.start() ?? Promise.reject(new Error('no b')))
    await scene.agree()
    assert.deepEqual(scene.folders(), [{ e: null }, { e: null }], `after ${calls} calls`)
    assert.equal(b?.disk.stat(at('e'))?.mode, 0o775)
  }
})

test('a file written where another one is to come back, since it is chosen again, takes nothing from that', async () => {
  const scene = await Scene.make(['w', 'w'])
  const [a, b] = scene.devices
  assert.ok(a && b)
  b.disk.writeFile(at('f'), 'one')
  await scene.agree()
  await scene.during(b.engine.choose('Family', { only: [], skip: ['f'] }))
  await scene.pass(60_000)
  assert.deepEqual(scene.folders(), [{ f: 'one' }, {}])
  scene.network.cut(a.host, b.host)
  await scene.during(b.engine.choose('Family', { only: [], skip: [] }))
  await scene.pass(60_000)
  b.disk.writeFile(at('f'), 'other')
  b.hint('f')
  await scene.pass(60_000)
  scene.network.mendAll()
  await scene.agree()
  for (const folder of scene.folders()) assert.deepEqual(Object.values(folder).sort(), ['one', 'other'])
})

test('permissions that somebody gives a folder in the very moment in which it arrives are the same everywhere', async () => {
  for (let calls = 0; calls < 12; calls++) {
    const scene = await Scene.make(['w', 'w'])
    const [a, b] = scene.devices
    assert.ok(a && b)
    a.disk.mkdir(at('d'))
    let callsLeft = calls
    let isSet = false
    const wait = (): void =>
      b.ambush(1, () => {
        if (!b.disk.stat(at('d')) || callsLeft-- > 0) return wait()
        b.disk.chmod(at('d'), 0o775)
        isSet = true
      })
    wait()
    await scene.agree()
    await scene.pass(60_000)
    await scene.agree()
    const modes = [a, b].map(({ disk }) => disk.stat(at('d'))?.mode)
    assert.ok(isSet)
    // before it is looked at for the first time, nobody can tell that it was somebody else
    assert.deepEqual(modes, calls < 3 ? [0o755, 0o755] : [0o775, 0o775], `after ${calls} calls`)
  }
})

test('a device that ignores a file does not settle for others which of two that came at the same time stays', async () => {
  const scene = await Scene.make(['w', 'w', 'w'])
  const [a, b, c] = scene.devices
  assert.ok(a && b && c)
  a.writeRules(['!b', '*'])
  await scene.agree()
  scene.network.cut(b.host, c.host)
  scene.network.cut(a.host, b.host)
  c.disk.writeFile(at('x'), 'of c')
  c.hint('x')
  await scene.pass(60_000)
  b.disk.writeFile(at('x/b'), 'of b')
  b.hint('x')
  await scene.pass(60_000)
  scene.network.mend(a.host, b.host)
  await scene.pass(60_000)
  scene.network.mendAll()
  a.writeRules([])
  await scene.agree()
  for (const folder of scene.folders())
    assert.deepEqual(
      Object.values(folder)
        .filter((content) => content !== null)
        .sort(),
      ['of b', 'of c'],
    )
})
