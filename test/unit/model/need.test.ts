import assert from 'node:assert/strict'
import { test } from 'node:test'
import { needOf, needRank } from '../../../appliance/sync/model/need.ts'
import { file, vector } from '../../support/entries.ts'

test('a deleted folder that never came here has its turn with what is removed: after what lay in it', () => {
  const folder = { ...file(undefined, vector('a2')), type: 'directory' as const }
  assert.equal(needOf({ type: 'adopt', entry: folder }, undefined).rank, needRank.removal)
  assert.equal(needOf({ type: 'adopt', entry: file(undefined, vector('a2')) }, undefined).rank, needRank.removal)
  const living = { ...folder, deleted: false }
  assert.equal(needOf({ type: 'replace', entry: living, keepBoth: false }, undefined).rank, needRank.directory)
  assert.equal(
    needOf({ type: 'replace', entry: file('x', vector('a1')), keepBoth: false }, undefined).rank,
    needRank.content,
  )
})
