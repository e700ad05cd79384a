/** What a peer's change replaced or deleted is listed and brought back, by command line and API. */
import assert from 'node:assert/strict'
import { mkdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import test from 'node:test'
import type { RestoreReport, VersionPage, VersionStatus } from '../../appliance/sync/status.ts'
import { removeTree } from '../support/remove-tree.ts'
import { until } from '../support/scratch.ts'
import { SHARE, assertSame, startTwo } from './devices.ts'
import type { Device } from './devices.ts'

const versionsOf = (device: Device, ...args: readonly string[]) =>
  device.homeseed.json<readonly VersionStatus[]>('versions', 'list', SHARE, ...args)
const restore = (device: Device, ...args: readonly string[]) =>
  device.homeseed.json<RestoreReport>('versions', 'restore', SHARE, ...args)
const read = ({ folder }: Device, path: string) => readFileSync(join(folder, path), 'utf8')

/** The archive counts in seconds: what came before and what comes next happen in other ones than the time returned. */
async function aSecondBetween(): Promise<string> {
  await secondEnd()
  const now = new Date().toISOString()
  await secondEnd()
  return now
}

async function secondEnd(): Promise<void> {
  const endMs = Math.floor(Date.now() / 1000 + 1) * 1000
  await until('the next second', () => Date.now() >= endMs)
}

test('what a peer replaced and deleted comes back', async (t) => {
  await using world = await startTwo('versions')
  const { a, b } = world
  const write = (path: string, text: string) => {
    mkdirSync(join(a.folder, path, '..'), { recursive: true })
    writeFileSync(join(a.folder, path), text)
  }
  write('note.txt', 'first')
  write('album/2025/one.txt', 'one')
  write('album/2025/two.txt', 'two')
  symlinkSync('note.txt', join(a.folder, 'link'))
  write('big.bin', 'x'.repeat(3_000_000))
  await assertSame(a, b)
  const before = await aSecondBetween()

  write('note.txt', 'second')
  write('big.bin', 'y'.repeat(3_000_000))
  rmSync(join(a.folder, 'link'))
  removeTree(join(a.folder, 'album'))
  await assertSame(a, b)
  const between = await aSecondBetween()
  write('note.txt', 'third')
  write('since.txt', 'made since')
  await assertSame(a, b)

  await t.test('all of it is listed, as of a time, and below a path', async () => {
    const all = await versionsOf(b)
    assert.deepEqual(
      all.map(({ path }) => path),
      ['big.bin', 'link', 'note.txt', 'note.txt', 'album/2025/one.txt', 'album/2025/two.txt'],
    )
    for (const { archived, until, version } of all) {
      assert.ok(archived?.startsWith('.homeseed/archive/') && version !== null && until !== null)
      assert.ok(until >= before.slice(0, 19))
    }
    assert.deepEqual(
      (await versionsOf(b, 'album')).map(({ path }) => path),
      ['album/2025/one.txt', 'album/2025/two.txt'],
    )
    const then = await versionsOf(b, '--at', between)
    assert.deepEqual(
      then.map(({ path }) => path),
      ['big.bin', 'note.txt'],
    )
    assert.notEqual(then[1]?.version, null, 'it has been replaced since')
    const contents = then.map(({ path, archived: old }) => read(b, old ?? path).slice(0, 6))
    assert.deepEqual(contents, ['yyyyyy', 'second'])
    assert.match(await b.homeseed.run('versions', 'list', SHARE, 'note.txt'), /^VERSION +MODIFIED +SIZE +PATH\n/)
    const page = await b.homeseed.ask<VersionPage>('GET', `/api/v1/shares/${SHARE}/versions?limit=1&path=note.txt`)
    assert.equal(page.versions.length, 1)
    const rest = `limit=5&path=note.txt&after=${encodeURIComponent(page.next ?? '')}`
    const last = await b.homeseed.ask<VersionPage>('GET', `/api/v1/shares/${SHARE}/versions?${rest}`)
    assert.deepEqual([last.versions.length, last.next], [1, null])
  })

  await t.test('one file, by its version or the one replaced last; on every device', async () => {
    const [first] = await versionsOf(b, 'note.txt')
    assert.equal((await restore(b, 'note.txt', '--at', first?.version ?? '')).restored, 1)
    await assertSame(b, a)
    assert.equal(read(a, 'note.txt'), 'first')
    await restore(b, 'note.txt')
    await assertSame(b, a)
    assert.equal(read(a, 'note.txt'), 'third', 'what the restore replaced is the newest')
  })

  await t.test('a whole tree, twice the same', async () => {
    const report = await b.homeseed.ask<RestoreReport>('POST', `/api/v1/shares/${SHARE}/versions/restore`, {
      path: '.',
      at: before,
    })
    assert.deepEqual(report, { restored: 5, unchanged: 0, notRestored: 0, problems: [] })
    await assertSame(b, a)
    assert.equal(read(a, 'note.txt'), 'first')
    assert.equal(read(a, 'album/2025/two.txt'), 'two')
    assert.equal(read(a, 'link'), 'first')
    assert.equal(read(a, 'big.bin').slice(0, 3), 'xxx')
    assert.equal(read(a, 'since.txt'), 'made since')
    assert.deepEqual(await restore(b, '.', '--at', before), {
      restored: 0,
      unchanged: 5,
      notRestored: 0,
      problems: [],
    })
    assert.ok((await versionsOf(b, 'note.txt')).length >= 4, 'what gave way is in the archive')
  })

  await t.test('an edit that nobody has noticed yet is kept when its file is restored', async () => {
    writeFileSync(join(b.folder, 'album/2025/one.txt'), 'just typed')
    await restore(b, 'album', '--at', before)
    await assertSame(b, a)
    assert.equal(read(a, 'album/2025/one.txt'), 'one')
    const kept = await versionsOf(b, 'album/2025/one.txt')
    assert.ok(kept.some(({ archived }) => read(b, archived ?? '') === 'just typed'))
  })

  await t.test('what is in the way is told, and stays', async () => {
    rmSync(join(a.folder, 'big.bin'))
    mkdirSync(join(a.folder, 'big.bin'))
    writeFileSync(join(a.folder, 'big.bin/inside.txt'), 'inside')
    await assertSame(a, b)
    const { code, stdout, stderr } = await b.homeseed.command('versions', 'restore', SHARE, 'big.bin', '--at', before)
    assert.equal(code, 1)
    assert.match(stdout, /0 restored, 0 unchanged, 1 not restored/)
    assert.match(stderr, /big\.bin: a folder of this name is in its place/)
    assert.equal(read(b, 'big.bin/inside.txt'), 'inside')
  })

  await t.test('what is ignored here is not brought back, and nobody waits for it', async () => {
    writeFileSync(join(b.folder, '.syncignore'), 'note.txt\n')
    await b.homeseed.settled(SHARE)
    const now = read(b, 'note.txt')
    const { code, stderr } = await b.homeseed.command('versions', 'restore', SHARE, 'note.txt', '--at', between)
    assert.deepEqual([code, stderr], [1, 'note.txt: it is ignored on this device\n'])
    assert.equal(read(b, 'note.txt'), now)
    await a.homeseed.settled(SHARE)
    rmSync(join(b.folder, '.syncignore'))
    await assertSame(b, a)
  })

  await t.test('paths that lead out, times that are none and versions that are not there are refused', async () => {
    for (const [args, message] of [
      [['../x', '--at', before], /is no path in the share/],
      [['note.txt', '--at', 'yesterday'], /is no time such as/],
      [['nothing.txt', '--at', before], /holds no version of "nothing.txt"/],
      [['.'], /--at TIME/],
      [['album'], /is a folder/],
    ] as const) {
      const { code, stderr } = await b.homeseed.command('versions', 'restore', SHARE, ...args)
      assert.ok(code === 1 || code === 2, stderr)
      assert.match(stderr, message)
    }
    const ask = (query: string) => b.homeseed.ask('GET', `/api/v1/shares/${SHARE}/versions?${query}`)
    for (const query of ['path=/etc', 'path=a/../../b', 'at=x', 'after=x', 'limit=0', 'limit=99999', 'other=1'])
      await assert.rejects(ask(query), / 422 /, query)
  })
})

test('on a read-only device what is restored stays there', async () => {
  await using world = await startTwo('versions-reader', 'read-only')
  const { a, b } = world
  writeFileSync(join(a.folder, 'note.txt'), 'first')
  await assertSame(a, b)
  await secondEnd()
  writeFileSync(join(a.folder, 'note.txt'), 'second')
  await assertSame(a, b)
  assert.equal((await restore(b, 'note.txt')).restored, 1)
  assert.equal(read(b, 'note.txt'), 'first')
  const { localChanges } = await b.homeseed.share(SHARE)
  assert.equal(localChanges, 1)
  assert.equal(read(a, 'note.txt'), 'second')
})
