import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import type { Entry } from '../../../appliance/sync/model/entry.ts'
import { sameContent } from '../../../appliance/sync/model/entry.ts'
import { planPath, winnerOf } from '../../../appliance/sync/model/plan.ts'
import type { HeldEntry } from '../../../appliance/sync/model/local-change.ts'
import type { Action } from '../../../appliance/sync/model/plan.ts'
import { bumpVersion, compareVersions } from '../../../appliance/sync/model/version-vector.ts'
import { anyEntries, authors, blocksOf, file, vector } from '../../support/entries.ts'

const held = (entry: Entry, localOnly = false): HeldEntry => ({ entry, localOnly, seen: entry.deleted ? '' : 'file' })
const early = { mtimeNs: 1n }
const late = { mtimeNs: 2n }

/** what is expected: nothing, or `action content version` and whether both are kept */
const text = (action: Action | undefined): string => {
  if (!action) return 'nothing'
  const kept = action.type === 'replace' && action.keepBoth ? ' keeping both' : ''
  return `${action.type}${kept}`
}

const table: readonly (readonly [string, HeldEntry | undefined, readonly Entry[], string])[] = [
  ['a file that is new here is fetched', undefined, [file('x', vector('a1'))], 'replace'],
  ['a deletion of what never was here is only noted', undefined, [file(undefined, vector('a1'))], 'adopt'],
  ['a newer version replaces', held(file('x', vector('a1'))), [file('y', vector('a2'))], 'replace'],
  ['an older version does nothing', held(file('x', vector('a2'))), [file('y', vector('a1'))], 'nothing'],
  ['a newer deletion removes', held(file('x', vector('a1'))), [file(undefined, vector('a2'))], 'remove'],
  [
    'newer permissions alone are taken over',
    held(file('x', vector('a1'))),
    [file('x', vector('a2'), { mode: 0o755 })],
    'adopt',
  ],
  [
    'the later of two concurrent edits takes the name',
    held(file('x', vector('a1'), early)),
    [file('y', vector('b1'), late)],
    'replace keeping both',
  ],
  [
    'the earlier one waits for the other side to give way',
    held(file('x', vector('a1'), late)),
    [file('y', vector('b1'), early)],
    'nothing',
  ],
  [
    'the same edit on both sides is no conflict',
    held(file('x', vector('a1'), early)),
    [file('x', vector('b1'), late)],
    'adopt',
  ],
  [
    'an edit beats a concurrent deletion here',
    held(file(undefined, vector('a1'), late)),
    [file('y', vector('b1'), early)],
    'replace',
  ],
  [
    'an edit here beats a concurrent deletion',
    held(file('x', vector('a1'), early)),
    [file(undefined, vector('b1'), late)],
    'nothing',
  ],
  [
    'what holds again what was deleted goes: its device knew nothing of that',
    held(file('x', vector('a1'), late)),
    [file(undefined, vector('b1'), { ...early, deletedHash: blocksOf('x') })],
    'remove',
  ],
  [
    'and does not come back',
    held(file(undefined, vector('b1'), { ...early, deletedHash: blocksOf('x') })),
    [file('x', vector('a1'), late)],
    'nothing',
  ],
  [
    'another content stays, and so does what was deleted and made anew knowingly',
    held(file('x', vector('a1', 'b1'), late)),
    [file(undefined, vector('b1'), { ...early, deletedHash: blocksOf('x') })],
    'nothing',
  ],
  [
    'what its disk has damaged is fetched again, the same version',
    { ...held(file('x', vector('a1'))), seen: 'file:damaged' },
    [file('x', vector('a1'))],
    'replace',
  ],
  [
    'or a newer one, or none: the damage is no edit',
    { ...held(file('x', vector('a1'))), seen: 'file:damaged' },
    [file(undefined, vector('a2'))],
    'remove',
  ],
  ['two deletions agree', held(file(undefined, vector('a1'), early)), [file(undefined, vector('b1'), late)], 'adopt'],
]

for (const [description, local, remotes, expected] of table) {
  test(`plan: ${description}`, () => assert.equal(text(planPath(local, remotes, 'read-write')), expected))
}

test('plan: a settled conflict supersedes both sides, for everybody', () => {
  const action = planPath(held(file('x', vector('a1'), early)), [file('y', vector('b1'), late)], 'read-write')
  assert.deepEqual(action?.entry.version, vector('a1', 'b1'))
})

test('plan: of two contents that one version came to have, the same gets the name on both sides, and the other is kept', () => {
  const [x, y] = [file('x', vector('a1', 'b1'), early), file('y', vector('a1', 'b1'), early)]
  const plans = [planPath(held(x), [y], 'read-write'), planPath(held(y), [x], 'read-write')].map(text)
  assert.deepEqual(plans.sort(), ['nothing', 'replace keeping both'])
})

test('plan: of two permissions that one version came to have, all take the same ones', () => {
  const signature = new Uint8Array(64)
  const [narrow, wide] = [0o644, 0o664].map((mode) => file('x', vector('a1', 'b1'), { mode, signature }))
  assert.ok(narrow && wide)
  for (const access of ['read-write', 'read-only'] as const) {
    assert.equal(text(planPath(held(narrow), [wide], access)), 'adopt')
    assert.equal(planPath(held(wide), [narrow], access), undefined)
    assert.equal(planPath(held(wide), [{ ...wide }], access), undefined)
    assert.equal(planPath(held(narrow, true), [wide], 'read-only'), undefined)
    // as another program passes on what it has from here
    assert.equal(planPath(held(wide), [{ ...wide, mode: undefined, signature: undefined }], access), undefined)
    assert.equal(planPath(held(narrow), [{ ...wide, signature: undefined }], access), undefined)
  }
})

test('plan: what nobody tells of any more gives way on a read-only device, and stays where it may be written', () => {
  const forgotten = file('x', vector('a1'), late)
  const other = file('y', vector('b1'), early)
  assert.equal(text(planPath(held(forgotten), [other], 'read-only')), 'replace')
  assert.equal(text(planPath(held(forgotten, true), [other], 'read-only')), 'replace keeping both')
  assert.equal(planPath(held(forgotten), [other, forgotten], 'read-only'), undefined)
  assert.equal(planPath(held(forgotten), [other], 'read-write'), undefined)
})

test('plan: a read-only device takes versions as they are and keeps only its own changes', () => {
  const agreed = file('x', vector('a1'), early)
  const newer = file('y', vector('a2'), late)
  assert.equal(text(planPath(held(agreed), [newer], 'read-only')), 'replace')
  assert.equal(text(planPath(held(agreed, true), [newer], 'read-only')), 'replace keeping both')
  assert.equal(planPath(held(agreed, true), [agreed], 'read-only'), undefined)
  const concurrent = planPath(held(agreed), [file('y', vector('b1'), late)], 'read-only')
  assert.deepEqual(concurrent?.entry.version, vector('b1'))
})

test('winner: the same whatever the order in which versions arrive', () => {
  fc.assert(
    fc.property(anyEntries, fc.integer(), (entries, seed) => {
      const shuffled = [...entries]
        .sort((a, b) => ((a.sizeBytes * 7 + seed) % 3) - ((b.sizeBytes * 7 + seed) % 3))
        .reverse()
      assert.equal(winnerOf(entries), winnerOf(shuffled))
    }),
  )
})

type Step =
  | { readonly type: 'write'; readonly at: number; readonly mtime: number }
  | { readonly type: 'delete'; readonly at: number; readonly mtime: number }
  /** one device hears what another holds */
  | { readonly type: 'hear'; readonly at: number; readonly from: number }

const device = fc.nat(2)
const anyStep: fc.Arbitrary<Step> = fc.oneof(
  fc.record({ type: fc.constant('write' as const), at: device, mtime: fc.nat(3) }),
  fc.record({ type: fc.constant('delete' as const), at: device, mtime: fc.nat(3) }),
  fc.record({ type: fc.constant('hear' as const), at: device, from: device }),
)
const everybodyHearsAll: readonly Step[] = Array.from({ length: 24 }, (_, i) => ({
  type: 'hear',
  at: i % 3,
  from: (i + 1 + Math.floor(i / 3)) % 3,
}))

test('devices that exchange what they hold agree in the end, and nothing that nobody superseded is lost', () => {
  fc.assert(
    fc.property(fc.array(anyStep, { maxLength: 20 }), (steps) => {
      const devices: (Entry | undefined)[] = [undefined, undefined, undefined]
      const written = new Set<string>()
      const superseded = new Set<string>()
      const kept = new Set<string>()
      for (const [i, step] of [...steps, ...everybodyHearsAll].entries()) {
        const mine = devices[step.at]
        if (step.type === 'hear') {
          const announced = devices[step.from]
          if (step.at === step.from || !announced) continue
          const action = planPath(mine && held(mine), [announced], 'read-write')
          if (action?.type === 'replace' && action.keepBoth && mine) kept.add(String(mine.blocks))
          devices[step.at] = action?.entry ?? mine
          continue
        }
        if (step.type === 'delete' && (!mine || mine.deleted)) continue
        if (mine && !mine.deleted) superseded.add(String(mine.blocks))
        const content = step.type === 'write' ? `content ${i}` : undefined
        const entry = file(content, bumpVersion(mine?.version ?? [], authors[step.at] ?? authors[0], 0), {
          mtimeNs: BigInt(step.mtime),
        })
        if (content) written.add(String(entry.blocks))
        devices[step.at] = entry
      }
      const [a, b, c] = devices
      if (!a || !b || !c) return assert.deepEqual(devices, [undefined, undefined, undefined])
      for (const other of [b, c]) {
        assert.equal(compareVersions(a.version, other.version), 'equal')
        assert.ok(sameContent(a, other))
      }
      for (const content of written)
        assert.ok(superseded.has(content) || kept.has(content) || String(a.blocks) === content)
    }),
    { numRuns: 2000 },
  )
})
