import assert from 'node:assert/strict'
import { once } from 'node:events'
import { connect as connectTcp, createServer } from 'node:net'
import type { AddressInfo, Socket } from 'node:net'
import { networkInterfaces } from 'node:os'
import { connect as connectTls } from 'node:tls'
import { after, test } from 'node:test'
import type { Connection } from '../../../appliance/sync/ports.ts'
import { deviceIdOf, makeCertificate } from '../../../appliance/sync/wire/certificate.ts'
import { dialer, listen } from '../../../appliance/sync/wire/tls.ts'
import type { Listener, TlsIdentity } from '../../../appliance/sync/wire/tls.ts'

async function newIdentity(): Promise<TlsIdentity> {
  const made = await makeCertificate()
  return { ...made, id: deviceIdOf(made.certificate) }
}
const [attic, barn] = await Promise.all([newIdentity(), newIdentity()])

/** A listener whose connections come out one by one. */
async function listening(address = '127.0.0.1:0') {
  const arrived: Connection[] = []
  const waiting: ((connection: Connection) => void)[] = []
  let onConnection: (connection: Connection) => unknown = () => undefined
  const listener = await listen(address, attic, (connection) => {
    const next = waiting.shift()
    if (next) next(connection)
    else arrived.push(connection)
    return onConnection(connection)
  })
  after(() => listener.close())
  const next = () => {
    const connection = arrived.shift()
    return connection ? Promise.resolve(connection) : new Promise<Connection>((resolve) => waiting.push(resolve))
  }
  return { listener, next, hold: (hold: typeof onConnection) => (onConnection = hold) }
}
const portOf = (listener: Listener) => Number(listener.address.split(':').at(-1))
const turn = () => new Promise((resolve) => setImmediate(resolve))
const closed = (connection: Connection) => new Promise<Error | undefined>((resolve) => connection.onClose(resolve))
const bytesFrom = (connection: Connection, length: number) =>
  new Promise<Buffer>((resolve) => {
    const chunks: Uint8Array[] = []
    connection.onData((chunk) => {
      chunks.push(chunk)
      if (Buffer.concat(chunks).length >= length) resolve(Buffer.concat(chunks))
    })
  })

const MIB = 1024 * 1024

test('both ends know each other, share a secret of this connection alone, and carry bytes both ways', async () => {
  const { listener, next } = await listening()
  const [mine, theirs] = await Promise.all([dialer(barn).dial(listener.address), next()])
  assert.deepEqual([mine.peerId, theirs.peerId], [attic.id, barn.id])
  assert.deepEqual([mine.dialled, theirs.dialled], [true, false])
  assert.equal(mine.address, listener.address)
  assert.match(theirs.address, /^127\.0\.0\.1:\d+$/)
  assert.deepEqual(mine.exporter, theirs.exporter)
  assert.equal(mine.exporter.length, 32)

  const [heard, answered] = [bytesFrom(theirs, 11), bytesFrom(mine, 300_000)]
  await mine.write([Buffer.from('hello '), Buffer.from('there')])
  await theirs.write([Buffer.alloc(300_000, 7)])
  assert.equal((await heard).toString(), 'hello there')
  assert.deepEqual(await answered, Buffer.alloc(300_000, 7))

  const [second] = await Promise.all([dialer(barn).dial(listener.address), next()])
  assert.notDeepEqual(second.exporter, mine.exporter)
  const ends = Promise.all([closed(mine), closed(theirs)])
  mine.close()
  second.close()
  assert.deepEqual(await ends, [undefined, undefined])
  await assert.rejects(mine.write([Buffer.from('x')]), /closed/)
})

test('what was written before a close still arrives', async () => {
  const { listener, next } = await listening()
  const [mine, theirs] = await Promise.all([dialer(barn).dial(listener.address), next()])
  const heard = bytesFrom(theirs, 2_000_003)
  const gone = closed(theirs)
  mine.write([Buffer.alloc(2_000_000), Buffer.from('end')]).catch(() => undefined)
  await theirs.write([Buffer.from('this is never read')])
  mine.close()
  assert.ok((await heard).subarray(-3).equals(Buffer.from('end')))
  assert.equal(await gone, undefined)
})

test('a peer that does not read makes the writer wait, and goes on when it does', async () => {
  const { listener, next } = await listening()
  const [mine, theirs] = await Promise.all([dialer(barn).dial(listener.address), next()])
  let release: () => void = () => undefined
  let isHeld = false
  let isOver = false
  const total = 64 * 1024 * 1024
  let received = 0
  const all = new Promise<void>((resolve) => {
    theirs.onData((chunk) => {
      assert.ok(!isHeld, 'nothing comes while the last bytes are handled')
      received += chunk.length
      if (received === total) resolve()
      if (isOver || received < 1_000_000) return
      isHeld = isOver = true
      return new Promise((go) => (release = () => ((isHeld = false), go())))
    })
  })
  let written = 0
  const writing = (async () => {
    for (; written < total; written += MIB) await mine.write([Buffer.alloc(MIB)])
  })()
  // without a pace, all writes would be done in one turn
  while (!isHeld) await turn()
  for (let turns = 0; turns < 100; turns++) await turn()
  assert.ok(written < total, 'the writer waits')
  release()
  await Promise.all([writing, all])
  mine.close()
})

test('writers that wait are told when the connection breaks', async () => {
  const { listener, next } = await listening()
  const [mine, theirs] = await Promise.all([dialer(barn).dial(listener.address), next()])
  theirs.onData(() => new Promise(() => undefined))
  const waiting = (async () => {
    for (;;) await mine.write([Buffer.alloc(1024 * 1024)])
  })()
  await Promise.all([
    assert.rejects(waiting),
    new Promise<void>((resolve) => setImmediate(() => resolve(theirs.close()))),
  ])
})

test('a handler that fails breaks the connection, not the program', async () => {
  for (const fail of [
    () => Promise.reject(new Error('no')),
    () => {
      throw new Error('no')
    },
  ]) {
    const { listener, next } = await listening()
    const [mine, theirs] = await Promise.all([dialer(barn).dial(listener.address), next()])
    theirs.onData(fail)
    const gone = closed(theirs)
    await mine.write([Buffer.from('x')])
    assert.equal((await gone)?.message, 'no')
  }
})

test('who hears of a close too late is still told', async () => {
  const { listener, next } = await listening()
  const [mine, theirs] = await Promise.all([dialer(barn).dial(listener.address), next()])
  const gone = closed(theirs)
  theirs.onData(() => undefined)
  mine.close()
  await gone
  assert.equal(await closed(theirs), undefined)
})

test('garbage, HTTP, half a handshake and a client without certificate do no harm', async () => {
  const { listener, next } = await listening()
  const port = portOf(listener)
  const strangers: Socket[] = []
  for (const bytes of ['GET / HTTP/1.1\r\nHost: x\r\n\r\n', '\u0016\u0003\u0001\u0002', '\0'.repeat(5000), '']) {
    const socket = connectTcp(port, '127.0.0.1')
    strangers.push(socket)
    socket.on('error', () => undefined)
    await once(socket, 'connect')
    socket.write(bytes)
  }
  strangers[0]?.resetAndDestroy()
  const nameless = connectTls({ port, host: '127.0.0.1', rejectUnauthorized: false, ALPNProtocols: ['bep/1.0'] })
  nameless.on('error', () => undefined)
  await once(nameless, 'close')
  const wrongProtocol = connectTls({
    port,
    host: '127.0.0.1',
    rejectUnauthorized: false,
    ALPNProtocols: ['h2'],
    key: barn.key,
    cert: barn.certificate,
  })
  const [refusal] = await once(wrongProtocol, 'error')
  assert.match(String(refusal), /no application protocol/i)
  const noProtocol = connectTls({
    port,
    host: '127.0.0.1',
    rejectUnauthorized: false,
    key: barn.key,
    cert: barn.certificate,
  })
  noProtocol.on('error', () => undefined)
  await once(noProtocol, 'close')
  const old = connectTls({
    port,
    host: '127.0.0.1',
    rejectUnauthorized: false,
    maxVersion: 'TLSv1.2',
    ALPNProtocols: ['bep/1.0'],
  })
  await once(old, 'error')

  const [mine] = await Promise.all([dialer(barn).dial(listener.address), next()])
  mine.close()
  for (const socket of strangers) socket.destroy()
})

test('a session cannot be taken up again without its certificate', async () => {
  const { listener } = await listening()
  const client = connectTls({
    port: portOf(listener),
    host: '127.0.0.1',
    rejectUnauthorized: false,
    ALPNProtocols: ['bep/1.0'],
    key: barn.key,
    cert: barn.certificate,
  })
  let tickets = 0
  client.on('session', () => tickets++)
  await once(client, 'secureConnect')
  const session = client.getSession()
  client.destroy()
  const again = connectTls({
    port: portOf(listener),
    host: '127.0.0.1',
    rejectUnauthorized: false,
    ALPNProtocols: ['bep/1.0'],
    key: barn.key,
    cert: barn.certificate,
    ...(session ? { session } : {}),
  })
  await once(again, 'secureConnect')
  assert.equal(again.isSessionReused(), false)
  again.destroy()
})

test('only so many strangers are let in at a time, and room is made as they are let in or go', async () => {
  const { listener, next, hold } = await listening()
  let letIn: () => void = () => undefined
  hold(() => new Promise<void>((resolve) => (letIn = resolve)))
  const silent = Array.from({ length: 63 }, () =>
    connectTcp(portOf(listener), '127.0.0.1').on('error', () => undefined),
  )
  await Promise.all(silent.map((socket) => once(socket, 'connect')))
  const [first] = await Promise.all([dialer(barn).dial(listener.address), next()]) // the 64th
  await assert.rejects(dialer(barn).dial(listener.address), /broke off|closed/)
  letIn()
  const [second] = await Promise.all([dialer(barn).dial(listener.address), next()])
  await assert.rejects(dialer(barn).dial(listener.address), /broke off|closed/)
  silent[0]?.destroy()
  const room = async (): Promise<Connection> => dialer(barn).dial(listener.address).catch(room)
  const [third] = await Promise.all([room(), next()])
  for (const connection of [first, second, third]) connection.close()
  for (const socket of silent) socket.destroy()
})

test('one address gets fewer strangers in than all together', async (t) => {
  const own = Object.values(networkInterfaces())
    .flat()
    .find((at) => at?.family === 'IPv4' && !at.internal)?.address
  if (own === undefined) return t.skip('this computer has no address but its own')
  const { listener, next } = await listening(`${own}:0`)
  const silent = Array.from({ length: 7 }, () => connectTcp(portOf(listener), own).on('error', () => undefined))
  await Promise.all(silent.map((socket) => once(socket, 'connect')))
  const [first] = await Promise.all([dialer(barn).dial(listener.address), next()])
  silent.push(connectTcp(portOf(listener), own))
  for (const socket of silent.slice(7)) await once(socket, 'connect')
  await assert.rejects(dialer(barn).dial(listener.address), /broke off|closed/)
  first.close()
  for (const socket of silent) socket.destroy()
})

test('a taken port, a bad address and an address of another device are told as such', async () => {
  const { listener } = await listening()
  const told = async (address: string) => {
    try {
      const other = await listen(address, attic, () => undefined)
      await other.close()
      return undefined
    } catch (error) {
      return error as Error & { code: string }
    }
  }
  const taken = await told(listener.address)
  assert.equal(taken?.code, 'port-in-use')
  assert.equal(taken?.message, `another program listens at ${listener.address} already`)
  assert.equal((await told('nowhere'))?.code, 'bad-address')
  assert.equal((await told('192.0.2.1:0'))?.code, 'bad-address')
  await listener.close()
  assert.equal(await told(listener.address), undefined)
})

test('a dial that leads nowhere says so in one line', async () => {
  const free = createServer().listen(0, '127.0.0.1')
  await once(free, 'listening')
  const { port } = free.address() as AddressInfo
  free.close()
  await once(free, 'close')
  const http = createServer((socket) =>
    socket.on('error', () => undefined).end('HTTP/1.1 400 Bad Request\r\n\r\n'),
  ).listen(0, '127.0.0.1')
  after(() => http.close())
  await once(http, 'listening')
  const httpPort = (http.address() as AddressInfo).port
  const reasons: [string, RegExp][] = [
    [`127.0.0.1:${port}`, new RegExp(`^nothing listens at 127.0.0.1:${port}$`)],
    [`127.0.0.1:${httpPort}`, new RegExp(`^127.0.0.1:${httpPort} does not speak our protocol$`)],
    ['no-such-host.invalid:22000', /^there is no host no-such-host.invalid:22000$/],
    ['x', /is no HOST:PORT/],
    [':5', /is no HOST:PORT/],
    ['h:70000', /is no HOST:PORT/],
  ]
  for (const [address, reason] of reasons)
    await assert.rejects(dialer(barn).dial(address), (error: Error) => {
      assert.match(error.message, reason)
      return true
    })
})

test('IPv6 works where there is any', async (t) => {
  const made = await listening('[::1]:0').catch(() => undefined)
  if (!made) return t.skip('no IPv6 here')
  const [mine, theirs] = await Promise.all([dialer(barn).dial(made.listener.address), made.next()])
  assert.match(theirs.address, /^\[::1\]:\d+$/)
  mine.close()
})
