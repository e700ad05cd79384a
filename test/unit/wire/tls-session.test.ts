/** The parts together: two devices over real TLS prove a share to each other, and fetch blocks. */
import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { after, test } from 'node:test'
import type { RelPath } from '../../../appliance/sync/model/rel-path.ts'
import type { Connection } from '../../../appliance/sync/ports.ts'
import { deviceIdOf, makeCertificate } from '../../../appliance/sync/wire/certificate.ts'
import type { SessionEvents } from '../../../appliance/sync/wire/peer-session.ts'
import { openSession } from '../../../appliance/sync/wire/session.ts'
import { checkProofs, makeProofs } from '../../../appliance/sync/wire/share-proof.ts'
import { secretOf } from '../../../appliance/sync/model/share-keys.ts'
import { newShareSecret, openShareKeys } from '../../../appliance/sync/wire/share-signatures.ts'
import { dialer, listen } from '../../../appliance/sync/wire/tls.ts'
import { FakeClock } from '../../support/fake-clock.ts'
import { FakeLog } from './fakes.ts'
import { deviceOf } from './device.ts'

const random = { bytes: (length: number) => new Uint8Array(randomBytes(length)) }
const writer = openShareKeys(newShareSecret(random), deviceOf(1))
const readerSecret = secretOf(writer, 'read-only')
assert.ok(readerSecret)
const reader = openShareKeys(readerSecret, deviceOf(2))

async function newIdentity() {
  const made = await makeCertificate()
  return { ...made, id: deviceIdOf(made.certificate) }
}

test('two devices prove a share to each other over TLS, and fetch blocks of any size', async () => {
  const MIB = 1024 * 1024
  const content = random.bytes(16 * MIB)
  const closed: string[] = []
  const events: SessionEvents = {
    onClusterConfig: () => undefined,
    onIndex: () => undefined,
    onRequest: ({ offset, sizeBytes }) => Promise.resolve(content.slice(offset, offset + sizeBytes)),
    onClose: (reason) => closed.push(reason),
  }
  const greet = async (connection: Connection, keys: typeof writer) => {
    const [mine, theirs] = connection.dialled ? (['dialler', 'listener'] as const) : (['listener', 'dialler'] as const)
    const hello = {
      deviceName: '',
      clientName: 'homeseed',
      clientVersion: '1',
      proofs: makeProofs([keys], connection.exporter, mine, random),
    }
    const session = await openSession(connection, { clock: new FakeClock(), log: new FakeLog(), hello }, events)
    const proved = checkProofs([keys], connection.exporter, theirs, session.hello.proofs)
    await session.sendClusterConfig([])
    return { session, access: proved.get(keys.id) }
  }

  let arrived: (connection: Connection) => void = () => undefined
  const accepted = new Promise<Connection>((resolve) => (arrived = resolve))
  const listener = await listen('127.0.0.1:0', await newIdentity(), (connection) => arrived(connection))
  after(() => listener.close())
  const dialled = await dialer(await newIdentity()).dial(listener.address)
  const [a, b] = await Promise.all([greet(dialled, writer), accepted.then((connection) => greet(connection, reader))])
  assert.deepEqual([a.access, b.access], ['read-only', 'read-write'])

  const ask = (offset: number, sizeBytes: number) => ({
    folder: writer.id,
    path: 'a' as RelPath,
    offset,
    sizeBytes,
    hash: new Uint8Array(32),
  })
  const sizes = [1, 1000, 131_072, MIB, 3 * MIB + 7, 16 * MIB]
  const blocks = await Promise.all(
    [a, b].flatMap(({ session }) => sizes.map((size) => session.request(ask(content.length - size, size)))),
  )
  for (const [i, size] of [...sizes, ...sizes].entries()) {
    const block = blocks[i]
    assert.ok(block && Buffer.from(content.subarray(content.length - size)).equals(block), `${size} bytes`)
    structuredClone(block.buffer, { transfer: [block.buffer as ArrayBuffer] }) // as for a worker: the memory is the block's own
    assert.equal(block.length, 0)
  }
  assert.equal(new Set(blocks.map((block) => block?.buffer)).size, blocks.length)
  a.session.close('done')
  assert.deepEqual(closed, ['done'])
})
