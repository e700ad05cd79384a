import assert from 'node:assert/strict'
import test from 'node:test'
import fc from 'fast-check'
import { goesBefore, outlived, rankOf, UNTOUCHED_MS } from '../../../appliance/sync/model/archive-rules.ts'
import type { AgeRules } from '../../../appliance/sync/model/archive-rules.ts'

const HOUR = 3_600_000
const DAY = 24 * HOUR
const staggered: AgeRules = { days: 365, keep: 'staggered' }
const left = (agesMs: readonly number[], rules: AgeRules) => {
  const goes = outlived(agesMs, rules)
  return agesMs.filter((_, i) => !goes[i])
}
const every = (stepMs: number, fromMs: number, toMs: number) =>
  Array.from({ length: Math.floor((fromMs - toMs) / stepMs) + 1 }, (_, i) => fromMs - i * stepMs)

test('a version a minute: all of the last hour, then one an hour, one a day, one a week', () => {
  const kept = left(every(60_000, 90 * DAY, 0), staggered)
  const between = (fromMs: number, toMs: number) => kept.filter((age) => age >= fromMs && age < toMs).length
  assert.equal(between(0, HOUR), 60)
  assert.ok(Math.abs(between(HOUR, DAY) - 23) <= 1)
  assert.ok(Math.abs(between(DAY, 30 * DAY) - 29) <= 1)
  assert.ok(Math.abs(between(30 * DAY, 91 * DAY) - 9) <= 1)
})

test('what is too old goes, and with "all" nothing else', () => {
  const ages = every(DAY / 4, 40 * DAY, 0)
  assert.deepEqual(
    left(ages, { days: 30, keep: 'all' }),
    ages.filter((age) => age <= 30 * DAY),
  )
  assert.deepEqual(left(ages, { days: Infinity, keep: 'all' }), ages)
})

const ages = fc
  .array(fc.integer({ min: -DAY, max: 400 * DAY }), { maxLength: 60 })
  .map((all) => all.sort((a, b) => b - a))
const rules = fc.record({
  days: fc.oneof(fc.integer({ min: 1, max: 400 }), fc.constant(Infinity)),
  keep: fc.constantFrom('all' as const, 'staggered' as const),
})

test('the newest goes only for its age, nothing goes in its first hour, and twice is once', () =>
  fc.assert(
    fc.property(ages, rules, (all, rule) => {
      const kept = left(all, rule)
      const newest = all.at(-1)
      if (newest !== undefined && newest <= rule.days * DAY) assert.equal(kept.at(-1), newest)
      const fresh = all.filter((age) => age < UNTOUCHED_MS)
      assert.deepEqual(kept.slice(kept.length - fresh.length), fresh)
      assert.deepEqual(left(kept, rule), kept)
      const oldest = all.find((age) => age <= rule.days * DAY || age < UNTOUCHED_MS)
      assert.equal(kept[0], oldest, 'the oldest that is not too old stays')
    }),
  ))

test('a gap between two that stay is never much wider than it was, or than the step', () =>
  fc.assert(
    fc.property(ages, (all) => {
      const kept = left(all, { days: Infinity, keep: 'staggered' })
      for (const [i, age] of kept.entries()) {
        const next = kept[i + 1]
        if (next === undefined) continue
        const gone = all.filter((each) => each < age && each > next)
        for (const each of gone) assert.ok(age - each < 7 * DAY)
      }
    }),
  ))

test('where room is wanted, the oldest go first, and the only trace of a fresh deletion last', () => {
  const rank = (age: number, isOnly = false) => rankOf(age, isOnly, false)
  const [old, young, only] = [rank(3 * DAY), rank(2 * HOUR), rank(20 * HOUR, true)]
  assert.ok(old && young && only)
  assert.ok(goesBefore(old, young) && goesBefore(young, only) && !goesBefore(only, old))
  assert.equal(rank(HOUR / 2), undefined, 'it may still be on its way')
  assert.equal(rankOf(20 * HOUR, false, true), undefined, 'what comes in pushes nothing fresh out')
})
