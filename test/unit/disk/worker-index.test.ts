import assert from 'node:assert/strict'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { fileURLToPath } from 'node:url'
import type { Found } from '../../../appliance/sync/disk-work.ts'
import { openDatabase } from '../../../appliance/sync/index/database.ts'
import { startDiskWork } from '../../../appliance/sync/worker-client.ts'
import { insertEntry, insertShare } from '../../support/index-rows.ts'

const migrations = fileURLToPath(new URL('../../../appliance/sync/index/migrations', import.meta.url))

test('the worker as it really runs reads the index itself, and what was committed meanwhile', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'homeseed-'))
  const databasePath = join(folder, 'index.db')
  const { sqlite } = openDatabase(databasePath, migrations)
  const workerUrl = new URL('../../../appliance/sync/worker.ts', import.meta.url)
  const disk = startDiskWork({ workers: 1, databasePath, workerUrl })
  try {
    const root = { shareId: 'SHARE', path: mkdtempSync(join(folder, 'share-')) }
    await disk.prepare(root)
    writeFileSync(join(root.path, 'here'), 'x')
    const scan = async (): Promise<readonly string[]> => {
      const all: Found[] = []
      const take = async (found: readonly Found[]) => void all.push(...found)
      await disk.scan(root, undefined, take, new AbortController().signal)
      return all.filter(({ kind }) => kind !== 'busy').map((each) => `${each.kind} ${'path' in each ? each.path : ''}`)
    }
    const share = insertShare(sqlite, 'SHARE')
    insertEntry(sqlite, share, 'gone', 'file:1:1:1:1:1')
    assert.deepEqual(await scan(), ['changed here', 'gone gone'])
    insertEntry(sqlite, share, 'gone-too', 'file:1:1:1:1:1')
    assert.deepEqual(await scan(), ['changed here', 'gone gone', 'gone gone-too'])
  } finally {
    await disk.close()
    sqlite.close()
    rmSync(folder, { recursive: true })
  }
})
