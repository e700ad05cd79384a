import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { makeWorld, worldKinds } from '../../support/disk-world.ts'
import type { DiskWorld } from '../../support/disk-world.ts'
import { brief, place, STAMP } from '../../support/place-ops.ts'
import type { Short } from '../../support/place-ops.ts'

interface Case {
  readonly title: string
  /** paths and contents before; `null` for a folder; all of it scanned */
  readonly before?: Readonly<Record<string, string | null>>
  /** what a user does after the scan */
  readonly user?: (world: DiskWorld) => void
  readonly ops: readonly Short[]
  readonly results: readonly string[]
  readonly after: Readonly<Record<string, string | null>>
  readonly archive?: Readonly<Record<string, string | null>>
}

const cases: readonly Case[] = [
  {
    title: 'new files and folders, folders first',
    ops: [
      { path: 'd', folder: true },
      { path: 'd/e', folder: true },
      { path: 'd/e/f', file: 'f' },
      { path: 'g', file: '' },
    ],
    results: ['done', 'done', 'done', 'done'],
    after: { d: null, 'd/e': null, 'd/e/f': 'f', g: '' },
  },
  {
    title: 'a new version: the old one goes to the archive',
    before: { 'd/a.txt': 'old' },
    ops: [{ path: 'd/a.txt', file: 'new' }],
    results: ['done'],
    after: { d: null, 'd/a.txt': 'new' },
    archive: { d: null, [`d/a${STAMP}.txt`]: 'old' },
  },
  {
    title: 'two old versions within one second both stay',
    before: { a: '1' },
    ops: [{ path: 'a', file: '2' }],
    results: ['done'],
    after: { a: '2' },
    archive: { [`a${STAMP}`]: '1' },
  },
  {
    title: 'a removed file goes to the archive',
    before: { a: 'a', 'd/b': 'b' },
    ops: [
      { path: 'a', remove: true },
      { path: 'd/b', remove: true },
      { path: 'd', remove: true },
    ],
    results: ['done', 'done', 'done'],
    after: {},
    archive: { [`a${STAMP}`]: 'a', d: null, [`d/b${STAMP}`]: 'b' },
  },
  {
    title: 'removing what is not there',
    ops: [
      { path: 'a', remove: true },
      { path: 'no/where', remove: true },
    ],
    results: ['done', 'done'],
    after: {},
  },
  {
    title: 'an edit since the scan is not touched',
    before: { a: 'old' },
    user: (world) => world.write('a', 'edited'),
    ops: [
      { path: 'a', file: 'new' },
      { path: 'a', remove: true },
      { path: 'a', link: 'x' },
      { path: 'a', meta: { mode: 0o600 } },
    ],
    results: ['changed-underneath', 'changed-underneath', 'changed-underneath', 'changed-underneath'],
    after: { a: 'edited' },
  },
  {
    title: 'a file that nobody knew of is not touched',
    user: (world) => world.write('d/a', 'mine'),
    ops: [
      { path: 'd', folder: true },
      { path: 'd/a', file: 'theirs' },
      { path: 'd/a', folder: true },
      { path: 'd/a', link: 'x' },
    ],
    results: ['changed-underneath', 'changed-underneath', 'changed-underneath', 'changed-underneath'],
    after: { d: null, 'd/a': 'mine' },
  },
  {
    title: 'a file removed since the scan',
    before: { a: 'a', 'd/b': 'b' },
    user: (world) => (world.remove('a'), world.remove('d')),
    ops: [
      { path: 'a', file: 'new' },
      { path: 'd/b', file: 'new' },
      { path: 'd/c', file: 'c' },
    ],
    results: ['changed-underneath', 'changed-underneath', 'blocked no-parent'],
    after: {},
  },
  {
    title: 'a conflict copy beside',
    before: { 'a.txt': 'mine' },
    ops: [{ path: 'a.txt', file: 'theirs', beside: 'a.copy.txt' }],
    results: ['done'],
    after: { 'a.copy.txt': 'mine', 'a.txt': 'theirs' },
    archive: {},
  },
  {
    title: 'a conflict copy never replaces anything',
    before: { 'a.txt': 'mine', 'a.copy.txt': 'other' },
    ops: [{ path: 'a.txt', file: 'theirs', beside: 'a.copy.txt' }],
    results: ['done'],
    after: { 'a.copy-2.txt': 'mine', 'a.copy.txt': 'other', 'a.txt': 'theirs' },
    archive: {},
  },
  {
    title: 'a conflict copy that is there already needs no second one',
    before: { 'a.txt': 'mine', 'a.copy.txt': 'mine' },
    ops: [{ path: 'a.txt', file: 'theirs', beside: 'a.copy.txt' }],
    results: ['done'],
    after: { 'a.copy.txt': 'mine', 'a.txt': 'theirs' },
    archive: { [`a${STAMP}.txt`]: 'mine' },
  },
  {
    title: 'links: new, replaced, and replacing',
    before: { a: 'file' },
    ops: [
      { path: 'l', link: '../x' },
      { path: 'a', link: 'y' },
    ],
    results: ['done', 'done'],
    after: { a: '-> y', l: '-> ../x' },
    archive: { [`a${STAMP}`]: 'file' },
  },
  {
    title: 'a file over an empty folder, a folder over a file',
    before: { d: null, f: 'f' },
    ops: [
      { path: 'd', file: 'd' },
      { path: 'f', folder: true },
      { path: 'f/x', file: 'x' },
    ],
    results: ['done', 'done', 'done'],
    after: { d: 'd', f: null, 'f/x': 'x' },
    archive: { [`f${STAMP}`]: 'f' },
  },
  {
    title: 'a folder that holds something gives way to nothing',
    before: { 'd/x': 'x' },
    ops: [
      { path: 'd', file: 'd' },
      { path: 'd', remove: true },
      { path: 'd', link: 'l' },
    ],
    results: ['blocked is-in-the-way', 'blocked not-empty', 'blocked is-in-the-way'],
    after: { d: null, 'd/x': 'x' },
  },
  {
    title: 'unless all it holds is what Syncthing was receiving',
    before: { d: null },
    user: (world) => world.write('d/.syncthing.x.tmp', 'half'),
    ops: [{ path: 'd', remove: true }],
    results: ['done'],
    after: {},
  },
  {
    title: 'a bad op does not harm the others',
    before: { a: 'a' },
    ops: [
      { path: 'x', file: 'x' },
      { path: 'no/parent', file: 'y' },
      { path: 'é'.repeat(128), file: 'z' },
      { path: 'a', file: 'w', expected: 'file:1:2:3:4:5' },
      { path: 'z', file: 'z' },
    ],
    results: ['done', 'blocked no-parent', 'blocked bad-name', 'changed-underneath', 'done'],
    after: { a: 'a', x: 'x', z: 'z' },
  },
  {
    title: 'a path through a symlink leads nowhere',
    before: { 'd/x': 'x' },
    user: (world) => world.symlink('s', 'd'),
    ops: [
      { path: 's/new', file: 'new' },
      { path: 's/x', file: 'new', expected: 'file:1:2:3:4:5' },
    ],
    results: ['blocked no-parent', 'changed-underneath'],
    after: { d: null, 'd/x': 'x', s: '-> d' },
  },
]

for (const kind of worldKinds) {
  describe(`place: ${kind}`, () => {
    for (const { title, before = {}, user, ops, results, after, archive = {} } of cases) {
      test(title, async () => {
        using world = await makeWorld(kind)
        for (const [path, content] of Object.entries(before)) {
          if (content === null) world.mkdir(path)
          else world.write(path, content)
        }
        await world.scan()
        user?.(world)
        assert.deepEqual(brief(await place(world, ...ops)), results)
        assert.deepEqual(world.tree(), after)
        assert.deepEqual(world.archive(), archive)
        assert.deepEqual(world.temps(), [])
        // what the results say is what lies there: a scan finds nothing but what the user did
        if (!user)
          assert.deepEqual(
            (await world.scan()).filter(({ kind }) => kind === 'gone'),
            [],
          )
      })
    }
  })
}
