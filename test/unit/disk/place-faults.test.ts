/** Full disks, failing disks, poor file systems, and the power cut at every single step. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Intent, PlaceOp } from '../../../appliance/sync/disk-work.ts'
import type { RelPath } from '../../../appliance/sync/model/rel-path.ts'
import { makeWorld, NOW_MS } from '../../support/disk-world.ts'
import type { DiskWorld } from '../../support/disk-world.ts'
import type { MemoryFsOptions } from '../../support/memory-fs.ts'
import { brief, opOf, place, placeOps, STAMP } from '../../support/place-ops.ts'
import type { Short } from '../../support/place-ops.ts'

/** what a temp is to hold, by name */
const CONTENT = 'ab'.repeat(32)

const fault = (code: string): Error => Object.assign(new Error(code), { code })

/** Fails each of these calls at paths that begin like this, once armed. */
function failing(call: string, path: string, code: string): MemoryFsOptions & { armed: boolean } {
  const options = {
    armed: false,
    before: (at: string, where: string) => {
      if (options.armed && at === call && where.startsWith(path)) throw fault(code)
    },
  }
  return options
}

async function worldWith(options: MemoryFsOptions, files: Readonly<Record<string, string>>): Promise<DiskWorld> {
  const world = await makeWorld('memory', options)
  for (const [path, content] of Object.entries(files)) world.write(path, content)
  await world.scan()
  return world
}

const TMP = '/share/.homeseed/tmp'

const faults: readonly (readonly [call: string, path: string, code: string, results: readonly string[]])[] = [
  ['write', TMP, 'ENOSPC', ['no-space', 'no-space', 'done']],
  ['write', TMP, 'EIO', ['failed EIO', 'failed EIO', 'done']],
  ['createFile', TMP, 'EDQUOT', ['no-space', 'no-space', 'done']],
  ['sync', TMP, 'EIO', ['failed EIO', 'failed EIO', 'done']],
  ['sync', TMP, 'ENOSPC', ['no-space', 'no-space', 'done']],
  ['rename', '/share/a', 'EACCES', ['blocked no-permission', 'done', 'done']],
  ['rename', '/share/a', 'EIO', ['failed EIO', 'done', 'done']],
  ['link', TMP, 'EIO', ['failed EIO', 'failed EIO', 'done']],
  ['link', TMP, 'ENOSPC', ['no-space', 'no-space', 'done']],
  ['link', TMP, 'EXDEV', ['blocked no-permission', 'blocked no-permission', 'done']],
  ['setMode', TMP, 'EPERM', ['done', 'done', 'done']],
  ['setMtime', TMP, 'EINVAL', ['done', 'done', 'done']],
  ['lstat', '/share/a', 'EIO', ['failed EIO', 'done', 'done']],
  ['makeDir', '/share/c', 'EROFS', ['done', 'done', 'failed EROFS']],
]
for (const [call, path, code, results] of faults) {
  test(`${code} at ${call} of ${path}: nothing is half done, and the others go on`, async () => {
    const options = failing(call, path, code)
    using world = await worldWith(options, { a: 'old' })
    options.armed = true
    const got = await place(world, { path: 'a', file: 'new' }, { path: 'b', file: 'b' }, { path: 'c', folder: true })
    options.armed = false
    assert.deepEqual(brief(got), results)
    const [a, b, c] = results.map((result) => result === 'done')
    assert.deepEqual(world.tree(), { a: a ? 'new' : 'old', ...(b ? { b: 'b' } : {}), ...(c ? { c: null } : {}) })
    assert.deepEqual(Object.values(world.archive()), a ? ['old'] : [])
    assert.deepEqual(world.temps(), [])
  })
}

test('a folder that cannot be made durable: what was put there is not called done', async () => {
  const options = failing('sync', '/share/d', 'EIO')
  using world = await worldWith(options, { 'd/x': 'x', 'e/x': 'x' })
  options.armed = true
  const results = await place(
    world,
    { path: 'd/a', file: 'a' },
    { path: 'e/a', file: 'a' },
    { path: 'd/x', meta: { mode: 0o600 } },
  )
  assert.deepEqual(brief(results), ['failed EIO', 'done', 'failed EIO'])
})

test('without hard links: the same, by looking before renaming', async () => {
  using world = await worldWith({ hardLinks: false }, { a: 'old', c: 'mine', d: 'd' })
  const results = await place(
    world,
    { path: 'a', file: 'new' },
    { path: 'b', file: 'b' },
    { path: 'c', file: 'theirs', beside: 'copy' },
    { path: 'd', remove: true },
  )
  assert.deepEqual(brief(results), ['done', 'done', 'done', 'done'])
  assert.deepEqual(world.tree(), { a: 'new', b: 'b', c: 'theirs', copy: 'mine' })
  assert.deepEqual(world.archive(), { [`a${STAMP}`]: 'old', [`d${STAMP}`]: 'd' })
  assert.deepEqual(world.temps(), [])
})

test('where case does not count: a twin is refused by name, and a change of case is no loss', async () => {
  using world = await worldWith({ ignoreCase: true }, { 'd/Readme': 'mine' })
  assert.deepEqual(await place(world, { path: 'd/README', file: 'theirs' }), [{ type: 'twin', path: 'd/Readme' }])
  assert.deepEqual(await place(world, { path: 'D', folder: true }), [{ type: 'twin', path: 'd' }])
  assert.deepEqual(brief(await place(world, { path: 'D/other', file: 'x' })), ['blocked no-parent'])
  assert.deepEqual(brief(await place(world, { path: 'D/Readme', remove: true })), ['done'], 'of another folder')
  assert.deepEqual(await world.scan(['d/README', 'D/Readme']), [])
  assert.deepEqual(
    brief(await place(world, { path: 'd/Readme', remove: true }, { path: 'd/README', file: 'theirs' })),
    ['done', 'done'],
  )
  assert.deepEqual(world.tree(), { d: null, 'd/README': 'theirs' })
  world.rename('d/README', 'd/readme')
  const kinds = (await world.scan()).map((found) => `${found.kind} ${'path' in found ? found.path : ''}`)
  assert.deepEqual(kinds, ['changed d/readme', 'gone d/README'])
})

test('read-only folders take what belongs in them, and are read-only again', async () => {
  using world = await worldWith({ enforceModes: true }, { 'd/a': 'old', 'd/b': 'b', 'd/c/x': 'x' })
  world.chmod('d/c', 0o555)
  world.chmod('d', 0o555)
  await world.scan()
  const results = await place(
    world,
    { path: 'd/a', file: 'new' },
    { path: 'd/b', remove: true },
    { path: 'd/c/x', remove: true },
    { path: 'd/c', remove: true },
    { path: 'd/new', folder: true, mode: 0o555 },
    { path: 'd/new/file', file: 'f' },
    { path: 'd/new/link', link: 'f' },
  )
  assert.deepEqual(brief(results), ['done', 'done', 'done', 'done', 'done', 'done', 'done'])
  assert.deepEqual(world.tree(), { d: null, 'd/a': 'new', 'd/new': null, 'd/new/file': 'f', 'd/new/link': '-> f' })
  assert.equal(world.memory?.stat('/share/d')?.mode, 0o555)
  assert.equal(world.memory?.stat('/share/d/new')?.mode, 0o555)
  assert.deepEqual(await world.scan(), [])
})

test('a disk that is nearly full takes nothing more, and says so', async () => {
  using world = await worldWith({ capacityBytes: 1_000_000 }, {})
  world.write('filler', new Uint8Array(900_000))
  await world.scan()
  assert.equal(await world.disk.openTemp(world.root, 60_000, CONTENT), 'no-space')
  const opened = await world.disk.openTemp(world.root, 40_000, CONTENT)
  assert.ok(opened !== 'no-space')
  const { temp } = opened
  await world.disk.discardTemp(temp)
  const results = await place(
    world,
    { path: 'a', file: 'a'.repeat(40_000) },
    { path: 'b', file: 'b'.repeat(40_000) },
    { path: 'c', folder: true },
  )
  assert.deepEqual(brief(results), ['done', 'no-space', 'done'])
  assert.deepEqual(world.temps(), [])
})

test('zeros take no room', async () => {
  let written = 0
  using world = await worldWith({ before: (call) => void (written += call === 'write' ? 1 : 0) }, {})
  written = 0
  assert.deepEqual(brief(await place(world, { path: 'a', file: '\0'.repeat(200_000) })), ['done'])
  assert.equal(written, 0)
  assert.equal(world.read('a'), '\0'.repeat(200_000))
})

/** Everything that a batch may do, on these. */
const before = { a: 'a1', 'd/b': 'b1', 'd/c': 'c1', e: 'e1', 'f/g': 'g1' }
const batch: readonly Short[] = [
  { path: 'a', file: 'a2' },
  { path: 'd/b', file: 'b2', beside: 'd/b-copy' },
  { path: 'd/c', remove: true },
  { path: 'e', folder: true },
  { path: 'e/new', file: 'new2' },
  { path: 'f/g', link: 'nowhere' },
  { path: 'h', file: 'h2' },
]

class PowerCut extends Error {}

/** Ends in the middle: from call number `after` on, every call fails, and nothing tidies up. */
async function cutPower(after: number): Promise<{ world: DiskWorld; cut: boolean }> {
  const state = { left: Infinity }
  const assertPower = () => {
    state.left -= 1
    if (state.left < 0) throw new PowerCut('power cut')
  }
  const world = await worldWith({ before: assertPower }, before)
  const ops: readonly PlaceOp[] = batch.map((short) => opOf(world, short))
  const places = await world.disk.archivePlaces(world.root, ops, NOW_MS)
  const intents = ops.flatMap(({ path, expected }, i): readonly Intent[] => {
    const archived = places[i]
    return archived === undefined ? [] : [{ path, expected, archived }]
  })
  state.left = after
  await world.disk.place(world.root, ops, places)
  const cut = state.left < 0
  state.left = Infinity
  await world.disk.recover(world.root, intents)
  return { world, cut }
}

test('the power cut at every step: each path holds its old or its new content, whole, and nothing is lost', async () => {
  let steps = 0
  for (let cut = true; cut; steps++) {
    const result = await cutPower(steps)
    cut = result.cut
    using world = result.world
    const tree = world.tree()
    const everything = [...Object.values(tree), ...Object.values(world.archive())]
    for (const old of Object.values(before)) assert.ok(everything.includes(old), `${old} is lost at step ${steps}`)
    const choices: Readonly<Record<string, readonly (string | null | undefined)[]>> = {
      a: ['a1', 'a2'],
      'd/b': ['b1', 'b2'],
      // the loser of a conflict gets its copy whenever the winner has the name
      'd/b-copy': [tree['d/b'] === 'b2' ? 'b1' : undefined],
      'd/c': ['c1', undefined],
      e: ['e1', null],
      'e/new': [undefined, 'new2'],
      'f/g': ['g1', '-> nowhere'],
      h: [undefined, 'h2'],
    }
    for (const [path, allowed] of Object.entries(choices))
      assert.ok(allowed.includes(tree[path]), `${path} holds ${String(tree[path])} at step ${steps}`)
    assert.deepEqual(world.temps(), [])
    // and the very same, done again after a scan, comes to its end
    await world.scan()
    await place(world, ...batch)
    assert.equal(world.read('a'), 'a2')
    assert.equal(world.read('d/b'), 'b2')
    assert.equal('d/c' in world.tree(), false)
  }
  assert.ok(steps > 60, `only ${steps} steps`)
})

test('a folder that was read-only is so again after the power was cut at any step', async () => {
  for (let after = 0, isCut = true; isCut; after++) {
    const state = { left: Infinity }
    const assertPower = () => {
      state.left -= 1
      if (state.left < 0) throw new PowerCut('power cut')
    }
    using world = await worldWith({ before: assertPower, enforceModes: true }, { 'd/a': 'old' })
    world.chmod('d', 0o555)
    await world.scan()
    state.left = after
    await place(world, { path: 'd/new', file: 'new' }).catch(() => undefined)
    isCut = state.left < 0
    state.left = Infinity
    await world.disk.recover(world.root, [])
    assert.equal(world.memory?.stat('/share/d')?.mode, 0o555, `at step ${after}`)
  }
})

test('recovery keeps what came of large files and clears the rest, and needs the right folder', async () => {
  using world = await worldWith({}, { a: 'a' })
  await world.disk.openTemp(world.root, 10, CONTENT)
  world.write('.homeseed/tmp/small', 'x')
  assert.equal(world.temps().length, 2)
  await world.disk.recover(world.root, [
    { path: 'gone/x' as RelPath, expected: 'x', archived: '[".homeseed/archive/nowhere/x"]' },
  ])
  assert.deepEqual(world.temps(), [CONTENT])
  await assert.rejects(world.disk.recover({ ...world.root, shareId: 'OTHER' }, []), /other-share/)
})

test('a results list even when the folder goes away in between', async () => {
  const options = failing('openDir', '/share/.homeseed/tmp', 'EIO')
  using world = await worldWith(options, {})
  options.armed = true
  assert.deepEqual(brief(await placeOps(world, [opOf(world, { path: 'a', file: 'a' })])), ['failed EIO'])
})

test('where the archive cannot keep the old version, that one stays, and others go', async () => {
  using world = await worldWith({}, { 'album/picture': 'a picture', text: 'a text' })
  world.write('.homeseed/archive/album', 'not a folder')
  const results = await place(world, { path: 'album/picture', remove: true }, { path: 'text', remove: true })
  assert.deepEqual(brief(results), ['failed NO_ARCHIVE_PLACE', 'done'])
  assert.deepEqual(world.tree(), { album: null, 'album/picture': 'a picture' })
})

test('what could not be removed when its time came goes later', async () => {
  const options = failing('removeFile', TMP, 'EIO')
  using world = await worldWith(options, {})
  options.armed = true
  await place(world, { path: 'a', file: 'a' })
  assert.equal(world.temps().length, 1)
  options.armed = false
  const opened = await world.disk.openTemp(world.root, 1, CONTENT)
  assert.ok(opened !== 'no-space')
  await world.disk.dropParked(world.root)
  assert.deepEqual(world.temps(), [CONTENT], 'what is being received stays')
})

test('recovery takes back folders that were made just before a crash, unless something has come into them', async () => {
  using world = await worldWith({}, { 'used/inside/file': 'a file' })
  for (const path of ['used/new', 'made', 'made/new']) world.mkdir(path)
  const made = ['made', 'made/new', 'nowhere/new', 'used', 'used/inside', 'used/inside/file', 'used/new']
  await world.disk.recover(
    world.root,
    made.map((path) => ({ path: path as RelPath, expected: '', archived: '' })),
  )
  assert.deepEqual(world.tree(), { used: null, 'used/inside': null, 'used/inside/file': 'a file' })
})
