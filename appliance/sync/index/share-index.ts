import { entryColumns, entryFromRow, entryTypes, entryParameters, entryToRow, hasBlockList } from './entry-rows.ts'
import type { EntryRow } from './entry-rows.ts'
import { plannedOnce } from './planned-once.ts'
import type { IndexDatabase, Sqlite } from './database.ts'
import type { Intent } from '../disk-work.ts'
import { contentHash } from '../model/content-hash.ts'
import type { Entry, EntryType } from '../model/entry.ts'
import { needRank } from '../model/need.ts'
import type { Need } from '../model/need.ts'
import { leftOut } from '../model/left-out.ts'
import type { LeftOut } from '../model/left-out.ts'
import type { HeldEntry } from '../model/local-change.ts'
import type { RelPath } from '../model/rel-path.ts'
import { nothingSeen, seenOnDisk } from '../model/seen.ts'

export interface LocalEntry extends HeldEntry {
  /** this device's order of change */
  readonly sequence: number
  readonly leftOut: LeftOut
}
export interface RemoteEntry {
  readonly entry: Entry
  readonly deviceNo: number
  readonly sequence: number
  readonly invalid: boolean
}
export interface Standing {
  readonly path: RelPath
  readonly type: EntryType
  readonly deleted: boolean
  /** has no version: nobody was told of it */
  readonly isUntold: boolean
  readonly seen: string
  readonly leftOut: LeftOut
}
export interface Totals {
  readonly files: number
  readonly bytes: number
}

/** Of some rows. */
export interface PageTotals extends Totals {
  /** where the next page begins; undefined: this was the last one */
  readonly next: RelPath | undefined
}

type LocalRow = EntryRow & { sequence: number; seen: string; local_only: number; left_out: LeftOut }
type RemoteRow = EntryRow & { device_no: number; sequence: number; invalid: number }

const isNotIgnored = `left_out NOT IN (${leftOut.ignored}, ${leftOut.returning})`
const takesPart = `left_out IN (${leftOut.no}, ${leftOut.going})`

/**
 * Statements are prepared once a database, however many shares it holds. Where an index is for a few rows of many, it is
 * named: without statistics, SQLite takes the order of the rows for better, and reads all of them.
 */
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
     VALUES (@shareNo, ${entryParameters}, @sequence, @seen, @localOnly, @leftOut)`,
  ),
  removeLocal: sqlite.prepare('DELETE FROM local_entries WHERE share_no = ? AND path = ?'),
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
  totalsOfPage: sqlite.prepare(
    `SELECT count(*) AS rows, max(path) AS last, count(counts) AS files, coalesce(sum(size * counts), 0) AS bytes FROM
     (SELECT path, size, CASE WHEN deleted = 0 AND type <> 1 AND seen <> '' AND ${isNotIgnored} THEN 1 END AS counts FROM local_entries
      WHERE share_no = ? AND path > ? ORDER BY path LIMIT ?)`,
  ),
  localOnlyCount: sqlite
    .prepare(
      `SELECT count(*) FROM local_entries INDEXED BY local_entries_changed_here
       WHERE share_no = ? AND local_only = 1 AND ${isNotIgnored}`,
    )
    .pluck(),
  conflictCopies: sqlite.prepare(
    `SELECT ${entryColumns}, sequence, seen, local_only, left_out FROM local_entries INDEXED BY local_entries_conflicts
     WHERE share_no = ? AND instr(path, '.sync-conflict-') > 0 AND deleted = 0 AND seen <> '' AND ${isNotIgnored} ORDER BY path LIMIT ?`,
  ),
  remotes: sqlite.prepare(
    `SELECT ${entryColumns}, device_no, sequence, invalid FROM remote_entries WHERE share_no = ? AND path = ?`,
  ),
  putRemote: sqlite.prepare(
    `INSERT OR REPLACE INTO remote_entries (share_no, ${entryColumns}, device_no, sequence, invalid)
     VALUES (@shareNo, ${entryParameters}, @deviceNo, @sequence, @invalid)`,
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

function pageTotals(row: unknown, limit: number): PageTotals {
  const { rows, last, files, bytes } = row as { rows: number; last: RelPath | null; files: number; bytes: number }
  return { files, bytes, next: rows < limit ? undefined : (last ?? undefined) }
}

/** SQLite puts every blob behind every text. */
const behindAllText = Buffer.of(0)

type Statements = ReturnType<typeof prepare>

/** One share's entries: what this device holds, what peers announced, and what is to be done about it. */
export class ShareIndex {
  readonly shareNo: number
  readonly #sql: Statements
  readonly #immediately: (work: () => unknown) => unknown
  /** kept in step with the table, as counting reads all of it; undefined: to be counted anew */
  #needTotals: Totals | undefined
  /** Transactions that came to nothing: whatever was remembered of them is void. */
  undone = 0
  #isRetired = false

  private constructor(sqlite: Sqlite, sql: Statements, shareNo: number) {
    this.#sql = sql
    this.#immediately = sqlite.transaction((work: () => unknown) => work()).immediate
    this.shareNo = shareNo
  }

  /** @returns makes the view of one share; shares of one database use the same prepared statements */
  static opener({ sqlite }: IndexDatabase): (shareNo: number) => ShareIndex {
    const sql = prepare({ prepare: (statement: string) => sqlite.prepare(plannedOnce(statement)) })
    return (shareNo) => new ShareIndex(sqlite, sql, shareNo)
  }

  /** What it tells is void from now on: nothing may be written by it any more. */
  retire(): void {
    this.#isRetired = true
  }

  /** All of it or none. Synchronous: nothing may be awaited in it. */
  transaction<T>(work: () => T): T {
    if (this.#isRetired) throw new Error('the share has begun anew, or was removed')
    try {
      return this.#immediately(work) as T
    } catch (error) {
      this.#needTotals = undefined // whatever was counted may have been undone
      this.undone += 1
      throw error
    }
  }

  local(path: RelPath): LocalEntry | undefined {
    const row = this.#sql.local.get(this.shareNo, path) as LocalRow | undefined
    return row && this.#localFromRow(row)
  }

  /** What changed here after `sequence`, oldest first; changes that stay on this device are left out. */
  localSince(sequence: number, limit: number): readonly LocalEntry[] {
    return (this.#sql.localSince.all(this.shareNo, sequence, limit) as LocalRow[]).map((row) => this.#localFromRow(row))
  }

  /** The newest change ever, whether its row is still there or not. */
  maxSequence(): number {
    return (this.#sql.maxSequence.get(this.shareNo) as number | null) ?? 0
  }

  /** The newest change that peers get to see. */
  maxAnnounced(): number {
    return (this.#sql.maxAnnounced.get(this.shareNo) as number | null) ?? 0
  }

  putLocal({ entry, sequence, seen, localOnly, leftOut }: LocalEntry): void {
    const row = entryToRow(entry, this.#storeContent(entry))
    this.#sql.putLocal.run({ ...row, shareNo: this.shareNo, sequence, seen, localOnly: Number(localOnly), leftOut })
  }

  removeLocal(path: RelPath): void {
    this.#sql.keepSequence.run({ shareNo: this.shareNo, path })
    this.#sql.removeLocal.run(this.shareNo, path)
  }

  /** Only the fingerprint moved on; nothing to announce. */
  setSeen(path: RelPath, seen: string): void {
    this.#sql.setSeen.run(seen, this.shareNo, path)
  }

  /** What lies here and has an owner or attributes. */
  pathsWithPlatform(): readonly RelPath[] {
    return this.#sql.withPlatform.all(this.shareNo) as RelPath[]
  }

  /** The next scan reads all others, as if it had been written a moment ago. */
  lookAgainAtAll(): void {
    this.#sql.lookAgainAtAll.run(this.shareNo)
  }

  /** Nothing to announce. */
  setLeftOut(path: RelPath, state: LeftOut): void {
    this.#sql.setLeftOut.run(state, this.shareNo, path)
  }

  /** Where this device stands with what it knows of, in the order of the paths, behind `after`. */
  standings(after: string, limit: number): readonly Standing[] {
    const rows = this.#sql.standings.all(this.shareNo, after, limit) as (Omit<
      Standing,
      'type' | 'deleted' | 'isUntold'
    > & { readonly type: number; readonly deleted: number; readonly isUntold: number })[]
    return rows.map((row) => ({
      ...row,
      type: entryTypes[row.type] ?? 'file',
      deleted: row.deleted === 1,
      isUntold: row.isUntold === 1,
    }))
  }

  /** What others announced and this device knows nothing of, likewise. */
  unheldPaths(after: string, limit: number): readonly RelPath[] {
    return this.#sql.unheldPaths.all(this.shareNo, after, limit) as RelPath[]
  }

  /** What its owner did not choose and that lies here still, backwards from `before`: children before their folder. */
  onTheirWayOut(before: string | undefined, limit: number): readonly RelPath[] {
    return this.#sql.onTheirWayOut.all(this.shareNo, before ?? behindAllText, limit) as RelPath[]
  }

  /** Of the entry that the row holds; it is announced no differently than before. */
  setSignature(path: RelPath, signature: Uint8Array): void {
    this.#sql.setSignature.run(signature, this.shareNo, path)
  }

  /** A file of this share with this very content, to copy from instead of asking a peer. */
  fileWithContent(entry: Entry): RelPath | undefined {
    const row = this.#sql.withContent.get({
      shareNo: this.shareNo,
      content: contentHash(entry.blocks),
      size: entry.sizeBytes,
    })
    return (row as { path: RelPath } | undefined)?.path
  }

  /** Some of the paths that hold this content. */
  pathsWithContent(content: Uint8Array, limit: number): readonly RelPath[] {
    return this.#sql.pathsWithContent.all(content, this.shareNo, limit) as RelPath[]
  }

  /** The sequence of the newest file that has this content; 0: none has. */
  newestWithContent(content: Uint8Array): number {
    return (this.#sql.newestWithContent.get(content, this.shareNo) as number | null) ?? 0
  }

  /** Files that changed here after one sequence and before another, newest first. */
  filesBetween(after: number, before: number, limit: number): readonly LocalEntry[] {
    const rows = this.#sql.filesBetween.all(this.shareNo, after, before, limit) as LocalRow[]
    return rows.map((row) => this.#localFromRow(row))
  }

  /** Something that lies on disk below a folder; `0` is the character after `/`. */
  somethingBelow(folder: RelPath): RelPath | undefined {
    const row = this.#sql.livingChild.get(this.shareNo, `${folder}/`, `${folder}0`)
    return (row as { path: RelPath } | undefined)?.path
  }

  /** The next file that lies here, in the order of the paths. @param path  empty: the first one */
  fileAfter(path: string): RelPath | undefined {
    return this.#sql.fileAfter.get(this.shareNo, path) as RelPath | undefined
  }

  /** What lies here, of at most `limit` rows behind a path. */
  totalsOfPage(after: RelPath | undefined, limit: number): PageTotals {
    return pageTotals(this.#sql.totalsOfPage.get(this.shareNo, after ?? '', limit), limit)
  }

  localOnlyCount(): number {
    return this.#sql.localOnlyCount.get(this.shareNo) as number
  }

  /** What lies here under a name that conflict copies have. */
  conflictCopies(limit = 1000): readonly LocalEntry[] {
    return (this.#sql.conflictCopies.all(this.shareNo, limit) as LocalRow[]).map((row) => this.#localFromRow(row))
  }

  remotes(path: RelPath): readonly RemoteEntry[] {
    return (this.#sql.remotes.all(this.shareNo, path) as RemoteRow[]).map((row) => ({
      entry: this.#entryFromRow(row),
      deviceNo: row.device_no,
      sequence: row.sequence,
      invalid: row.invalid === 1,
    }))
  }

  putRemote({ entry, deviceNo, sequence, invalid }: RemoteEntry): void {
    const row = entryToRow(entry, this.#storeContent(entry))
    this.#sql.putRemote.run({ ...row, shareNo: this.shareNo, deviceNo, sequence, invalid: Number(invalid) })
  }

  /** What a peer announced, at most `limit` paths behind one. */
  remotePathsOf(deviceNo: number, after: RelPath | undefined, limit: number): readonly RelPath[] {
    return this.#sql.remotePathsOf.all(this.shareNo, after ?? '', deviceNo, limit) as RelPath[]
  }

  removeRemote(path: RelPath, deviceNo: number): void {
    this.#sql.removeRemote.run(this.shareNo, path, deviceNo)
  }

  /**
   * What this device holds and a peer, by its own word, neither holds nor leaves out knowingly: of at most `limit`
   * rows behind a path.
   */
  lackOfPage(deviceNo: number, after: RelPath | undefined, limit: number): PageTotals {
    const page = { shareNo: this.shareNo, deviceNo, after: after ?? '', limit }
    return pageTotals(this.#sql.lackOfPage.get(page), limit)
  }

  /** What the owner has said of a path stays, as long as it takes something away. */
  putNeed({ path, rank, size, loss }: Need): void {
    this.#countNeed(path, size)
    this.#sql.putNeed.run(this.shareNo, path, rank, size, loss)
  }

  isNeeded(path: RelPath): boolean {
    return this.#neededBytes(path) !== undefined
  }

  dropNeed(path: RelPath): void {
    if (!this.#countNeed(path, undefined)) return
    this.#sql.dropNeed.run(this.shareNo, path)
  }

  /** @param bytes that are needed now; undefined: none is @returns whether the path was needed before */
  #countNeed(path: RelPath, bytes: number | undefined): boolean {
    const before = this.#neededBytes(path)
    const { files, bytes: all } = this.needTotals()
    this.#needTotals = {
      files: files + Number(bytes !== undefined) - Number(before !== undefined),
      bytes: all + (bytes ?? 0) - (before ?? 0),
    }
    return before !== undefined
  }

  #neededBytes(path: RelPath): number | undefined {
    return this.#sql.neededBytes.get(this.shareNo, path) as number | undefined
  }

  /** Needs of one rank behind a path: upwards, for removals downwards, so that children go before their folder. */
  needs(rank: number, after: string | undefined, limit: number): readonly Need[] {
    const rows =
      rank === needRank.removal
        ? this.#sql.needsOfRankBackwards.all(this.shareNo, rank, after ?? behindAllText, limit)
        : this.#sql.needsOfRank.all(this.shareNo, rank, after ?? '', limit)
    return rows as Need[]
  }

  needTotals(): Totals {
    return (this.#needTotals ??= this.#sql.needTotals.get(this.shareNo) as Totals)
  }

  /** How many needs there are of a kind (model/need.ts, needLoss). */
  countLoss(loss: number): number {
    return this.#sql.countLoss.get(this.shareNo, loss) as number
  }

  /** All needs of one kind become of another. */
  changeLoss(from: number, to: number): void {
    this.#sql.changeLoss.run({ shareNo: this.shareNo, from, to })
  }

  lossOf(path: RelPath): number {
    return (this.#sql.lossOf.get(this.shareNo, path) as number | undefined) ?? 0
  }

  setLoss(path: RelPath, loss: number): void {
    this.#sql.setLoss.run(loss, this.shareNo, path)
  }

  pathsOfLoss(loss: number, after: string | undefined, limit: number): readonly RelPath[] {
    return this.#sql.pathsOfLoss.all(this.shareNo, loss, after ?? '', limit) as RelPath[]
  }

  /** What is gone or rewritten here and held, behind a path. */
  held(after: string | undefined, limit: number): readonly LocalEntry[] {
    return (this.#sql.held.all(this.shareNo, after ?? '', limit) as LocalRow[]).map((row) => this.#localFromRow(row))
  }

  heldFiles(): number {
    return this.#sql.heldFiles.get(this.shareNo) as number
  }

  isAnyHeld(): boolean {
    return this.#sql.isAnyHeld.get(this.shareNo) !== undefined
  }

  /** What is gone here and to be fetched again. Reads through the whole index. */
  missing(limit: number): readonly RelPath[] {
    return this.#sql.missing.all(this.shareNo, limit) as RelPath[]
  }

  /** Files here that hold what an entry holds, itself among them. @returns one after the other, while asked for */
  filesWithContent(entry: Entry): Iterable<RelPath> {
    const content = contentHash(entry.blocks)
    return this.#sql.sameContent.iterate({ shareNo: this.shareNo, content }) as IterableIterator<RelPath>
  }

  /** @param atMs by the wall clock */
  putLoss(
    path: RelPath,
    { incoming, gone }: { readonly incoming: boolean; readonly gone: boolean },
    atMs: number,
  ): void {
    this.#sql.putLoss.run(this.shareNo, Number(incoming), path, Number(gone), Math.floor(atMs))
  }

  /** How many files were lost within a time, and how many of them are not there any more. */
  lossesBetween(incoming: boolean, fromMs: number, toMs: number): { readonly files: number; readonly gone: number } {
    return this.#sql.lossesSince.get(this.shareNo, Number(incoming), Math.floor(fromMs), Math.ceil(toMs)) as {
      files: number
      gone: number
    }
  }

  /** Forgets losses but for those within a time. */
  dropLosses(fromMs: number, toMs: number): void {
    this.#sql.dropLosses.run(this.shareNo, Math.floor(fromMs), Math.ceil(toMs))
  }

  /**
   * What was begun and may have to be undone. Where something else has been seen at the path since, the outcome was
   * taken over in another way, as after a commit that the index's full disk refused: undoing it would bring back what
   * is gone.
   */
  intents(): readonly Intent[] {
    const all = this.#sql.intents.all(this.shareNo) as Intent[]
    return all.filter(({ path, expected }) => seenOnDisk(this.local(path)?.seen ?? nothingSeen) === expected)
  }

  putIntent({ path, expected, archived }: Intent): void {
    this.#sql.putIntent.run(this.shareNo, path, expected, archived)
  }

  dropIntent(path: RelPath): void {
    this.#sql.dropIntent.run(this.shareNo, path)
  }

  dropIntents(): void {
    this.#sql.dropIntents.run(this.shareNo)
  }

  #storeContent(entry: Entry): Uint8Array {
    const content = contentHash(entry.blocks)
    if (hasBlockList(entry)) this.#sql.putBlockList.run(content, entry.blocks)
    return content
  }

  #localFromRow(row: LocalRow): LocalEntry {
    const { sequence, seen } = row
    return {
      entry: this.#entryFromRow(row),
      sequence,
      seen,
      localOnly: row.local_only === 1,
      leftOut: row.left_out,
    }
  }

  #entryFromRow(row: EntryRow): Entry {
    return entryFromRow(row, (content) => {
      const blocks = this.#sql.blockList.get(content) as Buffer | undefined
      if (!blocks) throw new Error(`the index holds no block list for "${row.path}"`)
      return blocks
    })
  }
}
