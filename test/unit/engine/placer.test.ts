/** Collects what is to be put in place, and commits it. */
import assert from 'node:assert/strict'
import { hash } from 'node:crypto'
import test from 'node:test'
import type { ShareIndex } from '../../../appliance/sync/index/share-index.ts'
import type { Entry } from '../../../appliance/sync/model/entry.ts'
import type { RelPath } from '../../../appliance/sync/model/rel-path.ts'
import { Mutex } from '../../../appliance/sync/mutex.ts'
import { Placer } from '../../../appliance/sync/pull/placer.ts'
import { makeWorld, NOW_MS } from '../../support/disk-world.ts'

const CONTENT = 'ab'.repeat(32)

test('an index that breaks down before anything was done costs nothing that was received', async () => {
  using world = await makeWorld('memory')
  const { disk, root } = world
  world.write('a', 'old')
  await world.scan()
  const placer = new Placer({
    clock: { now: () => NOW_MS, monotonic: () => 0, after: () => () => undefined, breathe: () => Promise.resolve() },
    disk,
    root,
    index: {
      local: () => undefined,
      transaction: () => {
        throw new Error('database or disk is full')
      },
    } as unknown as ShareIndex,
    diskLock: new Mutex(),
    commit: () => assert.fail('nothing was placed'),
  })
  const opened = await disk.openTemp(root, 3, CONTENT)
  assert.ok(opened !== 'no-space')
  const bytes = Buffer.from('new')
  await disk.writeBlock(opened.temp, 0, bytes, hash('sha256', bytes, 'buffer'))
  const op = { type: 'file', path: 'a' as RelPath, expected: world.index.seen('a'), mode: 0o644, mtimeNs: 0n } as const
  const entry = {} as unknown as Entry
  await assert.rejects(placer.place({ op: { ...op, from: { temp: opened.temp } }, entry }), /full/)
  const again = await disk.openTemp(root, 3, CONTENT)
  assert.ok(again !== 'no-space')
  assert.deepEqual([again.isKept, world.temps(), world.tree()], [true, [CONTENT], { a: 'old' }])
})
