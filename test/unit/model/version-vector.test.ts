import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import {
  bumpVersion,
  compareVersions,
  joinVersions,
  tieBreak,
  versionFromText,
  versionToText,
} from '../../../appliance/sync/model/version-vector.ts'
import { anyVersion, authors } from '../../support/entries.ts'

const opposite = { equal: 'equal', before: 'after', after: 'before', concurrent: 'concurrent' } as const

test('compare: swapping the sides swaps the answer', () => {
  fc.assert(
    fc.property(anyVersion, anyVersion, (a, b) => assert.equal(compareVersions(a, b), opposite[compareVersions(b, a)])),
  )
})

test('join: the least version that has seen both, whatever the order', () => {
  fc.assert(
    fc.property(anyVersion, anyVersion, anyVersion, (a, b, c) => {
      assert.deepEqual(joinVersions(a, b), joinVersions(b, a))
      assert.deepEqual(joinVersions(joinVersions(a, b), c), joinVersions(a, joinVersions(b, c)))
      assert.ok(['equal', 'before'].includes(compareVersions(a, joinVersions(a, b))))
    }),
  )
})

test('bump: a new edit is after what it was made from, also with a clock that runs behind', () => {
  fc.assert(
    fc.property(anyVersion, fc.integer({ min: 0, max: 5 }), (version, now) => {
      assert.equal(compareVersions(version, bumpVersion(version, authors[1], now)), 'before')
    }),
  )
})

test('tie-break: of two different versions exactly one wins', () => {
  fc.assert(
    fc.property(anyVersion, anyVersion, (a, b) => {
      assert.equal(Math.sign(tieBreak(a, b)), -Math.sign(tieBreak(b, a)) + 0)
      assert.equal(tieBreak(a, b) === 0, compareVersions(a, b) === 'equal')
    }),
  )
})

test('text: reads back what it wrote', () => {
  fc.assert(fc.property(anyVersion, (version) => assert.deepEqual(versionFromText(versionToText(version)), version)))
})
