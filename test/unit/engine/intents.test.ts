/** What was begun and may have to be undone after a crash. */
import assert from 'node:assert/strict'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import test from 'node:test'
import { fileURLToPath } from 'node:url'
import { openDatabase } from '../../../appliance/sync/index/database.ts'
import { ShareIndex } from '../../../appliance/sync/index/share-index.ts'
import type { RelPath } from '../../../appliance/sync/model/rel-path.ts'
import { insertEntry, insertShare } from '../../support/index-rows.ts'

const migrations = fileURLToPath(new URL('../../../appliance/sync/index/migrations', import.meta.url))

test('an intent counts no more once something else was seen at its path', () => {
  const folder = mkdtempSync(join(tmpdir(), 'homeseed-'))
  const database = openDatabase(join(folder, 'index.db'), migrations)
  try {
    const share = insertShare(database.sqlite, 'SHARE')
    const index = ShareIndex.opener(database)(share)
    const [old, later] = ['file:1:1:1:1:1', 'file:2:2:2:2:2']
    insertEntry(database.sqlite, share, 'as it was', old)
    insertEntry(database.sqlite, share, 'seen since', later)
    insertEntry(database.sqlite, share, 'gone since', '')
    for (const path of ['as it was', 'seen since', 'gone since'])
      index.putIntent({ path: path as RelPath, expected: old, archived: `archive of ${path}` })
    assert.deepEqual(
      index.intents().map(({ path }) => path),
      ['as it was'],
    )
  } finally {
    database.sqlite.close()
    rmSync(folder, { recursive: true })
  }
})
