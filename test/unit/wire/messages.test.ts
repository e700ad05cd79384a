import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'
import fc from 'fast-check'
import { IndexReader, isIndex } from '../../../appliance/sync/wire/index-reader.ts'
import { decodeMessage, encodeMessage, messageType } from '../../../appliance/sync/wire/messages.ts'
import type { IndexMessage, Message } from '../../../appliance/sync/wire/messages.ts'
import type { WireDevice, WireEntry, WireFolder } from '../../../appliance/sync/wire/peer-session.ts'
import { bumpVersion, hasRoom } from '../../../appliance/sync/model/version-vector.ts'
import { Writer } from '../../../appliance/sync/wire/protobuf-writer.ts'
import { anyPath, anyWireEntry, entryFromVector, pathOf, record, someFile } from './entries.ts'
import type { VectorEntry } from './entries.ts'

const NOW = Date.UTC(2026, 10, 20) / 1000
interface ReadIndex extends IndexMessage {
  readonly leftOut: { readonly name: number; readonly version: number }
  readonly maxSequence: number
}
type AnyMessage = Message | ReadIndex

const hex = (bytes: Uint8Array) => Buffer.from(bytes).toString('hex')
const bytesOf = (message: Parameters<typeof encodeMessage>[0]) => {
  const { type, parts } = encodeMessage(message)
  return { type, body: new Uint8Array(Buffer.concat(parts)) }
}
const through = (message: Parameters<typeof encodeMessage>[0], nowSeconds?: number): AnyMessage | string => {
  const { type, body } = bytesOf(message)
  return read(type, body, nowSeconds)
}
/** A message, or why it is none. */
const read = (type: number, body: Uint8Array, nowSeconds = NOW): AnyMessage | string => {
  if (isIndex(type)) return readIndex(type, body, nowSeconds)
  const decoded = decodeMessage(type, body)
  return decoded.ok ? decoded.value : decoded.error
}
/** All parts of an index together. */
function readIndex(type: number, body: Uint8Array, nowSeconds: number): ReadIndex | string {
  const index = IndexReader.open(type, body, nowSeconds)
  if (!index.ok) return index.error
  const { folder } = index.value
  const entries: WireEntry[] = []
  const leftOut = { name: 0, version: 0 }
  let full = false
  let isMore = false
  let writers: readonly Uint8Array[] = []
  let maxSequence = 0
  for (;;) {
    const part = index.value.next()
    if (!part.ok) return part.error
    if (!part.value) return { type: 'index', folder, entries, full, isMore, writers, leftOut, maxSequence }
    assert.ok(part.value.entries.length <= 1000)
    entries.push(...part.value.entries)
    full ||= part.value.full
    isMore = part.value.isMore
    if (part.value.writers.length > 0) writers = part.value.writers
    leftOut.name += part.value.leftOut.name
    leftOut.version += part.value.leftOut.version
    maxSequence = Math.max(maxSequence, part.value.maxSequence)
  }
}
/** Why it could not be read. */
const reasonOf = (message: AnyMessage | string): string =>
  typeof message === 'string' ? message : `was read as ${message.type}`
const indexOf = (...entries: WireEntry[]): IndexMessage => ({
  type: 'index',
  folder: 'f',
  entries,
  full: false,
  isMore: false,
  writers: [],
})
const wire = (change: object, more: Partial<WireEntry> = {}): WireEntry => ({
  entry: { ...someFile, ...change },
  sequence: 1,
  invalid: false,
  ...more,
})

const shown = fc.string({ maxLength: 30 }).map((text) => text.trim())
const anyDevice: fc.Arbitrary<WireDevice> = record({
  id: fc.uint8Array({ minLength: 32, maxLength: 32 }),
  name: shown,
  addresses: fc.array(shown, { maxLength: 3 }),
  maxSequence: fc.maxSafeNat(),
  indexId: fc.bigInt({ min: 0n, max: 2n ** 64n - 1n }),
  sealToken: fc.uint8Array({ minLength: 1, maxLength: 80 }),
})
const anyFolder: fc.Arbitrary<WireFolder> = record({
  id: fc.string({ minLength: 1, maxLength: 40 }),
  label: shown,
  access: fc.constantFrom('read-write', 'read-only'),
  paused: fc.boolean(),
  devices: fc.array(anyDevice, { maxLength: 4 }),
  encrypted: fc.constant(false),
})
const anyFolders = fc.uniqueArray(anyFolder, { selector: ({ id }) => id, maxLength: 4 })
const anyRequest = record({
  folder: fc.string(),
  path: anyPath,
  offset: fc.maxSafeNat(),
  sizeBytes: fc.integer({ min: 1, max: 16 * 1024 * 1024 }),
  hash: fc.uint8Array({ minLength: 32, maxLength: 32 }),
})
const anyId = fc.integer({ min: 0, max: 2 ** 31 - 1 })
const anyMessage: fc.Arbitrary<Parameters<typeof encodeMessage>[0]> = fc.oneof(
  record({ type: fc.constant('cluster-config' as const), folders: anyFolders }),
  record({
    type: fc.constant('index' as const),
    folder: fc.string({ minLength: 1 }),
    entries: fc.array(anyWireEntry, { maxLength: 5 }),
    full: fc.boolean(),
    isMore: fc.boolean(),
    writers: fc.array(fc.uint8Array({ minLength: 1, maxLength: 200 }), { maxLength: 3 }),
  }),
  record({
    type: fc.constant('request' as const),
    id: anyId,
    request: anyRequest,
  }),
  record({
    type: fc.constant('response' as const),
    id: anyId,
    data: fc.option(fc.uint8Array({ minLength: 1, maxLength: 500 }), { nil: undefined }),
  }),
  fc.constant({ type: 'ping' as const }),
  record({ type: fc.constant('close' as const), reason: shown }),
)

test('every message reads back as it was sent', () =>
  fc.assert(
    fc.property(anyMessage, (message) => {
      const sequences = message.type === 'index' ? message.entries.map(({ sequence }) => sequence) : []
      const more = { leftOut: { name: 0, version: 0 }, maxSequence: Math.max(0, ...sequences) }
      assert.deepEqual(through(message, Infinity), message.type === 'index' ? { ...message, ...more } : message)
    }),
    { numRuns: 500 },
  ))

test('a damaged message is a reason or another message, never an exception', () =>
  fc.assert(
    fc.property(
      anyMessage,
      fc.array(fc.tuple(fc.nat(), fc.nat(255)), { minLength: 1, maxLength: 5 }),
      fc.nat(),
      (message, changes, cut) => {
        const { type, body } = bytesOf(message)
        for (const [at, value] of changes) if (body.length > 0) body[at % body.length] = value
        for (const bytes of [body, body.subarray(0, cut % (body.length + 1))]) {
          const message = read(type, bytes)
          if (typeof message !== 'string' && message.type === 'index') message.entries.forEach(checkSound)
        }
      },
    ),
    { numRuns: 3000 },
  ))

test('any bytes of any type are a message or a reason', () =>
  fc.assert(
    fc.property(fc.integer({ min: 0, max: 9 }), fc.uint8Array({ maxLength: 400 }), (type, bytes) => {
      read(type, bytes)
    }),
    { numRuns: 3000 },
  ))

/** What the engine relies on, whoever sent the entry. */
function checkSound({ entry, sequence }: WireEntry): void {
  assert.ok(sequence >= 1)
  assert.ok(!entry.path.split('/').some((part) => ['', '.', '..'].includes(part)))
  assert.equal(entry.blocks.length, 32 * (entry.blockBytes === 0 ? 0 : Math.ceil(entry.sizeBytes / entry.blockBytes)))
  assert.ok(entry.mode === undefined || (entry.mode & ~0o777) === 0)
  assert.ok(entry.mtimeNs >= -(2n ** 63n) && entry.mtimeNs < 2n ** 63n)
  assert.ok(hasRoom(entry.version, entry.signature !== undefined, NOW))
  assert.deepEqual(
    entry.version,
    entry.version.toSorted((a, b) => (a.author < b.author ? -1 : 1)),
  )
  assert.ok(entry.version.every(({ value }) => value > 0))
  if (entry.deleted || entry.type !== 'file') assert.equal(entry.sizeBytes + entry.blocks.length + entry.blockBytes, 0)
}

test('the bytes are those of the vectors', () => {
  const { messages } = JSON.parse(readFileSync(new URL('../../vectors/messages.json', import.meta.url), 'utf8'))
  const { writer, entries } = JSON.parse(readFileSync(new URL('../../vectors/entries.json', import.meta.url), 'utf8'))
  const plain = indexOf(
    ...entries.map(({ entry, together }: { entry: VectorEntry; together: string }, i: number) => ({
      entry: { ...entryFromVector(entry), signature: new Uint8Array(Buffer.from(together, 'hex')) },
      sequence: i + 1,
      invalid: false,
    })),
  )
  const index = { ...plain, writers: [new Uint8Array(Buffer.from(writer.certificate, 'hex'))] }
  assert.ok(messages.length > 0)
  for (const { type, body, folder } of messages) {
    const more = { folder, leftOut: { name: 0, version: 0 }, maxSequence: entries.length }
    // one of them has the greatest of all counters
    assert.deepEqual(read(type, Buffer.from(body, 'hex'), Infinity), { ...index, ...more })
    assert.equal(hex(bytesOf({ ...index, folder }).body), body)
  }
})

test('an entry that contradicts itself ends the conversation, with a reason that names it', () => {
  const reasons: [WireEntry, RegExp][] = [
    [wire({ path: '../x' }), /"\.\.\/x" has no safe path/],
    [wire({ path: '/etc/passwd' }), /no safe path/],
    [wire({ path: 'a//b' }), /no safe path/],
    [wire({ path: '' }), /no safe path/],
    [wire({ path: 'a\0b' }), /no safe path/],
    [wire({}, { sequence: 0 }), /has no sequence/],
    [wire({ blockBytes: 300_000, sizeBytes: 600_000 }), /has blocks of 300000 bytes/],
    [wire({ blockBytes: 65_536, sizeBytes: 100_000 }), /has blocks of 65536 bytes/],
    [wire({ blockBytes: 32 * 1024 * 1024, sizeBytes: 3, blocks: new Uint8Array(32) }), /has blocks of 33554432 bytes/],
    [wire({ version: [1, 2].map((value) => ({ author: 'aaaaaaaaaaaaaaaa', value })) }), /counts an author twice/],
    [wire({ deletedHash: new Uint8Array(32) }), /is not deleted, yet says what was/],
    [wire({ type: 'directory', sizeBytes: 5, blocks: new Uint8Array(0) }), /is a directory, yet has a size/],
    [wire({ type: 'symlink', sizeBytes: 5, blocks: new Uint8Array(0) }), /is a link, yet has a size/],
    [wire({ signature: new Uint8Array(64) }), /a signature is none/],
    [wire({ signature: new Uint8Array(74) }), /a signature is none/],
  ]
  for (const [entry, reason] of reasons) assert.match(reasonOf(through(indexOf(entry))), reason)
})

/** An index with one entry, written field by field. */
function rawIndex(write: (w: Writer) => void): AnyMessage | string {
  const w = new Writer()
  w.text(1, 'f')
  const file = w.enter(2)
  w.text(1, 'name')
  w.int(10, 1)
  write(w)
  w.leave(file)
  return read(messageType.index, w.finish())
}
const block = (w: Writer, offset: number, sizeBytes: number, hashBytes = 32) => {
  const start = w.enter(16)
  w.int(1, offset)
  w.int(2, sizeBytes)
  w.bytes(3, new Uint8Array(hashBytes))
  w.leave(start)
}
const onlyEntry = (message: AnyMessage | string): WireEntry => {
  assert.ok(typeof message !== 'string' && message.type === 'index', reasonOf(message))
  const [entry] = message.entries
  assert.ok(entry)
  return entry
}

test('blocks that do not make the file are refused', () => {
  const KIB128 = 131_072
  const reasons: [(w: Writer) => void, RegExp][] = [
    [(w) => w.int(3, 5), /is a file without blocks/],
    [(w) => (w.int(3, 5), block(w, 0, 4)), /has 5 bytes, its blocks 4/],
    [(w) => (w.int(3, 5), block(w, 1, 5)), /a block is at 1, not at 0/],
    [(w) => (w.int(3, 5), block(w, 0, 5, 31)), /field 3 has 31 bytes, not 32/],
    [(w) => (w.int(3, 5), block(w, 0, 5, 0)), /a block has no hash/],
    [(w) => (w.int(3, 2 ** 30), block(w, 0, 2 ** 30)), /a block has 1073741824 bytes/],
    [(w) => (w.int(3, KIB128 + 1), block(w, 0, KIB128 + 1)), /blocks of different sizes/],
    [(w) => (w.int(3, KIB128 * 2), block(w, 0, 5), block(w, 5, KIB128 * 2 - 5)), /blocks of different sizes/],
    [(w) => (w.int(3, KIB128), block(w, 0, KIB128), block(w, KIB128, 0)), /blocks of different sizes/],
    [(w) => (w.bool(6, true), block(w, 0, 0)), /is deleted, yet has blocks/],
    [(w) => (w.int(2, 1), block(w, 0, 0)), /is no file, yet has blocks/],
    [(w) => w.int(2, 5), /is of the unknown type 5/],
    [(w) => (w.int(11, 1_000_000_000), block(w, 0, 0)), /has a time that is none/],
    [(w) => w.uint64(3, 2n ** 53n), /field 3 is greater than 2\^53/],
    [(w) => w.int(3, -1), /field 3 is greater than 2\^53/],
  ]
  for (const [write, reason] of reasons) assert.match(reasonOf(rawIndex(write)), reason)
})

test('what Syncthing sends in its own way is understood', () => {
  const empty = onlyEntry(rawIndex((w) => block(w, 0, 0)))
  assert.equal(empty.entry.blocks.length + empty.entry.blockBytes, 0)
  const small = onlyEntry(rawIndex((w) => (w.int(3, 7), block(w, 0, 7))))
  assert.equal(small.entry.blockBytes, 131_072)
  const folder = onlyEntry(rawIndex((w) => (w.int(2, 1), w.int(3, 128), w.int(4, 0o2775))))
  assert.deepEqual([folder.entry.type, folder.entry.sizeBytes, folder.entry.mode], ['directory', 0, 0o775])
  for (const type of [2, 3, 4]) {
    const link = onlyEntry(rawIndex((w) => (w.int(2, type), w.text(17, 'to'), w.bool(8, true))))
    assert.deepEqual([link.entry.type, link.entry.linkTarget, link.entry.mode], ['symlink', 'to', undefined])
  }
  const gone = onlyEntry(rawIndex((w) => (w.bool(6, true), w.int(3, 77))))
  assert.deepEqual([gone.entry.deleted, gone.entry.sizeBytes], [true, 0])
  const ignored = onlyEntry(rawIndex((w) => (w.bool(7, true), w.int(3, 77))))
  assert.deepEqual([ignored.invalid, ignored.entry.sizeBytes], [true, 0])
})

test('a time beyond what we keep is moved to the nearest one', () => {
  const at = (seconds: number) => onlyEntry(rawIndex((w) => (w.int(5, seconds), block(w, 0, 0)))).entry.mtimeNs
  assert.equal(at(-62_135_596_800), -9_000_000_000_000_000_000n)
  assert.equal(at(2 ** 52), 9_000_000_000_000_000_000n)
  assert.equal(at(-1), -1_000_000_000n)
})

test('a name that is too long for a disk here is left out and counted, a link to no text cannot be served', () => {
  const long = through(indexOf(wire({ path: 'ñ'.repeat(200) }), wire({ path: 'short' })))
  assert.ok(typeof long !== 'string' && long.type === 'index')
  assert.deepEqual([long.leftOut.name, long.entries.map(({ entry }) => entry.path)], [1, ['short']])
  const link = onlyEntry(rawIndex((w) => (w.int(2, 4), w.bytes(17, Buffer.from([0x61, 0xff])))))
  assert.equal(link.invalid, true)
})

test('a version that leaves no room for later edits is left out and counted; its sequence counts', () => {
  const authors = (count: number) =>
    Array.from({ length: count }, (_, i) => ({ author: (i + 1).toString(16).padStart(16, '0'), value: 1 }))
  const at = (value: number) => [{ author: 'aaaaaaaaaaaaaaaa', value }]
  const years = (count: number) => NOW + count * 365 * 24 * 3600
  const isTaken = (version: typeof someFile.version, signature?: Uint8Array): boolean => {
    const index = through(indexOf(wire({ version, signature }, { sequence: 7 })))
    assert.ok(typeof index !== 'string' && index.type === 'index', reasonOf(index))
    assert.equal(index.maxSequence, 7)
    assert.equal(index.leftOut.version, 1 - index.entries.length)
    return index.entries.length === 1
  }
  const signature = new Uint8Array(73)
  for (const version of [authors(257), at(years(110)), at(2 ** 53 - 1)]) assert.equal(isTaken(version), false)
  for (const version of [authors(1025), authors(5000), at(years(210)), at(2 ** 53 - 1)])
    assert.equal(isTaken(version, signature), false)
  // whatever is taken unsigned can be edited here, and others take that
  for (const version of [authors(256), at(years(99))]) {
    assert.ok(isTaken(version))
    assert.ok(isTaken(bumpVersion(version, 'aaaaaaaaaaaaaaaa', NOW), signature))
    assert.ok(isTaken(bumpVersion(version, 'bbbbbbbbbbbbbbbb', NOW), signature))
  }
  const beyond = rawIndex((w) => {
    const version = w.enter(9)
    const counter = w.enter(1)
    w.uint64(2, 2n ** 64n - 1n)
    w.leave(counter)
    w.leave(version)
    w.bool(6, true)
  })
  assert.ok(typeof beyond !== 'string' && beyond.type === 'index' && beyond.leftOut.version === 1, reasonOf(beyond))
})

test('a large index is read in parts, and only the first makes void what was known', () => {
  const { type, body } = bytesOf({ ...indexOf(...Array.from({ length: 2500 }, () => wire({}))), full: true })
  const cut = new Uint8Array([...body, 0x12, 3, 0x0a, 1, 0x78])
  for (const bytes of [body, cut]) {
    const index = IndexReader.open(type, bytes, NOW)
    assert.ok(index.ok)
    const parts: [number, boolean][] = []
    for (;;) {
      const part = index.value.next()
      if (!part.ok || !part.value) {
        assert.equal(part.ok, bytes === body, 'nonsense at the end is found at the end')
        break
      }
      parts.push([part.value.entries.length, part.value.full])
    }
    const whole = [
      [1000, true],
      [1000, false],
    ]
    assert.deepEqual(parts, bytes === body ? [...whole, [500, false]] : whole)
  }
})

test('requests that nobody may make are refused', () => {
  const request = { folder: 'f', path: pathOf('a'), offset: 0, sizeBytes: 5, hash: new Uint8Array(32) }
  const refused = (change: object) => reasonOf(through({ type: 'request', id: 1, request: { ...request, ...change } }))
  assert.match(refused({ path: '../a' }), /no safe path/)
  assert.match(refused({ hash: new Uint8Array(20) }), /hash of the wrong length/)
  assert.match(refused({ offset: -1 }), /greater than 2\^53/)
})

test('a cluster config that contradicts itself is refused', () => {
  const device: WireDevice = { id: new Uint8Array(32), name: '', addresses: [], maxSequence: 0, indexId: 0n }
  const folder: WireFolder = { id: 'f', label: '', access: 'read-write', paused: false, devices: [device] }
  const refused = (folders: WireFolder[]) => reasonOf(through({ type: 'cluster-config', folders }))
  assert.match(refused([folder, folder]), /told twice/)
  assert.match(refused([{ ...folder, id: '' }]), /no id/)
  assert.match(refused([{ ...folder, id: 'x'.repeat(257) }]), /too long/)
  assert.match(refused([{ ...folder, devices: [{ ...device, id: new Uint8Array(31) }] }]), /31 bytes, not 32/)
  assert.match(refused([{ ...folder, devices: [{ ...device, id: new Uint8Array(0) }] }]), /a device has no id/)
})

test('folder types of either Syncthing are understood', () => {
  const read = (type: number, tokens: Uint8Array[] = []) => {
    const w = new Writer()
    const start = w.enter(1)
    w.text(1, 'f')
    w.int(3, type)
    w.bool(7, true)
    for (const token of tokens) {
      const device = w.enter(16)
      w.bytes(1, new Uint8Array(32).fill(1))
      w.bytes(10, token)
      w.leave(device)
    }
    w.leave(start)
    const decoded = decodeMessage(messageType.clusterConfig, w.finish())
    assert.ok(decoded.ok && decoded.value.type === 'cluster-config')
    const [folder] = decoded.value.folders
    assert.ok(folder?.paused)
    return folder
  }
  assert.deepEqual(
    [0, 1, 2, 3].map((type) => read(type).access),
    ['read-write', 'read-write', 'read-only', 'read-only'],
  )
  assert.deepEqual(
    [0, 1, 2, 3].map((type) => read(type).encrypted),
    [false, false, false, true],
  )
  assert.deepEqual(
    read(0, [new Uint8Array(0), new Uint8Array(9)]).devices.map(({ sealToken }) => sealToken !== undefined),
    [false, true],
  )
})

test('the data of a response is not copied', () => {
  const data = new Uint8Array(9)
  assert.equal(encodeMessage({ type: 'response', id: 1, data }).parts[1], data)
  const { type, body } = bytesOf({ type: 'response', id: 1, data })
  const decoded = decodeMessage(type, body)
  assert.ok(decoded.ok && decoded.value.type === 'response')
  assert.equal(decoded.value.data?.buffer, body.buffer)
})
