import Database from 'better-sqlite3'
import { plannedOnce } from './planned-once.ts'
import type { Sqlite } from './database.ts'
import type { KnownEntries, KnownEntry } from '../disk-work.ts'
import { leftOut } from '../model/left-out.ts'

/** What is ignored is not compared; what no longer is has to be looked at again, whatever was seen there before. */
const columns = `SELECT path, CASE left_out WHEN ${leftOut.returning} THEN 'again' ELSE seen END AS seen
  FROM local_entries WHERE share_no = (SELECT no FROM shares WHERE id = @shareId)
  AND (left_out = ${leftOut.returning} OR seen <> '' AND left_out <> ${leftOut.ignored})`

/** What scans compare with, through any connection to the index. Paths come in SQLite's order: bytes of UTF-8. */
export function knownEntries(sqlite: Sqlite): KnownEntries {
  const prepare = (statement: string) => sqlite.prepare(plannedOnce(statement))
  const all = prepare(`${columns} AND path > @after ORDER BY path LIMIT @limit`)
  // a path itself and what lies below it are no single range: 'a-b' sorts between 'a' and 'a/'
  const below = prepare(`${columns} AND path > @after AND path < @last ORDER BY path LIMIT @limit`)
  const itself = prepare(`${columns} AND path = @path`)
  return {
    page(shareId, within, after, limit) {
      if (within === undefined) return all.all({ shareId, after: after ?? '', limit }) as KnownEntry[]
      const self = after === undefined ? (itself.all({ shareId, path: within }) as KnownEntry[]) : []
      const isBelow = after !== undefined && after !== within
      const from = isBelow ? after : `${within}/`
      const range = { shareId, after: from, last: `${within}0`, limit: limit - self.length }
      return [...self, ...(below.all(range) as KnownEntry[])]
    },
  }
}

/** For a worker thread: a read-only connection of its own, which never waits for the engine's writes. */
export function openKnownEntries(databasePath: string): KnownEntries & { close(): void } {
  const sqlite = new Database(databasePath, { readonly: true })
  return { ...knownEntries(sqlite), close: () => void sqlite.close() }
}
