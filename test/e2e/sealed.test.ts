/** A device that keeps a share sealed: it can read nothing of it, and all of it comes back from there. */
import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { hash } from 'node:crypto'
import { mkdirSync, readFileSync, readdirSync, renameSync, rmSync, statSync, symlinkSync, writeFileSync } from 'node:fs'
import { basename, dirname, join } from 'node:path'
import test from 'node:test'
import { until } from '../support/scratch.ts'
import { differences, treeOf } from '../support/trees.ts'
import { pathOf, someFile } from '../unit/wire/entries.ts'
import { noise } from './content.ts'
import { countBytes } from './count-bytes.ts'
import { SHARE, archived, makeWorld, secretOf, untilSame } from './devices.ts'
import type { Device } from './devices.ts'
import { HostilePeer, makeIdentity } from './hostile-peer.ts'
import type { HostilePeerOptions } from './hostile-peer.ts'

/** planted in names and contents, and to be found nowhere at a device that keeps them sealed */
const PLANTED = 'Grandmother-Elfriede'

function fill({ folder }: Device): void {
  mkdirSync(join(folder, `${PLANTED} letters/empty folder`), { recursive: true })
  writeFileSync(join(folder, `${PLANTED} letters/first.txt`), `Dear ${PLANTED},\n`)
  writeFileSync(join(folder, 'empty'), '')
  writeFileSync(join(folder, 'film'), Buffer.concat([noise(700_000, 1), Buffer.from(PLANTED), noise(3000, 2)]))
  symlinkSync(`${PLANTED} letters`, join(folder, 'link'))
  writeFileSync(join(folder, 'old'), 'to be deleted')
}

/** All that a device has on its disk. */
const onDiskOf = ({ homeseed, folder }: Device): readonly string[] => [folder, homeseed.home]

function assertPlantedNowhere(places: readonly string[]): void {
  for (const place of places) {
    const names = execFileSync('find', [place, '-printf', '%p %l\\n'], { encoding: 'utf8' })
    assert.ok(!names.includes(PLANTED), `a name in ${place}`)
    const found = execFileSync('sh', ['-c', `grep -raF '${PLANTED}' '${place}' | head -c 200`], { encoding: 'utf8' })
    assert.equal(found, '', `a content in ${place}`)
  }
}

const filesIn = ({ folder }: Device): readonly string[] =>
  readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((each) => each.isFile() && !each.parentPath.includes('.homeseed'))
    .map((each) => join(each.parentPath, each.name))

const isInSync = async ({ homeseed }: Device): Promise<boolean> => {
  const { state, peers } = await homeseed.share(SHARE)
  const isConnected = peers.some(({ connected }) => connected)
  return state === 'in-sync' && isConnected && peers.every(({ missing }) => missing?.files === 0)
}
const untilKept = (writer: Device, box: Device): Promise<true> =>
  until('all of it is kept', async () => (await isInSync(writer)) && (await isInSync(box)), {
    describe: async () => `${await writer.homeseed.describe()}\n${await box.homeseed.describe()}`,
  })

test('a box keeps a share sealed: it finds no name and no content, and gives all of it back when nobody else is left', async (t) => {
  await using world = await makeWorld('sealed')
  const [anna, box, ben] = await Promise.all([world.start('anna'), world.start('box'), world.start('ben')])
  fill(anna)
  await world.add(anna)
  await world.join(box, anna, 'seed-only')
  await untilKept(anna, box)
  const secrets = { read: await secretOf(anna, 'read-only'), write: await secretOf(anna, 'read-write') }

  await t.test('what changes and goes is kept so, too; what it was is in the archive there', async () => {
    writeFileSync(join(anna.folder, 'film'), Buffer.concat([noise(700_000, 1), Buffer.from('the end')]))
    renameSync(join(anna.folder, `${PLANTED} letters/first.txt`), join(anna.folder, `${PLANTED} letters/1.txt`))
    rmSync(join(anna.folder, 'old'))
    await anna.homeseed.run('share', 'rescan', SHARE)
    await untilKept(anna, box)
    assert.equal(filesIn(box).length, 3)
    assert.ok(archived(box).length >= 3)
  })

  await t.test('it has no secret but its own', async () => {
    assert.match(await secretOf(box, 'seed-only'), /^F/)
    await assert.rejects(secretOf(box, 'read-only'), /seed-only secret/)
    assert.equal((await box.homeseed.share(SHARE)).access, 'seed-only')
    const { device } = await anna.homeseed.json<{ device: string }>('device', 'id')
    await assert.rejects(box.homeseed.run('device', 'add', device, '--share', SHARE), /kept sealed here/)
  })

  const before = treeOf(anna.folder)
  await anna.homeseed.stop()

  await t.test('a new device has everything from it alone', async () => {
    const host = ['--host', box.homeseed.listen]
    await ben.homeseed.run('share', 'join', secrets.read, ben.folder, '--name', SHARE, ...host)
    await until('all of it is there', () => differences(before, treeOf(ben.folder)).length === 0, {
      describe: async () =>
        [...differences(before, treeOf(ben.folder)), await ben.homeseed.describe(), await box.homeseed.describe()].join(
          '\n',
        ),
    })
  })

  await t.test('what was changed at the box is not given to anybody', async () => {
    const [first] = filesIn(box)
    assert.ok(first)
    writeFileSync(first, 'not what it was')
    await box.homeseed.run('share', 'rescan', SHARE)
    const cora = await world.start('cora')
    const host = ['--host', box.homeseed.listen, '--host', ben.homeseed.listen]
    await cora.homeseed.run('share', 'join', secrets.write, cora.folder, '--name', SHARE, ...host)
    await until('all of it is there', () => differences(before, treeOf(cora.folder)).length === 0, {
      describe: () => cora.homeseed.describe(),
    })
    // who may write gives it back what it lacks
    await until('it is whole again', () => !readFileSync(first).equals(Buffer.from('not what it was')), {
      describe: () => box.homeseed.describe(),
    })
  })

  await box.homeseed.stop()
  await t.test('nothing planted is found on its disk, in its index, in its log', () => {
    assertPlantedNowhere(onDiskOf(box))
    assert.ok(!box.homeseed.log.includes(PLANTED))
  })
})

test('what a box is invited with does not tell it what the share is called', async () => {
  await using world = await makeWorld('sealed-once')
  const [anna, box] = await Promise.all([world.start('anna'), world.start('box')])
  fill(anna)
  await anna.homeseed.run('share', 'add', anna.folder, '--name', PLANTED)
  const { link } = await anna.homeseed.json<{ link: string }>('share', 'secret', PLANTED, '--seed-only', '--once')
  assert.ok(!link.includes(PLANTED))
  await box.homeseed.run('share', 'join', link, box.folder)
  const [share] = await box.homeseed.json<readonly { name: string; access: string }[]>('share', 'list')
  assert.deepEqual([share?.name, share?.access], [basename(box.folder), 'seed-only'])
  await until('all of it is there', () => filesIn(box).length === 4, { describe: () => box.homeseed.describe() })
  await box.homeseed.stop()
  assertPlantedNowhere(onDiskOf(box))
})

test('two boxes pass on to each other what they cannot read', async () => {
  await using world = await makeWorld('two-boxes')
  const [anna, one, two] = await Promise.all([world.start('anna'), world.start('one'), world.start('two')])
  fill(anna)
  await world.add(anna)
  await world.join(one, anna, 'seed-only')
  await untilKept(anna, one)
  await anna.homeseed.stop()
  await world.join(two, one, 'seed-only')
  await untilSame(one, two)
  assert.ok(filesIn(two).every((path) => statSync(path).size >= 1064 && dirname(path) !== two.folder))
})

test('who has the seed-only secret learns no name, and what it makes up or sets back nobody takes', async (t) => {
  await using world = await makeWorld('sealed-hostile')
  const anna = await world.start('anna')
  fill(anna)
  await world.add(anna)
  const { id: shareId } = await anna.homeseed.share(SHARE)
  const secret = await secretOf(anna, 'seed-only')
  const reading = await secretOf(anna, 'read-only')
  const dial = async (more: Partial<HostilePeerOptions> = {}) => {
    const peer = await HostilePeer.dial({ address: anna.homeseed.listen, secret, shareId, ...more })
    const files = () => [...peer.told.values()].filter(({ entry }) => entry.type === 'file')
    await until('it is told of all', () => files().length === 4)
    return peer
  }
  const identity = await makeIdentity()
  const first = await dial({ identity })

  await t.test('all that it is told and given is sealed', async () => {
    const told = JSON.stringify([[...first.told], first.folders], (_, value: unknown) =>
      value instanceof Uint8Array
        ? Buffer.from(value).toString('latin1')
        : typeof value === 'bigint'
          ? `${value}`
          : value,
    )
    assert.ok(first.told.size > 6 && !told.includes(PLANTED) && !told.includes(SHARE))
    const files = [...first.told.values()].filter(({ entry }) => entry.type === 'file')
    assert.ok(files.length >= 4)
    for (const { entry } of files) {
      const sizeBytes = Math.min(entry.blockBytes, entry.sizeBytes)
      const request = { folder: shareId, path: entry.path, offset: 0, sizeBytes, hash: entry.blocks.slice(0, 32) }
      const sealed = await first.session.request(request)
      assert.ok(sealed && sealed.length === sizeBytes && !Buffer.from(sealed).includes(PLANTED))
      assert.deepEqual(hash('sha256', sealed, 'buffer'), Buffer.from(request.hash))
    }
    for (const path of ['empty', 'film', `${PLANTED} letters/first.txt`, '.homeseed/share'])
      for (const sizeBytes of [1, 32, 1024, 131_072])
        assert.equal(
          await first.session.request({
            folder: shareId,
            path: pathOf(path),
            offset: 0,
            sizeBytes,
            hash: new Uint8Array(),
          }),
          undefined,
        )
  })

  await t.test('files that it makes up, moves or tells plainly are passed over', async () => {
    const [one, two] = [...first.told.values()].filter(({ entry }) => entry.type === 'file')
    assert.ok(one && two)
    const later = [{ author: '0000000000000001', value: Number.MAX_SAFE_INTEGER }]
    const forged = [
      { ...one, entry: { ...one.entry, sealed: two.entry.sealed, version: later } },
      { ...one, entry: { ...one.entry, sealed: Uint8Array.of(1, 2, 3), version: later } },
      { ...one, entry: { ...someFile, path: pathOf('made up') } },
      { ...one, entry: { ...someFile, path: pathOf('film'), deleted: true, blocks: new Uint8Array(), sizeBytes: 0 } },
    ]
    await first.session.sendIndex(shareId, forged, { full: true, writers: first.writers })
    await anna.homeseed.run('share', 'rescan', SHARE)
    assert.equal(first.closed, undefined)
    assert.deepEqual(readdirSync(anna.folder).includes('made up'), false)
    assert.ok(statSync(join(anna.folder, 'film')).size > 0)
  })

  await t.test('an older version than it told of before is noted', async () => {
    const before = [...first.told.values()]
    await first.session.sendIndex(shareId, before, { full: true, writers: first.writers })
    const { size } = first.told
    writeFileSync(join(anna.folder, 'film'), 'another film')
    await anna.homeseed.run('share', 'rescan', SHARE)
    const isNew = () => [...first.told.values()].some(({ sequence }) => before.every((old) => old.sequence < sequence))
    await until('it is told of the change', isNew)
    assert.equal(first.told.size, size)
    await first.session.sendIndex(shareId, [...first.told.values()], { writers: first.writers })
    const rolledBack = async () => (await anna.homeseed.share(SHARE)).peers.some((peer) => peer.rolledBack)
    await until('that is taken in', async () =>
      (await anna.homeseed.share(SHARE)).peers.some(({ missing }) => missing?.files === 0),
    )
    assert.equal(await rolledBack(), false)
    await first.session.sendIndex(shareId, before, { writers: first.writers })
    await until('it is noted', rolledBack)
    assert.match(anna.homeseed.log, /device-rolled-back/)
    assert.equal(readFileSync(join(anna.folder, 'film'), 'utf8'), 'another film')
  })

  await t.test('a reader cannot spoil what a box keeps', async () => {
    const box = await world.start('box')
    await world.join(box, anna, 'seed-only')
    await untilKept(anna, box)
    const kept = treeOf(box.folder)
    const [one] = [...first.told.values()].filter(({ entry }) => entry.type === 'file')
    assert.ok(one)
    const later = [{ author: '0000000000000001', value: Number.MAX_SAFE_INTEGER }]
    for (const entry of [
      { ...one.entry, version: later },
      { ...one.entry, version: later, deleted: true, blocks: new Uint8Array(), sizeBytes: 0, blockBytes: 0 },
      { ...one.entry, version: later, signature: undefined },
      { ...someFile, path: pathOf('plain') },
    ]) {
      using reader = await HostilePeer.dial({ address: box.homeseed.listen, secret: reading, shareId })
      await reader.session.sendIndex(shareId, [{ ...one, entry }], { full: true, writers: first.writers })
      await until('it is sent away', () => reader.closed !== undefined)
    }
    await box.homeseed.run('share', 'rescan', SHARE)
    assert.deepEqual(differences(kept, treeOf(box.folder)), [])
  })
  first[Symbol.dispose]()
})

test('a box that has lost its index goes on with the sealed files that lie there, and is sent only what has changed', async () => {
  await using world = await makeWorld('sealed-again')
  const [anna, box] = await Promise.all([world.start('anna'), world.start('box')])
  fill(anna)
  await world.add(anna)
  await world.join(box, anna, 'seed-only')
  await untilKept(anna, box)
  const secret = await secretOf(box, 'seed-only')
  await box.homeseed.run('share', 'remove', SHARE)
  writeFileSync(join(box.folder, 'none of theirs'), 'of the owner of the box')
  const reading = await secretOf(anna, 'read-only')
  await assert.rejects(box.homeseed.run('share', 'join', reading, box.folder), /holds files that were kept sealed/)
  writeFileSync(join(anna.folder, `${PLANTED} letters/first.txt`), 'Dear all,\n')
  rmSync(join(anna.folder, 'old'))
  await anna.homeseed.run('share', 'rescan', SHARE)
  await using counter = await countBytes(anna.homeseed.listen)
  await box.homeseed.run('share', 'join', secret, box.folder, '--name', SHARE, '--host', counter.address)
  await untilKept(anna, box)
  const bytes = counter.take()
  assert.ok(bytes < 100_000, `${bytes} bytes, where the film has 700,000`)
  assert.equal(readFileSync(join(box.folder, 'none of theirs'), 'utf8'), 'of the owner of the box')
  const before = treeOf(anna.folder)
  await anna.homeseed.stop()
  const ben = await world.start('ben')
  await ben.homeseed.run('share', 'join', reading, ben.folder, '--name', SHARE, '--host', box.homeseed.listen)
  await until('all of it is there', () => differences(before, treeOf(ben.folder)).length === 0, {
    describe: async () => [...differences(before, treeOf(ben.folder)), await box.homeseed.describe()].join('\n'),
  })
})
