import assert from 'node:assert/strict'
import { test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { addShare, allShares, hostsOf } from '../../../appliance/sync/index/configuration.ts'
import { openDatabase } from '../../../appliance/sync/index/database.ts'

const migrations = fileURLToPath(new URL('../../../appliance/sync/index/migrations', import.meta.url))
const row = { id: 'share', name: 'Photos', path: '/photos', secret: 'A', indexId: '0123456789abcdef' }

test('a share comes with the hosts that know it, or not at all: without any nobody would find it', () => {
  const { db, sqlite } = openDatabase(':memory:', migrations)
  assert.throws(() => addShare(db, row, ['box:22000', undefined as never]))
  assert.deepEqual(allShares(db), [])
  const { no } = addShare(db, row, ['box:22000', 'box:22000', 'other:22000'])
  assert.deepEqual([...hostsOf(db, no)].sort(), ['box:22000', 'other:22000'])
  sqlite.close()
})
