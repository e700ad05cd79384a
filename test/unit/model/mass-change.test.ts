import assert from 'node:assert/strict'
import test from 'node:test'
import fc from 'fast-check'
import { extentOf, isMassChange, judgeLook } from '../../../appliance/sync/model/mass-change.ts'
import type { Look, Losses, MassLimits } from '../../../appliance/sync/model/mass-change.ts'

const count = fc.nat({ max: 10_000 })
const limitsArb: fc.Arbitrary<MassLimits> = fc.record({
  percent: fc.integer({ min: 1, max: 100 }),
  files: fc.integer({ min: 1, max: 500 }),
})
const lossesArb: fc.Arbitrary<Losses> = fc
  .record({ lost: count, latelyLost: count, latelyGone: count, kept: count, latelyMade: count })
  .map(({ lost, latelyLost, latelyGone, kept, latelyMade }) => ({
    lost,
    latelyLost,
    latelyGone: Math.min(latelyGone, latelyLost),
    files: lost + kept,
    latelyMade,
  }))
const lookArb: fc.Arbitrary<Look> = fc.record({
  losses: lossesArb,
  isWhole: fc.boolean(),
  isQuiet: fc.boolean(),
  isFew: fc.boolean(),
  isHeld: fc.boolean(),
})
const standard: MassLimits = { percent: 50, files: 100 }
const losses = (change: Partial<Losses>): Losses => ({
  lost: 0,
  latelyLost: 0,
  latelyGone: 0,
  files: 1000,
  latelyMade: 0,
  ...change,
})

test('half of the files, and at least a hundred', () => {
  const cases = [
    ['most of many', { lost: 500 }, true],
    ['a little less than half', { lost: 499 }, false],
    ['all of few', { lost: 99, files: 99 }, false],
    ['all of a hundred', { lost: 100, files: 100 }, true],
    ['step by step', { lost: 100, latelyLost: 400, latelyGone: 400, files: 600 }, true],
    ['step by step, rewritten', { lost: 100, latelyLost: 400, files: 1000 }, true],
    [
      'each replaced by a new one with another name',
      { lost: 250, latelyLost: 250, latelyGone: 250, latelyMade: 500 },
      true,
    ],
    ['some of a lot that just came', { lost: 150, latelyMade: 10_000, files: 10_000 }, false],
  ] as const
  for (const [what, change, isMass] of cases) assert.equal(isMassChange(losses(change), standard), isMass, what)
})

test('more loss is never less of a mass', () =>
  fc.assert(
    fc.property(lossesArb, limitsArb, (some, limits) => {
      const more = { ...some, lost: some.lost + 1, files: some.files + 1 }
      if (some.files + some.latelyGone >= extentOf(some).lost && isMassChange(some, limits) && limits.percent < 100)
        assert.ok(isMassChange({ ...more, files: some.files }, limits))
      const { lost, of } = extentOf(some)
      assert.ok(lost <= of)
    }),
  ))

test('a mass of losses is never taken over, and nothing else is ever held', () =>
  fc.assert(
    fc.property(lookArb, limitsArb, (look, limits) => {
      const verdict = judgeLook(look, limits)
      const isMass = isMassChange(look.losses, limits)
      const canBe = look.losses.lost > 0 && look.losses.files >= limits.files
      if (canBe && isMass) assert.notEqual(verdict, 'take')
      if (verdict === 'hold') assert.ok(look.isHeld || (isMass && look.isWhole))
      if (look.isHeld && look.losses.lost > 0) assert.equal(verdict, 'hold')
    }),
  ))

test('once a look at everything finds no more than the last one, it is decided', () =>
  fc.assert(
    fc.property(lookArb, limitsArb, (look, limits) => {
      const verdict = judgeLook({ ...look, isWhole: true, isQuiet: true }, limits)
      assert.ok(verdict === 'take' || verdict === 'hold')
    }),
  ))
