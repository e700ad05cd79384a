import assert from 'node:assert/strict'
import { hash, randomBytes } from 'node:crypto'
import { mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import type { TestContext } from 'node:test'
import type { DiskWork, Found, PlaceOp, ShareRoot } from '../../../appliance/sync/disk-work.ts'
import type { RelPath } from '../../../appliance/sync/model/rel-path.ts'
import { startDiskWork } from '../../../appliance/sync/worker-client.ts'
import { WorkerThread } from '../../../appliance/sync/worker-thread.ts'
import { DEADLY } from '../../support/disk-worker.ts'

/** what a temp is to hold, by name */
const CONTENT = 'ab'.repeat(32)

const workerUrl = new URL('../../support/disk-worker.ts', import.meta.url)
const never = new AbortController().signal

async function start(
  t: TestContext,
  databasePath = 'none',
): Promise<{ disk: DiskWork; root: ShareRoot; deaths: Error[] }> {
  const path = mkdtempSync(join(tmpdir(), 'homeseed-'))
  const deaths: Error[] = []
  const disk = startDiskWork({ workers: 2, databasePath, workerUrl, onDeath: (error) => void deaths.push(error) })
  t.after(async () => {
    await disk.close()
    rmSync(path, { recursive: true, force: true })
  })
  const root = { shareId: 'SHARE', path }
  await disk.prepare(root)
  return { disk, root, deaths }
}

const fileOp = (path: string, from: (PlaceOp & { type: 'file' })['from']): PlaceOp => {
  const common = { path: path as RelPath, expected: '' } as const
  return { ...common, type: 'file', mode: 0o644, mtimeNs: 0n, from }
}

test('scans in batches, each taken before the next is sent', async (t) => {
  const { disk, root } = await start(t)
  for (let i = 0; i < 1100; i++) writeFileSync(join(root.path, `f${i}`), `${i}`)
  let busy = false
  const batches: Found[][] = []
  const end = await disk.scan(
    root,
    undefined,
    async (found) => {
      assert.equal(busy, false)
      busy = true
      batches.push([...found])
      // any other answer comes before the next batch
      assert.deepEqual(await disk.probe(root), { type: 'complete' })
      busy = false
    },
    never,
  )
  assert.deepEqual(end, { type: 'complete' })
  assert.deepEqual(
    batches.map(({ length }) => length),
    [500, 500, 100],
  )
  for (const found of batches.flat()) {
    assert.ok(found.kind === 'changed')
    assert.deepEqual(Buffer.from(found.blocks), hash('sha256', found.path.slice(1), 'buffer'))
  }
})

test('a scan tells what is gone, and of a folder that is not the share', async (t) => {
  const { disk, root } = await start(t, 'thousand')
  const found: Found[] = []
  const take = async (batch: readonly Found[]) => void found.push(...batch)
  assert.deepEqual(await disk.scan(root, undefined, take, never), { type: 'complete' })
  assert.equal(found.filter(({ kind }) => kind === 'gone').length, 999)
  const other = { ...root, shareId: 'OTHER' }
  assert.deepEqual(await disk.scan(other, undefined, take, never), { type: 'wrong-folder', reason: 'other-share' })
})

test('a scan stops when told to, and when what it finds cannot be taken', async (t) => {
  const { disk, root } = await start(t)
  for (let i = 0; i < 1100; i++) writeFileSync(join(root.path, `f${i}`), '')
  const controller = new AbortController()
  const stopped = disk.scan(root, undefined, async () => controller.abort(new Error('enough')), controller.signal)
  await assert.rejects(stopped, /enough/)
  const refused = disk.scan(root, undefined, () => Promise.reject(new Error('no room')), never)
  await assert.rejects(refused, /no room/)
  assert.deepEqual(await disk.scan(root, undefined, async () => undefined, never), { type: 'complete' })
})

test('receives, places, reads; what is given away is gone, what is lent stays', async (t) => {
  const { disk, root } = await start(t)
  const [lent, given] = [randomBytes(4096), Buffer.from(randomBytes(200_000).buffer.slice(0, 200_000))]
  const [lentHash, givenHash] = [hash('sha256', lent, 'buffer'), hash('sha256', given, 'buffer')]
  const copy = Buffer.from(Uint8Array.from(given))
  const opened = await disk.openTemp(root, given.length, CONTENT)
  assert.ok(opened !== 'no-space')
  const { temp } = opened
  assert.equal(await disk.writeBlock(temp, 0, given, givenHash), 'ok')
  assert.equal(given.buffer.byteLength, 0)
  const ops = [fileOp('big', { temp }), fileOp('small', { bytes: lent, hash: lentHash })]
  const places = await disk.archivePlaces(root, ops, 0)
  assert.deepEqual(places, [undefined, undefined])
  const results = await disk.place(root, ops, places)
  assert.deepEqual(
    results.map(({ type }) => type),
    ['done', 'done'],
  )
  assert.equal(lent.length, 4096)
  assert.deepEqual(readFileSync(join(root.path, 'small')), lent)
  assert.deepEqual(readFileSync(join(root.path, 'big')), copy)
  const block = await disk.readBlock(root, 'big' as RelPath, 0, 200_000, givenHash)
  assert.deepEqual(Buffer.from(block ?? []), copy)
  assert.equal(await disk.readBlock(root, 'big' as RelPath, 1, 199_999, givenHash), undefined)
  const secondOpened = await disk.openTemp(root, 4096, CONTENT)
  assert.ok(secondOpened !== 'no-space')
  const { temp: second } = secondOpened
  const wanted = [{ index: 7, sourceOffset: 0, offset: 0, sizeBytes: 4096, hash: lentHash }]
  assert.deepEqual(await disk.copyBlocks(second, root, 'small' as RelPath, wanted), [7])
  await disk.discardTemp(second)
  assert.deepEqual(readdirSync(join(root.path, '.homeseed/tmp')), [])
})

test('an error keeps its words', async (t) => {
  const { disk, root } = await start(t)
  await assert.rejects(disk.prepare({ ...root, shareId: 'OTHER' }), /another share/)
  await assert.rejects(disk.prepare({ ...root, path: `${root.path}/nowhere` }), /is not there/)
})

test('a worker that dies rejects what it was asked, and works again; one that keeps dying does not', async (t) => {
  const { disk, root, deaths } = await start(t)
  const opened = await disk.openTemp(root, 10, CONTENT)
  assert.ok(opened !== 'no-space')
  const { temp } = opened
  const die = () => disk.readBlock(root, DEADLY as RelPath, 0, 1, new Uint8Array(32))
  await assert.rejects(die(), /code 3/)
  assert.equal(deaths.length, 1)
  assert.equal(await disk.readBlock(root, 'none' as RelPath, 0, 1, new Uint8Array(32)), undefined)
  for (let i = 0; i < 12; i++) await die().catch(() => undefined)
  await assert.rejects(die(), /keeps failing/)
  assert.equal(await disk.writeBlock(temp, 0, new Uint8Array(1), new Uint8Array(32)), 'failed')
  assert.deepEqual(await disk.scan(root, undefined, async () => undefined, never), { type: 'complete' })
})

test('a thread with nothing to do ends, and another is there when it is needed', async (t) => {
  const { root } = await start(t)
  const thread = new WorkerThread(workerUrl, { databasePath: 'none' }, assert.fail, { workMs: 0, probeMs: 0 })
  t.after(() => thread.close())
  const open = async () => {
    const opened = await thread.call('openTemp', [root, 1, CONTENT, 1])
    return opened === 'no-space' ? undefined : opened.temp
  }
  const asked = open()
  thread.rest() // it is busy
  assert.equal(await asked, 1)
  assert.equal(await open(), 2)
  thread.rest()
  assert.equal(await open(), 1, 'a new one, which holds nothing yet')
})

test('one that has worked rests after a while without work, however often it is asked how its disk is', async (t) => {
  const { root } = await start(t)
  for (const [workMs, next] of [
    [Infinity, 2],
    [0, 1],
  ] as const) {
    const thread = new WorkerThread(workerUrl, { databasePath: 'none' }, assert.fail, { workMs, probeMs: Infinity })
    t.after(() => thread.close())
    await thread.call('openTemp', [root, 1, CONTENT, 1])
    await thread.call('probe', [root])
    thread.rest()
    const opened = await thread.call('openTemp', [root, 1, CONTENT, 1])
    assert.equal(opened !== 'no-space' && opened.temp, next)
  }
})
