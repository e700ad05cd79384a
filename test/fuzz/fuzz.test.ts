import assert from 'node:assert/strict'
import { test } from 'node:test'
import { fuzz } from './fuzz.ts'
import { targets } from './targets.ts'

const COUNT = 500

for (const { name } of targets)
  test(`${name}: ${COUNT} almost valid ones are read or refused, and what is taken is in bounds`, () => {
    assert.deepEqual(fuzz(1, COUNT, name), [])
  })
