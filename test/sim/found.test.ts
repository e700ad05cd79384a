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

test('what is chosen again while its space is being freed stays, or comes back', async () => {
  for (let ms = 120; ms < 280; ms += 10) {
    const scene = await Scene.make(['w', 'w'])
    const [a, b] = scene.devices
    assert.ok(a && b)
    a.disk.mkdir(at('d'))
    a.disk.writeFile(at('f'), 'one')
    await scene.agree()
    await scene.during(b.engine.choose('Family', { only: [], skip: ['d', 'f'] }))
    await scene.pass(ms)
    await scene.during(b.engine.choose('Family', { only: [], skip: [] }))
    await scene.agree()
    for (const folder of scene.folders()) assert.deepEqual(folder, { d: null, f: 'one' }, `after ${ms} ms`)
  }
})

test('a link that somebody replaces with a folder in the very moment in which it arrives is replaced everywhere', async () => {
  for (let calls = 0; calls < 12; calls++) {
    const scene = await Scene.make(['w', 'w'])
    const [a, b] = scene.devices
    assert.ok(a && b)
    a.disk.symlink(at('x'), 'target')
    let callsLeft = calls
    let isDone = false
    const wait = (): void =>
      b.ambush(1, () => {
        if (!b.disk.stat(at('x')) || callsLeft-- > 0) return wait()
        b.disk.remove(at('x'))
        b.disk.writeFile(at('x/f'), 'of b')
        isDone = true
      })
    wait()
    await scene.agree()
    b.hint('x')
    await scene.pass(60_000)
    await scene.agree()
    assert.ok(isDone)
    for (const folder of scene.folders()) assert.equal(folder['x/f'], 'of b', `after ${calls} calls`)
  }
})

test('an edit of what was written without knowing of another one, as it was not chosen, does not supersede that', async () => {
  const scene = await Scene.make(['w', 'w'])
  const [a, b] = scene.devices
  assert.ok(a && b)
  a.disk.writeFile(at('f'), 'one')
  await scene.agree()
  await scene.during(a.engine.choose('Family', { only: [], skip: ['f'] }))
  await scene.pass(60_000)
  assert.deepEqual(scene.folders(), [{}, { f: 'one' }])
  scene.network.cut(a.host, b.host)
  for (const content of ['two', 'three']) {
    a.disk.writeFile(at('f'), content)
    a.hint('f')
    await scene.pass(60_000)
  }
  await scene.during(a.engine.choose('Family', { only: [], skip: [] }))
  scene.network.mendAll()
  await scene.agree()
  for (const folder of scene.folders()) assert.deepEqual(Object.values(folder).sort(), ['one', 'three'])
})

test('a file that is to go, once its owner has said so, is not taken for the folder that comes in its place', async () => {
  const scene = await Scene.make(['w', 'w', 'w'])
  const [a, b, c] = scene.devices
  assert.ok(a && b && c)
  await scene.during(a.engine.setSettings('Family', { 'hold-files': '3', 'hold-percent': '40' }))
  a.disk.mkdir(at('x'))
  for (const name of ['p', 'q']) a.disk.writeFile(at(name), name)
  await scene.agree()
  scene.network.cut(b.host, a.host)
  scene.network.cut(b.host, c.host)
  b.disk.writeFile(at('x/y'), 'of b')
  b.hint('x')
  a.disk.remove(at('x'))
  a.disk.writeFile(at('x'), 'of a')
  a.hint('x')
  await scene.pass(60_000)
  scene.network.cut(a.host, c.host)
  for (const name of ['p', 'q', 'x']) {
    c.disk.remove(at(name))
    c.hint(name)
  }
  await scene.pass(60_000)
  scene.network.mend(a.host, c.host)
  await scene.pass(60_000)
  assert.equal(a.engine.shares()[0]?.state, 'held')
  scene.network.mend(a.host, b.host)
  await scene.pass(60_000)
  assert.equal(a.disk.readText(at('x')), 'of a')
  await scene.during(a.engine.release('Family'))
  scene.network.mendAll()
  await scene.agree()
  const [first, ...others] = scene.folders()
  for (const folder of others) assert.deepEqual(folder, first)
  assert.ok(Object.values(first ?? {}).includes('of b'))
})

test('a folder made anew where it was ignored is none from before it was deleted', async () => {
  const scene = await Scene.make(['w', 'w', 'r'])
  const [a, b, c] = scene.devices
  assert.ok(a && b && c)
  a.disk.mkdir(at('d'))
  await scene.agree()
  scene.network.cut(b.host, a.host)
  scene.network.cut(b.host, c.host)
  a.disk.remove(at('d'))
  a.hint('d')
  await scene.pass(60_000)
  a.writeRules(['d'])
  await scene.pass(60_000)
  a.disk.mkdir(at('d'))
  scene.network.mend(a.host, b.host)
  await scene.pass(60_000)
  a.writeRules([])
  await scene.pass(60_000)
  scene.network.mendAll()
  await scene.agree()
  for (const folder of scene.folders()) assert.deepEqual(folder, { d: null })
})

for (const isLater of [false, true])
  test(`an old file is there for all again whose edit was lost while both ignored it; rules that go ${isLater ? 'one after the other' : 'together'}`, async () => {
    const scene = await Scene.make(['w', 'w'])
    const [a, b] = scene.devices
    assert.ok(a && b)
    a.disk.writeFile(at('f'), 'one')
    await scene.agree()
    b.writeRules(['f'])
    await scene.pass(60_000)
    a.disk.writeFile(at('f'), 'another')
    a.hint('f')
    await scene.pass(60_000)
    a.writeRules(['f'])
    await scene.pass(60_000)
    a.disk.remove(at('f'))
    a.writeRules([])
    if (isLater) await scene.pass(60_000)
    b.writeRules([])
    if (isLater) await scene.pass(60_000)
    await scene.agree()
    for (const folder of scene.folders()) assert.deepEqual(folder, { f: 'one' })
  })

test('what was put in place just before a kill, and found by the next look, is on the disk before others hear of it', async () => {
  for (let calls = 75; calls < 135; calls++) {
    const scene = await Scene.make(['w', 'w'])
    const [a, b] = scene.devices
    assert.ok(a && b)
    a.disk.mkdir(at('d'))
    a.disk.writeFile(at('d/f'), 'new')
    a.hint('d')
    b.kill('killed', calls)
    await scene.pass(5000)
    b.kill()
    await scene.during(b.start())
    await scene.pass(3000)
    b.kill('power cut')
    await scene.pass(1000)
    await scene.during(b.start())
    await scene.agree()
    assert.deepEqual(
      scene.folders(),
      [
        { d: null, 'd/f': 'new' },
        { d: null, 'd/f': 'new' },
      ],
      `after ${calls} calls`,
    )
  }
})

test('what becomes newer while it is being put in place is put in place once more', async () => {
  for (let ms = 0; ms < 30; ms += 2) {
    const scene = await Scene.make(['w', 'w', 'w'])
    const [a, b, c] = scene.devices
    assert.ok(a && b && c)
    for (const other of [b, c]) scene.network.stall(a.host, other.host)
    b.disk.symlink(at('x'), 'of b')
    b.hint('x')
    await scene.pass(10_000)
    scene.network.stall(b.host, c.host)
    c.disk.remove(at('x'))
    c.disk.symlink(at('x'), 'of c')
    c.hint('x')
    await scene.pass(10_000)
    scene.network.mend(a.host, b.host)
    await scene.pass(ms)
    scene.network.mend(a.host, c.host)
    await scene.pass(10_000)
    assert.deepEqual(scene.folders()[0], { x: '-> of c' }, `after ${ms} ms`)
  }
})

test('an empty folder that was put in place just before a kill, and deleted elsewhere meanwhile, does not come back', async () => {
  let inTheMiddle = 0
  for (let calls = 75; calls < 110; calls += 3) {
    const scene = await Scene.make(['w', 'w'])
    const [a, b] = scene.devices
    assert.ok(a && b)
    a.disk.mkdir(at('d/e'))
    a.hint('d')
    b.kill('killed', calls)
    await scene.pass(5000)
    if (!b.isUp && b.disk.stat(at('d'))) inTheMiddle += 1
    b.kill()
    a.disk.remove(at('d'))
    a.hint('d')
    b.setPlugged(false)
    await scene.pass(5000)
    await scene.during(b.start())
    // before it can look at its disk, it hears of it
    await scene.pass(5000)
    b.setPlugged(true)
    await scene.agree()
    assert.deepEqual(scene.folders(), [{}, {}], `after ${calls} calls`)
  }
  assert.ok(inTheMiddle > 0)
})

test('permissions that a folder got while it was deleted, and kept for what is new in it, are the same everywhere', async () => {
  for (let seed = 30; seed < 60; seed++) {
    const scene = await Scene.make(['w', 'w', 'w'], seed)
    const [a, b, c] = scene.devices
    assert.ok(a && b && c)
    a.disk.mkdir(at('d'))
    a.hint('d')
    await scene.agree()
    for (const other of [a, b]) scene.network.stall(c.host, other.host)
    c.disk.chmod(at('d'), 0o775)
    c.hint('d')
    await scene.pass(5000)
    a.disk.remove(at('d'))
    a.hint('d')
    b.disk.writeFile(at('d/new'), 'new')
    await scene.pass(200)
    scene.network.stall(a.host, b.host)
    b.hint('d')
    await scene.pass(10_000)
    scene.network.mendAll()
    await scene.agree()
    const modes = scene.devices.map(({ disk }) => disk.stat(at('d'))?.mode)
    assert.equal(new Set(modes).size, 1, `${modes.join()} with seed ${seed}`)
  }
})

test('permissions of a folder that others had to make first, as its owner had not let through yet what it replaced', async () => {
  const scene = await Scene.make(['w', 'w'])
  const [a, b] = scene.devices
  assert.ok(a && b)
  await scene.during(b.engine.setSettings('Family', { 'hold-files': '1', 'hold-percent': '1' }))
  a.disk.writeFile(at('d'), 'a file')
  await scene.agree()
  scene.network.cut(a.host, b.host)
  for (const { disk } of [a, b]) disk.remove(at('d'))
  b.disk.writeFile(at('d/new'), 'new')
  b.disk.chmod(at('d'), 0o775)
  for (const device of [a, b]) device.hint('d')
  await scene.pass(60_000)
  assert.equal(b.engine.shares()[0]?.state, 'held')
  scene.network.mendAll()
  await scene.pass(60_000)
  assert.equal(a.disk.readText(at('d/new')), 'new')
  await scene.during(b.engine.release('Family'))
  await scene.agree()
  const [first, second] = [a, b].map(({ disk }) => disk.stat(at('d'))?.mode)
  assert.equal(first, second)
})

test('what somebody else has settled while it was tried here in vain is no trouble any more', async () => {
  for (let seed = 5; seed < 30; seed++) {
    const scene = await Scene.make(['w', 'w'], seed)
    const [a, b] = scene.devices
    assert.ok(a && b)
    await scene.during(b.engine.setSettings('Family', { 'hold-files': '1', 'hold-percent': '1' }))
    a.disk.writeFile(at('d/old'), 'old')
    await scene.agree()
    b.disk.remove(at('d'))
    b.hint('d')
    await scene.pass(5000)
    assert.equal(b.engine.shares()[0]?.state, 'held')
    a.disk.writeFile(at('d/new'), 'new')
    a.hint('d')
    await scene.pass(10_000)
    await scene.during(b.engine.release('Family'))
    await scene.agree()
    for (const { name, engine } of scene.devices) assert.deepEqual(engine.shares()[0]?.problems, [], `${name}, ${seed}`)
  }
})

test('what others did to a folder while it was missing and held is done once it is there again', async () => {
  const scene = await Scene.make(['w', 'w'])
  const [a, b] = scene.devices
  assert.ok(a && b)
  await scene.during(b.engine.setSettings('Family', { 'hold-files': '1', 'hold-percent': '1' }))
  a.disk.writeFile(at('d/f'), 'f')
  await scene.agree()
  b.disk.remove(at('d'))
  b.hint('d')
  await scene.pass(60_000)
  assert.equal(b.engine.shares()[0]?.state, 'held')
  a.disk.remove(at('d'))
  a.disk.writeFile(at('d'), 'a file')
  a.hint('d')
  await scene.pass(60_000)
  b.disk.mkdir(at('d'))
  b.hint('d')
  await scene.pass(60_000)
  await scene.during(b.engine.release('Family'))
  await scene.agree()
  assert.deepEqual(scene.folders(), [{ d: 'a file' }, { d: 'a file' }])
})

test('a folder of its own that a reader made where it ignored a file is no trouble once it ignores nothing', async () => {
  const scene = await Scene.make(['w', 'r'])
  const [a, b] = scene.devices
  assert.ok(a && b)
  a.disk.mkdir(at('x/d'))
  await scene.agree()
  b.writeRules(['!/x/y', '/x'])
  await scene.pass(60_000)
  a.disk.writeFile(at('x/y'), 'y')
  a.hint('x/y')
  await scene.pass(60_000)
  b.disk.remove(at('x'))
  b.hint('x')
  await scene.pass(2000)
  a.disk.remove(at('x'))
  a.disk.writeFile(at('x'), 'a file')
  a.hint('x')
  await scene.pass(60_000)
  b.disk.writeFile(at('x/y'), 'own')
  b.hint('x/y')
  await scene.pass(2000)
  b.disk.writeFile(at('x/d/own'), 'own, too')
  b.writeRules([])
  await scene.agree()
  assert.deepEqual(scene.folders()[0], { x: 'a file' })
  for (const own of ['own', 'own, too']) assert.ok(Object.values(scene.folders()[1] ?? {}).includes(own), own)
})

test('permissions that somebody gives a file in the very moment in which it gets others are the same everywhere', async () => {
  for (let calls = 0; calls < 8; calls++) {
    const scene = await Scene.make(['w', 'w'])
    const [a, b] = scene.devices
    assert.ok(a && b)
    a.disk.writeFile(at('f'), 'f')
    await scene.agree()
    await scene.pass(60_000)
    let callsLeft = calls
    let isSet = false
    const wait = (): void =>
      b.ambush(1, () => {
        if (b.disk.stat(at('f'))?.mode !== 0o755 || callsLeft-- > 0) return wait()
        b.disk.chmod(at('f'), 0o600)
        isSet = true
      })
    wait()
    a.disk.chmod(at('f'), 0o755)
    a.hint('f')
    await scene.pass(5000)
    b.hint('f')
    await scene.pass(5000)
    await scene.agree()
    assert.ok(isSet)
    const [first, second] = [a, b].map(({ disk }) => disk.stat(at('f'))?.mode)
    assert.equal(first, second, `after ${calls} calls`)
  }
})

test('who connects while a share is removed and joined again is let in on the one that there is now', async () => {
  for (let ms = 0; ms < 1000; ms += 200) {
    const scene = await Scene.make(['w', 'w'])
    const [a, b] = scene.devices
    assert.ok(a && b)
    a.disk.writeFile(at('f'), 'f')
    await scene.agree()
    a.kill()
    scene.network.stall(a.host, b.host)
    await scene.during(a.start())
    await scene.pass(ms)
    await scene.during(b.engine.removeShare('Family'))
    await scene.join(b, 'w')
    scene.network.mendAll()
    await scene.agree()
  }
})

test('a folder that was deleted while a file in it was on its way is not kept by those who hear of the folder first', async () => {
  for (let seed = 17; seed < 25; seed++) {
    const scene = await Scene.make(['w', 'w', 'w'], seed)
    scene.network.maxDelayMs = 400
    const [a, b, c] = scene.devices
    assert.ok(a && b && c)
    b.kill()
    a.disk.writeFile(at('d/f'), 'f')
    a.hint('d')
    await scene.agree()
    for (const other of [b, c]) scene.network.stall(a.host, other.host)
    a.disk.remove(at('d'))
    a.hint('d')
    await scene.pass(5000)
    await scene.during(b.start())
    await scene.pass((seed * 7) % 100)
    scene.network.mend(a.host, b.host)
    await scene.pass(5000)
    scene.network.mendAll()
    await scene.agree()
    assert.deepEqual(scene.folders(), [{}, {}, {}], `with seed ${seed}`)
  }
})

test('what somebody writes in the very moment in which a file gets other permissions is written', async () => {
  for (let calls = 0; calls < 8; calls++) {
    const scene = await Scene.make(['w', 'w'])
    const [a, b] = scene.devices
    assert.ok(a && b)
    a.disk.writeFile(at('f'), 'old')
    await scene.agree()
    await scene.pass(60_000)
    let callsLeft = calls
    const wait = (): void =>
      b.ambush(1, () => {
        if (b.disk.stat(at('f'))?.mode !== 0o755 || callsLeft-- > 0) return wait()
        b.disk.writeFile(at('f'), 'newer')
      })
    wait()
    a.disk.chmod(at('f'), 0o755)
    a.hint('f')
    await scene.pass(5000)
    b.hint('f')
    await scene.pass(5000)
    await scene.agree()
    for (const folder of scene.folders()) assert.equal(folder['f'], 'newer', `after ${calls} calls`)
  }
})

test('two files made in the place of a folder are kept, when one gives way to what only a reader still has in it', async () => {
  const scene = await Scene.make(['w', 'w', 'w', 'r'])
  const [a, b, c, d] = scene.devices
  assert.ok(a && b && c && d)
  scene.network.cut(b.host, c.host)
  b.disk.mkdir(at('x'))
  b.hint('x')
  await scene.pass(10_000)
  for (const other of [b, d]) scene.network.cut(a.host, other.host)
  scene.network.stall(c.host, d.host)
  b.disk.writeFile(at('x/f'), 'of b')
  b.hint('x')
  await scene.pass(10_000)
  assert.equal(d.disk.readText(at('x/f')), 'of b')
  b.kill()
  // c hears of what a makes, and not the other way round
  scene.network.stallOneWay(c.host, a.host)
  for (const device of [a, c]) {
    device.disk.remove(at('x'))
    device.disk.writeFile(at('x'), `of ${device.name}`)
    device.hint('x')
    await scene.pass(5000)
  }
  scene.network.mend(c.host, d.host)
  await scene.pass(10_000)
  assert.equal(c.disk.readText(at('x/f')), 'of b')
  scene.network.mendAll()
  await scene.during(b.start())
  await scene.agree()
  for (const folder of scene.folders().slice(0, 3))
    assert.deepEqual(
      Object.values(folder)
        .filter((content) => content !== null)
        .sort(),
      ['of a', 'of b', 'of c'],
    )
})

test('a folder that a reader kept for nothing but what it ignored there goes once it ignores nothing', async () => {
  const scene = await Scene.make(['w', 'r'])
  const [a, b] = scene.devices
  assert.ok(a && b)
  for (const path of ['d/e/f', 'own/e/f']) a.disk.writeFile(at(path), path)
  await scene.agree()
  b.writeRules(['f'])
  await scene.pass(60_000)
  for (const path of ['d', 'own']) {
    a.disk.remove(at(path))
    a.hint(path)
  }
  await scene.pass(60_000)
  b.disk.writeFile(at('own/g'), 'of b')
  b.hint('own/g')
  await scene.pass(60_000)
  assert.equal(b.disk.readText(at('d/e/f')), 'd/e/f')
  b.writeRules([])
  await scene.pass(60_000)
  await scene.agree()
  assert.deepEqual(scene.folders(), [{}, { own: null, 'own/g': 'of b' }])
})

test('folders in each other that a writer kept for nothing but what it ignored there come back nowhere', async () => {
  const scene = await Scene.make(['w', 'w'])
  const [a, b] = scene.devices
  assert.ok(a && b)
  a.disk.writeFile(at('d/e/f'), 'old')
  await scene.agree()
  b.writeRules(['f'])
  await scene.pass(60_000)
  a.disk.remove(at('d'))
  a.hint('d')
  await scene.pass(60_000)
  assert.deepEqual(scene.folders()[0], {})
  assert.equal(b.disk.readText(at('d/e/f')), 'old')
  b.writeRules([])
  await scene.pass(60_000)
  await scene.agree()
  assert.deepEqual(scene.folders(), [{}, {}])
})

test('a link that was put in place just before a kill, and deleted elsewhere meanwhile, does not come back', async () => {
  let inTheMiddle = 0
  for (let calls = 72; calls < 90; calls += 2) {
    const scene = await Scene.make(['w', 'w'])
    const [a, b] = scene.devices
    assert.ok(a && b)
    a.disk.symlink(at('x'), 'target')
    a.hint('x')
    b.kill('killed', calls)
    await scene.pass(5000)
    if (!b.isUp && b.disk.stat(at('x'))) inTheMiddle += 1
    b.kill()
    a.disk.remove(at('x'))
    a.hint('x')
    b.setPlugged(false)
    await scene.pass(5000)
    await scene.during(b.start())
    // before it can look at its disk, it hears of it
    await scene.pass(5000)
    b.setPlugged(true)
    await scene.agree()
    assert.deepEqual(scene.folders(), [{}, {}], `after ${calls} calls`)
  }
  assert.ok(inTheMiddle > 0)
})

test('a file that was deleted, and is put back while it is ignored, is kept when nothing is ignored any more', async () => {
  const scene = await Scene.make(['w', 'w'])
  const [a, b] = scene.devices
  assert.ok(a && b)
  a.disk.writeFile(at('d/draft'), 'of a')
  await scene.agree()
  b.disk.rename(at('d/draft'), at('d/better name'))
  b.hint('d/draft')
  b.hint('d/better name')
  await scene.agree()
  b.writeRules(['draft'])
  await scene.pass(60_000)
  b.disk.rename(at('d/better name'), at('d/draft'))
  b.hint('d/better name')
  await scene.pass(60_000)
  b.writeRules([])
  await scene.pass(60_000)
  await scene.agree()
  for (const folder of scene.folders()) assert.deepEqual(folder, { d: null, 'd/draft': 'of a' })
})

test('a file made in the place of a folder gives way to what its writer ignored in that, and only readers have', async () => {
  for (const roles of [
    ['w', 'r'],
    ['w', 'w', 'r', 'r'],
  ] as const) {
    const scene = await Scene.make(roles)
    const writers = scene.devices.filter((_, i) => roles[i] === 'w')
    const readers = scene.devices.filter((_, i) => roles[i] === 'r')
    const [a] = writers
    assert.ok(a)
    a.disk.writeFile(at('d/e/draft'), 'of a')
    await scene.agree()
    for (const device of scene.devices) device.writeRules(['d'])
    await scene.pass(60_000)
    for (const device of writers) device.disk.remove(at('d'))
    a.disk.writeFile(at('d'), 'in its place')
    for (const device of writers) device.writeRules([])
    await scene.pass(60_000)
    for (const device of readers) device.writeRules([])
    await scene.pass(60_000)
    await scene.agree()
    for (const folder of scene.folders()) {
      assert.equal(folder['d/e/draft'], 'of a')
      const contents = Object.values(folder).filter((content) => content !== null)
      assert.deepEqual(contents.sort(), ['in its place', 'of a'])
    }
  }
})

test('a folder that could not go for long goes with what held it, in the same moment', async () => {
  // at some of them both come to the disk at once
  for (const chance of [13, 33, 54, 65]) {
    const scene = await Scene.make(['w', 'w', 'r'], chance)
    const [a, b, c] = scene.devices
    assert.ok(a && b && c)
    const writeMany = async (name: string, pauseMs: number) => {
      for (let i = 0; i < 9; i++) {
        a.disk.writeFile(at(`${name} ${i}`), `${i}`)
        a.hint(`${name} ${i}`)
        await scene.pass(scene.random.below(pauseMs))
      }
    }
    a.writeRules(['late'])
    a.disk.writeFile(at('d/early'), 'of a')
    await scene.agree()
    scene.network.cut(a.host, b.host)
    b.disk.writeFile(at('d/late'), 'of b')
    b.hint('d/late')
    await scene.pass(60_000)
    a.disk.remove(at('d'))
    a.hint('d')
    await scene.pass(60_000)
    await writeMany('new', 5)
    b.disk.remove(at('d'))
    b.hint('d')
    await writeMany('newer', 25)
    await scene.pass(60_000)
    scene.network.mendAll()
    await scene.pass(60_000)
    await scene.agree()
    assert.equal(c.disk.stat(at('d')), undefined, `at chance ${chance}`)
  }
})

test("a file that was put in place just before a kill, and replaced elsewhere meanwhile, is nobody else's", async () => {
  for (const role of ['r', 'w'] as const) {
    const scene = await Scene.make(['w', role])
    const [a, b] = scene.devices
    assert.ok(a && b)
    await scene.agree()
    a.disk.writeFile(at('f'), 'first')
    a.hint('f')
    while (!b.disk.stat(at('f'))) await scene.time.step(Number.MAX_SAFE_INTEGER)
    b.kill()
    a.disk.writeFile(at('f'), 'second')
    a.hint('f')
    await scene.pass(5000)
    // it hears of that before it looks at its folder, as it waits for these to be written
    b.writeRules(['nothing'])
    await scene.during(b.start())
    await scene.pass(60_000)
    await scene.agree()
    assert.deepEqual(a.disk.tree('/share'), { f: 'second' })
    assert.deepEqual(b.disk.tree('/share'), { '.syncignore': 'nothing', f: 'second' })
    assert.deepEqual(b.archived(), ['first'])
  }
})
