import assert from 'node:assert/strict'
import { hash } from 'node:crypto'
import { describe, test } from 'node:test'
import { blockBytesFor } from '../../../appliance/sync/model/block-size.ts'
import { makeWorld, worldKinds } from '../../support/disk-world.ts'
import { needRoot } from '../../support/need-tool.ts'

/** what a temp is to hold, by name */
const CONTENT = 'ab'.repeat(32)

for (const kind of worldKinds) {
  describe(`a folder becomes a share’s: ${kind}`, () => {
    test('marker, archive and tmp; again without harm; what lies in it stays', async () => {
      using world = await makeWorld(kind)
      world.write('a', 'a')
      await world.disk.prepare(world.root)
      assert.equal(world.read('.homeseed/share'), 'SHARE\n')
      assert.deepEqual([world.archive(), world.temps(), world.tree()], [{}, [], { a: 'a' }])
      assert.deepEqual(await world.disk.probe(world.root), { type: 'complete' })
    })

    test('whether it can become one is tried out, and leaves nothing', async () => {
      using world = await makeWorld(kind)
      world.write('a', 'a')
      await world.disk.tryToPrepare(world.root.path)
      assert.equal(world.read('.homeseed/share'), 'SHARE\n')
      assert.deepEqual([world.archive(), world.temps(), world.tree()], [{}, [], { a: 'a' }])
      await world.disk.release(world.root)
      world.remove('.homeseed')
      await world.disk.tryToPrepare(world.root.path)
      world.mkdir('.homeseed')
      await world.disk.tryToPrepare(world.root.path)
      world.write('.homeseed/tmp', 'no folder')
      await assert.rejects(world.disk.tryToPrepare(world.root.path), /tmp in .* is no folder: move it away/)
      world.remove('.homeseed')
      world.write('.homeseed', 'no folder either')
      await assert.rejects(world.disk.tryToPrepare(world.root.path), /\.homeseed in .* is no folder: move it away/)
      assert.equal(world.read('.homeseed'), 'no folder either')
    })

    test('released: files and archive stay, what only the share needed goes', async () => {
      using world = await makeWorld(kind)
      world.write('a', 'a')
      for (const path of ['archive/a', 'spare/ab', 'spare/new', 'tmp']) world.mkdir(`.homeseed/${path}`)
      for (const path of ['archive/a/old', 'spare/ab/x', 'spare/new/y', 'tmp/z'])
        world.write(`.homeseed/${path}`, 'text')
      await world.disk.release({ ...world.root, shareId: 'OTHER' })
      assert.equal(world.read('.homeseed/share'), 'SHARE\n')
      await world.disk.release(world.root)
      assert.deepEqual([world.tree(), world.archive()], [{ a: 'a' }, { a: null, 'a/old': 'text' }])
      world.rename('.homeseed', 'ours')
      assert.deepEqual(Object.keys(world.tree()).sort(), [
        'a',
        'ours',
        'ours/archive',
        'ours/archive/a',
        'ours/archive/a/old',
      ])
      world.rename('ours', '.homeseed')
      await world.disk.prepare(world.root)
    })

    test('a tmp that somebody has tidied away is made anew', async () => {
      using world = await makeWorld(kind)
      world.remove('.homeseed/tmp')
      world.remove('.homeseed/archive')
      const opened = await world.disk.openTemp(world.root, 1, CONTENT)
      assert.ok(opened !== 'no-space')
      const { temp } = opened
      world.remove('.homeseed/tmp')
      await world.disk.discardTemp(temp)
      world.remove('.homeseed/tmp')
      await world.disk.recover(world.root, [])
      assert.deepEqual(world.temps(), [])
    })

    test('not another share’s folder', async () => {
      using world = await makeWorld(kind)
      await assert.rejects(world.disk.prepare({ ...world.root, shareId: 'OTHER' }), /another share/)
      assert.equal(world.read('.homeseed/share'), 'SHARE\n')
    })

    test('not through a symlink, and not over a file', async () => {
      for (const path of ['.homeseed', '.homeseed/tmp', '.homeseed/archive']) {
        using world = await makeWorld(kind)
        world.rename('.homeseed', 'elsewhere')
        if (path !== '.homeseed') world.mkdir('.homeseed')
        world.symlink(path, '../elsewhere')
        await assert.rejects(world.disk.prepare(world.root), /is no folder/, path)
        world.remove(path)
        world.write(path, 'x')
        await assert.rejects(world.disk.prepare(world.root), /is no folder/, path)
      }
    })

    test('a folder that is not there', async () => {
      using world = await makeWorld(kind)
      await assert.rejects(world.disk.prepare({ ...world.root, path: `${world.root.path}/none` }), /is not there/)
    })

    test('sizes around a block: every block has its hash', async () => {
      using world = await makeWorld(kind)
      const block = 128 * 1024
      const sizes = [0, 1, block - 1, block, block + 1, 8 * block - 1, 8 * block, 8 * block + 1]
      const content = (size: number) => new Uint8Array(size).map((_, i) => (i * 7 + size) % 251)
      for (const size of sizes) world.write(`f${size}`, content(size))
      const found = (await world.scan()).filter((each) => each.kind === 'changed')
      assert.equal(found.length, sizes.length)
      for (const { path, sizeBytes, blockBytes, blocks } of found) {
        assert.equal(blockBytes, sizeBytes === 0 ? 0 : blockBytesFor(sizeBytes), path)
        const expected: Uint8Array[] = []
        for (let at = 0; at < sizeBytes; at += block)
          expected.push(hash('sha256', content(sizeBytes).subarray(at, at + block), 'buffer'))
        assert.deepEqual(Buffer.from(blocks), Buffer.concat(expected), path)
      }
    })
  })
}

test('a folder that is there, and in which nobody can make anything', async (t) => {
  // whoever is not allowed to anyway is told that
  if (!needRoot(t)) return
  using world = await makeWorld('disk')
  await assert.rejects(world.disk.prepare({ ...world.root, path: '/proc' }), /\/proc is there, but nothing can be made/)
})
