import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { encodeFrame } from '../../../appliance/sync/wire/frames.ts'
import { encodeHello } from '../../../appliance/sync/wire/hello.ts'
import { encodeMessage } from '../../../appliance/sync/wire/messages.ts'
import type {
  BlockRequest,
  IndexPart,
  PeerHello,
  PeerSession,
  SessionEvents,
  WireEntry,
  WireFolder,
} from '../../../appliance/sync/wire/peer-session.ts'
import { openSession } from '../../../appliance/sync/wire/session.ts'
import { SharedMemory } from '../../../appliance/sync/wire/shared-memory.ts'
import { FakeClock, settled } from '../../support/fake-clock.ts'
import { pathOf, someFile } from './entries.ts'
import { FakeLog, connectionPair } from './fakes.ts'
import type { FakeConnection } from './fakes.ts'

const helloOf = (deviceName: string): PeerHello => ({
  deviceName,
  clientName: 'homeseed',
  clientVersion: '1',
  proofs: [new Uint8Array(96)],
})
const folders: readonly WireFolder[] = [
  { id: 'f', label: 'F', access: 'read-write', paused: false, devices: [], encrypted: false },
]
const wire: WireEntry = { entry: someFile, sequence: 5, invalid: false }
const request: BlockRequest = { folder: 'f', path: pathOf('a'), offset: 0, sizeBytes: 1000, hash: new Uint8Array(32) }
const block = new Uint8Array(1000).fill(7)

/** What one end was told, in order; its handlers do what the test says. */
class Ear implements SessionEvents {
  readonly heard: string[] = []
  readonly asked: BlockRequest[] = []
  readonly entries: WireEntry[] = []
  onConfig: () => void | Promise<void> = () => undefined
  onEntries: () => void | Promise<void> = () => undefined
  answer: (request: BlockRequest) => Promise<Uint8Array | undefined> = () => Promise.resolve(block)

  onClusterConfig(told: readonly WireFolder[]): void | Promise<void> {
    this.heard.push(`config ${told.map(({ id }) => id).join()}`)
    return this.onConfig()
  }
  onIndex(folder: string, { entries, full }: IndexPart): void | Promise<void> {
    this.heard.push(`${full ? 'index' : 'update'} ${folder} ${entries.length}`)
    this.entries.push(...entries)
    return this.onEntries()
  }
  onRequest(asked: BlockRequest): Promise<Uint8Array | undefined> {
    this.asked.push(asked)
    return this.answer(asked)
  }
  onClose(reason: string): void {
    this.heard.push(`closed: ${reason}`)
  }
}

interface End {
  readonly connection: FakeConnection
  readonly ear: Ear
  readonly session: PeerSession
}

async function openPair(options = {}) {
  const clock = new FakeClock()
  const log = new FakeLog()
  const open = async (connection: FakeConnection, name: string): Promise<End> => {
    const ear = new Ear()
    const session = await openSession(connection, { clock, log, hello: helloOf(name) }, ear)
    return { connection, ear, session }
  }
  const [dialler, listener] = connectionPair(options)
  const [a, b] = await Promise.all([open(dialler, 'Attic'), open(listener, 'Barn')])
  return { clock, log, a, b }
}

async function startPair(options = {}) {
  const pair = await openPair(options)
  await Promise.all([pair.a.session.sendClusterConfig(folders), pair.b.session.sendClusterConfig(folders)])
  await settled()
  for (const { ear } of [pair.a, pair.b]) ear.heard.length = 0
  return pair
}

test('two devices say hello, tell their folders and entries, and fetch a block from each other', async () => {
  const { a, b } = await openPair({ pieceBytes: 11 })
  assert.deepEqual(a.session.hello, helloOf('Barn'))
  assert.deepEqual(b.session.hello, helloOf('Attic'))
  await Promise.all([a.session.sendClusterConfig(folders), b.session.sendClusterConfig([])])
  await a.session.sendIndex('f', [wire], { full: true })
  await a.session.sendIndex('f', [wire, wire])
  assert.deepEqual(await Promise.all([a.session.request(request), b.session.request(request)]), [block, block])
  b.ear.answer = () => Promise.resolve(undefined)
  assert.equal(await a.session.request(request), undefined)
  assert.deepEqual(b.ear.heard, ['config f', 'index f 1', 'update f 2'])
  assert.deepEqual(a.ear.heard, ['config '])
  assert.deepEqual(b.ear.entries, [wire, wire, wire])
  assert.deepEqual(b.ear.asked, [request, request])

  a.session.close('good night')
  await settled()
  assert.deepEqual(a.ear.heard.slice(1), ['closed: good night'])
  assert.deepEqual(b.ear.heard.slice(3), ['closed: the peer closed the session: good night'])
  assert.ok(a.connection.isClosed && b.connection.isClosed)
})

test('nothing is handed over before this side has told its folders', async () => {
  const { a, b } = await openPair()
  await a.session.sendClusterConfig(folders)
  await a.session.sendIndex('f', [wire], { full: true })
  await settled()
  assert.deepEqual(b.ear.heard, [])
  await b.session.sendClusterConfig(folders)
  await settled()
  assert.deepEqual(b.ear.heard, ['config f', 'index f 1'])
})

test('the peer waits while an index is taken in, and its messages keep their order', async () => {
  const { a, b } = await startPair()
  const taken: (() => void)[] = []
  b.ear.onEntries = () => new Promise((resolve) => taken.push(resolve))
  for (let i = 1; i <= 3; i++) await a.session.sendIndex('f', Array(i).fill(wire))
  void a.session.request(request)
  for (let i = 1; i <= 3; i++) {
    await settled()
    assert.equal(b.ear.heard.length, i)
    assert.equal(b.ear.asked.length, 0)
    taken.pop()?.()
  }
  await settled()
  assert.deepEqual(b.ear.heard, ['update f 1', 'update f 2', 'update f 3'])
  assert.equal(b.ear.asked.length, 1)
})

test('a peer that takes its time makes the sender of an index wait', async () => {
  const { a, b } = await startPair({ bufferBytes: 1000 })
  let take: () => void = () => undefined
  b.ear.onEntries = () => new Promise((resolve) => (take = resolve))
  let sent = 0
  for (let i = 0; i < 20; i++) void a.session.sendIndex('f', Array(20).fill(wire)).then(() => sent++)
  await settled()
  assert.ok(sent <= 1)
  b.ear.onEntries = () => undefined
  take()
  await settled()
  await settled()
  assert.equal(sent, 20)
})

test('two devices that fetch thousands of blocks from each other at once never wait for ever', async () => {
  const { a, b } = await startPair({ bufferBytes: 500, pieceBytes: 4000 })
  let running = 0
  let most = 0
  for (const { ear } of [a, b]) {
    ear.answer = async () => {
      most = Math.max(most, ++running)
      await new Promise((resolve) => setImmediate(resolve))
      running--
      return block
    }
  }
  const all = [a, b].flatMap(({ session }) => Array.from({ length: 2000 }, () => session.request(request)))
  const answers = await Promise.all(all)
  assert.ok(answers.every((answer) => answer?.length === 1000))
  assert.ok(most <= 32, `${most} at a time`)
  assert.deepEqual([a.ear.heard, b.ear.heard], [[], []])
})

test('large blocks are found fewer at a time', async () => {
  const { a, b } = await startPair()
  let running = 0
  b.ear.answer = () => {
    running++
    return new Promise(() => undefined)
  }
  for (let i = 0; i < 20; i++)
    void a.session.request({ ...request, sizeBytes: 16 * 1024 * 1024 }).catch(() => undefined)
  await settled()
  assert.equal(running, 2)
})

test('a peer that asks without end is not read on, and goes on once answers are out', async () => {
  const { a, b } = await startPair()
  const held: (() => void)[] = []
  b.ear.answer = () => new Promise((resolve) => held.push(() => resolve(undefined)))
  const asks = (first: number, count: number) =>
    Array.from({ length: count }, (_, i) =>
      Buffer.concat(encodeFrame(encodeMessage({ type: 'request', id: first + i, request }))),
    )
  for (const bytes of asks(0, 3000)) void a.connection.write([bytes])
  void a.connection.write(encodeFrame(encodeMessage({ type: 'index', folder: 'f', entries: [wire], full: false })))
  await settled()
  assert.equal(b.ear.asked.length, 16)
  assert.deepEqual(b.ear.heard, []) // the index after them was not read yet
  const seen = new Promise<void>((resolve) => (b.ear.onEntries = resolve))
  b.ear.answer = () => Promise.resolve(undefined)
  for (const release of held) release()
  await seen
  await settled()
  assert.equal(b.ear.asked.length, 3000)
})

test('requests under way and later ones are rejected when the session ends, whatever ends it', async () => {
  const endings: [(end: End) => void, RegExp][] = [
    [({ session }) => session.close('enough'), /enough/],
    [({ connection }) => connection.break(), /the connection broke: cable cut/],
    [({ connection }) => connection.peer?.close(), /the peer closed the connection/],
  ]
  for (const [end, reason] of endings) {
    const { a, b } = await startPair()
    b.ear.answer = () => new Promise(() => undefined)
    const requests = Array.from({ length: 300 }, () => assert.rejects(a.session.request(request), reason))
    await settled()
    end(a)
    await Promise.all(requests)
    await settled()
    await assert.rejects(a.session.request(request), reason)
    await assert.rejects(a.session.sendIndex('f', [wire]), reason)
    await assert.rejects(a.session.sendClusterConfig([]), reason)
    a.session.close('again')
    await settled()
    assert.equal(a.ear.heard.length, 1)
    assert.equal(b.ear.heard.length, 1)
  }
})

test('a session that is over leaves no timer behind', async () => {
  const { clock, a } = await startPair()
  assert.equal(clock.pending, 4)
  a.session.close('bye')
  await settled()
  assert.equal(clock.pending, 0)
})

test('a handler that fails ends the session on both sides, with its message', async () => {
  const { a, b } = await startPair()
  b.ear.onEntries = () => Promise.reject(new Error('index of "f" is full'))
  await a.session.sendIndex('f', [wire])
  await settled()
  assert.deepEqual(b.ear.heard, ['update f 1', 'closed: index of "f" is full'])
  assert.deepEqual(a.ear.heard, ['closed: the peer closed the session: index of "f" is full'])

  const other = await startPair()
  other.b.ear.answer = () => Promise.reject(new Error('disk gone'))
  await assert.rejects(other.a.session.request(request), /disk gone/)

  const third = await openPair()
  third.b.ear.onConfig = () => {
    throw new Error('not with you')
  }
  await Promise.all([third.a.session.sendClusterConfig(folders), third.b.session.sendClusterConfig(folders)])
  await settled()
  assert.ok(third.a.ear.heard.includes('closed: the peer closed the session: not with you'))
})

test('a ping goes out after 90 s of silence, and silence of 300 s ends the session', async () => {
  const { clock, a, b } = await startPair()
  const sentBefore = a.connection.sent.length
  await clock.advance(60_000)
  await a.session.sendIndex('f', [wire])
  await clock.advance(89_000)
  assert.equal(a.connection.sent.length, sentBefore + 1)
  await clock.advance(1_000)
  assert.equal(a.connection.sent.length, sentBefore + 2)
  await clock.advance(3_600_000)
  assert.deepEqual(b.ear.heard, ['update f 1'], 'pings keep it alive')

  a.connection.peer = connectionPair()[1] // from here on, nothing arrives
  await clock.advance(300_000)
  await settled()
  assert.deepEqual(b.ear.heard.slice(1), ['closed: nothing was heard from the peer for five minutes'])
})

test('a peer that answers no request for a minute is closed, whatever else it says', async () => {
  const { clock, a, b } = await startPair()
  const held: (() => void)[] = []
  b.ear.answer = () => new Promise((resolve) => held.push(() => resolve(block)))
  const first = a.session.request(request)
  const others = Array.from({ length: 20 }, () => assert.rejects(a.session.request(request), /answered no request/))
  await settled()
  // slow, but it answers
  await clock.advance(59_000)
  held.shift()?.()
  assert.deepEqual(await first, block)
  await clock.advance(59_000)
  assert.deepEqual(a.ear.heard, [])
  await b.session.sendIndex('f', [wire])
  await settled()
  await clock.advance(1_000)
  await Promise.all(others)
  assert.deepEqual(a.ear.heard, ['update f 1', 'closed: the peer answered no request for a minute'])
})

test('a peer whose answer arrives bit by bit is not silent', async () => {
  const clock = new FakeClock()
  const [raw, connection] = connectionPair()
  const ear = new Ear()
  await raw.write([encodeHello(helloOf('Raw')), ...framesOf(config)])
  const session = await openSession(connection, { clock, log: new FakeLog(), hello: helloOf('Attic') }, ear)
  await session.sendClusterConfig(folders)
  await settled()
  const answer = session.request(request)
  const bytes = Buffer.concat(framesOf({ type: 'response', id: 0, data: block }))
  for (let at = 0; at < bytes.length; at += 100) {
    await clock.advance(50_000)
    await raw.write([bytes.subarray(at, at + 100)])
    await settled()
  }
  assert.deepEqual(await answer, block)
  await clock.advance(250_000)
  assert.deepEqual(ear.heard, ['config f'], 'who is asked nothing need not answer')
})

test('a peer is not silent while we take in what it told', async () => {
  const { clock, a, b } = await startPair()
  let take: () => void = () => undefined
  a.ear.onEntries = () => new Promise((resolve) => (take = resolve))
  await b.session.sendIndex('f', [wire])
  await settled()
  const answer = a.session.request(request)
  await clock.advance(600_000)
  take()
  assert.deepEqual(await answer, block)
  assert.deepEqual(a.ear.heard, ['update f 1'])
})

test('a large index is handed over part by part, and one part at a time whichever peer it comes from', async () => {
  const clock = new FakeClock()
  const shared = new SharedMemory(clock)
  const heard: string[] = []
  const held: (() => void)[] = []
  for (const name of ['x', 'y']) {
    const [raw, connection] = connectionPair()
    const ear = new Ear()
    ear.onIndex = (_folder, { entries, full, maxSequence, isMore }) => {
      heard.push(`${name} ${entries.length} ${full} ${maxSequence}${isMore ? ' …' : ''}`)
      return new Promise((resolve) => held.push(resolve))
    }
    await raw.write([encodeHello(helloOf(name)), ...framesOf(config)])
    const session = await openSession(connection, { clock, log: new FakeLog(), hello: helloOf('Attic'), shared }, ear)
    await session.sendClusterConfig(folders)
    const entries = Array.from({ length: 1500 }, (_, i) => ({ ...wire, sequence: i + 1 }))
    void raw.write(framesOf({ type: 'index', folder: 'f', entries, full: true }))
    await settled()
  }
  for (let part = 1; part <= 4; part++) {
    assert.equal(heard.length, part)
    held.shift()?.()
    await settled()
  }
  assert.deepEqual(heard, ['x 1000 true 1000 …', 'y 1000 true 1000 …', 'x 500 false 1500', 'y 500 false 1500'])
})

test('a peer is not silent while it waits for us', async () => {
  const { clock, a, b } = await startPair()
  let take: () => void = () => undefined
  b.ear.onEntries = () => new Promise((resolve) => (take = resolve))
  await a.session.sendIndex('f', [wire])
  await clock.advance(3_000_000)
  assert.deepEqual(b.ear.heard, ['update f 1'])
  take()
  await clock.advance(3_000_000)
  assert.deepEqual(b.ear.heard, ['update f 1'])
})

test('an index with many blocks goes out in several messages, only the first of which is the full one', async () => {
  const { a, b } = await startPair()
  const size = 2000 * 131_072
  const large = { ...wire, entry: { ...someFile, sizeBytes: size, blocks: new Uint8Array(2000 * 32) } }
  await a.session.sendIndex('f', Array(30).fill(large), { full: true })
  await a.session.sendIndex('g', [], { full: true })
  await a.session.sendIndex('g', [])
  await settled()
  assert.deepEqual(b.ear.heard, ['index f 10', 'update f 10', 'update f 10', 'index g 0'])
  assert.ok(a.connection.sent.every(({ length }) => length < 1.2 * 1024 * 1024))
})

test('an entry too large for any peer is left out and told, the others go on', async () => {
  const { log, a, b } = await startPair()
  const blocks = new Uint8Array(400_000 * 32)
  const huge = {
    ...wire,
    entry: { ...someFile, path: pathOf('disk.img'), blockBytes: 2 ** 24, sizeBytes: 400_000 * 2 ** 24, blocks },
  }
  await a.session.sendIndex('f', [huge, wire], { full: true })
  await a.session.sendIndex('f', [huge, wire])
  await settled()
  assert.deepEqual(b.ear.heard, ['index f 0', 'update f 1', 'update f 1'])
  assert.deepEqual(
    log.events.map(({ event }) => event),
    ['entry-too-large', 'entry-too-large'],
  )
})

test('entries that no disk here can name are left out and told', async () => {
  const { log, a, b } = await startPair()
  const long = { ...wire, entry: { ...someFile, path: 'ñ'.repeat(200) as typeof someFile.path } }
  await a.session.sendIndex('f', [long, wire])
  await settled()
  assert.deepEqual(b.ear.heard, ['update f 1'])
  assert.deepEqual(
    log.events.map(({ event }) => event),
    ['entries-left-out'],
  )
})

/** A peer that writes raw bytes, after a proper hello. */
async function openToRaw() {
  const clock = new FakeClock()
  const [raw, connection] = connectionPair()
  const ear = new Ear()
  await raw.write([encodeHello(helloOf('Raw'))])
  const session = await openSession(connection, { clock, log: new FakeLog(), hello: helloOf('Attic') }, ear)
  await session.sendClusterConfig(folders)
  return { raw, ear, session }
}
const framesOf = (...messages: Parameters<typeof encodeMessage>[0][]) =>
  messages.flatMap((message) => encodeFrame(encodeMessage(message)))
const config = { type: 'cluster-config', folders } as const

test('nonsense ends the session with one reason, told to both sides', async () => {
  const nonsense: [Uint8Array[], RegExp][] = [
    [framesOf({ type: 'index', folder: 'f', entries: [], full: true }), /the peer began with a message of type 1/],
    [framesOf({ type: 'ping' }), /the peer began with a message of type 6/],
    [
      framesOf(config, { type: 'response', id: 4, data: block }),
      /a message of type 4 with 1005 bytes|answered a request that nobody made/,
    ],
    [framesOf(config, { type: 'response', id: 4, data: undefined }), /answered a request that nobody made/],
    [[...framesOf(config), Buffer.from('ffff', 'hex')], /a header of 65535 bytes is too long/],
    [[Buffer.from('000208017fffffff', 'hex')], /a message of type 1 with 2147483647 bytes is too long/],
    [[...framesOf(config), Buffer.from('0002080100000002ffff', 'hex')], /a message ends in the middle/],
    [
      [...framesOf(config), Buffer.from('00040801100100000005ffffffff00', 'hex')],
      /compressed data would become 4294967295 bytes/,
    ],
  ]
  for (const [bytes, reason] of nonsense) {
    const { raw, ear } = await openToRaw()
    raw.write(bytes).catch(() => undefined)
    await settled()
    assert.match(ear.heard.at(-1) ?? '', reason)
    assert.match(Buffer.concat(raw.peer?.sent ?? []).toString(), reason)
    assert.ok(raw.isClosed)
  }
})

test('a block larger than asked for ends the session before its memory is set aside', async () => {
  const { raw, ear, session } = await openToRaw()
  await raw.write(framesOf(config))
  await settled()
  const answer = assert.rejects(session.request({ ...request, sizeBytes: 10 }))
  await raw.write(framesOf({ type: 'response', id: 0, data: new Uint8Array(11) }))
  await answer
  assert.match(ear.heard.at(-1) ?? '', /sent 11 bytes where 10 were asked for/)

  const other = await openToRaw()
  await other.raw.write(framesOf(config))
  await settled()
  const rejected = assert.rejects(other.session.request({ ...request, sizeBytes: 10 }))
  await other.raw.write([Buffer.from('0002080400ffffff', 'hex')])
  await rejected
  assert.match(other.ear.heard.at(-1) ?? '', /a message of type 4 with 16777215 bytes is too long/)
})

test('compressed messages, pings, progress and messages of a later protocol are no trouble', async () => {
  const { raw, ear } = await openToRaw()
  const index = encodeMessage({ type: 'index', folder: 'f', entries: [], full: true }).parts[0] ?? block
  const lz4 = Buffer.concat([Buffer.from([0, 0, 0, index.length, index.length << 4]), index])
  await raw.write([
    ...framesOf(config, { type: 'ping' }),
    ...encodeFrame({ type: 5, parts: [block] }),
    ...encodeFrame({ type: 99, parts: [block] }),
    Buffer.from([0, 4, 8, 1, 16, 1, 0, 0, 0, lz4.length]),
    lz4,
  ])
  await settled()
  assert.deepEqual(ear.heard, ['config f', 'index f 0'])
})

test('the block of an empty file is had without asking for it', async () => {
  const { raw, ear } = await openToRaw()
  await raw.write(framesOf(config, { type: 'request', id: 3, request: { ...request, sizeBytes: 0 } }))
  await settled()
  assert.deepEqual(ear.asked, [])
  const answer = Buffer.concat(raw.peer?.sent ?? []).subarray(-12)
  assert.equal(answer.toString('hex'), '00020804' + '00000004' + '08031200')
})

test('whatever bytes come, the session goes on or ends; it never throws', () =>
  fc.assert(
    fc.asyncProperty(
      fc.array(fc.uint8Array({ maxLength: 60 }), { maxLength: 6 }),
      fc.boolean(),
      async (chunks, configured) => {
        const { raw, ear } = await openToRaw()
        if (configured) await raw.write(framesOf(config))
        for (const chunk of chunks) await raw.write([chunk]).catch(() => undefined)
        await settled()
        assert.ok(ear.heard.filter((heard) => heard.startsWith('closed')).length <= 1)
      },
    ),
    { numRuns: 200 },
  ))

test('what does not say hello is refused with one line that says why', async () => {
  const first: [Uint8Array | undefined, RegExp][] = [
    [Buffer.from('GET / HTTP/1.1\r\n'), /the peer speaks another protocol/],
    [Buffer.from('9f79bc400000', 'hex'), /a Syncthing that is too old/],
    [Buffer.from('2ea7d90b8000', 'hex'), /the hello of the peer is too long/],
    [Buffer.from('2ea7d90b00020aff', 'hex'), /the hello of the peer is none: a message ends/],
    [undefined, /did not say hello in time/],
  ]
  for (const [bytes, reason] of first) {
    const clock = new FakeClock()
    const [raw, connection] = connectionPair({ pieceBytes: 1 })
    const ear = new Ear()
    const opened = assert.rejects(
      openSession(connection, { clock, log: new FakeLog(), hello: helloOf('Attic') }, ear),
      reason,
    )
    if (bytes) await raw.write([bytes]).catch(() => undefined)
    else await clock.advance(10_000)
    await opened
    await settled()
    assert.ok(connection.isClosed)
    assert.deepEqual(ear.heard, [])
    assert.equal(clock.pending, 0)
  }
})

test('a connection that closes before the hello is told as such', async () => {
  for (const [end, reason] of [
    ['close', /the peer closed the connection/],
    ['break', /the connection broke: cable cut/],
  ] as const) {
    const [raw, connection] = connectionPair()
    const opened = assert.rejects(
      openSession(connection, { clock: new FakeClock(), log: new FakeLog(), hello: helloOf('A') }, new Ear()),
      reason,
    )
    raw[end]()
    await opened
  }
})
