/** A reader's secret in the wrong hands: it lets nobody stop a device, nor fill its memory. */
import assert from 'node:assert/strict'
import { readFileSync, readdirSync, renameSync, truncateSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import test from 'node:test'
import { encodeFrame } from '../../appliance/sync/wire/frames.ts'
import { encodeMessage } from '../../appliance/sync/wire/messages.ts'
import type { RelPath } from '../../appliance/sync/model/rel-path.ts'
import type { WireEntry } from '../../appliance/sync/wire/peer-session.ts'
import { Homeseed } from '../support/homeseed.ts'
import { makeScratch, until } from '../support/scratch.ts'
import { noise } from './content.ts'
import { SHARE, makeWorld, secretOf } from './devices.ts'
import { HostilePeer } from './hostile-peer.ts'

const MIB = 1024 * 1024
const MAX_GROWTH_MIB = 300
const FILM_BYTES = 1200 * MIB

/** Resident memory now and at most so far. */
function memoryMib(pid: number): { readonly now: number; readonly most: number } {
  const status = readFileSync(`/proc/${pid}/status`, 'utf8')
  const read = (name: string) => Number(new RegExp(`${name}:\\s+(\\d+)`).exec(status)?.[1]) / 1024
  return { now: read('VmRSS'), most: read('VmHWM') }
}

function assertGrewLittle(pid: number, before: number): void {
  const { most } = memoryMib(pid)
  assert.ok(most - before < MAX_GROWTH_MIB, `memory grew from ${before.toFixed(0)} to ${most.toFixed(0)} MiB`)
}

test('a peer that announces files and answers no request keeps no other share waiting', async () => {
  await using world = await makeWorld('silent')
  const [a, b] = await Promise.all([world.start('anna'), world.start('ben')])
  await world.add(a)
  for (let i = 0; i < 300; i++) writeFileSync(join(a.folder, `file-${i}`), noise(5000, i))
  await a.homeseed.run('share', 'rescan', SHARE)
  const [other, copy] = [await world.scratch.folder('anna', 'other'), await world.scratch.folder('ben', 'other')]
  writeFileSync(join(other, 'elsewhere'), noise(5000, 1))
  await a.homeseed.run('share', 'add', other, '--name', 'other')
  const { secret: otherSecret } = await a.homeseed.json<{ secret: string }>('share', 'secret', 'other')
  await b.homeseed.run('share', 'join', otherSecret, copy, '--name', 'other')
  await world.join(b, a, 'read-write', [])
  const secret = await secretOf(a, 'read-only')
  const { id: shareId } = await a.homeseed.share(SHARE)
  // it learns the signed entries as any reader does
  using reader = await HostilePeer.dial({ address: a.homeseed.listen, secret, shareId })
  await until('it is told of all', () => reader.told.size === 300)
  const { identity } = reader
  const answer = () => new Promise<undefined>(() => {})
  {
    using silent = await HostilePeer.dial({ address: b.homeseed.listen, secret, shareId, identity, answer })
    const { writers } = reader
    await silent.session.sendIndex(shareId, [...reader.told.values()], { full: true, writers })
    await until('it is asked for files', () => silent.asked >= 16)
    await b.homeseed.run('host', 'add', SHARE, a.homeseed.listen)
    await until('the other share has come', () => readdirSync(copy).includes('elsewhere'))
    assert.equal(silent.closed, undefined)
  }
  // once it is gone; it would be sent away after a minute
  await b.homeseed.settled(SHARE)
})

test('sixty readers that ask for blocks and read no answer fill no memory, and keep no block from another', async () => {
  await using world = await makeWorld('lazy-readers')
  const a = await world.start('anna')
  await world.add(a)
  // nobody is to hear of it before it is as long as it gets
  const film = join(await world.scratch.folder('anna', 'unshared'), 'film')
  writeFileSync(film, '')
  truncateSync(film, FILM_BYTES)
  renameSync(film, join(a.folder, 'film'))
  await a.homeseed.run('share', 'rescan', SHARE)
  const secret = await secretOf(a, 'read-only')
  const { id: shareId } = await a.homeseed.share(SHARE)
  const { pid } = a.homeseed
  const before = memoryMib(pid).now
  const ask = (reader: HostilePeer, block: number) => {
    const { blockBytes, blocks } = reader.known('film').entry
    const hash = blocks.slice(block * 32, block * 32 + 32)
    return reader.session.request({
      folder: shareId,
      path: 'film' as RelPath,
      offset: block * blockBytes,
      sizeBytes: blockBytes,
      hash,
    })
  }
  await using readers = new AsyncDisposableStack()
  const dial = async (isReading?: () => boolean) => {
    const reader = readers.use(await HostilePeer.dial({ address: a.homeseed.listen, secret, shareId, isReading }))
    await until('it is told', () => reader.told.has('film'))
    assert.equal(reader.known('film').entry.sizeBytes, FILM_BYTES)
    return reader
  }
  for (let i = 0; i < 60; i++) {
    let isReading = true
    const lazy = await dial(() => isReading)
    isReading = false
    for (let block = 0; block < 64; block++) ask(lazy, block).catch(() => {})
  }
  const honest = await dial()
  for (let block = 0; block < 100; block++) assert.equal((await ask(honest, block))?.length, MIB)
  assertGrewLittle(pid, before)

  // there are only so many readers at a time; they keep out nobody who may write
  for (let i = 61; i < 64; i++) await dial()
  const refused = await HostilePeer.dial({ address: a.homeseed.listen, secret, shareId }).then(
    async (surplus) => {
      await until('one too many is sent away', () => surplus.closed !== undefined)
      return surplus.closed ?? ''
    },
    (error: Error) => error.message,
  )
  assert.match(refused, /too many devices are connected/)
  const writeSecret = await secretOf(a, 'read-write')
  using writer = await HostilePeer.dial({ address: a.homeseed.listen, secret: writeSecret, shareId })
  await until('a writer is told', () => writer.told.has('film'))
})

test('of readers that come once, tell the whole index and go, only the last hundred are remembered', async () => {
  await using world = await makeWorld('many-readers')
  const a = await world.start('anna')
  await world.add(a)
  writeFileSync(join(a.folder, 'file'), 'a file')
  await a.homeseed.run('share', 'rescan', SHARE)
  const secret = await secretOf(a, 'read-only')
  const { id: shareId } = await a.homeseed.share(SHARE)
  const peers = async () => (await a.homeseed.share(SHARE)).peers
  const known = async (device: string) => (await peers()).find((peer) => peer.device === device)
  using stays = await HostilePeer.dial({ address: a.homeseed.listen, secret, shareId })
  const first = await HostilePeer.dial({ address: a.homeseed.listen, secret, shareId })
  first[Symbol.dispose]()
  for (let i = 0; i < 102; i++) {
    using reader = await HostilePeer.dial({ address: a.homeseed.listen, secret, shareId, maxSequence: 1 })
    await until('it is told', () => reader.told.size === 1)
    await reader.session.sendIndex(shareId, [...reader.told.values()], { full: true, writers: reader.writers })
  }
  // the one that came last was not gone yet when others were counted
  assert.ok((await peers()).length <= 103, 'those that are gone, one more that was there, and one that stays')
  assert.equal(await known(first.device), undefined)
  assert.ok(await known(stays.device))
  const all = await a.homeseed.json<readonly unknown[]>('device', 'list')
  assert.ok(all.length <= 103, `${all.length} devices`)
})

test('index messages of the largest size, full of tiny entries, from three readers at once', async () => {
  await using scratch = await makeScratch('tiny-entries')
  // as node does by itself on a computer with 2 GiB
  const env = { NODE_OPTIONS: '--max-old-space-size=512' }
  await using homeseed = await Homeseed.start({ home: await scratch.folder('home'), name: 'anna', env })
  const folder = await scratch.folder('folder')
  writeFileSync(join(folder, 'file'), 'a file')
  await homeseed.run('share', 'add', folder, '--name', SHARE)
  const { secret } = await homeseed.json<{ secret: string }>('share', 'secret', SHARE, '--read-only')
  const { id: shareId } = await homeseed.share(SHARE)
  const address = homeseed.listen
  const readers = await Promise.all([1, 2, 3].map(() => HostilePeer.dial({ address, secret, shareId })))
  for (const reader of readers) await until('it is told', () => reader.told.size === 1)
  const { pid } = homeseed
  const before = memoryMib(pid).now
  // echoes of a signed entry first, so that there are pauses in which the others are read
  const [{ told }] = readers as [HostilePeer]
  const echoes: readonly WireEntry[] = Array.from({ length: 5000 }, () => [...told.values()]).flat()
  const { type, parts } = encodeMessage({ type: 'index', folder: shareId, entries: echoes, full: false })
  // FileInfo: 1 name "x", 6 deleted, 9 version of one counter, 10 sequence 1
  const tiny = Buffer.from([0x12, 15, 0x0a, 1, 0x78, 0x30, 1, 0x4a, 6, 0x0a, 4, 8, 1, 0x10, 1, 0x50, 1])
  const head = Buffer.concat(parts)
  const rest = Buffer.alloc(Math.floor((16 * MIB - head.length) / tiny.length) * tiny.length, tiny)
  const body = new Uint8Array(Buffer.concat([head, rest]))
  for (const { connection } of readers)
    void connection.write(encodeFrame({ type, parts: [body.slice()] })).catch(() => {})
  const isOver = () => !homeseed.isRunning || readers.every(({ closed }) => closed !== undefined)
  await until('they are sent away', isOver, { describe: () => homeseed.log })
  assert.ok(homeseed.isRunning, homeseed.log)
  for (const { closed } of readers) assert.match(closed ?? '', /unsigned from a device that is not linked/)
  assertGrewLittle(pid, before)
})
