import { entryColumns, entryParameters } from './entry-rows.ts'
import type { Sqlite } from './database.ts'
import { plannedOnce } from './planned-once.ts'
import { leftOut } from '../model/left-out.ts'
import { KEPT } from '../model/seen.ts'

const isNotIgnored = `left_out NOT IN (${leftOut.ignored}, ${leftOut.returning})`
/** A folder that stays for nothing but what is ignored in it is nobody's change. */
const isOwnChange = `local_only = 1 AND ${isNotIgnored} AND seen NOT LIKE '%${KEPT}'`
const takesPart = `left_out IN (${leftOut.no}, ${leftOut.going})`

export type Statements = ReturnType<typeof prepare>

/**
 * All that share-index.ts asks and changes, prepared once a database, however many shares it holds. Where an index is
 * for a few rows of many, it is named: without statistics, SQLite takes the order of the rows for better, and reads all
 * of them.
 */
export function prepareStatements(sqlite: Sqlite): Statements {
  const known = prepared.get(sqlite) ?? prepare({ prepare: (statement) => sqlite.prepare(plannedOnce(statement)) })
  prepared.set(sqlite, known)
  return known
}

const prepared = new WeakMap<Sqlite, Statements>()

const prepare = (sqlite: Pick<Sqlite, 'prepare'>) => ({
  local: sqlite.prepare(
    `SELECT ${entryColumns}, sequence, seen, local_only, left_out FROM local_entries WHERE share_no = ? AND path = ?`,
  ),
  localSince: sqlite.prepare(
    `SELECT ${entryColumns}, sequence, seen, local_only, left_out FROM local_entries
     WHERE share_no = ? AND sequence > ? AND (version <> '' OR deleted = 1) ORDER BY sequence LIMIT ?`,
  ),
  maxSequence: sqlite
    .prepare(
      `SELECT max(last_sequence, coalesce((SELECT max(sequence) FROM local_entries WHERE share_no = no), 0))
       FROM shares WHERE no = ?`,
    )
    .pluck(),
  keepSequence: sqlite.prepare(
    `UPDATE shares SET last_sequence = gone.sequence
     FROM (SELECT sequence FROM local_entries WHERE share_no = @shareNo AND path = @path) AS gone
     WHERE no = @shareNo AND last_sequence < gone.sequence`,
  ),
  maxAnnounced: sqlite
    .prepare(`SELECT max(sequence) FROM local_entries WHERE share_no = ? AND (version <> '' OR deleted = 1)`)
    .pluck(),
  putLocal: sqlite.prepare(
    `INSERT OR REPLACE INTO local_entries (share_no, ${entryColumns}, sequence, seen, local_only, left_out)
     VALUES (?, ${entryParameters}, ?, ?, ?, ?)`,
  ),
  removeLocal: sqlite.prepare('DELETE FROM local_entries WHERE share_no = ? AND path = ?'),
  putWriter: sqlite.prepare('INSERT OR IGNORE INTO share_writers (share_no, certificate) VALUES (?, ?)'),
  writers: sqlite.prepare('SELECT certificate FROM share_writers WHERE share_no = ?').pluck(),
  setSignature: sqlite.prepare('UPDATE local_entries SET signature = ? WHERE share_no = ? AND path = ?'),
  setSeen: sqlite.prepare('UPDATE local_entries SET seen = ? WHERE share_no = ? AND path = ?'),
  lookAgainAtAll: sqlite.prepare(
    `UPDATE local_entries SET seen = seen || ':racy' WHERE share_no = ? AND seen <> '' AND platform IS NULL
     AND seen NOT LIKE '%:racy' AND seen NOT LIKE '%:damaged' AND seen NOT LIKE '%:bare' AND seen NOT LIKE '%:held'`,
  ),
  withPlatform: sqlite
    .prepare(
      `SELECT path FROM local_entries WHERE share_no = ? AND platform IS NOT NULL AND type <> 2 AND deleted = 0 AND local_only = 0`,
    )
    .pluck(),
  withContent: sqlite.prepare(
    `SELECT path, seen FROM local_entries WHERE content = @content AND share_no = @shareNo AND size = @size
     AND type = 0 AND deleted = 0 AND local_only = 0 AND ${takesPart} AND seen <> '' LIMIT 1`,
  ),
  pathsWithContent: sqlite
    .prepare(
      `SELECT path FROM local_entries WHERE content = ? AND share_no = ?
       AND type = 0 AND deleted = 0 AND local_only = 0 AND seen <> '' LIMIT ?`,
    )
    .pluck(),
  newestWithContent: sqlite
    .prepare(
      `SELECT max(sequence) FROM local_entries WHERE content = ? AND share_no = ?
       AND type = 0 AND deleted = 0 AND local_only = 0 AND seen <> ''`,
    )
    .pluck(),
  filesBetween: sqlite.prepare(
    `SELECT ${entryColumns}, sequence, seen, local_only FROM local_entries WHERE share_no = ? AND sequence > ?
     AND sequence < ? AND type = 0 AND deleted = 0 ORDER BY sequence DESC LIMIT ?`,
  ),
  livingChild: sqlite.prepare(
    `SELECT path FROM local_entries WHERE share_no = ? AND path > ? AND path < ? AND seen <> '' AND ${isNotIgnored} LIMIT 1`,
  ),
  livingChildNotKept: sqlite
    .prepare(
      `SELECT 1 FROM local_entries WHERE share_no = ? AND path > ? AND path < ? AND seen <> '' AND seen NOT LIKE '%${KEPT}'
       AND ${isNotIgnored} LIMIT 1`,
    )
    .pluck(),
  totalsOfPage: sqlite.prepare(
    `SELECT count(*) AS rows, max(path) AS last, count(counts) AS files, coalesce(sum(size * counts), 0) AS bytes FROM
     (SELECT path, size, CASE WHEN deleted = 0 AND type <> 1 AND seen <> '' AND ${isNotIgnored} THEN 1 END AS counts FROM local_entries
      WHERE share_no = ? AND path > ? ORDER BY path LIMIT ?)`,
  ),
  localOnlyCount: sqlite
    .prepare(
      `SELECT count(*) FROM local_entries INDEXED BY local_entries_changed_here
       WHERE share_no = ? AND ${isOwnChange}`,
    )
    .pluck(),
  localChanges: sqlite.prepare(
    `SELECT ${entryColumns}, sequence, seen, local_only, left_out FROM local_entries INDEXED BY local_entries_changed_here
     WHERE share_no = ? AND ${isOwnChange} AND path > ? ORDER BY path LIMIT ?`,
  ),
  localChangeTotals: sqlite.prepare(
    `SELECT count(added) AS added, count(deleted_here) AS deleted, count(*) AS total FROM
     (SELECT CASE WHEN seen NOT IN ('', ':damaged') AND (version = '' OR deleted = 1) THEN 1 END AS added,
        CASE WHEN seen IN ('', ':damaged') THEN 1 END AS deleted_here
      FROM local_entries INDEXED BY local_entries_changed_here WHERE share_no = ? AND ${isOwnChange})`,
  ),
  conflictCopies: sqlite.prepare(
    `SELECT ${entryColumns}, sequence, seen, local_only, left_out FROM local_entries INDEXED BY local_entries_conflicts
     WHERE share_no = ? AND instr(path, '.sync-conflict-') > 0 AND deleted = 0 AND seen <> '' AND ${isNotIgnored} ORDER BY path LIMIT ?`,
  ),
  remotes: sqlite.prepare(
    `SELECT ${entryColumns}, device_no, sequence, invalid FROM remote_entries WHERE share_no = ? AND path = ?`,
  ),
  putRemote: sqlite.prepare(
    `INSERT OR REPLACE INTO remote_entries (share_no, ${entryColumns}, device_no, sequence, invalid)
     VALUES (?, ${entryParameters}, ?, ?, ?)`,
  ),
  remotePathsOf: sqlite
    .prepare('SELECT path FROM remote_entries WHERE share_no = ? AND path > ? AND device_no = ? ORDER BY path LIMIT ?')
    .pluck(),
  removeRemote: sqlite.prepare('DELETE FROM remote_entries WHERE share_no = ? AND path = ? AND device_no = ?'),
  lackOfPage: sqlite.prepare(
    `SELECT count(*) AS rows, max(path) AS last, count(lacks) AS files, coalesce(sum(size * lacks), 0) AS bytes FROM
     (SELECT l.path, l.size,
        CASE WHEN l.local_only = 0 AND l.version <> '' AND l.left_out IN (${leftOut.no}, ${leftOut.going})
          AND (r.version IS NULL AND l.deleted = 0 OR r.version <> l.version) THEN 1 END AS lacks
      FROM local_entries l
      LEFT JOIN remote_entries r ON r.share_no = l.share_no AND r.path = l.path AND r.device_no = @deviceNo
      WHERE l.share_no = @shareNo AND l.path > @after ORDER BY l.path LIMIT @limit)`,
  ),
  fileAfter: sqlite
    .prepare(
      `SELECT path FROM local_entries WHERE share_no = ? AND path > ? AND type = 0 AND deleted = 0 AND seen <> '' AND ${isNotIgnored}
     ORDER BY path LIMIT 1`,
    )
    .pluck(),
  blockList: sqlite.prepare('SELECT blocks FROM block_lists WHERE content = ?').pluck(),
  putBlockList: sqlite.prepare('INSERT OR IGNORE INTO block_lists (content, blocks) VALUES (?, ?)'),
  setLeftOut: sqlite.prepare('UPDATE local_entries SET left_out = ? WHERE share_no = ? AND path = ?'),
  standings: sqlite.prepare(
    `SELECT path, type, deleted, version = '' AS isUntold, seen, left_out AS leftOut FROM local_entries
     WHERE share_no = ? AND path > ? ORDER BY path LIMIT ?`,
  ),
  unheldPaths: sqlite
    .prepare(
      `SELECT DISTINCT path FROM remote_entries r WHERE share_no = ? AND path > ? AND NOT EXISTS
       (SELECT 1 FROM local_entries l WHERE l.share_no = r.share_no AND l.path = r.path) ORDER BY path LIMIT ?`,
    )
    .pluck(),
  onTheirWayOut: sqlite
    .prepare(
      `SELECT path FROM local_entries INDEXED BY local_entries_on_their_way_out
       WHERE share_no = ? AND left_out IN (${leftOut.going}, ${leftOut.leaving})
       AND path < ? ORDER BY path DESC LIMIT ?`,
    )
    .pluck(),
  // what the owner has said of a path holds as long as it would take something away
  putNeed: sqlite.prepare(
    `INSERT INTO needs (share_no, path, rank, size, loss) VALUES (?, ?, ?, ?, ?)
     ON CONFLICT (share_no, path) DO UPDATE SET rank = excluded.rank, size = excluded.size,
       loss = CASE WHEN excluded.loss = 1 AND loss > 1 THEN loss ELSE excluded.loss END`,
  ),
  neededBytes: sqlite.prepare('SELECT size FROM needs WHERE share_no = ? AND path = ?').pluck(),
  dropNeed: sqlite.prepare('DELETE FROM needs WHERE share_no = ? AND path = ?'),
  needsOfRank: sqlite.prepare(
    `SELECT path, rank, size, loss FROM needs INDEXED BY needs_by_rank
     WHERE share_no = ? AND rank = ? AND path > ? ORDER BY path LIMIT ?`,
  ),
  needsOfRankBackwards: sqlite.prepare(
    `SELECT path, rank, size, loss FROM needs INDEXED BY needs_by_rank
     WHERE share_no = ? AND rank = ? AND path < ? ORDER BY path DESC LIMIT ?`,
  ),
  countLoss: sqlite.prepare('SELECT count(*) FROM needs WHERE share_no = ? AND loss > 0 AND loss = ?').pluck(),
  changeLoss: sqlite.prepare('UPDATE needs SET loss = @to WHERE share_no = @shareNo AND loss > 0 AND loss = @from'),
  setLoss: sqlite.prepare('UPDATE needs SET loss = ? WHERE share_no = ? AND path = ?'),
  lossOf: sqlite.prepare('SELECT loss FROM needs WHERE share_no = ? AND path = ?').pluck(),
  pathsOfLoss: sqlite
    .prepare('SELECT path FROM needs WHERE share_no = ? AND loss > 0 AND loss = ? AND path > ? ORDER BY path LIMIT ?')
    .pluck(),
  held: sqlite.prepare(
    `SELECT ${entryColumns}, sequence, seen, local_only FROM local_entries INDEXED BY local_entries_held
     WHERE share_no = ? AND path > ? AND substr(seen, -5) = ':held' ORDER BY path LIMIT ?`,
  ),
  heldFiles: sqlite
    .prepare(
      `SELECT count(*) FROM local_entries INDEXED BY local_entries_held
       WHERE share_no = ? AND substr(seen, -5) = ':held' AND type = 0`,
    )
    .pluck(),
  isAnyHeld: sqlite
    .prepare(
      `SELECT 1 FROM local_entries INDEXED BY local_entries_held WHERE share_no = ? AND substr(seen, -5) = ':held' LIMIT 1`,
    )
    .pluck(),
  missing: sqlite.prepare(`SELECT path FROM local_entries WHERE share_no = ? AND seen = ':damaged' LIMIT ?`).pluck(),
  sameContent: sqlite
    .prepare(
      `SELECT path FROM local_entries WHERE content = @content AND share_no = @shareNo AND type = 0 AND deleted = 0
       AND local_only = 0 AND seen <> '' AND substr(seen, -5) <> ':held'`,
    )
    .pluck(),
  putLoss: sqlite.prepare('INSERT OR REPLACE INTO losses (share_no, incoming, path, gone, at) VALUES (?, ?, ?, ?, ?)'),
  lossesSince: sqlite.prepare(
    `SELECT count(*) AS files, coalesce(sum(gone), 0) AS gone FROM losses
     WHERE share_no = ? AND incoming = ? AND at BETWEEN ? AND ?`,
  ),
  dropLosses: sqlite.prepare('DELETE FROM losses WHERE share_no = ? AND at NOT BETWEEN ? AND ?'),
  needTotals: sqlite.prepare('SELECT count(*) AS files, coalesce(sum(size), 0) AS bytes FROM needs WHERE share_no = ?'),
  intents: sqlite.prepare('SELECT path, expected, archived FROM intents WHERE share_no = ?'),
  putIntent: sqlite.prepare('INSERT OR REPLACE INTO intents (share_no, path, expected, archived) VALUES (?, ?, ?, ?)'),
  dropIntent: sqlite.prepare('DELETE FROM intents WHERE share_no = ? AND path = ?'),
  dropIntents: sqlite.prepare('DELETE FROM intents WHERE share_no = ?'),
})
