/** What a scan does when the folder changes under its eyes, cannot be read, or holds what cannot be shared. */
import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import fs from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import type { Found, ScanEnd } from '../../../appliance/sync/disk-work.ts'
import { LocalDiskWork } from '../../../appliance/sync/local-disk-work.ts'
import { wasRacy } from '../../../appliance/sync/model/seen.ts'
import { nodeFs } from '../../../appliance/sync/node-fs.ts'
import { makeWorld, TestIndex } from '../../support/disk-world.ts'
import type { DiskWorld } from '../../support/disk-world.ts'

const told = (found: readonly Found[]): readonly string[] =>
  found.map((each) => {
    if (each.kind === 'blocked') return `blocked ${each.name}: ${each.reason}`
    return each.kind === 'unreadable' ? `unreadable ${each.path ?? '/'}: ${each.code}` : `${each.kind} ${each.path}`
  })

/** A world in memory where `user` acts, once armed, just before the first such call. */
async function watched(
  at: readonly [call: string, path: string],
  user: (world: DiskWorld) => void,
  files: readonly string[],
): Promise<{ world: DiskWorld; arm: () => void }> {
  let armed = false
  const before = (call: string, path: string): void => {
    if (!armed || call !== at[0] || path !== at[1]) return
    armed = false
    user(world)
  }
  const world = await makeWorld('memory', { before })
  for (const path of files) world.write(path, `content of ${path}`)
  await world.scan()
  return { world, arm: () => (armed = true) }
}

/** All that a scan tells, and how it ends. */
async function tell(world: DiskWorld, within?: readonly string[]): Promise<readonly [readonly string[], ScanEnd]> {
  const all: Found[] = []
  const take = async (found: readonly Found[]) => void all.push(...found)
  const end = await world.disk.scan(world.root, within as never, take, new AbortController().signal)
  return [told(all), end]
}
const complete: ScanEnd = { type: 'complete' }

test('no deletion is told when the marker vanishes meanwhile', async () => {
  const { world, arm } = await watched(['list', '/share/z'], (it) => it.rename('.homeseed', 'z/kept'), [
    'a',
    'd/b',
    'z/c',
  ])
  world.remove('a')
  world.remove('d')
  arm()
  assert.deepEqual(await tell(world), [
    ['changed z/kept', 'changed z/kept/archive', 'changed z/kept/share', 'changed z/kept/tmp'],
    { type: 'wrong-folder', reason: 'no-marker' },
  ])
})

test('no deletion is told when another folder takes the place of the shared one meanwhile', async () => {
  const swap = (world: DiskWorld) => {
    world.memory?.rename('/share', '/old')
    world.memory?.writeFile('/share/.homeseed/share', 'SHARE\n')
  }
  const { world, arm } = await watched(['list', '/share/z'], swap, ['a', 'z/c'])
  world.remove('a')
  arm()
  assert.deepEqual(await tell(world), [[], { type: 'wrong-folder', reason: 'moved-away' }])
})

test('a folder emptied by an unmount: what is known of it stays', async () => {
  const { world } = await watched(['', ''], () => undefined, ['usb/a', 'b'])
  world.memory?.mount('/share/usb', 99n)
  assert.deepEqual(await tell(world), [['blocked usb: other-file-system'], complete])
  assert.deepEqual(await tell(world, ['usb', 'usb/a']), [['blocked usb: other-file-system'], complete])
  assert.deepEqual(await tell(world, ['usb/a']), [['blocked usb: other-file-system'], complete])
})

test('a file that changes while it is read is left for later', async () => {
  const { world, arm } = await watched(['read', '/share/a'], (it) => it.write('a', 'changed once more'), [])
  world.write('a', 'first')
  arm()
  assert.deepEqual(await tell(world), [['busy a'], complete])
  assert.deepEqual(await tell(world), [['changed a'], complete])
})

test('a file that shrinks while it is read is left for later', async () => {
  const { world, arm } = await watched(['read', '/share/a'], (it) => it.write('a', 'x'), [])
  world.write('a', new Uint8Array(3_000_000))
  arm()
  assert.deepEqual(await tell(world), [['busy a'], complete])
})

test('a file or folder that goes while it is looked at is left for later, or gone', async () => {
  const file = await watched(['openFile', '/share/a'], (it) => it.remove('a'), [])
  file.world.write('a', 'new')
  file.arm()
  assert.deepEqual(await tell(file.world), [['busy a'], complete])
  const folder = await watched(['openDir', '/share/d'], (it) => it.remove('d'), ['d/a', 'd/b'])
  folder.arm()
  assert.deepEqual(await tell(folder.world), [['busy d'], complete])
  assert.deepEqual(await tell(folder.world), [['gone d', 'gone d/a', 'gone d/b'], complete])
})

test('a folder swapped for a symlink is not followed', async () => {
  const { world, arm } = await watched(
    ['openDir', '/share/d'],
    (it) => (it.rename('d', '.stfolder'), it.symlink('d', '/outside')),
    ['d/a'],
  )
  world.memory?.writeFile('/outside/secret', 'x')
  arm()
  assert.deepEqual(await tell(world), [['busy d'], complete])
  assert.deepEqual(await tell(world), [['changed d', 'gone d/a'], complete])
})

test('a program that saves by removing and writing anew deletes nothing', async () => {
  const { world, arm } = await watched(['list', '/share/z'], (it) => it.write('a', 'saved'), ['a', 'z/c'])
  world.remove('a')
  arm()
  assert.deepEqual(await tell(world), [[], complete])
  assert.deepEqual(await tell(world), [['changed a'], complete])
})

test('a folder that cannot be read is unknown, and the rest goes on', async () => {
  let code: string | undefined
  const before = (call: string, path: string): void => {
    if (code !== undefined && call === 'list' && path === '/share/d') throw Object.assign(new Error(code), { code })
  }
  using world = await makeWorld('memory', { before })
  for (const path of ['a', 'd/x', 'd/y/z', 'e']) world.write(path, path)
  await world.scan()
  world.remove('d/x')
  world.remove('a')
  world.write('e', 'edited')
  for (code of ['EIO', 'EACCES', 'ESTALE']) {
    assert.deepEqual(await tell(world), [[`unreadable d: ${code}`, 'changed e', 'gone a'], complete])
    assert.deepEqual(await tell(world, ['d']), [[`unreadable d: ${code}`], complete])
    assert.deepEqual(await tell(world, ['d/x']), [[`unreadable d: ${code}`], complete])
  }
})

test('a root that cannot be read deletes nothing', async () => {
  let broken = false
  const before = (call: string, path: string): void => {
    if (broken && call === 'list' && path === '/share') throw Object.assign(new Error('EIO'), { code: 'EIO' })
  }
  using world = await makeWorld('memory', { before })
  world.write('a', 'a')
  await world.scan()
  world.remove('a')
  broken = true
  assert.deepEqual(await tell(world), [['unreadable /: EIO'], complete])
})

test('a file that may not be read is unknown, not gone', async () => {
  using world = await makeWorld('memory', { enforceModes: true })
  for (const path of ['a', 'd/b']) world.write(path, path)
  await world.scan()
  world.write('a', 'edited')
  world.chmod('a', 0)
  world.chmod('d', 0)
  assert.deepEqual(await tell(world), [['unreadable a: EACCES', 'changed d', 'unreadable d: EACCES'], complete])
})

test('on a disk: a folder that may not be read is unknown', async (t) => {
  if (process.getuid?.() === 0) return t.skip('root may read everything')
  using world = await makeWorld('disk')
  world.write('d/a', 'a')
  await world.scan()
  world.chmod('d', 0)
  assert.deepEqual(await tell(world), [['changed d', 'unreadable d: EACCES'], complete])
})

test('on a disk: FIFOs and names that are not UTF-8 are named, and hide nothing', async () => {
  using world = await makeWorld('disk')
  world.write('d/was-a-file', 'x')
  await world.scan()
  world.remove('d/was-a-file')
  execFileSync('mkfifo', [join(world.root.path, 'd/was-a-file')])
  fs.writeFileSync(Buffer.concat([Buffer.from(`${world.root.path}/d/`), Buffer.from([0x62, 0xff, 0x61])]), 'x')
  fs.mkdirSync(Buffer.concat([Buffer.from(`${world.root.path}/`), Buffer.from([0xc3])]))
  world.write('d/ok', 'ok')
  assert.deepEqual(await tell(world), [
    ['blocked \uFFFD: bad-name', 'blocked d/b\uFFFDa: bad-name', 'changed d/ok', 'blocked d/was-a-file: special-file'],
    complete,
  ])
})

test('in memory the same', async () => {
  using world = await makeWorld('memory')
  world.write('d/was-a-file', 'x')
  await world.scan()
  world.remove('d/was-a-file')
  world.memory?.makeOther('/share/d', 'was-a-file')
  world.memory?.makeOther('/share/d', new Uint8Array([0x62, 0xff, 0x61]))
  assert.deepEqual(await tell(world), [
    ['blocked d/b\uFFFDa: bad-name', 'blocked d/was-a-file: special-file'],
    complete,
  ])
})

test('a path too deep or too long is named', async () => {
  using world = await makeWorld('memory')
  const deep = Array.from({ length: 256 }, () => 'd').join('/')
  world.write(`${deep}/file`, 'x')
  const [found] = await tell(world)
  assert.equal(found.length, 257)
  assert.equal(found.at(-1), `blocked ${deep}/file: bad-name`)
})

test('damage is no edit', async () => {
  using world = await makeWorld('memory')
  world.write('a', 'content')
  await world.scan()
  world.clock.aheadMs = 3_600_000
  world.memory?.damage('/share/a', new Uint8Array(0))
  assert.deepEqual(await tell(world), [['damaged a'], complete])
  world.write('a', 'edit')
  assert.deepEqual(await tell(world), [['changed a'], complete])
})

test('a write that was under way, whose bytes came after its times, is an edit', async () => {
  using world = await makeWorld('memory')
  world.write('a', 'half')
  await world.scan()
  world.memory?.damage('/share/a', Buffer.from('half and the other half'))
  assert.deepEqual(await tell(world), [['changed a'], complete])
})

test('a large file that is still being written waits; a small one, or one copied with its old time, does not', async () => {
  using world = await makeWorld('memory')
  world.clock.aheadMs = 1_999
  world.write('large', new Uint8Array(1024 * 1024 + 1))
  world.write('large-old', new Uint8Array(1024 * 1024 + 1))
  world.setTimes('large-old', 1_000_000_000_000_000_000n)
  world.write('small', new Uint8Array(64 * 1024))
  assert.deepEqual(await tell(world), [['busy large', 'changed large-old', 'changed small'], complete])
  world.clock.aheadMs = 2_001
  assert.ok((await tell(world))[0].includes('changed large'))
  world.clock.aheadMs = -3_600_000 // a clock set back by an hour
  assert.ok((await tell(world))[0].includes('changed large'))
})

test('a file that is written to all the time is taken as it is, now and then', async () => {
  await withScansAt('x'.repeat(100_000), async (scanAfter, _isRacy, write) => {
    assert.deepEqual(await scanAfter(100), ['busy a'])
    assert.deepEqual(await scanAfter(2_100), ['changed a'])
    for (const afterMs of [3_000, 20_000]) {
      write(afterMs)
      assert.deepEqual(await scanAfter(afterMs + 100), ['busy a'])
    }
    write(33_000)
    assert.deepEqual(await scanAfter(33_100), ['changed a', 'busy a'])
    write(34_000)
    assert.deepEqual(await scanAfter(34_100), ['busy a'], 'that is enough for half a minute')
  })
})

test('a file written within the last tick is taken, but looked at again', async () => {
  await withScansAt('one', async (scanAfter, isRacy) => {
    assert.deepEqual(await scanAfter(5), ['changed a', 'busy a'])
    assert.ok(isRacy())
    assert.deepEqual(await scanAfter(500), ['changed a'])
    assert.ok(!isRacy())
    assert.deepEqual(await scanAfter(500), [])
  })
})

test('a file that may still be getting the bytes of one write is read soon, and once more when it is quiet', async () => {
  await withScansAt('x'.repeat(100_000), async (scanAfter, isRacy) => {
    assert.deepEqual(await scanAfter(500), ['busy a'])
    assert.deepEqual(await scanAfter(700), ['changed a', 'busy a'])
    assert.deepEqual(await scanAfter(1_500), ['busy a'], 'not read')
    assert.ok(isRacy())
    assert.deepEqual(await scanAfter(2_100), ['changed a'])
    assert.deepEqual(await scanAfter(2_200), [])
  })
})

/** @param scans what is found in a folder with one new file, so many milliseconds after it was written */
async function withScansAt(
  content: string,
  scans: (
    scanAfter: (ms: number) => Promise<readonly string[]>,
    isRacy: () => boolean,
    write: (atMs: number) => void,
  ) => Promise<void>,
): Promise<void> {
  using world = await makeWorld('disk')
  world.write('a', content)
  const index = new TestIndex()
  const ctimeMs = Number(nodeFs.openRoot(world.root.path).lstat('a')?.ctimeNs) / 1e6
  const scanAfter = async (ms: number): Promise<readonly string[]> => {
    const clock = { now: () => ctimeMs + ms, monotonic: () => 0 }
    const disk = new LocalDiskWork({ fs: nodeFs, known: index, random: { bytes: () => new Uint8Array(16) }, clock })
    const all: Found[] = []
    const take = async (found: readonly Found[]) => found.forEach((each) => (index.take(each), all.push(each)))
    await disk.scan(world.root, undefined, take, new AbortController().signal)
    return told(all)
  }
  const write = (ms: number): void => {
    world.write('a', content + String(ms))
    const seconds = (ctimeMs + ms) / 1000
    fs.utimesSync(join(world.root.path, 'a'), seconds, seconds)
  }
  await scans(scanAfter, () => wasRacy(index.seen('a')), write)
}

test('what a disk was tried out with and it would not let go of is gone after the next look at everything', async () => {
  let refusals = 1
  const before = (call: string, path: string): void => {
    if (call !== 'removeFile' || !path.endsWith('.try') || refusals-- <= 0) return
    throw Object.assign(new Error(call), { code: 'EIO' })
  }
  using world = await makeWorld('memory', { before })
  world.write('a', 'a')
  assert.deepEqual(await tell(world), [['changed a'], complete])
  assert.equal(world.temps().length, 1)
  assert.deepEqual(await tell(world, ['b']), [[], complete])
  assert.equal(world.temps().length, 1)
  await world.scan()
  assert.deepEqual(world.temps(), [])
})

test('what was just written is told of once it is on the disk, else not: a power cut would look like a deletion', async () => {
  const synced: string[] = []
  const before = (call: string, path: string): void => {
    if (call !== 'sync') return
    synced.push(path)
    if (path === '/share/d/b') throw Object.assign(new Error('EIO'), { code: 'EIO' })
  }
  const world = await makeWorld('memory', { before })
  for (const path of ['a', 'd/b', 'd/c']) world.write(path, `content of ${path}`)
  synced.length = 0
  world.clock.aheadMs = 5000
  assert.deepEqual(await tell(world), [['changed a', 'changed d', 'unreadable d/b: EIO', 'changed d/c'], complete])
  assert.deepEqual(synced.sort(), ['/share', '/share/a', '/share/d', '/share/d/b', '/share/d/c'])
  synced.length = 0
  world.clock.aheadMs = 65_000
  await tell(world)
  assert.deepEqual(synced.sort(), ['/share', '/share/d'], 'the system has written it by then')
})
