/** Our wire against the real Syncthing, without our engine: hello, folders, indexes and blocks, both ways. */
import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import {
  chmodSync,
  existsSync,
  mkdirSync,
  readFileSync,
  realpathSync,
  rmSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs'
import { join } from 'node:path'
import test from 'node:test'
import { deviceIdToText, parseDeviceId, shortIdOf } from '../../appliance/sync/model/device-id.ts'
import type { Entry } from '../../appliance/sync/model/entry.ts'
import type { RelPath } from '../../appliance/sync/model/rel-path.ts'
import type { Connection, Log } from '../../appliance/sync/ports.ts'
import { deviceIdOf, makeCertificate } from '../../appliance/sync/wire/certificate.ts'
import type {
  BlockRequest,
  IndexPart,
  PeerSession,
  SessionEvents,
  WireEntry,
  WireFolder,
} from '../../appliance/sync/wire/peer-session.ts'
import { openSession } from '../../appliance/sync/wire/session.ts'
import { deviceKeyOf } from '../../appliance/sync/wire/device-key.ts'
import { newShareSecret, openShareKeys } from '../../appliance/sync/wire/share-signatures.ts'
import { dialer, listen } from '../../appliance/sync/wire/tls.ts'
import { systemClock } from '../../server/clock.ts'
import { needTool } from '../support/need-tool.ts'
import { makeScratch, until } from '../support/scratch.ts'
import { Syncthing } from '../support/syncthing.ts'

const FOLDER = 'wire-test'
const KIB128 = 131_072
const random = { bytes: (length: number) => crypto.getRandomValues(new Uint8Array(length)) }
const sha256 = (bytes: Uint8Array) => new Uint8Array(createHash('sha256').update(bytes).digest())

/** One connection with Syncthing, and all that it told. */
class Visit implements SessionEvents {
  folders: readonly WireFolder[] = []
  readonly entries = new Map<string, WireEntry>()
  readonly asked: BlockRequest[] = []
  files = new Map<string, Uint8Array>()
  fullIndexes = 0
  closed: string | undefined
  onClusterConfig(folders: readonly WireFolder[]): void {
    this.folders = folders
  }
  onIndex(folder: string, { entries, full }: IndexPart): void {
    assert.equal(folder, FOLDER)
    if (full) this.fullIndexes++
    for (const entry of entries) this.entries.set(entry.entry.path, entry)
  }
  onRequest(request: BlockRequest): Promise<Uint8Array | undefined> {
    this.asked.push(request)
    return Promise.resolve(this.files.get(request.path)?.subarray(request.offset, request.offset + request.sizeBytes))
  }
  onClose(reason: string): void {
    this.closed = reason
  }
}

test('Syncthing and our wire understand each other', async (t) => {
  const program = needTool(t, 'syncthing')
  if (!program) return
  await using scratch = await makeScratch('syncthing-wire')
  await using theirs = await Syncthing.start({ program, home: await scratch.folder('syncthing'), name: 'old laptop' })
  const them = realpathSync(await scratch.folder('them'))
  const made = await makeCertificate()
  const identity = { ...made, id: deviceIdOf(made.certificate) }
  const us = deviceIdToText(identity.id)
  const parsed = parseDeviceId(theirs.device)
  assert.ok(parsed.ok)
  const keys = openShareKeys(newShareSecret(random), deviceKeyOf(identity))

  const logged: string[] = []
  const log: Log = {
    error: (event) => logged.push(event),
    warn: (event) => logged.push(event),
    info: () => undefined,
    debug: () => undefined,
  }
  const hello = {
    deviceName: 'Attic',
    clientName: 'homeseed',
    clientVersion: '0.1.0',
    proofs: Array.from({ length: 8 }, () => random.bytes(96)),
  }
  const indexId = 0xfedc_ba98_7654_3210n
  let ourSequence = 0
  let received = Buffer.alloc(0)

  const greet = async (connection: Connection): Promise<{ visit: Visit; session: PeerSession }> => {
    assert.deepEqual(connection.peerId, parsed.value)
    const visit = new Visit()
    const tapped: Connection = {
      ...connection,
      write: (parts) => connection.write(parts),
      onClose: (handler) => connection.onClose(handler),
      close: () => connection.close(),
      onData: (handler) =>
        connection.onData((bytes) => {
          received = Buffer.concat([received, bytes])
          return handler(bytes)
        }),
    }
    const session = await openSession(tapped, { clock: systemClock, log, hello }, visit)
    assert.deepEqual([session.hello.deviceName, session.hello.clientName], ['old laptop', 'syncthing'])
    assert.match(session.hello.clientVersion, /^v\d+\.\d+/)
    await session.sendClusterConfig([
      {
        id: FOLDER,
        label: 'Wire test',
        access: 'read-write',
        paused: false,
        devices: [
          { id: identity.id, name: 'Attic', addresses: [], maxSequence: ourSequence, indexId },
          { id: parsed.value, name: '', addresses: [], maxSequence: 0, indexId: 0n },
        ],
      },
    ])
    return { visit, session }
  }
  const told = (visit: Visit, path: string) => theirs.until(`told of ${path}`, () => visit.entries.get(path) ?? false)

  writeFileSync(join(them, 'plain.txt'), 'hello from Syncthing')
  chmodSync(join(them, 'plain.txt'), 0o640)
  utimesSync(join(them, 'plain.txt'), 1_700_000_000.5, 1_700_000_000.5)
  writeFileSync(join(them, 'empty'), '')
  const large = Buffer.alloc(3 * KIB128 + 17, 'pattern ')
  mkdirSync(join(them, 'ñandú'))
  writeFileSync(join(them, 'ñandú/日本語.bin'), large)
  symlinkSync('../elsewhere', join(them, 'link'))
  for (let i = 0; i < 2000; i++) writeFileSync(join(them, `many-${i}`), `${i}`)
  await theirs.addDevice(us)
  await theirs.addFolder({ id: FOLDER, path: them, devices: [us] })
  await theirs.rescan(FOLDER)

  const first = await greet(await dialer(identity).dial(theirs.listen))

  await t.test('its folder and its index arrive whole, compressed, and true', async () => {
    const { visit } = first
    const [folder] = await theirs.until('a cluster config', () => visit.folders.length > 0 && visit.folders)
    assert.deepEqual(
      [folder?.id, folder?.access, folder?.paused, folder?.encrypted],
      [FOLDER, 'read-write', false, false],
    )
    const ids = folder?.devices.map(({ id }) => deviceIdToText(id)).sort()
    assert.deepEqual(ids, [us, theirs.device].sort())
    const self = folder?.devices.find(({ id }) => deviceIdToText(id) === theirs.device)
    assert.ok(self && self.indexId !== 0n && self.maxSequence >= 2000)
    for (const path of ['plain.txt', 'empty', 'ñandú', 'ñandú/日本語.bin', 'link', 'many-1999']) await told(visit, path)
    await theirs.until('all is told', () => visit.entries.size >= 2005)
    assert.equal(visit.fullIndexes, 1)
    assert.ok(received.includes(Buffer.from('000408011001', 'hex')), 'the index came compressed')

    const entryAt = (path: string) => visit.entries.get(path)?.entry
    const plain = entryAt('plain.txt')
    assert.deepEqual(
      [plain?.type, plain?.sizeBytes, plain?.mode, plain?.mtimeNs, plain?.modifiedBy, plain?.version.length],
      ['file', 20, 0o640, 1_700_000_000_500_000_000n, shortIdOf(parsed.value), 1],
    )
    assert.deepEqual(plain?.blocks, sha256(Buffer.from('hello from Syncthing')))
    assert.deepEqual([entryAt('empty')?.sizeBytes, entryAt('empty')?.blocks.length], [0, 0])
    assert.equal(entryAt('ñandú')?.type, 'directory')
    const pieces = [0, 1, 2, 3].map((i) => sha256(large.subarray(i * KIB128, (i + 1) * KIB128)))
    assert.deepEqual(entryAt('ñandú/日本語.bin')?.blocks, new Uint8Array(Buffer.concat(pieces)))
    assert.deepEqual(
      [entryAt('link')?.type, entryAt('link')?.linkTarget, entryAt('link')?.mode],
      ['symlink', '../elsewhere', undefined],
    )
  })

  await t.test('it serves blocks, and says so when there are none', async () => {
    const entry = first.visit.entries.get('ñandú/日本語.bin')?.entry
    assert.ok(entry)
    const ask = (i: number) =>
      first.session.request({
        folder: FOLDER,
        path: entry.path,
        offset: i * KIB128,
        sizeBytes: Math.min(KIB128, large.length - i * KIB128),
        hash: entry.blocks.slice(i * 32, (i + 1) * 32),
      })
    const blocks = await Promise.all([0, 1, 2, 3].map(ask))
    assert.deepEqual(Buffer.concat(blocks.map((block) => block ?? new Uint8Array(0))), large)
    const missing = { folder: FOLDER, path: 'not-there' as RelPath, offset: 0, sizeBytes: 10, hash: new Uint8Array(32) }
    assert.equal(await first.session.request(missing), undefined)
  })

  await t.test('a delete arrives as a tombstone', async () => {
    const before = first.visit.entries.get('many-7')?.sequence ?? 0
    rmSync(join(them, 'many-7'))
    await theirs.rescan(FOLDER)
    const gone = await theirs.until('told', () => {
      const entry = first.visit.entries.get('many-7')
      return entry?.entry.deleted === true && entry
    })
    assert.ok(gone.sequence > before)
    assert.deepEqual([gone.entry.type, gone.entry.sizeBytes, gone.entry.blocks.length], ['file', 0, 0])
  })

  /** Ours, with the fields that only we know. */
  const ourEntry = (path: string, content: Uint8Array, change: Partial<Entry> = {}): Entry => {
    const blocks = Array.from({ length: Math.ceil(content.length / KIB128) }, (_, i) =>
      sha256(content.subarray(i * KIB128, (i + 1) * KIB128)),
    )
    const entry: Entry = {
      path: path as RelPath,
      type: 'file',
      deleted: false,
      sizeBytes: content.length,
      mode: 0o644,
      mtimeNs: 1_600_000_000_000_000_001n,
      modifiedBy: shortIdOf(identity.id),
      version: [{ author: shortIdOf(identity.id), value: 1_800_000_000 + ourSequence }],
      blockBytes: content.length === 0 ? 0 : KIB128,
      blocks: new Uint8Array(Buffer.concat(blocks)),
      linkTarget: undefined,
      deletedHash: undefined,
      signature: undefined,
      ...change,
    }
    return { ...entry, signature: keys.sign([entry])[0] }
  }
  const wire = (entry: Entry): WireEntry => ({ entry, sequence: ++ourSequence, invalid: false })
  const noContent = { sizeBytes: 0, blockBytes: 0, blocks: new Uint8Array(0) }

  await t.test('it takes our index with our own fields, fetches our blocks, and writes our files', async () => {
    const content = Buffer.alloc(2 * KIB128 + 5, 'ours ')
    first.visit.files.set('ours/file.bin', content)
    await first.session.sendIndex(
      FOLDER,
      [
        wire(ourEntry('ours', new Uint8Array(0), { ...noContent, type: 'directory', mode: 0o755 })),
        wire(ourEntry('ours/file.bin', content)),
        wire(ourEntry('ours/empty', new Uint8Array(0))),
        wire(
          ourEntry('ours/link', new Uint8Array(0), {
            ...noContent,
            type: 'symlink',
            mode: undefined,
            linkTarget: 'file.bin',
          }),
        ),
        wire(
          ourEntry('many-8', new Uint8Array(0), {
            ...noContent,
            deleted: true,
            deletedHash: sha256(Buffer.from('8')),
            version: [...bumped(first.visit, 'many-8')],
          }),
        ),
      ],
      { full: true },
    )
    const hasArrived = () =>
      existsSync(join(them, 'ours/file.bin')) &&
      existsSync(join(them, 'ours/link')) &&
      existsSync(join(them, 'ours/empty'))
    await theirs.until('written', hasArrived)
    assert.deepEqual(readFileSync(join(them, 'ours/file.bin')), content)
    assert.equal(readFileSync(join(them, 'ours/empty')).length, 0)
    await theirs.until('deleted', () => !existsSync(join(them, 'many-8')))
    assert.equal(first.visit.asked.length, 3)
    assert.ok(first.visit.asked.every(({ folder, path }) => folder === FOLDER && path === 'ours/file.bin'))
    assert.deepEqual(logged, [])
  })

  /** A version of ours after theirs. */
  function bumped(visit: Visit, path: string) {
    const version = visit.entries.get(path)?.entry.version ?? []
    return [...version, { author: shortIdOf(identity.id), value: 5 }].sort((a, b) => (a.author < b.author ? -1 : 1))
  }

  await t.test('it hears why we go, and calls us in turn', async () => {
    first.session.close('time for a test')
    await until('told', () => theirs.log.includes('time for a test'), { describe: () => theirs.log })
    assert.equal(first.visit.closed, 'time for a test')

    let arrived: (connection: Connection) => void = () => undefined
    const called = new Promise<Connection>((resolve) => (arrived = resolve))
    await using listener = await listen('127.0.0.1:0', identity, (connection) => arrived(connection))
    await theirs.rest('PATCH', `config/devices/${us}`, { addresses: [`tcp://${listener.address}`] })
    const second = await greet(await called)
    await told(second.visit, 'plain.txt')
    const config = second.visit.folders[0]?.devices.find(({ id }) => deviceIdToText(id) === us)
    assert.deepEqual([config?.indexId, config?.maxSequence], [indexId, ourSequence], 'it kept what we told it')
    await theirs.stop()
    await until('told', () => second.visit.closed !== undefined)
    assert.match(
      second.visit.closed ?? '',
      /the peer closed the session|the connection broke|the peer closed the connection/,
    )
  })
})
