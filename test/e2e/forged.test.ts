/** A reader that forges: nothing of what it invents is taken over, it is sent away, and what it took over once stays true. */
import assert from 'node:assert/strict'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import test from 'node:test'
import Database from 'better-sqlite3'
import type { RelPath } from '../../appliance/sync/model/rel-path.ts'
import { parseSecret } from '../../appliance/sync/model/secret-text.ts'
import { bumpVersion } from '../../appliance/sync/model/version-vector.ts'
import { deviceKeyOf } from '../../appliance/sync/wire/device-key.ts'
import type { WireEntry } from '../../appliance/sync/wire/peer-session.ts'
import { newShareSecret, openShareKeys } from '../../appliance/sync/wire/share-signatures.ts'
import { until } from '../support/scratch.ts'
import { differences, treeOf } from '../support/trees.ts'
import { SHARE, makeWorld, secretOf, untilSame } from './devices.ts'
import { HostilePeer, makeIdentity } from './hostile-peer.ts'

test('nobody takes over what a reader has forged', async (t) => {
  await using world = await makeWorld('forged')
  const [a, b] = await Promise.all([world.start('anna'), world.start('ben')])
  await world.add(a)
  for (let i = 0; i < 20; i++) writeFileSync(join(a.folder, `photo ${i}`), `picture ${i}`)
  await world.join(b, a, 'read-only')
  await untilSame(a, b)
  const before = treeOf(a.folder)
  const { id: shareId } = await a.homeseed.share(SHARE)
  const secret = await secretOf(a, 'read-only')
  const identity = await makeIdentity()
  using reader = await HostilePeer.dial({ address: a.homeseed.listen, secret, shareId, identity })
  await until('it is told', () => reader.told.size === 20)
  const known = reader.known('photo 3')
  const other = reader.known('photo 4')
  const own = openShareKeys(
    newShareSecret({ bytes: (length) => new Uint8Array(length).fill(9) }),
    deviceKeyOf(identity),
  )
  const author = '0123456789abcdef'
  const later = { ...known.entry, version: bumpVersion(known.entry.version, author, Date.now() / 1000) }
  const gone = { ...later, deleted: true, sizeBytes: 0, blockBytes: 0, blocks: new Uint8Array(0) }
  const signedByItself = own.sign([gone])[0] ?? new Uint8Array(0)
  const wire = (entry: WireEntry['entry']): WireEntry => ({ entry, sequence: 99, invalid: false })

  const forgeries: readonly (readonly [what: string, entry: WireEntry['entry'], writers: readonly Uint8Array[]])[] = [
    ['an entry that nobody has signed', { ...later, signature: undefined }, []],
    ['a newer version with the old signature', later, []],
    ['a deletion with the old signature', gone, []],
    ['a file under the name of another', { ...known.entry, path: other.entry.path }, reader.writers],
    ['the signature of another file', { ...known.entry, signature: other.entry.signature }, reader.writers],
    ['what it has signed itself', { ...gone, signature: signedByItself }, []],
    [
      'what it has signed itself, with a certificate of another share',
      { ...gone, signature: signedByItself },
      [own.certificateOf(signedByItself) ?? new Uint8Array(0)],
    ],
    ['a new path without signature', { ...later, path: 'planted' as RelPath, signature: undefined }, []],
  ]
  for (const [what, entry, writers] of forgeries)
    await t.test(what, async () => {
      for (const victim of [a, b]) {
        using forger = await HostilePeer.dial({ address: victim.homeseed.listen, secret, shareId, maxSequence: 99 })
        await until('it is told', () => forger.told.size === 20)
        await forger.session.sendIndex(shareId, [wire(entry)], { full: true, writers })
        await until('it is sent away', () => forger.closed !== undefined)
        assert.match(forger.closed ?? '', /unsigned|signature|certificate/)
        assert.deepEqual(differences(treeOf(victim.folder), before), [])
      }
    })

  await t.test('an older version that a writer once signed takes nothing back', async () => {
    writeFileSync(join(a.folder, 'photo 3'), 'a better picture')
    await untilSame(a, b)
    using forger = await HostilePeer.dial({ address: b.homeseed.listen, secret, shareId, maxSequence: 99 })
    await until('it is told', () => forger.told.size === 20)
    await forger.session.sendIndex(shareId, [wire(known.entry)], { full: true, writers: reader.writers })
    await b.homeseed.settled(SHARE, { peers: 0 })
    assert.equal(forger.closed, undefined, 'it may have been away for long')
    await untilSame(a, b)
  })

  await t.test('certificates that no entry needs are kept by nobody, however many a writer makes', async () => {
    const parsed = parseSecret(await secretOf(a, 'read-write'))
    assert.ok(parsed.ok && 'access' in parsed.value.secret)
    const { secret: ofShare } = parsed.value
    const unneeded = () => {
      const device = { ...deviceKeyOf(identity), id: crypto.getRandomValues(new Uint8Array(32)) }
      const keys = openShareKeys(ofShare, device)
      return keys.certificateOf(keys.sign([known.entry])[0] ?? new Uint8Array(0)) ?? new Uint8Array(0)
    }
    const kept = () => {
      using index = new Opened(join(b.homeseed.home, 'homeseed.db'))
      return index.count('share_writers')
    }
    const before = kept()
    const secretOfWriters = await secretOf(a, 'read-write')
    using forger = await HostilePeer.dial({
      address: b.homeseed.listen,
      secret: secretOfWriters,
      shareId,
      maxSequence: 99,
    })
    await until('it is told', () => forger.told.size >= 20)
    for (let sent = 0; sent < 2000; sent += 500)
      await forger.session.sendIndex(shareId, [wire(known.entry)], {
        writers: [...reader.writers, ...Array.from({ length: 500 }, unneeded)],
      })
    // an answer comes once all before it was taken in
    await forger.session.request({
      folder: shareId,
      path: 'none' as RelPath,
      offset: 0,
      sizeBytes: 1,
      hash: new Uint8Array(32),
    })
    assert.equal(forger.closed, undefined)
    assert.equal(kept(), before)
  })
})

/** The index of a device that runs, to be looked at. */
class Opened implements Disposable {
  readonly #sqlite: Database.Database

  constructor(path: string) {
    this.#sqlite = new Database(path, { readonly: true })
  }

  count(table: 'share_writers'): number {
    return this.#sqlite.prepare(`SELECT count(*) FROM ${table}`).pluck().get() as number
  }

  [Symbol.dispose](): void {
    this.#sqlite.close()
  }
}
