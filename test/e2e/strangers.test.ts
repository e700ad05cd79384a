/** Who speaks another protocol, or none, is cut off; those who belong to the share notice nothing. */
import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { writeFileSync } from 'node:fs'
import { createServer as createHttpServer } from 'node:http'
import { connect, createServer } from 'node:net'
import type { AddressInfo, Server, Socket } from 'node:net'
import { join } from 'node:path'
import test from 'node:test'
import { connect as connectTls, createServer as createTlsServer } from 'node:tls'
import { makeCertificate } from '../../appliance/sync/wire/certificate.ts'
import { until } from '../support/scratch.ts'
import { treeOf } from '../support/trees.ts'
import { SHARE, assertSame, startTwo, untilInSync, untilSame } from './devices.ts'

const CUT_OFF_MS = 30_000

test('who speaks another protocol is cut off, and the share goes on', async (t) => {
  await using world = await startTwo('strangers')
  const { a, b } = world
  writeFileSync(join(a.folder, 'file'), 'what the share is about')
  const before = await assertSame(a, b)
  const [host = '', port = ''] = a.homeseed.listen.split(':')
  const pid = a.homeseed.pid
  const { key, certificate: cert } = await makeCertificate()
  const unharmed = async (name: string) => {
    assert.ok(a.homeseed.isRunning && a.homeseed.pid === pid, a.homeseed.log)
    assert.deepEqual(treeOf(a.folder).get('file'), before.get('file'))
    writeFileSync(join(b.folder, name), name)
    await untilSame(b, a)
  }
  const dial = (): Socket => connect(Number(port), host)
  const dialTls = (alpn: readonly string[]) =>
    connectTls({ host, port: Number(port), rejectUnauthorized: false, ALPNProtocols: [...alpn], key, cert })

  const talks: Readonly<Record<string, readonly Uint8Array[]>> = {
    'an HTTP request': [Buffer.from('GET / HTTP/1.1\r\nHost: homeseed\r\n\r\n')],
    'an SSH client': [Buffer.from('SSH-2.0-OpenSSH_9.2\r\n')],
    'random bytes': [randomBytes(64 * 1024)],
    'a TLS record with a lie about its length': [Buffer.from([0x16, 3, 1, 0xff, 0xff, 1, 0, 0xff, 0xff])],
    nothing: [],
  }
  for (const [name, parts] of Object.entries(talks)) {
    await t.test(`${name} on the port`, async () => {
      const socket = dial()
      for (const part of parts) socket.write(part)
      if (name === 'nothing') socket.end()
      await untilClosed(socket)
      await unharmed(name)
    })
  }

  await t.test('the log tells of them, in one line', () => {
    const lines = a.homeseed.log.split('\n').filter((line) => line.includes('it does not speak our protocol'))
    assert.deepEqual([lines.length, lines[0]?.includes('127.0.0.1')], [1, true], a.homeseed.log)
  })

  const inTls: Readonly<Record<string, readonly Uint8Array[]>> = {
    'an HTTP request': [Buffer.from('GET / HTTP/1.1\r\nHost: homeseed\r\n\r\n')],
    'random bytes': [randomBytes(64 * 1024)],
    'a hello with a lie about its length': [Buffer.from([0x2e, 0xa7, 0xd9, 0x0b, 0xff, 0xff])],
    'a hello that is no hello': [Buffer.from([0x2e, 0xa7, 0xd9, 0x0b, 0, 8]), randomBytes(8)],
    'a message of 500 MB after the hello': [
      Buffer.from([0x2e, 0xa7, 0xd9, 0x0b, 0, 3, 0x0a, 1, 0x78]),
      Buffer.from([0, 0, 0x1d, 0xcd, 0x65, 0]),
    ],
  }
  for (const [name, parts] of Object.entries(inTls)) {
    await t.test(`${name} inside TLS`, async () => {
      const socket = dialTls(['bep/1.0'])
      for (const part of parts) socket.write(part)
      await untilClosed(socket)
      await unharmed(`tls ${name}`)
    })
  }

  await t.test('TLS with a certificate, but for another protocol', async () => {
    await untilClosed(dialTls(['http/1.1']))
    await unharmed('alpn')
  })

  await t.test('a device that belongs to no share', async () => {
    const socket = dialTls(['bep/1.0'])
    // Hello with a name, then a ClusterConfig that claims the share
    const { id } = await a.homeseed.share(SHARE)
    socket.write(Buffer.from([0x2e, 0xa7, 0xd9, 0x0b, 0, 3, 0x0a, 1, 0x78]))
    const folder = Buffer.concat([Buffer.from([0x0a, id.length]), Buffer.from(id)])
    const config = Buffer.concat([Buffer.from([0x0a, folder.length]), folder])
    socket.write(Buffer.concat([Buffer.from([0, 0, 0, 0, 0, config.length]), config]))
    const received: Buffer[] = []
    socket.on('data', (bytes: Buffer) => received.push(bytes))
    await untilClosed(socket)
    const told = Buffer.concat(received).toString('latin1')
    assert.ok(!told.includes(SHARE) && !told.includes('file'), 'it learns nothing of what is in the share')
    assert.equal((await a.homeseed.share(SHARE)).peers.length, 1)
    await unharmed('stranger')
  })

  await t.test('hosts that speak another protocol', async () => {
    const servers = {
      http: createHttpServer((_request, response) => response.end('hello')),
      tls: createTlsServer({ key, cert }, (socket) => void socket.on('error', () => {}).end('hello')),
      silent: createServer((socket) => void socket.on('error', () => {})),
      garbage: createServer((socket) => void socket.on('error', () => {}).end(randomBytes(10_000))),
    }
    let reached = 0
    for (const server of Object.values<Server>(servers)) {
      server.once('connection', () => (reached += 1))
      await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
      await a.homeseed.run('host', 'add', SHARE, `127.0.0.1:${(server.address() as AddressInfo).port}`)
    }
    try {
      await until('all were called', () => reached === Object.keys(servers).length)
      await unharmed('hosts')
      await assertSame(b, a)
      await untilInSync(a)
      assert.equal((await a.homeseed.share(SHARE)).peers.length, 1)
      for (const name of ['http', 'tls', 'garbage'] as const) {
        const address = `127.0.0.1:${(servers[name].address() as AddressInfo).port}`
        await until(`the log tells of ${name}`, () => a.homeseed.log.includes(address), {
          describe: () => a.homeseed.log,
        })
      }
    } finally {
      for (const server of Object.values<Server>(servers)) {
        await a.homeseed.run('host', 'remove', SHARE, `127.0.0.1:${(server.address() as AddressInfo).port}`)
        server.close()
      }
    }
    assert.equal((await a.homeseed.json<string[]>('host', 'list', SHARE)).length, 0)
  })
})

function untilClosed(socket: Socket): Promise<void> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => {
      socket.destroy()
      reject(new Error(`not cut off within ${CUT_OFF_MS / 1000} s`))
    }, CUT_OFF_MS)
    socket.on('error', () => {}) // a reset is one way to be cut off
    socket.on('data', () => {})
    socket.once('close', () => {
      clearTimeout(timer)
      resolve()
    })
  })
}
