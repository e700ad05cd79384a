import { entryFromRow, entryTypes, entryToRow, hasBlockList } from './entry-rows.ts'
import type { EntryRow } from './entry-rows.ts'
import { prepareStatements } from './share-statements.ts'
import type { Statements } from './share-statements.ts'
import type { IndexDatabase, Sqlite } from './database.ts'
import type { Intent } from '../disk-work.ts'
import { contentHash } from '../model/content-hash.ts'
import type { Entry, EntryType } from '../model/entry.ts'
import { needRank } from '../model/need.ts'
import type { Need } from '../model/need.ts'
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

function pageTotals(row: unknown, limit: number): PageTotals {
  const { rows, last, files, bytes } = row as { rows: number; last: RelPath | null; files: number; bytes: number }
  return { files, bytes, next: rows < limit ? undefined : (last ?? undefined) }
}

/** SQLite puts every blob behind every text. */
const behindAllText = Buffer.of(0)

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
    const sql = prepareStatements(sqlite)
    return (shareNo) => new ShareIndex(sqlite, sql, shareNo)
  }

  /** What it tells is void from now on: nothing may be written by it any more. */
  retire(): void {
    this.#isRetired = true
  }

  /**
   * All of it or none. Synchronous: nothing may be awaited in it.
   * @throws Error once the index is void; what `work` throws
   */
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
    this.#sql.putLocal.run(this.shareNo, ...row, sequence, seen, Number(localOnly), leftOut)
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
  putWriter(certificate: Uint8Array): void {
    this.#sql.putWriter.run(this.shareNo, certificate)
  }

  writers(): readonly Uint8Array[] {
    return this.#sql.writers.all(this.shareNo) as Buffer[]
  }

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

  /** Whether nothing lies in a folder but what is ignored, and folders that stay for that. */
  holdsOnlyIgnored(folder: RelPath): boolean {
    return this.#sql.livingChildNotKept.get(this.shareNo, `${folder}/`, `${folder}0`) === undefined
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

  /** What was changed on this device, which may only follow: behind a path. */
  localChanges(after: RelPath | undefined, limit: number): readonly LocalEntry[] {
    return (this.#sql.localChanges.all(this.shareNo, after ?? '', limit) as LocalRow[]).map((row) =>
      this.#localFromRow(row),
    )
  }

  /** How much of that there is, by kind (model/own-change.ts). */
  localChangeTotals(): { readonly changed: number; readonly added: number; readonly deleted: number } {
    const { added, deleted, total } = this.#sql.localChangeTotals.get(this.shareNo) as Record<
      'added' | 'deleted' | 'total',
      number
    >
    return { changed: total - added - deleted, added, deleted }
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
    this.#sql.putRemote.run(this.shareNo, ...row, deviceNo, sequence, Number(invalid))
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
