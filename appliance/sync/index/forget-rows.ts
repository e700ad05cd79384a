/** Forgets rows a few at a time, as hundreds of thousands at once would keep everything else waiting for seconds. */
import { limits } from '../limits.ts'
import { noBytes } from '../model/entry.ts'
import { needRank } from '../model/need.ts'
import type { Sqlite } from './database.ts'

const tables = ['local_entries', 'remote_entries', 'needs', 'losses'] as const

/**
 * What this device held of a share, but not what others announced: all of that is to be had anew.
 * @yields after each step, which can be in another transaction than the next; begun again, it goes on
 */
export function* forgetHistoryRows(sqlite: Sqlite, no: number): Generator<void> {
  yield* deleteRows(sqlite, 'local_entries', no)
  yield* deleteRows(sqlite, 'needs', no)
  yield* deleteRows(sqlite, 'losses', no)
  const pageEnd = sqlite
    .prepare(
      `SELECT max(path) FROM (SELECT path FROM remote_entries WHERE share_no = ? AND path > ? ORDER BY path LIMIT ${limits.forgotten})`,
    )
    .pluck()
  const putNeeds = sqlite.prepare(
    `INSERT OR REPLACE INTO needs (share_no, path, rank, size)
     SELECT share_no, path, iif(type = 1, ${needRank.directory}, ${needRank.content}), size FROM remote_entries
     WHERE share_no = ? AND path > ? AND path <= ? AND deleted = 0 AND invalid = 0`,
  )
  for (let after = ''; ;) {
    const end = pageEnd.get(no, after) as string | null
    if (end === null) return
    putNeeds.run(no, after, end)
    after = end
    yield
  }
}

/** Signatures by which nobody can tell any more who made an entry. @yields likewise */
export function* forgetSignatures(sqlite: Sqlite, no: number): Generator<void> {
  for (const table of ['local_entries', 'remote_entries'] as const) {
    const pageEnd = sqlite
      .prepare(
        `SELECT max(path) FROM (SELECT path FROM ${table} WHERE share_no = ? AND path > ? ORDER BY path LIMIT ${limits.forgotten})`,
      )
      .pluck()
    const forget = sqlite.prepare(
      `UPDATE ${table} SET signature = NULL WHERE share_no = ? AND path > ? AND path <= ? AND signature IS NOT NULL`,
    )
    for (let after = ''; ;) {
      const end = pageEnd.get(no, after) as string | null
      if (end === null) break
      forget.run(no, after, end)
      after = end
      yield
    }
  }
}

/** All that was known of a share. @yields likewise */
export function* forgetAllRows(sqlite: Sqlite, no: number): Generator<void> {
  for (const table of tables) yield* deleteRows(sqlite, table, no)
  yield* dropUnusedBlockLists(sqlite)
}

function* deleteRows(sqlite: Sqlite, table: (typeof tables)[number], no: number): Generator<void> {
  // by the beginning of the primary key, so that it is found without looking at the rest
  const key = table === 'losses' ? 'share_no = @no AND incoming IN (0, 1)' : 'share_no = @no'
  const statement = sqlite.prepare(
    `DELETE FROM ${table} WHERE ${key} AND path IN
     (SELECT path FROM ${table} WHERE share_no = @no LIMIT ${limits.forgotten})`,
  )
  while (statement.run({ no }).changes > 0) yield
}

/** Those of no entry. What is stored meanwhile brings its list along. */
function* dropUnusedBlockLists(sqlite: Sqlite): Generator<void> {
  const pageEnd = sqlite
    .prepare(
      `SELECT max(content) FROM (SELECT content FROM block_lists WHERE content > ? ORDER BY content LIMIT ${limits.forgotten})`,
    )
    .pluck()
  const drop = sqlite.prepare(
    `DELETE FROM block_lists WHERE content > ? AND content <= ?
     AND NOT EXISTS (SELECT 1 FROM local_entries WHERE local_entries.content = block_lists.content)
     AND NOT EXISTS (SELECT 1 FROM remote_entries
       WHERE remote_entries.content = block_lists.content AND size > block_bytes)`,
  )
  for (let after: Uint8Array = noBytes; ;) {
    const end = pageEnd.get(after) as Uint8Array | null
    if (end === null) return
    drop.run(after, end)
    after = end
    yield
  }
}
