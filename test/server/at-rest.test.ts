import assert from 'node:assert/strict'
import { test } from 'node:test'
import { restAfterWork } from '../../server/serve/at-rest.ts'

test('memory is given back once after work, when the program has come to rest', () => {
  const isAtRest = restAfterWork()
  const used = [0.8, 0.9, 12, 30, 31.5, 31.6, 31.7, 32.5, 40, 40.1]
  const due = used.filter((seconds) => isAtRest(seconds))
  assert.deepEqual(due, [31.6, 40.1])
})
