import assert from 'node:assert/strict'
import test from 'node:test'
import fc from 'fast-check'
import { fewer, isIn, withNumber } from '../../../appliance/sync/model/given.ts'
import type { Runs } from '../../../appliance/sync/model/given.ts'

const numbers = fc.array(fc.nat({ max: 1_000_000 }), { maxLength: 400 })
const given = (all: readonly number[], pause: number): Runs =>
  all.reduce<Runs>((runs, number) => withNumber(runs, number, pause), [])

test('what was given stays known, however much there was', () =>
  fc.assert(
    fc.property(numbers, fc.nat({ max: 100 }), (all, pause) => {
      const runs = given(all, pause)
      assert.ok(all.every((number) => isIn(runs, number)))
      assert.ok(fewer(runs).length <= 100)
    }),
  ))

test('a number after a long pause begins a run, and what lies between was not given', () => {
  const runs = given([10, 11, 40, 500, 505], 50)
  assert.deepEqual(runs, [
    [10, 40],
    [500, 505],
  ])
  assert.equal(isIn(runs, 41), false)
})

test('with too many runs the short pauses are forgotten, not the long ones', () => {
  const runs = given([...Array.from({ length: 150 }, (_, i) => i * 10), 1_000_000], 1)
  assert.equal(isIn(runs, 500_000), false)
  assert.ok(isIn(runs, 1_000_000))
})
