import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { describe, test } from 'node:test'
import type { Found } from '../../../appliance/sync/disk-work.ts'
import { makeWorld, worldKinds } from '../../support/disk-world.ts'
import type { DiskWorld } from '../../support/disk-world.ts'

/** `kind path`, or the name of what has no path; without what only says to look again. */
const told = (found: readonly Found[]): readonly string[] =>
  found
    .filter(({ kind }) => kind !== 'busy')
    .map((each) => `${each.kind} ${'path' in each ? (each.path ?? '/') : each.name}`)

const sha256 = (bytes: Uint8Array | string): Uint8Array => createHash('sha256').update(bytes).digest()

for (const kind of worldKinds) {
  describe(`scan: ${kind}`, () => {
    const check = (title: string, run: (world: DiskWorld) => Promise<void>) =>
      void test(title, async () => {
        using world = await makeWorld(kind)
        await run(world)
      })

    check('finds everything once, in the order of the index', async (world) => {
      for (const path of ['b/x', 'b/y/z', 'b-c', 'b.txt', 'a', 'ab', 'b0']) world.write(path, path)
      world.mkdir('empty')
      world.symlink('link', 'b/x')
      assert.deepEqual(told(await world.scan()), [
        'changed a',
        'changed ab',
        'changed b',
        'changed b-c',
        'changed b.txt',
        'changed b/x',
        'changed b/y',
        'changed b/y/z',
        'changed b0',
        'changed empty',
        'changed link',
      ])
      await world.scan()
      assert.deepEqual(await world.scan(), [])
    })

    check('tells what a file is', async (world) => {
      const content = new Uint8Array(300_000).map((_, i) => i % 251)
      world.write('big', content)
      world.chmod('big', 0o640)
      world.setTimes('big', 1_600_000_000_000_000_000n)
      world.write('none', '')
      world.symlink('link', '../elsewhere')
      const found = (await world.scan()).filter((each) => each.kind === 'changed')
      const [big, link, none] = found
      assert.deepEqual(
        { ...big, seen: '', blocks: Buffer.from(big?.blocks ?? []).toString('hex') },
        {
          kind: 'changed',
          path: 'big',
          seen: '',
          type: 'file',
          sizeBytes: 300_000,
          mode: 0o640,
          mtimeNs: 1_600_000_000_000_000_000n,
          blockBytes: 131_072,
          blocks: [0, 1, 2]
            .map((i) => Buffer.from(sha256(content.subarray(i * 131_072, (i + 1) * 131_072))).toString('hex'))
            .join(''),
          linkTarget: undefined,
        },
      )
      assert.deepEqual([none?.sizeBytes, none?.blockBytes, none?.blocks.length], [0, 0, 0])
      assert.deepEqual([link?.type, link?.linkTarget, link?.sizeBytes], ['symlink', '../elsewhere', 0])
    })

    check('tells edits, changes of kind, and deletions last', async (world) => {
      for (const path of ['edit', 'gone', 'to-folder', 'folder/a', 'folder/b', 'stays']) world.write(path, path)
      await world.scan()
      await world.scan()
      world.write('edit', 'more than before')
      world.remove('gone')
      world.remove('to-folder')
      world.write('to-folder/inner', 'x')
      world.remove('folder')
      world.write('folder', 'now a file')
      world.write('zz', 'new')
      assert.deepEqual(told(await world.scan()), [
        'changed edit',
        'changed folder',
        'changed to-folder',
        'changed to-folder/inner',
        'changed zz',
        'gone folder/a',
        'gone folder/b',
        'gone gone',
      ])
      await world.scan()
      assert.deepEqual(await world.scan(), [])
    })

    check('permissions are a change', async (world) => {
      world.write('a', 'a')
      world.mkdir('d')
      await world.scan()
      await world.scan()
      world.chmod('a', 0o600)
      world.chmod('d', 0o700)
      assert.deepEqual(told(await world.scan()), ['changed a', 'changed d'])
    })

    check('names of any script; twins of Unicode are two files', async (world) => {
      const names = [
        'ñ',
        'n\u0303',
        '日本語/語',
        '🐟',
        '\uFFFD',
        '\uE000',
        '\u{1F600}/x',
        'a b',
        'Ω',
        '__proto__',
        'é'.repeat(127),
      ]
      for (const name of names) world.write(name, name)
      const found = told(await world.scan())
      for (const name of names) assert.ok(found.includes(`changed ${name}`), name)
      await world.scan()
      assert.deepEqual(await world.scan(), [])
      world.remove('n\u0303')
      world.remove('\uE000')
      assert.deepEqual(told(await world.scan()), ['gone n\u0303', 'gone \uE000'])
    })

    check('what belongs to sync programs is not looked at', async (world) => {
      for (const path of [
        '.stfolder/x',
        '.stignore',
        '.syncthing.a.tmp',
        'd/~syncthing~b.tmp',
        'd/.homeseed/archive/x',
        '.homeseed/archive/a~1',
      ])
        world.write(path, 'x')
      assert.deepEqual(told(await world.scan()), ['changed d'])
    })

    check('only within: the path, what is below, and new folders on the way', async (world) => {
      for (const path of ['a/1', 'a/2', 'a-b', 'b/1', 'c']) world.write(path, path)
      assert.deepEqual(told(await world.scan(['a/1', 'b'])), ['changed a', 'changed a/1', 'changed b', 'changed b/1'])
      assert.deepEqual(told(await world.scan()), ['changed a-b', 'changed a/2', 'changed c'])
      await world.scan()
      world.remove('a')
      world.remove('b')
      world.write('b', 'file')
      world.remove('a-b')
      assert.deepEqual(told(await world.scan(['a', 'c', 'nowhere/at/all', '.homeseed/archive'])), [
        'gone a',
        'gone a/1',
        'gone a/2',
      ])
      assert.deepEqual(told(await world.scan(['b/1'])), ['gone b/1'])
      assert.deepEqual(told(await world.scan(['a-b', 'b', 'b/1'])), ['changed b', 'gone a-b'])
      await world.scan()
      assert.deepEqual(await world.scan(), [])
    })

    check('a folder that is not (any more) the shared one says nothing', async (world) => {
      world.write('a', 'a')
      await world.scan()
      world.remove('a')
      world.rename('.homeseed', 'kept')
      assert.deepEqual(await world.scanEnd(), { type: 'wrong-folder', reason: 'no-marker' })
      world.rename('kept', '.homeseed')
      world.write('.homeseed/share', 'OTHER\n')
      assert.deepEqual(await world.scanEnd(), { type: 'wrong-folder', reason: 'other-share' })
      const missing = { ...world.root, path: `${world.root.path}/nowhere` }
      const none = () => Promise.resolve()
      const { signal } = new AbortController()
      assert.deepEqual(await world.disk.scan(missing, undefined, none, signal), {
        type: 'wrong-folder',
        reason: 'missing',
      })
      assert.deepEqual(await world.disk.probe(missing), { type: 'wrong-folder', reason: 'missing' })
    })

    check('stops when told to', async (world) => {
      for (let i = 0; i < 1200; i++) world.write(`f${i}`, '')
      const controller = new AbortController()
      let batches = 0
      const scan = world.disk.scan(
        world.root,
        undefined,
        async (found) => {
          assert.ok(found.length <= 500)
          batches += 1
          controller.abort(new Error('enough'))
        },
        controller.signal,
      )
      await assert.rejects(scan, /enough/)
      assert.equal(batches, 1)
    })

    check('a symlink to a folder, or to itself, is a link and nothing else', async (world) => {
      world.write('d/x', 'x')
      world.symlink('d/up', '..')
      world.symlink('self', 'self')
      world.symlink('d2', 'd')
      assert.deepEqual(told(await world.scan()), [
        'changed d',
        'changed d/up',
        'changed d/x',
        'changed d2',
        'changed self',
      ])
    })
  })
}
