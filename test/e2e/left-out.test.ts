/** What a linked device announces and nobody here can take is left out; everything else goes on. */
import assert from 'node:assert/strict'
import { existsSync, readdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import test from 'node:test'
import { deviceIdToText } from '../../appliance/sync/model/device-id.ts'
import { noBytes } from '../../appliance/sync/model/entry.ts'
import type { RelPath } from '../../appliance/sync/model/rel-path.ts'
import type { VersionVector } from '../../appliance/sync/model/version-vector.ts'
import type { WireEntry } from '../../appliance/sync/wire/peer-session.ts'
import { until } from '../support/scratch.ts'
import { SHARE, assertSame, makeWorld, startTwo } from './devices.ts'
import type { Device } from './devices.ts'
import { HostilePeer, makeIdentity } from './hostile-peer.ts'

const MAX = Number.MAX_SAFE_INTEGER
const FILE = 'text'

/** A device that the owner linked, once it knows the file. */
async function linkTo({ homeseed }: Device, maxSequence = 1): Promise<HostilePeer> {
  const identity = await makeIdentity()
  const { id: shareId } = await homeseed.share(SHARE)
  await homeseed.run('device', 'add', deviceIdToText(identity.id), '--share', SHARE)
  const address = homeseed.listen
  const peer = await HostilePeer.dial({ address, shareId, identity, clientName: 'syncthing', maxSequence })
  await until('it is told of the file', () => peer.told.has(FILE))
  return peer
}

const poisons: Readonly<Record<string, (version: VersionVector) => VersionVector>> = {
  'counts the author to the end': (version) => version.map(({ author }) => ({ author, value: MAX })),
  'has more authors than there may be': () =>
    Array.from({ length: 257 }, (_, i) => ({ author: (i + 1).toString(16).padStart(16, '0'), value: 1 })),
  'has as many authors as there may be': (version) => [
    ...Array.from({ length: 255 }, (_, i) => ({ author: (i + 1).toString(16).padStart(16, '0'), value: 1 })),
    ...version.map(({ author, value }) => ({ author, value: value + 1 })),
  ],
}
for (const [name, poison] of Object.entries(poisons))
  test(`a file can still be edited after a linked device announced a version that ${name}`, async () => {
    await using world = await startTwo('poison')
    const { a, b } = world
    writeFileSync(join(a.folder, FILE), 'first')
    await assertSame(a, b)
    using peer = await linkTo(a)
    const { entry } = peer.known(FILE)
    const poisoned: WireEntry = {
      entry: {
        ...entry,
        version: poison(entry.version),
        mtimeNs: entry.mtimeNs + 1_000_000_000n,
        signature: undefined,
      },
      sequence: 1,
      invalid: false,
    }
    await peer.session.sendIndex(peer.shareId, [poisoned], { full: true })
    // a device that nobody else is connected with answers for all that it was told before
    await a.homeseed.settled(SHARE)
    writeFileSync(join(a.folder, FILE), 'second, by its owner')
    writeFileSync(join(a.folder, 'other'), 'another file')
    const tree = await assertSame(a, b)
    assert.equal(tree.size, 2)
    writeFileSync(join(b.folder, FILE), 'third, by somebody else')
    await assertSame(b, a)
    assert.equal(peer.closed, undefined)
  })

test('a name that no disk here can keep holds up nobody who waits, though it is the newest', async () => {
  await using world = await makeWorld('long-name')
  const a = await world.start('anna')
  await world.add(a)
  writeFileSync(join(a.folder, FILE), 'a text')
  await a.homeseed.run('share', 'rescan', SHARE)
  using peer = await linkTo(a, 2)
  const entry = { ...peer.known(FILE).entry, signature: undefined }
  const path = '漢'.repeat(100) as RelPath // 300 bytes
  await peer.session.sendIndex(
    peer.shareId,
    [
      { entry, sequence: 1, invalid: false },
      {
        entry: { ...entry, path, type: 'directory', sizeBytes: 0, blockBytes: 0, blocks: noBytes },
        sequence: 2,
        invalid: false,
      },
    ],
    { full: true },
  )
  await a.homeseed.settled(SHARE)
  assert.match(a.homeseed.log, /entries-left-out/)
  assert.equal(peer.closed, undefined)
})

test("what is ours in a shared folder is nobody else's to write to", async () => {
  await using world = await makeWorld('ours')
  const a = await world.start('anna')
  await world.add(a)
  writeFileSync(join(a.folder, FILE), 'a text')
  await a.homeseed.run('share', 'rescan', SHARE)
  using peer = await linkTo(a, 4)
  const folder = (path: string, sequence: number): WireEntry => ({
    sequence,
    invalid: false,
    entry: {
      ...peer.known(FILE).entry,
      path: path as RelPath,
      type: 'directory',
      sizeBytes: 0,
      mode: 0o755,
      blockBytes: 0,
      blocks: noBytes,
      signature: undefined,
    },
  })
  const link = folder('.homeseed/archive/link', 2)
  await peer.session.sendIndex(
    (await a.homeseed.share(SHARE)).id,
    [
      folder('.homeseed/archive/planted', 1),
      { ...link, entry: { ...link.entry, type: 'symlink', mode: undefined, linkTarget: '/etc' } },
      folder('.homeseed/tmp/planted', 3),
      folder('proper', 4),
    ],
    { full: true },
  )
  await until('the last of them is here', () => existsSync(join(a.folder, 'proper')))
  await a.homeseed.settled(SHARE, { peers: 0 })
  assert.deepEqual(readdirSync(join(a.folder, '.homeseed/archive')), [])
  assert.deepEqual(readdirSync(join(a.folder, '.homeseed/tmp')), [])
})
