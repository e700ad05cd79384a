/** New secrets among simulated devices: who gets them, who does not, whoever is away, killed, or makes some at the same time. */
import assert from 'node:assert/strict'
import test from 'node:test'
import type { ShareStatus } from '../../appliance/sync/status.ts'
import { Scene, at } from './scene.ts'
import type { Role } from './scene.ts'
import type { SimDevice } from './sim-device.ts'

const SHARE = 'Family'
const MINUTE_MS = 60_000

const shareOf = ({ engine }: SimDevice): ShareStatus => {
  const [share, ...more] = engine.shares()
  assert.ok(share && more.length === 0)
  return share
}
const idOf = (device: SimDevice): string => shareOf(device).id

/** Devices that have the share from the first of them, with a file in it. */
async function sceneOf<const Roles extends readonly Role[]>(
  roles: Roles,
  seed?: number,
): Promise<{ scene: Scene; devices: { [Index in keyof Roles]: SimDevice } }> {
  const scene = await Scene.make([...roles.slice(0, 1)], seed)
  const [first] = scene.devices
  assert.ok(first)
  first.disk.writeFile(at('f'), 'one')
  for (const role of roles.slice(1)) {
    for (const other of scene.devices.slice(1)) other.kill()
    const device = scene.add()
    await scene.during(device.start())
    await scene.join(device, role)
    await scene.pass(MINUTE_MS)
    for (const other of scene.devices) if (!other.isUp) await scene.during(other.start())
  }
  await scene.agree()
  return { scene, devices: scene.devices as { [Index in keyof Roles]: SimDevice } }
}

async function edit(scene: Scene, device: SimDevice, path: string, content: string): Promise<void> {
  device.disk.writeFile(at(path), content)
  await scene.during(device.engine.rescan(SHARE))
}

test('who is away gets them later, also from who has but got them; nothing is fetched again', async () => {
  const { scene, devices } = await sceneOf(['w', 'w', 'r', 'w'])
  const [a, b, c, d] = devices
  const before = { id: idOf(a), readWrite: a.engine.secret(SHARE, 'read-write').secret }
  c.kill()
  d.kill()
  const placed = devices.map((device) => device.placed)
  const { id } = (await scene.during(a.engine.rotate(SHARE, []))) ?? { id: '' }
  assert.notEqual(id, before.id)
  await scene.agree()
  a.kill()
  await scene.pass(60 * MINUTE_MS)
  for (const device of [c, d]) await scene.during(device.start())
  await scene.pass(5 * MINUTE_MS)
  assert.deepEqual([b, c, d].map(idOf), [id, id, id])
  assert.equal(shareOf(c).access, 'read-only')
  assert.notEqual(d.engine.secret(SHARE, 'read-write').secret, before.readWrite)
  await scene.agree()
  assert.deepEqual(
    devices.map((device) => device.placed),
    placed,
  )
  await scene.during(a.start())
  await edit(scene, d, 'f', 'two')
  await scene.agree()
  for (const device of devices) assert.equal(device.read('f'), 'two')
})

test('a reader passes on what was signed anew, and nothing else', async () => {
  const { scene, devices } = await sceneOf(['w', 'r', 'r'])
  const [a, b, c] = devices
  c.kill()
  await edit(scene, a, 'g', 'of the family')
  await scene.agree()
  await scene.during(a.engine.rotate(SHARE, []))
  await scene.agree()
  a.kill()
  await scene.during(c.start())
  await scene.pass(5 * MINUTE_MS)
  assert.equal(idOf(c), idOf(b))
  await scene.agree()
  assert.equal(c.read('g'), 'of the family')
})

test('a removed writer reaches nobody, and nobody follows it', async () => {
  const { scene, devices } = await sceneOf(['w', 'w', 'w', 'r'])
  const [a, b, c, d] = devices
  c.kill()
  const report = await scene.during(a.engine.rotate(SHARE, ['b']))
  assert.deepEqual(
    report?.removed.map(({ name }) => name),
    ['b'],
  )
  await edit(scene, a, 'plans', 'without b')
  await scene.pass(5 * MINUTE_MS)
  assert.equal(idOf(d), idOf(a))
  assert.ok(shareOf(b).peers.every(({ connected }) => !connected))
  // it says that the secrets are others now, and c has not heard yet that they are
  a.kill()
  d.kill()
  await scene.during(b.engine.rotate(SHARE, []))
  await scene.during(c.start())
  await scene.pass(5 * MINUTE_MS)
  assert.deepEqual(
    shareOf(c).newSecrets.map(({ name }) => name),
    ['b'],
  )
  assert.notEqual(idOf(c), idOf(b))
  await scene.during(a.start())
  await scene.during(d.start())
  await scene.pass(5 * MINUTE_MS)
  assert.deepEqual([idOf(c), idOf(d)], [idOf(a), idOf(a)])
  assert.deepEqual(shareOf(c).newSecrets, [])
  b.disk.writeFile(at('from b'), 'nonsense')
  await scene.during(b.engine.rescan(SHARE))
  await scene.pass(5 * MINUTE_MS)
  for (const device of [a, c, d]) {
    assert.equal(device.read('plans'), 'without b')
    assert.equal(device.disk.stat(at('from b')), undefined)
    assert.deepEqual(
      shareOf(device).peers.filter(({ name }) => name === 'b'),
      [],
    )
    assert.deepEqual(shareOf(device).newSecrets, [])
  }
  assert.equal(b.disk.stat(at('plans')), undefined)
})

test('a device that was removed afterwards is told nothing, though it was to stay', async () => {
  const { scene, devices } = await sceneOf(['w', 'w'])
  const [a, b] = devices
  b.kill()
  await scene.during(a.engine.rotate(SHARE, []))
  await scene.during(a.engine.removeDevice('b'))
  await scene.during(b.start())
  await scene.pass(5 * MINUTE_MS)
  assert.notEqual(idOf(a), idOf(b))
  assert.deepEqual(shareOf(a).peers, [])
})

test('two who make some at the same time end in one share, at once or when one is asked', async () => {
  let asked = 0
  for (let seed = 1; seed <= 10; seed++) {
    const { scene, devices } = await sceneOf(['w', 'w', 'r'], seed)
    const [a, b, c] = devices
    for (const other of [a, c]) scene.network.cut(b.host, other.host)
    await scene.during(a.engine.rotate(SHARE, []))
    await scene.during(b.engine.rotate(SHARE, []))
    await edit(scene, a, 'a', 'from a')
    await edit(scene, b, 'b', 'from b')
    await scene.pass(MINUTE_MS)
    for (const other of [a, c]) scene.network.mend(b.host, other.host)
    await scene.pass(5 * MINUTE_MS)
    if (shareOf(a).newSecrets.length > 0) {
      asked += 1
      await scene.during(a.engine.takeSecrets(SHARE, undefined))
      await scene.pass(5 * MINUTE_MS)
    }
    assert.deepEqual(devices.map(idOf), [idOf(a), idOf(a), idOf(a)], `seed ${seed}`)
    await scene.agree()
    for (const device of devices) assert.deepEqual([device.read('a'), device.read('b')], ['from a', 'from b'])
  }
  assert.ok(asked > 0 && asked < 10, `asked in ${asked} of 10`)
})

/** Whether its share has new secrets, and what was signed with the old ones is still being cleared away. */
const isUnderWay = ({ index }: SimDevice): boolean =>
  index.database.sqlite.prepare('SELECT unfinished FROM shares').pluck().get() !== null

test('killed or cut off from power in the middle of it, a device goes on with the new ones', async () => {
  for (const [who, steps, death] of [
    ['maker', 0, 'power cut'],
    ['maker', 2, 'killed'],
    ['taker', 0, 'killed'],
    ['taker', 2, 'power cut'],
  ] as const) {
    const { scene, devices } = await sceneOf(['w', 'r'])
    const [a, b] = devices
    // more than are gone through in one go
    for (let file = 0; file < 900; file++) a.disk.writeFile(at(`f${file}`), `${file}`)
    await scene.during(a.engine.rescan(SHARE))
    await scene.agree()
    const victim = who === 'maker' ? a : b
    const before = idOf(a)
    a.engine.rotate(SHARE, []).catch(() => undefined)
    while (!isUnderWay(victim)) await scene.time.step(Number.MAX_SAFE_INTEGER)
    for (let step = 0; step < steps; step++) await scene.time.step(Number.MAX_SAFE_INTEGER)
    assert.ok(isUnderWay(victim))
    victim.kill(death)
    await scene.during(victim.start())
    assert.notEqual(idOf(victim), before)
    assert.ok(!isUnderWay(victim))
    await scene.pass(5 * MINUTE_MS)
    assert.equal(idOf(a), idOf(b))
    await edit(scene, a, 'f', 'two')
    await scene.agree()
    assert.equal(b.read('f'), 'two')
    assert.equal(a.read('.homeseed/share').trim(), idOf(a))
    const signatures = b.index.database.sqlite.prepare('SELECT count(*) FROM local_entries WHERE signature IS NULL')
    assert.equal(signatures.pluck().get(), 0, 'the reader has them all signed anew')
  }
})

test('while the disk is away, too: it is known again when it comes back', async () => {
  const { scene, devices } = await sceneOf(['w', 'w'])
  const [a, b] = devices
  for (const device of devices) device.setPlugged(false)
  await scene.pass(2 * MINUTE_MS)
  const report = await scene.during(a.engine.rotate(SHARE, []))
  await scene.pass(MINUTE_MS)
  assert.deepEqual(devices.map(idOf), [report?.id, report?.id])
  assert.equal(shareOf(a).state, 'disk-missing')
  await scene.during(a.engine.rotate(SHARE, []))
  for (const device of devices) device.setPlugged(true)
  await scene.pass(5 * MINUTE_MS)
  await edit(scene, b, 'f', 'two')
  await scene.agree()
  assert.equal(a.read('f'), 'two')
  assert.equal(a.read('.homeseed/share').trim(), idOf(a))
})

test('whatever people do meanwhile, and whoever is killed: all end in one share, with all that was written', async () => {
  for (let seed = 1; seed <= 10; seed++) {
    const { scene, devices } = await sceneOf(['w', 'w', 'r'], seed)
    const { random } = scene
    const [a, b] = devices
    const written = new Map<string, string>()
    for (let step = 0; step < 12; step++) {
      const device = random.chance(0.5) ? a : b
      const any = devices[random.below(3)] ?? a
      if (!any.isUp) await scene.during(any.start())
      else if (random.chance(0.2)) any.kill(random.chance(0.5) ? 'power cut' : 'killed')
      else if (device.isUp && random.chance(0.4)) void device.engine.rotate(SHARE, []).catch(() => undefined)
      else if (device.isUp) {
        const path = `of ${device.name} ${random.below(3)}`
        const content = `${seed} ${step}`
        device.disk.writeFile(at(path), content)
        device.hint(path)
        written.set(path, content)
      }
      await scene.pass(random.below(20_000))
    }
    for (const device of devices) if (!device.isUp) await scene.during(device.start())
    // whoever is asked says yes
    const isAnyAsked = () => devices.some((device) => shareOf(device).newSecrets.length > 0)
    await scene.pass(3 * MINUTE_MS)
    for (let round = 0; round < 8 && isAnyAsked(); round++) {
      for (const device of devices)
        for (const { device: issuer } of shareOf(device).newSecrets.slice(0, 1))
          await scene.during(device.engine.takeSecrets(SHARE, issuer))
      await scene.pass(3 * MINUTE_MS)
    }
    assert.equal(new Set(devices.map(idOf)).size, 1, `seed ${seed}: ${scene.trace.slice(-40).join('\n')}`)
    await scene.agree()
    for (const device of devices)
      for (const [path, content] of written) assert.equal(device.read(path), content, `seed ${seed}: ${path}`)
  }
})
