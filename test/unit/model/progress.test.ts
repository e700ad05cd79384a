import assert from 'node:assert/strict'
import { test } from 'node:test'
import { etaSeconds, fractionDone, idleProgress, sampleProgress } from '../../../appliance/sync/model/progress.ts'
import type { Progress } from '../../../appliance/sync/model/progress.ts'

/** Samples once a second. */
const run = (
  start: Progress,
  samples: readonly (readonly [needed: number, received: number])[],
): readonly Progress[] => {
  const all: Progress[] = []
  samples.forEach(([needed, received], i) =>
    all.push(sampleProgress(all.at(-1) ?? start, needed, received, (i + 1) * 1000)),
  )
  return all
}

test('progress counts from when the share was last in sync, and never runs backwards', () => {
  const samples = run(idleProgress(0), [
    [1000, 0],
    [800, 200],
    [1300, 100],
    [600, 700],
    [0, 600],
  ])
  const fractions = samples.map(fractionDone)
  assert.deepEqual(
    [...fractions].sort((a, b) => a - b),
    fractions,
  )
  assert.equal(fractions.at(-1), 1)
})

test('the time left is shown after three seconds of a steady speed', () => {
  const steady = run(idleProgress(0), [
    [10_000, 0],
    [9000, 1000],
    [8000, 1000],
    [7000, 1000],
    [6000, 1000],
    [5000, 1000],
  ])
  assert.equal(etaSeconds(steady[1] ?? idleProgress(0), 2000), undefined)
  const last = steady.at(-1) ?? idleProgress(0)
  const eta = etaSeconds(last, 6000) ?? 0
  assert.ok(eta >= 5 && eta <= 25, `${eta} s for 5 s of work`)
})

test('nothing is promised while nothing moves', () => {
  const stalled = run(idleProgress(0), [[1000, 0], [900, 100], ...Array.from({ length: 12 }, () => [900, 0] as const)])
  assert.equal(etaSeconds(stalled.at(-1) ?? idleProgress(0), 14_000), undefined)
})
