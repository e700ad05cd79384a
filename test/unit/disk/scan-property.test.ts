/** Random trees and random edits: a scan finds exactly the differences, whole or piece by piece. */
import assert from 'node:assert/strict'
import { hash } from 'node:crypto'
import fc from 'fast-check'
import { test } from 'node:test'
import type { Found } from '../../../appliance/sync/disk-work.ts'
import { makeWorld } from '../../support/disk-world.ts'
import type { DiskWorld, WorldKind } from '../../support/disk-world.ts'

// names whose order differs by bytes, by code units and by what may follow them in a longer name
const name = fc.constantFrom('a', 'b', 'a-', 'a.', 'a0', 'a!b', 'á', '\uE000', '🐟', 'A')
const path = fc.array(name, { minLength: 1, maxLength: 3 }).map((names) => names.join('/'))

interface Edit {
  readonly type: 'write' | 'mkdir' | 'symlink' | 'remove' | 'rename'
  readonly path: string
  /** of a rename */
  readonly to: string
}
const edit: fc.Arbitrary<Edit> = fc.record({
  type: fc.constantFrom('write', 'write', 'write', 'mkdir', 'symlink', 'remove', 'rename'),
  path,
  to: path,
})

/** Skips what a user could not do either, such as writing into a file as if it were a folder. */
function apply(world: DiskWorld, each: Edit, content: string): void {
  try {
    if (each.type === 'write') world.write(each.path, content)
    else if (each.type === 'mkdir') world.mkdir(each.path)
    else if (each.type === 'symlink') world.symlink(each.path, `/nowhere/${content}`)
    else if (each.type === 'remove') world.remove(each.path)
    else if (!each.to.startsWith(`${each.path}/`)) world.rename(each.path, each.to)
  } catch (error) {
    assert.ok(error instanceof Error && 'code' in error, String(error))
  }
}

type Tree = Readonly<Record<string, string | null>>

function differences(before: Tree, after: Tree): ReadonlySet<string> {
  const all = new Set<string>()
  for (const [at, content] of Object.entries(after)) if (before[at] !== content) all.add(`changed ${at}`)
  for (const at of Object.keys(before)) if (!(at in after)) all.add(`gone ${at}`)
  return all
}

const told = (found: readonly Found[]): ReadonlySet<string> =>
  new Set(found.map((each) => `${each.kind} ${'path' in each ? each.path : each.name}`))

/** Every difference is told, once, deletions last; what else is told was touched without becoming different. */
function checkTold(found: readonly Found[], expected: ReadonlySet<string>, after: Tree): void {
  const got = told(found)
  assert.equal(got.size, found.length)
  for (const each of expected) assert.ok(got.has(each), `not told: ${each}`)
  for (const each of found) {
    assert.ok(each.kind === 'changed' || expected.has(`${each.kind} ${'path' in each ? each.path : ''}`))
    if (each.kind !== 'changed') continue
    const content = after[each.path]
    if (each.type === 'file') assert.deepEqual(Buffer.from(each.blocks), hash('sha256', content ?? '', 'buffer'))
    else assert.equal(each.type === 'symlink' ? `-> ${each.linkTarget}` : null, content)
  }
  const kinds = found.map(({ kind }) => kind)
  assert.ok(!kinds.includes('gone') || kinds.lastIndexOf('changed') < kinds.indexOf('gone'))
}

const rounds = fc.array(fc.array(edit, { maxLength: 12 }), { minLength: 1, maxLength: 4 })

const runs: Readonly<Record<WorldKind, number>> = { memory: 1000, disk: 60 }
for (const kind of ['memory', 'disk'] as const) {
  test(`a scan finds exactly the differences: ${kind}`, async () => {
    await fc.assert(
      fc.asyncProperty(rounds, async (all) => {
        using world = await makeWorld(kind)
        let content = 0
        let before: Tree = {}
        for (const edits of all) {
          for (const each of edits) apply(world, each, `content ${++content}`)
          const after = world.tree()
          checkTold(await world.scan(), differences(before, after), after)
          assert.deepEqual(await world.scan(), [])
          assert.deepEqual(new Set(world.index.paths), new Set(Object.keys(after)))
          before = after
        }
      }),
      { numRuns: runs[kind] },
    )
  })

  test(`scans of what was touched find the same: ${kind}`, async () => {
    await fc.assert(
      fc.asyncProperty(rounds, async (all) => {
        using world = await makeWorld(kind)
        let content = 0
        for (const edits of all) {
          for (const each of edits) apply(world, each, `content ${++content}`)
          const touched = edits.flatMap((each) => (each.type === 'rename' ? [each.path, each.to] : [each.path]))
          await world.scan(touched)
          assert.deepEqual(new Set(world.index.paths), new Set(Object.keys(world.tree())))
          assert.deepEqual(await world.scan(), [])
        }
      }),
      { numRuns: runs[kind] },
    )
  })
}
