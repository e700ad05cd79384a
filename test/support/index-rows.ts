/** Rows of the index, made by hand: for tests that need an index but no engine. */
import type { Sqlite } from '../../appliance/sync/index/database.ts'

/** @returns the share's number */
export function insertShare(sqlite: Sqlite, id: string): number {
  const insert = sqlite.prepare(`INSERT INTO shares (id, name, path, secret, index_id) VALUES (?, ?, '/', '', '')`)
  return Number(insert.run(id, id).lastInsertRowid)
}

export function insertEntry(sqlite: Sqlite, shareNo: number, path: string, seen: string): void {
  const insert = sqlite.prepare(
    `INSERT INTO local_entries (share_no, path, type, deleted, size, mtime_ns, modified_by, version, block_bytes, sequence,
      seen, local_only) VALUES (?, ?, 0, 0, 0, '0', '', '', 0, 0, ?, 0)`,
  )
  insert.run(shareNo, path, seen)
}
