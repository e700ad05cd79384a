import assert from 'node:assert/strict'
import { hash } from 'node:crypto'
import { describe, test } from 'node:test'
import type { PlaceOp } from '../../../appliance/sync/disk-work.ts'
import type { RelPath } from '../../../appliance/sync/model/rel-path.ts'
import { makeWorld, worldKinds } from '../../support/disk-world.ts'
import { brief, MTIME_NS, opOf, place, placeOps, STAMP } from '../../support/place-ops.ts'

/** what a temp is to hold, by name */
const CONTENT = 'ab'.repeat(32)

const utf8 = new TextEncoder()

for (const kind of worldKinds) {
  describe(`place, content and permissions: ${kind}`, () => {
    test('mode and time are the entry’s, and the next scan finds nothing', async () => {
      using world = await makeWorld(kind)
      await place(
        world,
        { path: 'd', folder: true, mode: 0o750 },
        { path: 'd/a', file: 'a', mode: 0o754 },
        { path: 'd/b', file: 'b' },
        { path: 'd/hidden', file: 'h', mode: 0 },
        { path: 'setuid', file: 's', mode: 0o4755 },
        { path: 'l', link: 'x' },
      )
      assert.deepEqual(await world.scan(), [])
      world.index.set('d', '')
      for (const path of ['d/a', 'd/b', 'd/hidden', 'setuid']) world.index.set(path, '')
      const found = (await world.scan()).filter((each) => each.kind === 'changed')
      assert.deepEqual(
        found.map(({ path, mode, mtimeNs, type }) => [path, mode, type === 'file' ? mtimeNs : 0n]),
        [
          ['d', 0o750, 0n],
          ['d/a', 0o754, MTIME_NS],
          ['d/b', 0o644, MTIME_NS],
          ['d/hidden', 0o400, MTIME_NS],
          ['setuid', 0o755, MTIME_NS],
        ],
      )
    })

    test('a new version without a mode keeps the old one’s', async () => {
      using world = await makeWorld(kind)
      world.write('a', 'old')
      world.chmod('a', 0o741)
      await world.scan()
      await place(world, { path: 'a', file: 'new' })
      assert.deepEqual(await world.scan(), [])
      world.index.set('a', '')
      const [found] = await world.scan()
      assert.equal(found?.kind === 'changed' ? found.mode : undefined, 0o741)
    })

    test('permissions and time alone', async () => {
      using world = await makeWorld(kind)
      world.write('a', 'a')
      world.write('b', 'b')
      world.mkdir('d')
      world.symlink('l', 'a')
      await world.scan()
      const results = await place(
        world,
        { path: 'a', meta: { mode: 0o600 } },
        { path: 'b', meta: { mtimeNs: MTIME_NS } },
        { path: 'd', meta: { mode: 0o711 } },
        { path: 'l', meta: { mode: 0o600, mtimeNs: 0n } },
      )
      assert.deepEqual(brief(results), ['done', 'done', 'done', 'done'])
      const again = (await world.scan()).map((each) => ('path' in each ? each.path : ''))
      assert.deepEqual(again, ['b'], 'a write while its time was set would have left no trace')
      assert.deepEqual(world.tree(), { a: 'a', b: 'b', d: null, l: '-> a' })
      for (const path of ['a', 'b', 'd']) world.index.set(path, '')
      const found = (await world.scan()).filter((each) => each.kind === 'changed')
      assert.deepEqual([found[0]?.mode, found[1]?.mtimeNs, found[2]?.mode], [0o600, MTIME_NS, 0o711])
    })

    test('old versions of one second have names of their own', async () => {
      using world = await makeWorld(kind)
      world.write('a.txt', '1')
      await world.scan()
      for (const file of ['2', '3', '4']) assert.deepEqual(brief(await place(world, { path: 'a.txt', file })), ['done'])
      assert.deepEqual(world.archive(), { [`a${STAMP}-2.txt`]: '2', [`a${STAMP}-3.txt`]: '3', [`a${STAMP}.txt`]: '1' })
    })

    test('content that is not what its hash says is refused', async () => {
      using world = await makeWorld(kind)
      const op = opOf(world, { path: 'a', file: 'a' })
      const forged = {
        ...op,
        from: { bytes: utf8.encode('b'), hash: hash('sha256', utf8.encode('a'), 'buffer') },
      } as PlaceOp
      assert.deepEqual(brief(await placeOps(world, [forged])), ['bad-content'])
      assert.deepEqual([world.tree(), world.temps()], [{}, []])
    })

    test('a received file: only when complete, and only once', async () => {
      using world = await makeWorld(kind)
      const [first, second] = [utf8.encode('first '), utf8.encode('second')]
      const block = (bytes: Uint8Array, offset: number) => [offset, bytes, hash('sha256', bytes, 'buffer')] as const
      const opened = await world.disk.openTemp(world.root, 12, CONTENT)
      assert.ok(opened !== 'no-space')
      const { temp } = opened
      const op = { ...opOf(world, { path: 'a', file: '' }), from: { temp } } as PlaceOp
      assert.equal(await world.disk.writeBlock(temp, ...block(second, 6)), 'ok')
      assert.equal(await world.disk.writeBlock(temp, 0, first, new Uint8Array(32)), 'bad-content')
      assert.equal(await world.disk.writeBlock(temp, ...block(second, 7)), 'bad-content')
      assert.deepEqual(brief(await placeOps(world, [op])), ['bad-content'])
      assert.deepEqual(brief(await placeOps(world, [op])), ['failed NO_SUCH_TEMP'])
      assert.deepEqual([world.tree(), world.temps()], [{}, []])

      const againOpened = await world.disk.openTemp(world.root, 12, CONTENT)
      assert.ok(againOpened !== 'no-space')
      const { temp: again } = againOpened
      await world.disk.writeBlock(again, ...block(second, 6))
      await world.disk.writeBlock(again, ...block(first, 0))
      assert.deepEqual(brief(await placeOps(world, [{ ...op, from: { temp: again } } as PlaceOp])), ['done'])
      assert.deepEqual([world.tree(), world.temps()], [{ a: 'first second' }, []])
      assert.equal(await world.disk.writeBlock(again, ...block(first, 0)), 'failed')
    })

    test('what came of a file before is gone on with, if it is what it should be', async () => {
      using world = await makeWorld(kind)
      const [first, second] = [utf8.encode('first '), utf8.encode('second')]
      const blocks = [first, second].map((bytes, index) => ({
        index,
        offset: index * 6,
        sizeBytes: 6,
        hash: hash('sha256', bytes, 'buffer'),
      }))
      const open = async () => {
        const opened = await world.disk.openTemp(world.root, 12, CONTENT)
        assert.ok(opened !== 'no-space')
        return opened
      }
      const { temp, isKept } = await open()
      assert.equal(isKept, false)
      assert.equal(await world.disk.writeBlock(temp, 0, first, hash('sha256', first, 'buffer')), 'ok')
      const other = await open()
      assert.equal(other.isKept, false, 'two of the same content do not share one temp')
      await world.disk.discardTemp(other.temp)
      await world.disk.parkTemp(temp)
      assert.deepEqual(world.temps(), [CONTENT])
      const again = await open()
      assert.equal(again.isKept, true)
      assert.deepEqual(await world.disk.keptBlocks(again.temp, blocks), [0])
      assert.equal(await world.disk.writeBlock(again.temp, 6, second, hash('sha256', second, 'buffer')), 'ok')
      const op = { ...opOf(world, { path: 'a', file: '' }), from: { temp: again.temp } } as PlaceOp
      assert.deepEqual(brief(await placeOps(world, [op])), ['done'])
      assert.deepEqual([world.tree(), world.temps()], [{ a: 'first second' }, []])

      await world.disk.parkTemp((await open()).temp)
      await world.disk.dropParked(world.root)
      assert.deepEqual(world.temps(), [])
    })

    test('blocks are read, and copied from files that are here, only if they are what they should be', async () => {
      using world = await makeWorld(kind)
      world.write('d/a', 'firstsecond')
      const hashes = ['first', 'second', 'third!'].map((text) => hash('sha256', text, 'buffer'))
      const [one, two, three] = hashes
      assert.ok(one && two && three)
      const a = 'd/a' as RelPath
      assert.equal(Buffer.from((await world.disk.readBlock(world.root, a, 5, 6, two)) ?? []).toString(), 'second')
      assert.equal(await world.disk.readBlock(world.root, a, 5, 6, three), undefined)
      assert.equal(await world.disk.readBlock(world.root, a, 6, 6, two), undefined)
      assert.equal(await world.disk.readBlock(world.root, 'nowhere' as RelPath, 0, 5, one), undefined)
      const opened = await world.disk.openTemp(world.root, 17, CONTENT)
      assert.ok(opened !== 'no-space')
      const { temp } = opened
      const filled = await world.disk.copyBlocks(temp, world.root, a, [
        { index: 0, sourceOffset: 5, offset: 0, sizeBytes: 6, hash: two },
        { index: 1, sourceOffset: 0, offset: 6, sizeBytes: 6, hash: three },
        { index: 2, sourceOffset: 0, offset: 12, sizeBytes: 5, hash: one },
      ])
      assert.deepEqual(filled, [0, 2])
      await world.disk.discardTemp(temp)
      assert.deepEqual(world.temps(), [])
    })

    test('nothing is written where the marker is missing', async () => {
      using world = await makeWorld(kind)
      world.rename('.homeseed', 'elsewhere')
      assert.deepEqual(brief(await place(world, { path: 'a', file: 'a' })), ['failed FOLDER_NO-MARKER'])
      await assert.rejects(world.disk.openTemp(world.root, 1, CONTENT))
      assert.equal('a' in world.tree(), false)
    })
  })
}
