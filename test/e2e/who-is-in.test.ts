/** Who is in a share: each device with when it came and what it lacks, and new ones wait where their owner wants that. */
import assert from 'node:assert/strict'
import { readdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import test from 'node:test'
import { until } from '../support/scratch.ts'
import { HostilePeer } from './hostile-peer.ts'
import { SHARE, makeWorld, secretOf, untilSame } from './devices.ts'
import type { Device } from './devices.ts'

const peersOf = async ({ homeseed }: Device) => (await homeseed.share(SHARE)).peers

test('a share tells of each device when it came, where from, and what is missing there', async () => {
  await using world = await makeWorld('who')
  const [a, b] = await Promise.all([world.start('anna'), world.start('ben')])
  await world.add(a)
  writeFileSync(join(a.folder, 'one'), 'first')
  const beforeMs = Date.now() - 1
  await world.join(b, a)
  await untilSame(a, b)
  await until('ben has told that it has all', async () => (await peersOf(a))[0]?.missing?.files === 0)
  const [ben] = await peersOf(a)
  assert.ok(ben?.firstSeen && ben.lastSeen)
  assert.ok(Date.parse(ben.firstSeen) >= beforeMs && Date.parse(ben.lastSeen) >= Date.parse(ben.firstSeen))
  assert.deepEqual([ben.name, ben.waits, ben.missing], ['ben', false, { files: 0, bytes: 0 }])
  assert.match(a.homeseed.log, /device-new/)
  await b.homeseed.stop()
  writeFileSync(join(a.folder, 'two'), 'second!')
  const isCounted = async () => (await peersOf(a))[0]?.missing?.files === 1
  await until('what is missing there is counted', isCounted)
  const [gone] = await peersOf(a)
  assert.deepEqual([gone?.connected, gone?.missing, gone?.firstSeen], [false, { files: 1, bytes: 7 }, ben.firstSeen])
  assert.notEqual(gone?.address, '')
  assert.match(await a.homeseed.run('share', 'show', SHARE), /ben +last seen \d{4}-/)
  await a.homeseed.stop()
  await a.homeseed.restart()
  assert.equal((await peersOf(a))[0]?.firstSeen, ben.firstSeen)
})

test('where their owner wants it, new devices wait, and are told nothing until they are let in', async (t) => {
  await using world = await makeWorld('waits')
  const [a, b, c] = await Promise.all([world.start('anna'), world.start('ben'), world.start('cora')])
  await world.add(a)
  writeFileSync(join(a.folder, 'photo'), 'of the family')
  await a.homeseed.run('share', 'set', SHARE, 'approve=on')
  await world.join(b, a)
  const waits = async () => (await peersOf(a)).some(({ name, waits }) => name === 'ben' && waits)

  await t.test('it is told no name, no count, no size', async () => {
    await until('it is seen to wait', waits)
    assert.match(await a.homeseed.run('share', 'show', SHARE), /ben +waits to be let in/)
    const { id: shareId } = await a.homeseed.share(SHARE)
    using stranger = await HostilePeer.dial({
      address: a.homeseed.listen,
      secret: await secretOf(a, 'read-write'),
      shareId,
    })
    await until('it is sent away', () => stranger.closed !== undefined)
    assert.match(stranger.closed ?? '', /waits to be let in/)
    assert.deepEqual([stranger.folders, stranger.told.size], [[], 0])
    assert.deepEqual(
      readdirSync(b.folder).filter((name) => name !== '.homeseed'),
      [],
    )
    assert.deepEqual([(await b.homeseed.share(SHARE)).files, (await b.homeseed.share(SHARE)).needFiles], [0, 0])
  })

  await t.test('over a restart too', async () => {
    await a.homeseed.stop()
    await a.homeseed.restart()
    assert.ok(await waits())
  })

  await t.test('let in, it has all', async () => {
    await a.homeseed.run('device', 'approve', SHARE, 'ben')
    await untilSame(a, b)
    assert.equal(await waits(), false)
    assert.equal((await a.homeseed.command('device', 'approve', SHARE, 'ben')).code, 1)
  })

  await t.test('a one-time secret lets in who waits', async () => {
    const secret = await secretOf(a, 'read-write')
    await c.homeseed.run('share', 'join', secret, c.folder, '--name', SHARE, '--host', a.homeseed.listen)
    await until('cora waits', async () => (await peersOf(a)).some((peer) => peer.name === 'cora' && peer.waits))
    await c.homeseed.run('share', 'remove', SHARE)
    const { link } = await a.homeseed.json<{ link: string }>('share', 'secret', SHARE, '--once')
    await c.homeseed.run('share', 'join', link, c.folder)
    await untilSame(a, c)
  })

  await t.test('who was in before stays in', async () => {
    await a.homeseed.run('share', 'set', SHARE, 'approve=off')
    await a.homeseed.run('share', 'set', SHARE, 'approve=on')
    writeFileSync(join(b.folder, 'more'), 'of ben')
    await untilSame(a, b)
  })
})
