/** New secrets for a share: those who stay get theirs and nothing is sent again, those who are out learn nothing. */
import assert from 'node:assert/strict'
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import test from 'node:test'
import { deviceIdToText } from '../../appliance/sync/model/device-id.ts'
import { deviceIdentity } from '../../server/device-identity.ts'
import { until } from '../support/scratch.ts'
import { writeLarge } from './content.ts'
import { countBytes } from './count-bytes.ts'
import { SHARE, assertSame, makeWorld, secretOf, untilSame } from './devices.ts'
import type { Device } from './devices.ts'
import { HostilePeer } from './hostile-peer.ts'

const MIB = 1024 * 1024

interface Rotated {
  readonly id: string
  readonly before: string
  readonly secret: string
  readonly readOnlySecret: string
  readonly staying: readonly { readonly name: string; readonly access: string }[]
  readonly removed: readonly { readonly name: string }[]
  readonly oneTimeSecrets: number
}

const rotate = ({ homeseed }: Device, ...args: string[]) => homeseed.json<Rotated>('share', 'rotate', SHARE, ...args)
const untilItHas = ({ homeseed }: Device, id: string) =>
  until('it has the new secrets', async () => (await homeseed.share(SHARE)).id === id, {
    describe: () => homeseed.describe(),
  })
const namesOf = (devices: readonly { readonly name: string }[]) => devices.map(({ name }) => name).sort()

test('new secrets', async (t) => {
  await using world = await makeWorld('rotated')
  const [anna, ben, cora, dora] = await Promise.all(['anna', 'ben', 'cora', 'dora'].map((name) => world.start(name)))
  assert.ok(anna && ben && cora && dora)
  await world.add(anna)
  writeLarge(join(anna.folder, 'film'), 24 * MIB, 1)
  writeFileSync(join(anna.folder, 'note'), 'one')
  await using counter = await countBytes(anna.homeseed.listen)
  const readOnly = await secretOf(anna, 'read-only')
  await ben.homeseed.run('share', 'join', readOnly, ben.folder, '--name', SHARE, '--host', counter.address)
  await world.join(cora, anna, 'read-write', [anna, ben])
  await world.join(dora, anna, 'read-write', [anna, ben])
  await assertSame(anna, ben, cora, dora)
  const old = { readWrite: await secretOf(anna, 'read-write'), readOnly, id: (await anna.homeseed.share(SHARE)).id }
  await anna.homeseed.run('share', 'set', SHARE, 'archive-days=90')
  const { link } = await anna.homeseed.json<{ link: string }>('share', 'secret', SHARE, '--once')
  await dora.homeseed.stop()
  counter.take()
  let rotated!: Rotated

  await t.test('are not made without a device while two have its name', async () => {
    const other = deviceIdToText((await deviceIdentity(await world.scratch.folder('other'))).id)
    await anna.homeseed.run('device', 'add', other, '--name', 'cora', '--share', SHARE)
    const refused = await anna.homeseed.command('share', 'rotate', SHARE, '--without', 'cora')
    assert.deepEqual([refused.code, (await anna.homeseed.share(SHARE)).id], [1, old.id])
    assert.match(refused.stderr, /2 devices are called "cora"/)
    await anna.homeseed.run('device', 'remove', other)
  })

  await t.test('are told who gets them and who does not', async () => {
    rotated = await rotate(anna, '--without', 'cora')
    assert.deepEqual(namesOf(rotated.staying), ['ben', 'dora'])
    assert.deepEqual(namesOf(rotated.removed), ['cora'])
    assert.deepEqual([rotated.before, rotated.oneTimeSecrets], [old.id, 1])
    assert.notEqual(rotated.id, old.id)
    assert.equal(await secretOf(anna, 'read-write'), rotated.secret)
    assert.equal(readFileSync(join(anna.folder, '.homeseed/share'), 'utf8').trim(), rotated.id)
    assert.match(await anna.homeseed.run('share', 'set', SHARE), /archive-days +90/)
  })

  await t.test('go to those who stay, with the rights that they had, and no content is sent again', async (each) => {
    await untilItHas(ben, rotated.id)
    assert.equal(await secretOf(ben, 'read-only'), rotated.readOnlySecret)
    assert.equal((await ben.homeseed.share(SHARE)).access, 'read-only')
    writeFileSync(join(anna.folder, 'note'), 'two')
    await assertSame(anna, ben)
    const bytes = counter.take()
    assert.ok(bytes < MIB, `${bytes} bytes`)
    each.diagnostic(`${bytes} bytes for 24 MiB that are there`)
  })

  await t.test('and to who comes online later, which a reader cannot give a writer its own', async () => {
    await anna.homeseed.stop()
    await dora.homeseed.restart()
    writeFileSync(join(dora.folder, 'from dora'), 'made before she heard of it')
    await until('she is there', async () => (await dora.homeseed.share(SHARE)).state === 'in-sync')
    assert.equal((await dora.homeseed.share(SHARE)).id, old.id)
    await anna.homeseed.restart()
    await untilItHas(dora, rotated.id)
    assert.equal(await secretOf(dora, 'read-write'), rotated.secret)
    await assertSame(anna, ben, dora)
    assert.equal(readFileSync(join(ben.folder, 'from dora'), 'utf8'), 'made before she heard of it')
  })

  await t.test('who is out learns nothing, and keeps what there was', async () => {
    writeFileSync(join(anna.folder, 'secret plans'), 'for the party')
    await assertSame(anna, ben, dora)
    const its = await cora.homeseed.share(SHARE)
    assert.equal(its.id, old.id)
    assert.deepEqual(its.newSecrets, [])
    assert.ok(
      its.peers.every(({ connected }) => !connected),
      JSON.stringify(its.peers),
    )
    assert.ok(!existsSync(join(cora.folder, 'secret plans')))
    for (const { homeseed } of [anna, ben, dora]) {
      const peers = (await homeseed.share(SHARE)).peers
      assert.ok(!peers.some(({ name }) => name === 'cora'), JSON.stringify(peers))
    }
    for (const victim of [anna, ben])
      for (const identity of [undefined, await deviceIdentity(cora.homeseed.home)]) {
        using mallory = await HostilePeer.dial({
          address: victim.homeseed.listen,
          shareId: old.id,
          secret: old.readWrite,
          ...(identity && { identity }),
        })
        await until('it is sent away', () => mallory.closed !== undefined)
        assert.match(mallory.closed ?? '', /no share in common/)
        assert.deepEqual([mallory.folders, mallory.told.size], [[], 0])
      }
  })

  await t.test('old secrets join nothing any more', async () => {
    const eve = await world.start('eve')
    const used = await eve.homeseed.command('share', 'join', link, eve.folder, '--name', SHARE)
    assert.equal(used.code, 1)
    assert.match(used.stderr, /was taken back/)
    await eve.homeseed.run('share', 'join', old.readWrite, eve.folder, '--name', SHARE, '--host', anna.homeseed.listen)
    await until('she is sent away', () => /dial-failed.*no share in common/.test(eve.homeseed.log))
    assert.deepEqual((await eve.homeseed.share(SHARE)).peers, [])
    await eve.homeseed.run('share', 'remove', SHARE)
    await eve.homeseed.run('share', 'join', rotated.secret, eve.folder, '--name', SHARE, '--host', anna.homeseed.listen)
    await untilSame(anna, eve)
  })

  await t.test('a reader cannot make any', async () => {
    const refused = await ben.homeseed.command('share', 'rotate', SHARE)
    assert.equal(refused.code, 1)
    assert.match(refused.stderr, /may only read/)
    const stranger = await anna.homeseed.command('share', 'rotate', SHARE, '--without', 'cora')
    assert.equal(stranger.code, 1)
    assert.match(stranger.stderr, /cora/)
  })
})

test('new secrets that another device than the first has made are taken once the owner says so', async () => {
  await using world = await makeWorld('taken')
  const [anna, ben] = await Promise.all([world.start('anna'), world.start('ben')])
  await world.add(anna)
  writeFileSync(join(anna.folder, 'note'), 'one')
  await world.join(ben, anna)
  await assertSame(anna, ben)
  const { id } = await rotate(ben)
  await until('anna is asked', async () => (await anna.homeseed.share(SHARE)).newSecrets.length > 0, {
    describe: () => anna.homeseed.describe(),
  })
  assert.match(await anna.homeseed.run('share', 'show', SHARE), /ben \([A-Z2-7]{7}\) has new secrets for photos/)
  assert.match(await anna.homeseed.run('share', 'list'), /homeseed share take photos ben/)
  assert.notEqual((await anna.homeseed.share(SHARE)).id, id)
  await anna.homeseed.run('share', 'take', SHARE, 'ben')
  await untilItHas(anna, id)
  writeFileSync(join(anna.folder, 'note'), 'two')
  await assertSame(anna, ben)
  const again = await anna.homeseed.command('share', 'take', SHARE)
  assert.match(again.stderr, /no new secrets/)
})
