/** One-time secrets among simulated devices: granted once, whoever comes, whatever the clocks show, whenever it is killed. */
import assert from 'node:assert/strict'
import test from 'node:test'
import { UserError } from '../../appliance/sync/status.ts'
import { at, Scene } from './scene.ts'
import type { SimDevice } from './sim-device.ts'
import { SHARE_FOLDER } from './sim-device.ts'

const SHARE = 'Family'
const MINUTE_MS = 60_000
const DAY_MS = 24 * 60 * MINUTE_MS

/** A device with a share, and others that have none yet. */
async function sceneWith(strangers: number, seed = 7): Promise<{ scene: Scene; a: SimDevice; others: SimDevice[] }> {
  const scene = await Scene.make(['w'], seed)
  const [a] = scene.devices
  assert.ok(a)
  a.disk.writeFile(at('f'), 'of the family')
  await scene.agree()
  const others = Array.from({ length: strangers }, () => scene.add())
  for (const other of others) await scene.during(other.start())
  return { scene, a, others }
}

/** @returns else why not */
async function redeem(scene: Scene, device: SimDevice, secret: string): Promise<string | undefined> {
  try {
    await scene.during(device.engine.joinShare({ secret, path: SHARE_FOLDER, hosts: ['a:22000'] }))
    return undefined
  } catch (error) {
    assert.ok(error instanceof UserError, String(error))
    return error.message
  }
}

test('the first device that brings it is in, with what it grants; the second is told that it was used', async () => {
  for (const access of ['read-write', 'read-only'] as const) {
    const { scene, a, others } = await sceneWith(2)
    const [b, c] = others
    assert.ok(b && c)
    const { secret, once, expires } = a.engine.oneTimeSecret(SHARE, access, DAY_MS)
    assert.ok(once && expires)
    assert.equal(await redeem(scene, b, secret), undefined)
    const share = b.engine.shares()[0]
    assert.deepEqual([share?.name, share?.access], [SHARE, access])
    await scene.agree()
    assert.equal(b.disk.readText(at('f')), 'of the family')
    assert.match((await redeem(scene, c, secret)) ?? '', /was used already/)
    assert.equal(c.engine.shares().length, 0)
    const [status] = a.engine.oneTimeSecrets(SHARE)
    assert.deepEqual([status?.state, status?.usedBy, status?.access], ['used', b.name, access])
  }
})

test('of two that bring it in the same moment, one is in', async () => {
  for (let seed = 1; seed <= 20; seed++) {
    const { scene, a, others } = await sceneWith(3, seed)
    const { secret } = a.engine.oneTimeSecret(SHARE, 'read-only', DAY_MS)
    const answers = await Promise.all(others.map((other) => redeem(scene, other, secret)))
    assert.equal(answers.filter((answer) => answer === undefined).length, 1, answers.join('\n'))
  }
})

test('it is over after its time, by the wall clock or by the time that the program has run', async () => {
  const { scene, a, others } = await sceneWith(1)
  const [b] = others
  assert.ok(b)
  const late = a.engine.oneTimeSecret(SHARE, 'read-write', DAY_MS).secret
  const inTime = a.engine.oneTimeSecret(SHARE, 'read-write', 2 * DAY_MS).secret
  await scene.pass(DAY_MS + MINUTE_MS)
  assert.match((await redeem(scene, b, late)) ?? '', /has expired/)
  assert.equal(await redeem(scene, b, inTime), undefined)
})

test('a clock that goes back makes none good for longer, one that jumps ahead ends it', async () => {
  for (const jumpMs of [-365 * DAY_MS, -DAY_MS, DAY_MS, 365 * DAY_MS]) {
    const { scene, a, others } = await sceneWith(1)
    const [b] = others
    assert.ok(b)
    const { secret } = a.engine.oneTimeSecret(SHARE, 'read-write', DAY_MS)
    await scene.pass(60 * MINUTE_MS)
    a.skewMs += jumpMs
    assert.match((await redeem(scene, b, secret)) ?? '', /has expired/, `${jumpMs} ms`)
  }
  const { scene, a, others } = await sceneWith(1)
  const [b] = others
  assert.ok(b)
  const { secret } = a.engine.oneTimeSecret(SHARE, 'read-write', DAY_MS)
  // back by as much as passes: the wall clock shows the same all the time
  for (let hours = 0; hours < 25; hours++) {
    await scene.pass(60 * MINUTE_MS)
    a.skewMs -= 4 * MINUTE_MS
    await scene.during(a.kill() ?? Promise.resolve())
    await scene.during(a.start())
  }
  assert.match((await redeem(scene, b, secret)) ?? '', /has expired/)
})

test('taken back, it is good no more; one that is over cannot be taken back', async () => {
  const { scene, a, others } = await sceneWith(1)
  const [b] = others
  assert.ok(b)
  const { secret } = a.engine.oneTimeSecret(SHARE, 'read-write', DAY_MS)
  const [status] = a.engine.oneTimeSecrets(SHARE)
  assert.equal(status?.state, 'open')
  a.engine.revokeOneTimeSecret(SHARE, status.id)
  assert.match((await redeem(scene, b, secret)) ?? '', /was taken back/)
  assert.throws(() => a.engine.revokeOneTimeSecret(SHARE, status.id), { code: 'one-time-over' })
  assert.throws(() => a.engine.revokeOneTimeSecret(SHARE, '99'), { code: 'no-such-one-time' })
})

test('killed at any moment of it, the device that made it grants it to nobody a second time', async () => {
  let granted = 0
  let burnt = 0
  for (let steps = 1; steps < 60; steps++) {
    const { scene, a, others } = await sceneWith(2)
    const [b, c] = others
    assert.ok(b && c)
    const { secret } = a.engine.oneTimeSecret(SHARE, 'read-write', DAY_MS)
    const first = b.engine.joinShare({ secret, path: SHARE_FOLDER, hosts: ['a:22000'] }).then(
      () => true,
      () => false,
    )
    for (let step = 0; step < steps; step++) await scene.time.step(Number.MAX_SAFE_INTEGER)
    a.kill()
    await scene.during(a.start())
    const isFirst = await scene.during(first)
    const isSecond = (await redeem(scene, c, secret)) === undefined
    assert.ok(!(isFirst && isSecond), `granted twice, after ${steps} steps`)
    granted += Number(isFirst) + Number(isSecond)
    burnt += Number(!isFirst && !isSecond)
  }
  assert.ok(granted > 10, `${granted} granted, ${burnt} burnt`)
})

test('a folder in which nothing of ours can be made uses nothing up', async () => {
  const { scene, a, others } = await sceneWith(1)
  const [b] = others
  assert.ok(b)
  const { secret } = a.engine.oneTimeSecret(SHARE, 'read-write', DAY_MS)
  const isOpen = () => a.engine.oneTimeSecrets(SHARE)[0]?.state === 'open'
  b.disk.writeFile(at('.homeseed'), 'somebody’s own')
  assert.match((await redeem(scene, b, secret)) ?? '', /is no folder: move it away/)
  assert.ok(isOpen())
  b.disk.remove(at('.homeseed'))
  b.disk.setCapacity(b.disk.totalBytes - b.disk.freeBytes)
  assert.match((await redeem(scene, b, secret)) ?? '', /full/)
  assert.ok(isOpen())
  assert.equal(b.disk.stat(at('.homeseed')), undefined, 'and leaves nothing')
  b.disk.setCapacity(2 ** 50)
  assert.equal(await redeem(scene, b, secret), undefined)
})

test('a share that is paused grants its one-time secrets: what was given away is kept', async () => {
  const { scene, a, others } = await sceneWith(1)
  const [b] = others
  assert.ok(b)
  const { secret } = a.engine.oneTimeSecret(SHARE, 'read-write', DAY_MS)
  await scene.during(a.engine.setPaused(SHARE, true))
  // pausing is about content; who was promised the share may be here for a moment only, and others may have it, too
  assert.equal(await redeem(scene, b, secret), undefined)
  await scene.pass(MINUTE_MS)
  assert.equal(b.disk.stat(at('f')), undefined, 'but nothing is sent')
  await scene.during(a.engine.setPaused(SHARE, false))
  await scene.agree()
  assert.equal(b.disk.readText(at('f')), 'of the family')
})

test('a folder that cannot be shared uses nothing up', async () => {
  const { scene, a, others } = await sceneWith(1)
  const [b] = others
  assert.ok(b)
  await scene.during(b.engine.addShare({ path: SHARE_FOLDER, name: 'own' }))
  const { secret } = a.engine.oneTimeSecret(SHARE, 'read-write', DAY_MS)
  assert.match((await redeem(scene, b, secret)) ?? '', /overlaps/)
  assert.equal(a.engine.oneTimeSecrets(SHARE)[0]?.state, 'open')
})
