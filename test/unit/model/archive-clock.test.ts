import assert from 'node:assert/strict'
import test from 'node:test'
import fc from 'fast-check'
import { clockAt, clockNow, ticked } from '../../../appliance/sync/model/archive-clock.ts'
import type { ArchiveClock } from '../../../appliance/sync/model/archive-clock.ts'

const HOUR = 3_600_000
const DAY = 24 * HOUR
const YEAR = 365 * DAY
const START = Date.UTC(2026, 0, 1)

/** An hour at a time, as the wall clock shows it. */
function hours(clock: ArchiveClock, fromMs: number, count: number): ArchiveClock {
  for (let i = 1; i <= count; i += 1) clock = ticked(clock, fromMs + i * HOUR, HOUR)
  return clock
}

test('with a wall clock that goes as it should, age is age', () => {
  const clock = hours(ticked([], START, undefined), START, 100)
  assert.equal(clock.length, 1)
  assert.equal(clockNow(clock) - clockAt(clock, START + 10 * HOUR), 90 * HOUR)
})

test('a jump ahead by years makes nothing older than the time that passed', () => {
  let clock = hours(ticked([], START, undefined), START, 10)
  const before = clockNow(clock)
  clock = ticked(clock, START + 20 * YEAR, HOUR)
  assert.ok(clockNow(clock) - before < 2 * HOUR)
  clock = hours(clock, START + 20 * YEAR, 5)
  assert.ok(clockNow(clock) - clockAt(clock, START + 9 * HOUR) < 8 * HOUR)
  // what was put into the archive meanwhile is dated by the year that was wrong
  const stamp = START + 20 * YEAR + 2 * HOUR
  assert.equal(clockNow(clock) - clockAt(clock, stamp), 3 * HOUR)
  // and the clock is put right
  clock = hours(ticked(clock, START + 17 * HOUR, HOUR), START + 17 * HOUR, 4)
  assert.ok(clockNow(clock) - clockAt(clock, stamp) < 10 * HOUR)
  assert.ok(clockNow(clock) - clockAt(clock, START) < 24 * HOUR)
})

test('a computer without a clock starts in 1970, again and again: nothing grows old by that', () => {
  let clock = hours(ticked([], START, undefined), START, 10)
  for (let boot = 1; boot <= 5; boot += 1) {
    clock = ticked(clock, 0, undefined)
    clock = ticked(clock, HOUR, HOUR)
    const archivedIn1970 = HOUR / 2
    clock = ticked(clock, START + boot * DAY, HOUR)
    assert.ok(clockNow(clock) - clockAt(clock, archivedIn1970) < 2 * HOUR)
    clock = hours(clock, START + boot * DAY, 2)
  }
  assert.ok(clockNow(clock) - clockAt(clock, START) < 2 * DAY)
})

test('after a holiday of a year what is old is a week older', () => {
  const clock = ticked(hours(ticked([], START, undefined), START, 10), START + YEAR, undefined)
  assert.equal(clockNow(clock) - clockAt(clock, START + 10 * HOUR), 7 * DAY)
})

test('versions of before this clock began are as young as it is', () => {
  const clock = hours(ticked([], START, undefined), START, 24)
  assert.equal(clockNow(clock) - clockAt(clock, START - YEAR), DAY)
})

const step = fc.record({
  wallMs: fc.oneof(fc.integer({ min: 0, max: 2 * HOUR }), fc.integer({ min: -40 * YEAR, max: 40 * YEAR })),
  elapsedMs: fc.integer({ min: 0, max: 2 * HOUR }),
})

test('whatever the wall clock does, it never goes back, nor faster than time by more than its slack', () =>
  fc.assert(
    fc.property(fc.array(step, { maxLength: 120 }), (steps) => {
      let wallMs = START
      let clock = ticked([], wallMs, undefined)
      let passedMs = 0
      for (const { wallMs: byMs, elapsedMs } of steps) {
        const before = clockNow(clock)
        const archivedAt = wallMs
        const ageBefore = before - clockAt(clock, archivedAt)
        wallMs += byMs
        clock = ticked(clock, wallMs, elapsedMs)
        const byClockMs = clockNow(clock) - before
        assert.ok(byClockMs >= 0 && byClockMs <= elapsedMs + HOUR)
        assert.ok(clockNow(clock) - clockAt(clock, archivedAt) <= ageBefore + byClockMs)
        passedMs += elapsedMs + 5 * 60_000
        assert.ok(clockNow(clock) - START <= passedMs)
        assert.ok(clock.length <= 50)
      }
    }),
  ))
