import assert from 'node:assert/strict'
import test from 'node:test'
import fc from 'fast-check'
import {
  compareStamps,
  momentFromText,
  stampAt,
  stampFromText,
  stampToText,
} from '../../../appliance/sync/model/stamp.ts'
import { versionAt } from '../../../appliance/sync/model/version-at.ts'

const at = (seconds: number, attempt = 1) => stampAt(seconds * 1000, attempt)
const version = (seconds: number, bornSeconds: number, attempt = 1) => ({
  stamp: at(seconds, attempt),
  bornMs: bornSeconds * 1000,
})
const live = (bornSeconds: number) => ({ bornMs: bornSeconds * 1000 })

test('the first version that was replaced from that second on; else what lies there', () => {
  const [first, second] = [version(10, 0), version(20, 10)]
  const both = [first, second]
  for (const [seconds, expected] of [
    [0, first],
    [10, first],
    [11, second],
    [20, second],
    [21, 'live'],
  ] as const)
    assert.equal(versionAt(both, live(20), at(seconds)), expected, String(seconds))
  assert.equal(versionAt(both, undefined, at(21)), undefined, 'deleted since')
})

test('what was made later was not there yet', () => {
  assert.equal(versionAt([version(10, 5)], live(10), at(4)), undefined)
  assert.ok(versionAt([version(10, 5)], live(10), at(5)))
  assert.equal(versionAt([], live(10), at(9)), undefined)
  assert.equal(versionAt([], live(10), at(10)), 'live')
})

test('with an older version known, the nearest younger one stands for what was thinned out', () => {
  const younger = version(20, 15)
  assert.equal(versionAt([version(5, 0), younger], undefined, at(8)), younger)
})

test('a disk that does not tell when a file was made hides no version', () => {
  const moved = { stamp: at(10), bornMs: 11_200 }
  assert.equal(versionAt([moved], undefined, at(3)), moved)
})

test('of two that were replaced in the same second each can be named', () => {
  const [first, second] = [version(10, 0), version(10, 0, 2)]
  assert.equal(versionAt([first, second], undefined, at(10)), first)
  assert.equal(versionAt([first, second], undefined, at(10, 2)), second)
})

const seconds = fc.integer({ min: 0, max: 1000 })

test('every version can be named, and later times never give older versions', () =>
  fc.assert(
    fc.property(fc.uniqueArray(seconds, { minLength: 1 }), seconds, (ends, isLive) => {
      const sorted = ends.sort((a, b) => a - b)
      const versions = sorted.map((end, i) => version(end, sorted[i - 1] ?? 0))
      const now = isLive % 2 === 0 ? live(sorted.at(-1) ?? 0) : undefined
      let last = -1
      for (let second = 0; second <= 1001; second += 1) {
        const found = versionAt(versions, now, at(second))
        const index = found === undefined || found === 'live' ? versions.length : versions.indexOf(found)
        assert.ok(index >= last)
        last = index
      }
      for (const each of versions) assert.equal(versionAt(versions, now, each.stamp), each)
    }),
  ))

test('a stamp reads back; nothing else is one', () =>
  fc.assert(
    fc.property(
      fc.date({ min: new Date(0), max: new Date('9999-12-31'), noInvalidDate: true }),
      fc.integer({ min: 1, max: 999 }),
      (date, n) => {
        const stamp = stampAt(date.getTime(), n)
        assert.deepEqual(stampFromText(stampToText(stamp)), stamp)
        assert.equal(compareStamps(stamp, stampAt(date.getTime(), n + 1)) < 0, true)
      },
    ),
  ))

test('times as people and programs write them', () => {
  assert.equal(momentFromText('2026-01-31T23:59:00Z')?.ms, Date.UTC(2026, 0, 31, 23, 59))
  assert.equal(momentFromText('2026-01-31T23:59:00.900+01:00')?.ms, Date.UTC(2026, 0, 31, 22, 59))
  assert.equal(momentFromText('20260131-235900-2')?.attempt, 2)
  for (const text of [
    '',
    'now',
    '20260230-000000',
    '20260131-240000',
    '20260131-235900-1',
    '20260131-235900-0',
    '2026-01-31',
    '2026-13-31T00:00Z',
    '2026-01-31T23:59:00',
  ])
    assert.equal(momentFromText(text), undefined, text)
})
