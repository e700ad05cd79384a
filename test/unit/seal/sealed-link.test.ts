import assert from 'node:assert/strict'
import { hash } from 'node:crypto'
import { test } from 'node:test'
import type { LocalEntry, ShareIndex } from '../../../appliance/sync/index/share-index.ts'
import type { Entry } from '../../../appliance/sync/model/entry.ts'
import { Secret } from '../../../appliance/sync/model/secret.ts'
import { SealKeys } from '../../../appliance/sync/seal/seal-keys.ts'
import { SealedLink } from '../../../appliance/sync/seal/sealed-link.ts'
import { openPath } from '../../../appliance/sync/seal/sealed-path.ts'
import type { PeerSession, TellOptions, WireEntry } from '../../../appliance/sync/wire/peer-session.ts'
import { openShareKeys } from '../../../appliance/sync/wire/share-signatures.ts'
import { FakeClock } from '../../support/fake-clock.ts'
import { pathOf, someFile } from '../wire/entries.ts'
import { deviceOf } from '../wire/device.ts'

const MINUTE_MS = 60_000
const keys = openShareKeys({ access: 'read-write', key: new Secret(new Uint8Array(32).fill(9)) }, deviceOf(1))
const seals = await SealKeys.derive(keys.id, new Secret(Buffer.from('only for tests')))
const content = Buffer.from('of a file')
const log = { error: () => {}, warn: () => {}, info: () => {}, debug: () => {} }

const fileAt = (name: string): Entry => ({
  ...someFile,
  path: pathOf(name),
  sizeBytes: content.length,
  blocks: hash('sha256', content, 'buffer'),
})
const wireOf = (name: string, sequence: number, invalid = false): WireEntry => ({
  entry: fileAt(name),
  sequence,
  invalid,
})

/** A device that is told of what lies in an index, as far as that can be read. */
function listener(isReadable: (path: string) => boolean, workMs = 0) {
  const clock = new FakeClock()
  const rows = new Map<string, LocalEntry>()
  const messages: { readonly entries: readonly WireEntry[]; readonly options: TellOptions }[] = []
  const session = {
    sendIndex: (_folder: string, entries: readonly WireEntry[], options: TellOptions) => {
      messages.push({ entries, options })
      return Promise.resolve()
    },
    close: (reason: string) => assert.fail(reason),
  }
  const link = new SealedLink({
    clock,
    log,
    session: session as unknown as PeerSession,
    keys,
    seals,
    index: { local: (path: string) => rows.get(path) } as unknown as ShareIndex,
    deviceNo: 1,
    isHomeseed: true,
    read: async ({ path }) => {
      if (workMs > 0) await clock.advance(workMs)
      return isReadable(path) ? content : undefined
    },
    isPlain: () => false,
    onRolledBack: () => undefined,
  })
  const files = (entries: readonly WireEntry[]) =>
    entries.flatMap(({ entry, sequence }) =>
      entry.type === 'file' ? [[openPath(entry.path, seals), sequence] as const] : [],
    )
  return {
    clock,
    messages,
    told: () => messages.flatMap(({ entries }) => files(entries)),
    tell: async (wires: readonly WireEntry[], options: TellOptions = {}) => {
      for (const { entry, sequence } of wires) rows.set(entry.path, { entry, sequence } as LocalEntry)
      await link.session.sendIndex('share', wires, options)
    },
  }
}

test('what cannot be read when its turn comes is told once it can be, and until then asked for by whoever comes again', async () => {
  let isReadable = false
  const { clock, told, tell } = listener((path) => path !== 'locked' || isReadable)
  await tell([wireOf('first', 5), wireOf('locked', 6), wireOf('second', 7)], { full: true })
  await tell([wireOf('third', 8)])
  assert.deepEqual(told(), [
    ['first', 5],
    ['second', 5],
    ['third', 5],
  ])
  await clock.advance(MINUTE_MS)
  assert.equal(told().length, 3)
  isReadable = true
  await clock.advance(2 * MINUTE_MS)
  assert.deepEqual(told().at(-1), ['locked', 8])
  await tell([wireOf('fourth', 9)])
  assert.deepEqual(told().at(-1), ['fourth', 9])
})

test('what has changed since it could not be read is told as it is now, once', async () => {
  let isReadable = false
  const { clock, told, tell } = listener((path) => path !== 'busy' || isReadable)
  await tell([wireOf('busy', 2), wireOf('other', 3)])
  isReadable = true
  await tell([wireOf('busy', 4)])
  await clock.advance(10 * MINUTE_MS)
  assert.deepEqual(told(), [
    ['other', 1],
    ['busy', 4],
  ])
})

test('what takes long to seal is told in pieces, of which the last one says that it is', async () => {
  let isReadable = true
  const { messages, told, tell } = listener(() => isReadable, 600)
  await tell([wireOf('a', 1), wireOf('b', 2), wireOf('c', 3)], { full: true, isMore: true })
  assert.deepEqual(
    messages.map(({ options: { full, isMore } }) => [full, isMore]),
    [
      [true, true],
      [false, true],
    ],
  )
  assert.equal(told().length, 3)
  isReadable = false
  await tell([wireOf('d', 4)], { isMore: false })
  assert.equal(messages.at(-1)?.options.isMore, false)
  assert.ok(messages.at(-1)?.entries.length === 1)
})

test('of a file that this device has not got, nothing is signed that could pass for an empty one', async () => {
  const { messages, tell } = listener(() => true)
  await tell([wireOf('elsewhere', 1, true)])
  const file = messages[0]?.entries.find(({ entry }) => entry.type === 'file')
  assert.ok(file?.invalid)
  assert.deepEqual([file.entry.version, file.entry.signature], [[], undefined])
})
