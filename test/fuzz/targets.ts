/**
 * What takes bytes or texts from outside. Each target makes one input from chance, feeds it, and throws when something
 * is not as it has to be: a decoder throws nothing, gives nothing that is out of bounds, and what it takes it takes again
 * once it is written out.
 */
import assert from 'node:assert/strict'
import fc from 'fast-check'
import { conflictOf } from '../../appliance/sync/model/conflict-name.ts'
import { deviceIdToText, parseDeviceId } from '../../appliance/sync/model/device-id.ts'
import { displacementFromText } from '../../appliance/sync/model/displacement.ts'
import { HASH_BYTES } from '../../appliance/sync/model/entry.ts'
import type { Entry } from '../../appliance/sync/model/entry.ts'
import { hostPortText, parseHostPort, peerAddress } from '../../appliance/sync/model/host-port.ts'
import { isIgnored } from '../../appliance/sync/model/ignored.ts'
import { parseRelPath } from '../../appliance/sync/model/rel-path.ts'
import { parseSecret, secretLink, secretToText } from '../../appliance/sync/model/secret-text.ts'
import { parseRotation, rotationToBytes } from '../../appliance/sync/model/rotation.ts'
import { settingStatuses, withSettings } from '../../appliance/sync/model/share-settings.ts'
import { parseSignature } from '../../appliance/sync/model/signature.ts'
import { Secret } from '../../appliance/sync/model/secret.ts'
import { versionFromText, versionToText } from '../../appliance/sync/model/version-vector.ts'
import { encodeFrame, FrameSplitter, maxMessageBytes } from '../../appliance/sync/wire/frames.ts'
import { decodeHello, encodeHello, HelloReader, MAX_HELLO_BYTES } from '../../appliance/sync/wire/hello.ts'
import { IndexReader, isIndex } from '../../appliance/sync/wire/index-reader.ts'
import { decompress } from '../../appliance/sync/wire/lz4.ts'
import { decodeMessage, encodeMessage, messageType } from '../../appliance/sync/wire/messages.ts'
import type { EncodedMessage } from '../../appliance/sync/wire/messages.ts'
import { readRotation } from '../../appliance/sync/wire/signed-rotation.ts'
import type { SeededRandom } from '../sim/random.ts'
import { anyPath, anyWireEntry } from '../unit/wire/entries.ts'
import { mutateBytes, mutateMessage, mutateText } from './mutate.ts'

export interface Target {
  readonly name: string
  /** @throws Error when something is wrong */
  run(random: SeededRandom): void
}

const NOW_SECONDS = Date.UTC(2026, 10, 20) / 1000
const MAX_LZ4 = 1024 * 1024

const one = <T>(arbitrary: fc.Arbitrary<T>, random: SeededRandom): T => {
  const [value] = fc.sample(arbitrary, { numRuns: 1, seed: random.below(2 ** 31) })
  return value as T
}
const idOfDevice = (device: string): Uint8Array => {
  const parsed = parseDeviceId(device)
  assert.ok(parsed.ok)
  return parsed.value
}
const bodyOf = ({ parts }: EncodedMessage): Uint8Array => new Uint8Array(Buffer.concat(parts))

/** Some message of each kind, valid. */
function anyMessage(random: SeededRandom): EncodedMessage {
  const folder = random.pick(['folder-1', 'a', 'ü'.repeat(40)])
  switch (random.below(8)) {
    case 0:
      return encodeMessage({ type: 'close', reason: random.pick(['bye', '\u202eevil\u0007', '']) })
    case 1: {
      const device = { id: random.bytes(32), name: 'n', addresses: [], maxSequence: random.below(1e9), indexId: 7n }
      const devices = Array.from({ length: random.below(4) }, () => device)
      const folders = [{ id: folder, label: 'Family', access: 'read-write' as const, paused: false, devices }]
      return encodeMessage({ type: 'cluster-config', folders })
    }
    case 2: {
      const path = one(anyPath, random)
      const request = { folder, path, offset: random.below(1e9), sizeBytes: 131_072, hash: random.bytes(HASH_BYTES) }
      return encodeMessage({ type: 'request', id: random.below(1000), request })
    }
    case 3:
      return encodeMessage({ type: 'response', id: random.below(1000), data: random.bytes(random.below(100)) })
    default: {
      const entries = Array.from({ length: 1 + random.below(4) }, () => one(anyWireEntry, random))
      return encodeMessage({ type: 'index', folder, entries, full: random.chance(0.5), isMore: random.chance(0.5) })
    }
  }
}

/** Whatever a peer says of a file, it can be kept and used without harm. */
function checkEntry({
  path,
  type,
  deleted,
  sizeBytes,
  mode,
  version,
  blockBytes,
  blocks,
  linkTarget,
  signature,
}: Entry): void {
  assert.equal(parseRelPath(path), path, 'a path that is none')
  assert.ok(Number.isSafeInteger(sizeBytes) && sizeBytes >= 0, 'a size that is none')
  assert.ok(mode === undefined || (mode & ~0o777) === 0, 'permissions beyond rwx')
  assert.equal(blocks.length % HASH_BYTES, 0, 'half a hash')
  if (type === 'file' && !deleted) {
    const count = blocks.length / HASH_BYTES
    assert.ok(
      sizeBytes === 0 ? count === 0 : count === Math.ceil(sizeBytes / blockBytes),
      'blocks that do not make its size',
    )
  } else assert.equal(sizeBytes + blocks.length, 0, 'content of what has none')
  assert.ok(type === 'symlink' && !deleted ? linkTarget !== undefined : linkTarget === undefined, 'a target of no link')
  assert.ok(
    version.every(({ value }) => Number.isSafeInteger(value)),
    'a counter that is none',
  )
  assert.deepEqual(
    version,
    [...version].sort((a, b) => (a.author < b.author ? -1 : 1)),
    'an unsorted version',
  )
  assert.equal(new Set(version.map(({ author }) => author)).size, version.length, 'an author twice')
  assert.ok(signature === undefined || parseSignature(signature) !== undefined)
}

function readMessage(type: number, body: Uint8Array): void {
  if (!isIndex(type)) {
    const decoded = decodeMessage(type, body)
    if (!decoded.ok) return void assert.ok(decoded.error.length < 1000)
    const { value } = decoded
    if (value.type === 'unknown' || value.type === 'download-progress') return
    const again = decodeMessage(type, bodyOf(encodeMessage(value)))
    return assert.deepEqual(again, decoded)
  }
  const index = IndexReader.open(type, body, NOW_SECONDS)
  for (let told = 0; index.ok;) {
    const part = index.value.next()
    if (!part.ok || !part.value) return
    told += part.value.entries.length
    // two bytes name a field: no message makes more entries than it has room for
    assert.ok(part.value.entries.length <= 1000 && told <= body.length / 2)
    for (const wire of part.value.entries) {
      checkEntry(wire.entry)
      assert.ok(Number.isSafeInteger(wire.sequence) && wire.sequence >= 0)
    }
    const { entries, full } = part.value
    const again = IndexReader.open(
      messageType.index,
      bodyOf(encodeMessage({ type: 'index', folder: index.value.folder, entries, full })),
      NOW_SECONDS,
    )
    const reread = again.ok ? again.value.next() : again
    assert.ok(reread.ok, 'what was taken is not taken again')
    assert.deepEqual(reread.value?.entries, entries)
  }
}

/** As it comes from a socket: in pieces of any size. */
function feed(bytes: Uint8Array, random: SeededRandom): void {
  const splitter = new FrameSplitter()
  for (let at = 0; at < bytes.length;) {
    const piece = bytes.slice(at, at + 1 + random.below(random.pick([3, 50, 5000])))
    at += piece.length
    splitter.push(piece)
    for (;;) {
      const frame = splitter.next()
      if (!frame.ok) return
      if (!frame.value) break
      assert.ok(frame.value.body.length <= maxMessageBytes(frame.value.type), 'a message beyond its limit')
      readMessage(frame.value.type, frame.value.body)
    }
  }
}

/** A block made of literals and matches, and what it stands for. */
function lz4Block(random: SeededRandom): { readonly block: Uint8Array; readonly text: Uint8Array } {
  const block: number[] = []
  const text: number[] = []
  const more = (length: number) => {
    let left = length - 15
    for (; left >= 255; left -= 255) block.push(255)
    if (length >= 15) block.push(left)
  }
  const sequences = random.below(20)
  for (let i = 0; i <= sequences; i++) {
    const literals = random.bytes(1 + random.below(random.pick([4, 20, 600])))
    const isLast = i === sequences
    const match = isLast ? 0 : 4 + random.below(random.pick([4, 30, 900]))
    block.push((Math.min(15, literals.length) << 4) | (isLast ? 0 : Math.min(15, match - 4)))
    more(literals.length)
    block.push(...literals)
    text.push(...literals)
    if (isLast) break
    const distance = 1 + random.below(Math.min(65_535, text.length))
    block.push(distance & 255, distance >> 8)
    more(match - 4)
    for (let left = match; left > 0; left--) text.push(text[text.length - distance] ?? 0)
  }
  const prefix = Buffer.alloc(4)
  prefix.writeUInt32BE(text.length)
  return { block: Buffer.concat([prefix, Uint8Array.from(block)]), text: Uint8Array.from(text) }
}

const texts = (random: SeededRandom, valid: string): string => {
  let text = valid
  for (let left = random.below(4); left > 0; left--) text = mutateText(text, random)
  return text
}

export const targets: readonly Target[] = [
  {
    name: 'messages',
    run(random) {
      const message = anyMessage(random)
      const type = random.chance(0.9) ? message.type : random.below(10)
      readMessage(type, random.chance(0.05) ? bodyOf(message) : mutateMessage(bodyOf(message), random))
    },
  },
  {
    name: 'frames',
    run(random) {
      const frames = Array.from({ length: 1 + random.below(4) }, () => {
        const { type, parts } = anyMessage(random)
        const body = new Uint8Array(Buffer.concat(parts))
        const sent = random.chance(0.5) ? mutateMessage(body, random) : body
        return Buffer.concat(encodeFrame({ type, parts: [sent] }))
      })
      const stream = Buffer.concat(frames)
      feed(random.chance(0.5) ? mutateBytes(stream, random) : stream, random)
    },
  },
  {
    name: 'compressed frames',
    run(random) {
      const { block } = lz4Block(random)
      const sent = random.chance(0.5) ? mutateBytes(block, random) : block
      const head = Buffer.from([0, 4, 8, random.below(8), 16, 1])
      const length = Buffer.alloc(4)
      length.writeUInt32BE(random.chance(0.9) ? sent.length : random.below(2 ** 32))
      feed(Buffer.concat([head, length, sent]), random)
    },
  },
  {
    name: 'hello',
    run(random) {
      const proofs = Array.from({ length: random.below(9) }, () => random.bytes(96))
      const hello = { deviceName: 'pi', clientName: 'homeseed', clientVersion: '1', proofs }
      const bytes = encodeHello(hello)
      const body = mutateMessage(bytes.slice(6), random)
      const decoded = decodeHello(body)
      if (decoded.ok && body.length <= MAX_HELLO_BYTES)
        assert.deepEqual(decodeHello(encodeHello(decoded.value).slice(6)), decoded)
      const reader = new HelloReader()
      const stream = mutateBytes(bytes, random)
      for (let at = 0; at < stream.length;) {
        const piece = stream.slice(at, at + 1 + random.below(40))
        at += piece.length
        const read = reader.push(piece)
        if (!read.ok || read.value) break
      }
    },
  },
  {
    name: 'LZ4',
    run(random) {
      const { block, text } = lz4Block(random)
      const expanded = decompress(block, MAX_LZ4)
      assert.ok(expanded.ok && Buffer.compare(expanded.value, text) === 0, 'a block that was not read')
      const mutated = decompress(mutateBytes(block, random), MAX_LZ4)
      if (mutated.ok) assert.ok(mutated.value.length <= MAX_LZ4)
    },
  },
  {
    name: 'new secrets',
    run(random) {
      const id = () => Array.from({ length: 32 }, () => random.pick([...'abcdefghijklmnopqrstuvwxyz234567'])).join('')
      const former = Array.from({ length: 1 + random.below(8) }, id)
      const members = Array.from({ length: random.below(5) }, () => ({
        device: deviceIdToText(random.bytes(32)),
        access: random.pick(['read-write', 'read-only'] as const),
      }))
      const valid = rotationToBytes({ id: id(), former, members }, idOfDevice)
      const input = random.chance(0.1) ? random.bytes(random.below(200)) : mutateBytes(valid, random)
      const parsed = parseRotation(input)
      if (parsed) assert.equal(Buffer.compare(rotationToBytes(parsed, idOfDevice), input), 0)
      assert.equal(readRotation(input), undefined)
    },
  },
  {
    name: 'secrets',
    run(random) {
      const secret = { access: random.pick(['read-write', 'read-only'] as const), key: new Secret(random.bytes(32)) }
      const valid = random.chance(0.5) ? secretToText(secret) : secretLink(secret, 'Fotos ñ')
      const typed = texts(random, valid)
      const parsed = parseSecret(typed)
      if (!parsed.ok) return
      const text = secretToText(parsed.value.secret)
      const again = parseSecret(text)
      assert.ok(again.ok && secretToText(again.value.secret) === text)
      // a mistake is found, unless it is none
      assert.equal(text, secretToText(secret), `"${typed}" passes for another secret`)
    },
  },
  {
    name: 'texts',
    run(random) {
      const path = texts(random, random.pick(['a/b.txt', 'x.sync-conflict-20250615-150640-ABCDEFG.jpg', '.homeseed']))
      const safe = parseRelPath(path)
      if (safe !== undefined) {
        assert.ok(safe.split('/').every((part) => !['', '.', '..'].includes(part)) && !safe.includes('\0'))
        isIgnored(safe)
        const conflict = conflictOf(safe)
        if (conflict) assert.ok(conflict.original.length < safe.length)
      }
      parseDeviceId(texts(random, 'MFZWI3D-BONSGYC-YLTMRWG-C43ENR5-QXGZDMM-FZWI3DP-BONSGYY-LTMRWAD'))
      const address = texts(random, random.pick(['192.168.1.2:22000', '[::1]:80', 'host.local:1', 'tcp://x:22000']))
      const host = parseHostPort(address)
      const peer = peerAddress(address)
      if (peer !== undefined) assert.equal(peerAddress(peer), peer)
      if (host) assert.deepEqual(parseHostPort(hostPortText(host)), host)
      displacementFromText(texts(random, '{"archived":".homeseed/archive/a~20250101-000000","beside":"b"}'))
      const version = versionToText([{ author: '00112233445566ff', value: random.below(2 ** 31) }])
      assert.equal(versionToText(versionFromText(version)), version)
      const stored = withSettings({}, { [texts(random, 'keep')]: texts(random, '30d') })
      if (stored.ok) settingStatuses(stored.value)
    },
  },
]
