/**
 * What the engine asks of the disk. `local-disk-work.ts` does it with a `FileSystem`; on a real box that runs
 * in worker threads behind `worker-client.ts`, in the simulation inline.
 */
import type { Platform } from './model/platform.ts'
import type { RelPath } from './model/rel-path.ts'
import type { Reserve } from './model/reserve.ts'
import type { ArchiveClock } from './model/archive-clock.ts'
import type { AgeRules } from './model/archive-rules.ts'
import type { Space } from './model/space.ts'
import type { Seen } from './model/seen.ts'
import type { Stamp } from './model/stamp.ts'
import type { EntryType } from './model/entry.ts'

/** Where a share lies. */
export interface ShareRoot {
  readonly shareId: string
  /** ids that the share had before: the marker may still tell of one of them */
  readonly former?: readonly string[]
  /** absolute */
  readonly path: string
  /** what its owner wants to stay free on its disk; as usual unless given */
  readonly reserve?: Reserve
  /** whether owners of files count here; not unless given */
  readonly owners?: boolean
  /** likewise extended attributes */
  readonly xattrs?: boolean
  /** whether its files are sealed: this device cannot read them; not unless given */
  readonly isSealed?: boolean
}

/** What a scan compares the disk with: the live rows of the index, in byte order of their UTF-8 paths. */
export interface KnownEntries {
  /**
   * The next rows behind `after` (undefined: from the start), at most `limit`. With `within`, only that path
   * and what lies below it.
   */
  page(shareId: string, within: RelPath | undefined, after: RelPath | undefined, limit: number): readonly KnownEntry[]
}
export interface KnownEntry {
  readonly path: RelPath
  readonly seen: Seen
}

/** One difference between disk and index. */
export type Found =
  | ({ readonly kind: 'changed'; readonly path: RelPath } & FoundContent)
  /** was in the index; its folder was read completely and it is not there */
  | { readonly kind: 'gone'; readonly path: RelPath }
  /** nothing is known of it or of what lies below: neither a change nor a deletion */
  | { readonly kind: 'unreadable'; readonly path: RelPath | undefined; readonly code: string }
  /** changed while it was read, or too lately to be at rest: look again later */
  | { readonly kind: 'busy'; readonly path: RelPath }
  /** cannot be synced under this name or as this kind of thing */
  | {
      readonly kind: 'blocked'
      readonly name: string
      readonly reason: 'bad-name' | 'special-file' | 'other-file-system'
    }
  /** size differs from what was seen though mtime and ctime do not: damage, not an edit */
  | { readonly kind: 'damaged'; readonly path: RelPath; readonly seen: Seen }

export interface FoundContent {
  readonly seen: Seen
  readonly type: EntryType
  readonly sizeBytes: number
  /** undefined: this disk keeps no permissions */
  readonly mode: number | undefined
  readonly mtimeNs: bigint
  readonly blockBytes: number
  /** 32-byte SHA-256 of each block; empty for an empty file and for what is no file */
  readonly blocks: Uint8Array
  readonly linkTarget: string | undefined
  /** undefined: not looked at */
  readonly platform?: Platform | undefined
}

/** What the files with the rules say, of which there may be none. */
export type RulesRead =
  | {
      readonly type: 'read'
      /** the patterns, comments left out and included files put in: what `IgnoreRules` takes */
      readonly rules: readonly string[]
      /** the files that they come from */
      readonly sources: readonly RelPath[]
      /** when one of them was last written to */
      readonly newestMs: number
    }
  | {
      readonly type: 'bad'
      readonly path: string
      /** from 1; undefined: not one line alone */
      readonly line: number | undefined
      readonly why: 'no-pattern' | 'too-many' | 'bad-include' | 'unreadable'
    }
  /** nothing can be said: the folder is not the one that was shared */
  | { readonly type: 'wrong-folder' }

export type ScanEnd =
  | { readonly type: 'complete' }
  /** the folder, its marker or its file system is not the one that was shared: whatever was found is void */
  | {
      readonly type: 'wrong-folder'
      readonly reason: 'missing' | 'no-marker' | 'other-share' | 'moved-away'
      /** node's code for why it could not be looked at, if something failed */
      readonly code?: string
    }

/** What can be done with a share's folder at present, found out by writing to it: mount options tell too little. */
export type FolderState =
  | ScanEnd
  | { readonly type: 'no-space' }
  | { readonly type: 'read-only' }
  | { readonly type: 'no-permission' }
  | { readonly type: 'failing'; readonly code: string }

/** A file being received, known to the disk worker that holds it open. */
export type TempId = number

interface PlaceCommon {
  readonly path: RelPath
  /** what the index last saw there; if the disk disagrees, nothing is done (`changed-underneath`) */
  readonly expected: Seen
  /** a disk made that of it, and nobody wrote it: the archive keeps it, but as no version */
  readonly isDamaged?: boolean
  /** owner and extended attributes, as far as the share has them */
  readonly platform?: Platform | undefined
}

export interface OpenedTemp {
  readonly temp: TempId
  /** something came of it before */
  readonly isKept: boolean
}

export interface FileBlock {
  readonly offset: number
  readonly sizeBytes: number
  readonly hash: Uint8Array
}

export interface TempBlock extends FileBlock {
  readonly index: number
}

/** What reading a file again tells: as it was, changed by its disk, changed by somebody, or its disk cannot read it. */
export type Verdict = 'whole' | 'damaged' | 'changed' | 'unreadable'

/** What comes in the place of something else. */
interface PlaceNew extends PlaceCommon {
  /** the conflict copy's name that what is displaced goes to; undefined: it goes to the archive */
  readonly beside?: RelPath | undefined
}
export type PlaceOp =
  | (PlaceNew & {
      readonly type: 'file'
      readonly mode: number | undefined
      readonly mtimeNs: bigint
      readonly from: { readonly temp: TempId } | { readonly bytes: Uint8Array; readonly hash: Uint8Array }
    })
  | (PlaceNew & { readonly type: 'directory'; readonly mode: number | undefined })
  | (PlaceNew & { readonly type: 'symlink'; readonly target: string })
  | (PlaceCommon & {
      readonly type: 'remove'
      /** what these rules ignore and call disposable goes with the folder that it lies in */
      readonly disposing?: readonly string[] | undefined
    })
  /** same content, other permissions or time; an undefined mode leaves the mode alone, likewise the time */
  | (PlaceCommon & {
      readonly type: 'set-meta'
      readonly mode: number | undefined
      readonly mtimeNs: bigint | undefined
    })

export type PlaceResult =
  /**
   * Durable. `seen` is what we put at the path (nothing after a removal), `archived` where in the archive its
   * predecessor is, `beside` where the conflict copy is: the name asked for may have been taken. Neither for a
   * folder. A predecessor whose very content lies at the conflict copy's name already is archived instead.
   */
  | {
      readonly type: 'done'
      readonly seen: Seen
      readonly archived: RelPath | undefined
      readonly beside: RelPath | undefined
    }
  /** a user changed it in between; the user's version is where it was. Scan the path and plan again. */
  | { readonly type: 'changed-underneath' }
  /** inline bytes do not have the hash they came with */
  | { readonly type: 'bad-content' }
  | { readonly type: 'no-space' }
  /** it cannot be done now or under this name: e.g. a folder that is not empty, a name the file system refuses */
  | {
      readonly type: 'blocked'
      readonly reason:
        | 'not-empty'
        | 'no-parent'
        | 'bad-name'
        | 'no-permission'
        | 'is-in-the-way'
        /** this disk takes no symlinks */
        | 'no-links'
        /** this disk cannot keep its extended attributes */
        | 'no-attributes'
        /** other permissions or another time would change the file under other names, too: it has to be made anew */
        | 'has-other-names'
    }
  /** this disk takes the name for that of something else that lies here: the same but for letters' case */
  | { readonly type: 'twin'; readonly path: RelPath }
  | { readonly type: 'failed'; readonly code: string }

export type WriteResult = 'ok' | 'bad-content' | 'no-space' | 'failed'

/**
 * What to undo or finish after a crash: written to the index before a swap that leaves a moment of absence, and before a
 * folder is made.
 */
export interface Intent {
  readonly path: RelPath
  readonly expected: Seen
  /** what `archivePlaces` gave for it, or `nothingArchived` */
  readonly archived: string
}

/** What of the archive is to be listed. */
export interface ArchiveQuery {
  /** only this path and what is below it; undefined: everything */
  readonly below: RelPath | undefined
  /** of each path only the version that was there at that time; undefined: all */
  readonly at?: Stamp | undefined
  /** with `at`: also what lies in the share and was there then */
  readonly withLive?: boolean | undefined
  /** of each path only the version that was replaced last */
  readonly latestOnly?: boolean | undefined
  /** only what comes behind that item */
  readonly after?: Pick<ArchiveItem, 'path' | 'stamp'> | undefined
  readonly limit: number
}
/** A version in the archive, or what lies in the share. */
export interface ArchiveItem {
  readonly path: RelPath
  /** when it was replaced or deleted; undefined: it lies there now */
  readonly stamp: Stamp | undefined
  /** where it is; undefined: it lies there now */
  readonly archived: RelPath | undefined
  /** what a disk made of it, and nobody wrote: kept, but no version */
  readonly isDamaged: boolean
  readonly sizeBytes: number
  readonly mtimeNs: bigint
}
export interface ArchivePage {
  readonly items: readonly ArchiveItem[]
  /** nothing comes behind these */
  readonly isEnd: boolean
}

/** What may stay in the archive. */
export interface ExpiryRules extends AgeRules {
  /** brought up to now */
  readonly clock: ArchiveClock
  readonly budget: Space
  /** room that is wanted for what is to come in, besides what is to stay free */
  readonly roomFor: { readonly bytes: number; readonly reserve: Reserve } | undefined
}
export interface ArchiveUse {
  /** left in it */
  readonly versions: number
  readonly bytes: number
  readonly removed: number
  readonly removedBytes: number
}

/** A file of which a spare copy is wanted. */
export interface SpareWish {
  readonly path: RelPath
  readonly seen: Seen
  /** false: another write may have left the same times */
  readonly isSure: boolean
  /** its content hash, 64 hex digits */
  readonly content: string
}
export interface SpareLimits {
  /** Whether to try to share content between files. */
  readonly isCloning: boolean
  /** where that cannot be: of one file that is copied, and of all */
  readonly fileBytes: number
  readonly bytes: number
}
export interface SparePart {
  readonly part: string
  /** `content`: the content hash, 64 hex digits */
  readonly spares: readonly { readonly content: string; readonly sizeBytes: number }[]
}
export interface SparesMade {
  /** false: this disk cannot share content between files */
  readonly isCloning: boolean
  readonly copiedBytes: number
  /** there was no room for more */
  readonly isFull: boolean
}

/** A version from the archive, ready to be put in place. */
export interface ArchivedCopy {
  /** its content, and what it is; `seen` is empty */
  readonly content: FoundContent
  /** of a file */
  readonly temp: TempId | undefined
}

export interface DiskWork {
  /**
   * Makes `.homeseed` with marker, archive and tmp in a folder that is to be shared. Refuses one that is
   * another share's. @throws Error readable by a person
   */
  prepare(root: ShareRoot): Promise<void>
  /** Whether `prepare` will do, as far as can be told before the share is known. Leaves nothing. @throws Error likewise */
  tryToPrepare(path: string): Promise<void>
  /** Takes the marker of a share that is no more away, so that the folder can be shared anew; its files stay. */
  release(root: ShareRoot): Promise<void>
  /** Whether the folder is the one that was shared, and can be written to for good: tried out, in `.homeseed`. */
  probe(root: ShareRoot): Promise<FolderState>
  /** The mark in `.homeseed/life`; undefined: there is none. @throws node's errors */
  readLife(root: ShareRoot): Promise<string | undefined>
  /** Replaces it, durably. @throws node's errors */
  writeLife(root: ShareRoot, mark: string): Promise<void>
  /**
   * Removes what an interrupted run left in `.homeseed/tmp`, and folders that it had made and nobody has used since; puts
   * back what it had displaced but not replaced.
   */
  recover(root: ShareRoot, intents: readonly Intent[]): Promise<void>
  /**
   * Compares disk and index: everything, or only the given paths and what is below them. Calls `onBatch` with
   * at most 500 differences at a time and waits for it. Deletions come last, after the marker was checked again.
   * @param rules what they ignore is not looked at
   */
  scan(
    root: ShareRoot,
    within: readonly RelPath[] | undefined,
    onBatch: (found: readonly Found[]) => Promise<void>,
    signal: AbortSignal,
    rules?: readonly string[],
  ): Promise<ScanEnd>
  /** Reads blocks of a file again. @param seen  what the index last saw of it: whatever differs now is an edit */
  verify(root: ShareRoot, path: RelPath, seen: Seen, blocks: readonly FileBlock[]): Promise<Verdict>
  /** @throws node's errors */
  readRules(root: ShareRoot): Promise<RulesRead>
  /** Removes for good what a placement has put into the archive. Never rejects: what stays there does no harm. */
  dropArchived(root: ShareRoot, archived: readonly RelPath[]): Promise<void>
  /** @returns the block, verified against `hash`; undefined when the disk does not hold it (any more) */
  readBlock(
    root: ShareRoot,
    path: RelPath,
    offset: number,
    sizeBytes: number,
    hash: Uint8Array,
  ): Promise<Uint8Array | undefined>
  /**
   * Opens a temp for a file to be received.
   * @param content hex digits that name what it is to hold: what came of it before goes on, however that ended
   * @param dataBytes how much of it takes room: all but blocks of zeros
   */
  openTemp(root: ShareRoot, sizeBytes: number, content: string, dataBytes?: number): Promise<OpenedTemp | 'no-space'>
  /** @returns the indices of those blocks that an opened temp holds already, verified; they count as written */
  keptBlocks(temp: TempId, blocks: readonly TempBlock[]): Promise<readonly number[]>
  /** Where nothing but zeros belongs: counts as written, and takes no room where the disk can do without. */
  fillZeros(
    temp: TempId,
    zeros: readonly { readonly offset: number; readonly sizeBytes: number }[],
  ): Promise<WriteResult>
  /** Closes a temp, to be gone on with later under the same `content`. */
  parkTemp(temp: TempId): Promise<void>
  /** Removes what came of files that nobody waits for any more, and what could not be removed when its time came. */
  dropParked(root: ShareRoot): Promise<void>
  /** Verifies, then writes; the caller gives `bytes` away. */
  writeBlock(temp: TempId, offset: number, bytes: Uint8Array, hash: Uint8Array): Promise<WriteResult>
  /** Fills a temp with blocks that a local file holds; answers which indexes of `wanted` it could fill. */
  copyBlocks(
    temp: TempId,
    root: ShareRoot,
    source: RelPath,
    wanted: readonly (TempBlock & { readonly sourceOffset: number })[],
  ): Promise<readonly number[]>
  discardTemp(temp: TempId): Promise<void>
  /** @throws node's errors */
  listArchive(root: ShareRoot, query: ArchiveQuery): Promise<ArchivePage>
  /** Removes what may not stay, and folders that are empty then. @throws node's errors */
  expireArchive(root: ShareRoot, rules: ExpiryRules): Promise<ArchiveUse>
  diskSpace(root: ShareRoot): Promise<{ readonly freeBytes: number; readonly totalBytes: number }>
  /** Makes spare copies, as far as there is room. A file that is not what was seen is left out. */
  makeSpares(root: ShareRoot, wishes: readonly SpareWish[], limits: SpareLimits): Promise<SparesMade>
  /** Puts spares, where there are such, into the archive, as what their paths held until now. @returns their bytes */
  archiveSpares(
    root: ShareRoot,
    wanted: readonly { readonly path: RelPath; readonly content: string }[],
    nowMs: number,
  ): Promise<number>
  /** The next of up to 256 parts of the spares. @param after  the `part` before; empty: from the start */
  nextSpares(root: ShareRoot, after: string): Promise<SparePart | undefined>
  removeSpares(root: ShareRoot, contents: readonly string[]): Promise<void>
  /** Copies a version from the archive, where it stays, into a temp. @returns `gone`: it is not there any more */
  copyArchived(root: ShareRoot, archived: RelPath): Promise<ArchivedCopy | 'gone' | 'no-space'>
  /**
   * Where each op would put what it displaces, so that intents can be written first; same order as `ops`,
   * undefined where there is nothing to displace. Text that only `place` and `recover` understand.
   */
  archivePlaces(root: ShareRoot, ops: readonly PlaceOp[], nowMs: number): Promise<readonly (string | undefined)[]>
  /**
   * Puts a batch in place in the order given, so folders come before what is in them, and after it when they go.
   * Temps in `ops` are used up, whatever the results. Durable (docs/architecture.md, "Receiving a file"); one
   * result per op, same order.
   */
  place(
    root: ShareRoot,
    ops: readonly PlaceOp[],
    archivePlaces: readonly (string | undefined)[],
  ): Promise<readonly PlaceResult[]>
  close(): Promise<void>
}
