import assert from 'node:assert/strict'
import { test } from 'node:test'
import { LiveHub } from '../../server/live/hub.ts'
import { eventText } from '../../server/live/topic.ts'
import { FakeClock } from '../support/fake-clock.ts'
import { MemorySyncService, peer } from '../support/memory-sync-service.ts'
import { testPanel } from './panel-fixture.ts'

const secondMs = 1000

/** Reads what a stream has sent so far. */
function reader(stream: ReadableStream<Uint8Array>) {
  const chunks = stream.getReader()
  const decoder = new TextDecoder()
  let pending: ReturnType<typeof chunks.read> | undefined
  return {
    /** undefined once the stream has ended; '' when there is nothing yet */
    async next(): Promise<string | undefined> {
      pending ??= chunks.read()
      const nothing = new Promise<undefined>((resolve) => setImmediate(() => resolve(undefined)))
      const read = await Promise.race([pending, nothing])
      if (!read) return ''
      pending = undefined
      return read.done ? undefined : decoder.decode(read.value)
    },
    cancel: () => chunks.cancel(),
  }
}

function hub() {
  const clock = new FakeClock()
  const listeners = new Set<() => void>()
  let text = 'zero'
  let told = text
  let rendered = 0
  const live = new LiveHub(clock, (listener) => {
    listeners.add(listener)
    return () => listeners.delete(listener)
  })
  const topic = () => ({
    snapshot: () => {
      told = text
      return eventText(`all: ${text}`)
    },
    changes: () => {
      rendered += 1
      if (text === told) return undefined
      told = text
      return eventText(text)
    },
  })
  const open = (session = 'a', isStillSignedIn = () => true) =>
    reader(live.open({ key: 'k', topic, session, isStillSignedIn }))
  const change = (next: string) => {
    text = next
    for (const listener of listeners) listener()
  }
  return { clock, live, open, change, listeners, rendered: () => rendered }
}

test('who comes gets everything at once, then what changes, at most once a second', async () => {
  const { clock, open, change } = hub()
  const client = open()
  assert.equal(await client.next(), 'data: all: zero\n\n')
  change('one')
  await clock.advance(0)
  assert.equal(await client.next(), 'data: one\n\n', 'the first change at once')
  change('two')
  await clock.advance(secondMs - 1)
  assert.equal(await client.next(), '', 'the next not before its second is over')
  change('three')
  await clock.advance(1)
  assert.equal(await client.next(), 'data: three\n\n', 'and then only the last of several')
})

test('a change that shows nowhere is not sent', async () => {
  const { clock, open, change } = hub()
  const client = open()
  await client.next()
  change('zero')
  await clock.advance(secondMs)
  assert.equal(await client.next(), '')
})

test('one rendering serves all that look at the same', async () => {
  const { clock, open, change, rendered } = hub()
  const clients = [open('a'), open('b'), open('c')]
  for (const client of clients) await client.next()
  change('one')
  await clock.advance(0)
  for (const client of clients) assert.equal(await client.next(), 'data: one\n\n')
  assert.equal(rendered(), 1)
})

test('without anybody who listens it neither listens, ticks nor renders', async () => {
  const { clock, open, change, listeners, rendered } = hub()
  assert.equal(listeners.size, 0)
  assert.equal(clock.pending, 0)
  const client = open()
  assert.equal(listeners.size, 1)
  await client.cancel()
  assert.equal(listeners.size, 0)
  assert.equal(clock.pending, 0)
  change('one')
  await clock.advance(60 * secondMs)
  assert.equal(rendered(), 0)
})

test('the fifth stream of a browser ends its first, which is told not to come back', async () => {
  const { open, live } = hub()
  const clients = Array.from({ length: 5 }, () => open('a'))
  for (const client of clients) await client.next()
  assert.match((await clients[0]?.next()) ?? '', /^event: moved\n/)
  assert.equal(await clients[0]?.next(), undefined)
  assert.equal(live.size, 4)
})

test('there are at most 32 streams in all', async () => {
  const { open, live } = hub()
  const first = open('first')
  await first.next()
  for (let i = 0; i < 40; i += 1) open(`session ${i}`)
  assert.equal(live.size, 32)
  assert.match((await first.next()) ?? '', /^event: moved\n/)
})

test('a sign of life every quarter of a minute; with the sign-in the stream ends', async () => {
  const { clock, open } = hub()
  let isSignedIn = true
  const client = open('a', () => isSignedIn)
  await client.next()
  await clock.advance(15 * secondMs)
  assert.equal(await client.next(), ': hb\n\n')
  isSignedIn = false
  await clock.advance(15 * secondMs)
  assert.match((await client.next()) ?? '', /^event: signed-out\n/)
  assert.equal(await client.next(), undefined)
})

test('a client that reads too slowly misses changes, and gets all of it once it has caught up', async () => {
  const { clock, open, change } = hub()
  const client = open()
  const long = 'x'.repeat(20_000)
  for (let i = 0; i < 10; i += 1) {
    change(`${i} ${long}`)
    await clock.advance(secondMs)
  }
  const texts: string[] = []
  for (let text = await client.next(); text; text = await client.next()) texts.push(text)
  assert.ok(texts.length <= 6, `${texts.length} messages`)
  assert.match(texts.at(-1) ?? '', /^data: all: 9 /)
})

test('closing ends every stream', async () => {
  const { open, live, clock } = hub()
  const client = open()
  await client.next()
  live.close()
  assert.equal(await client.next(), undefined)
  assert.equal(clock.pending, 0)
  assert.equal(await open().next(), undefined, 'and opens no new one')
})

async function page(wanted: string) {
  const panel = testPanel()
  const cookie = await panel.claim()
  const share = await panel.sync.addShare({ path: '/srv/photos', name: 'Photos' })
  const answer = await panel.ask(`/live?v=${encodeURIComponent(wanted.replace('ID', share.id))}`, { cookie })
  assert.equal(answer.headers.get('content-type'), 'text/event-stream')
  assert.equal(answer.headers.get('content-encoding'), null)
  return { ...panel, cookie, share, stream: reader(answer.body as ReadableStream<Uint8Array>) }
}

test('the list of shares comes whole, then only the card that changed', async () => {
  const { stream, sync, share, clock } = await page('home')
  const other = await sync.addShare({ path: '/srv/music', name: 'Music' })
  await clock.advance(secondMs)
  const first = (await stream.next()) ?? ''
  assert.match(first, /<hx-partial hx-target="#shares" hx-swap="outerMorph">/)
  assert.match(first, /<hx-partial hx-target="#status"/)
  const added = (await stream.next()) ?? ''
  assert.match(added, /hx-target="#shares"/, 'a new share changes the list')
  assert.match(added, /hx-target="#say"[^>]*>.*Music was added\./)
  sync.set(share.id, {
    state: 'syncing',
    needFiles: 2,
    needBytes: 5e8,
    progress: 0.5,
    rateIn: 1e7,
    etaSeconds: 50,
    peers: [peer('laptop')],
  })
  await clock.advance(secondMs)
  const moved = (await stream.next()) ?? ''
  assert.match(moved, new RegExp(`hx-target="#s-${share.id}"`))
  assert.match(moved.replace(/<[^>]*>/g, ''), /50 % · 500 MB left · 10 MB\/s · about 50 s/)
  assert.match(moved, /data-title="50 % · homeseed"/)
  assert.doesNotMatch(
    moved,
    new RegExp(`#s-${other.id}|hx-target="#shares"|#say`),
    'nothing else, and progress is not said aloud',
  )
  sync.set(share.id, { state: 'in-sync', needFiles: 0, needBytes: 0, progress: 1 })
  await clock.advance(secondMs)
  assert.match((await stream.next()) ?? '', /Photos is up to date\./)
})

test('each message is one event of whole lines', async () => {
  const { stream } = await page('home')
  const text = (await stream.next()) ?? ''
  assert.match(text, /^data: [^\n]*\n\n$/)
})

test("a share's page moves; when the share is gone its stream says so and ends", async () => {
  const { stream, sync, share, clock } = await page('share:ID')
  assert.match((await stream.next()) ?? '', /#share-status.*#share-transfers.*#share-problems.*#share-devices/s)
  sync.set(share.id, {
    state: 'syncing',
    needBytes: 10,
    needFiles: 1,
    progress: 0,
    transfers: [{ path: 'a/b.jpg', sizeBytes: 10, doneBytes: 5 }],
    peers: [peer('x')],
  })
  await clock.advance(secondMs)
  assert.match((await stream.next()) ?? '', /a\/b\.jpg/)
  await sync.removeShare(share.id)
  await clock.advance(secondMs)
  assert.match((await stream.next()) ?? '', /^event: gone\n/)
  assert.equal(await stream.next(), undefined)
})

test('a stream of nothing is refused', async () => {
  const { ask, cookie } = await page('home')
  assert.equal((await ask('/live?v=everything', { cookie })).status, 404)
  assert.equal((await ask('/live?v=share:nothing', { cookie })).status, 404)
  assert.equal((await ask('/live?v=home')).status, 401)
})

test('the API tells its events as whole JSON documents', async () => {
  const { ask, cookie, sync, clock } = await page('home')
  const stream = reader((await ask('/api/v1/events', { cookie })).body as ReadableStream<Uint8Array>)
  const first = (await stream.next()) ?? ''
  assert.match(first, /^event: status\ndata: \{/)
  assert.equal(JSON.parse(first.slice(first.indexOf('{'))).shares[0].etaSeconds, null)
  await sync.addShare({ path: '/srv/music' })
  await clock.advance(secondMs)
  const second = (await stream.next()) ?? ''
  assert.equal(JSON.parse(second.slice(second.indexOf('{'))).shares.length, 2)
})

test('two languages on the same page are told apart', async () => {
  const { ask, cookie } = await page('home')
  const spanish = await ask('/live?v=home', { cookie: `${cookie}; homeseed-language=es` })
  assert.match(
    (await reader(spanish.body as ReadableStream<Uint8Array>).next()) ?? '',
    /Todavía no hay archivos|En espera/,
  )
})

test('the memory service tells its listeners and forgets them', () => {
  const sync = new MemorySyncService()
  const stop = sync.onChange(() => {})
  assert.equal(sync.listeners, 1)
  stop()
  assert.equal(sync.listeners, 0)
})
