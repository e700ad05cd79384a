/** What a scan's finding means for the index. Pure; scan/ finds, engine/ stores. */
import type { FoundContent } from '../disk-work.ts'
import type { Access } from './access.ts'
import { hashOfDeleted } from './content-hash.ts'
import { bytesEqual, noBytes, sameContent } from './entry.ts'
import type { Entry } from './entry.ts'
import { isCoarserForm, isOfOtherTimeZone, tellableMtime } from './mtime.ts'
import { platformOf, samePlatform } from './platform.ts'
import type { Platform } from './platform.ts'
import type { RelPath } from './rel-path.ts'
import { isBareSeen, modeOfSeen, nothingSeen, ownerOfSeen, timesOfSeen } from './seen.ts'
import type { Seen } from './seen.ts'
import { bumpVersion, compareVersions, noVersion } from './version-vector.ts'
import type { AuthorId } from './version-vector.ts'

/** Who makes changes on this device, and when it is. */
export interface Authorship {
  readonly author: AuthorId
  /** short id of this device, 16 hex digits */
  readonly modifiedBy: string
  readonly nowSeconds: number
}

/** What this device holds at a path. */
export interface HeldEntry {
  /** the version last agreed on; its `version` is empty for what only ever existed on this read-only device */
  readonly entry: Entry
  readonly seen: Seen
  /** read-only device: what lies on disk is a change that stays here */
  readonly localOnly: boolean
}

const ROUNDING_NS = 2_000_000_000n

export type LocalChange =
  /** the disk holds what the index says; only its fingerprint moved on */
  | { readonly type: 'same'; readonly seen: Seen }
  /** a new version, to be announced; or, on a read-only device, a change that stays here */
  | { readonly type: 'put'; readonly held: HeldEntry }

/** @param held what the index says of the path, tombstones included */
export function changeOf(
  path: RelPath,
  found: FoundContent,
  held: HeldEntry | undefined,
  access: Access,
  by: Authorship,
): LocalChange {
  const entry = entryOf(path, found, held, by)
  const known = held?.entry
  const isSame =
    known !== undefined &&
    !known.deleted &&
    sameContent(known, entry) &&
    entry.mode === known.mode &&
    entry.mtimeNs === known.mtimeNs &&
    samePlatform(entry.platform, known.platform)
  if (isSame && (access === 'read-write' || known.version.length > 0)) {
    return held?.localOnly === true
      ? { type: 'put', held: { entry: known, seen: found.seen, localOnly: false } }
      : { type: 'same', seen: found.seen }
  }
  if (access === 'read-write') return { type: 'put', held: { entry, seen: found.seen, localOnly: false } }
  // the agreed version stays in the index; what nobody announced has none
  const kept = known && known.version.length > 0 ? known : { ...entry, version: noVersion }
  return { type: 'put', held: { entry: kept, seen: found.seen, localOnly: true } }
}

/**
 * The version that a peer announced and that lies here now, if what a scan found is one: received, but a crash kept the
 * index from learning of it. As a version of our own it would be a conflict with whatever comes after it.
 */
export function announcedVersionOf(
  found: FoundContent,
  held: HeldEntry | undefined,
  announced: readonly Entry[],
): Entry | undefined {
  return announced.find(
    (entry) =>
      !entry.deleted &&
      (!held || compareVersions(held.entry.version, entry.version) === 'before') &&
      entry.type === found.type &&
      bytesEqual(entry.blocks, found.blocks) &&
      (entry.linkTarget ?? '') === (found.linkTarget ?? '') &&
      (entry.mode === undefined || found.mode === undefined || entry.mode === found.mode) &&
      (entry.type !== 'file' || isRoundedFrom(found.mtimeNs, entry.mtimeNs)),
  )
}

/** Disks keep times to the microsecond, or to two seconds. */
function isRoundedFrom(foundNs: bigint, exactNs: bigint): boolean {
  const differenceNs = tellableMtime(foundNs) - tellableMtime(exactNs)
  return -ROUNDING_NS <= differenceNs && differenceNs <= ROUNDING_NS
}

/** A path that is gone; undefined when the index did not hold anything there either. */
export function removalOf(held: HeldEntry | undefined, access: Access, by: Authorship): LocalChange | undefined {
  if (!held || held.seen === nothingSeen) return undefined
  if (access !== 'read-write') return { type: 'put', held: { ...held, seen: nothingSeen, localOnly: true } }
  const { entry } = held
  return { type: 'put', held: { entry: tombstoneOf(entry, by), seen: nothingSeen, localOnly: false } }
}

const nothingThere = { deleted: true, sizeBytes: 0, blockBytes: 0, blocks: noBytes, linkTarget: undefined } as const

/** Of a path that nothing is to be told of any more: no version, so that it supersedes nothing. */
export const forgottenOf = (entry: Entry): Entry => ({
  ...entry,
  ...nothingThere,
  deletedHash: undefined,
  version: noVersion,
  signature: undefined,
})

function tombstoneOf(entry: Entry, by: Authorship): Entry {
  return {
    ...entry,
    ...nothingThere,
    platform: undefined,
    deletedHash: entry.deleted ? entry.deletedHash : hashOfDeleted(entry),
    mtimeNs: BigInt(Math.floor(by.nowSeconds * 1000)) * 1_000_000n,
    modifiedBy: by.modifiedBy,
    version: bumpVersion(entry.version, by.author, by.nowSeconds),
    signature: undefined,
  }
}

function entryOf(path: RelPath, found: FoundContent, held: HeldEntry | undefined, by: Authorship): Entry {
  const known = held?.entry
  return {
    path,
    type: found.type,
    deleted: false,
    sizeBytes: found.sizeBytes,
    mode: modeOf(found, held),
    mtimeNs: mtimeOf(found, held),
    modifiedBy: by.modifiedBy,
    version: bumpVersion(known?.version ?? noVersion, by.author, by.nowSeconds),
    blockBytes: found.blocks.length > 0 ? found.blockBytes : 0,
    blocks: found.blocks,
    linkTarget: found.linkTarget,
    platform: platformFor(found, held, by),
    deletedHash: undefined,
    signature: undefined,
  }
}

/**
 * While the disk has the permissions that it had when the index was written, or keeps none at all, the entry's stay:
 * they may be such as the disk, or this device, cannot have. Links have none.
 */
function modeOf(found: FoundContent, held: HeldEntry | undefined): number | undefined {
  if (found.type === 'symlink') return undefined
  if (!held || held.entry.deleted || held.entry.type !== found.type) return found.mode
  return found.mode === undefined || found.mode === modeOfSeen(held.seen) ? held.entry.mode : found.mode
}

/**
 * File systems round times: while the disk's time is the one it had when the index was written, the entry keeps
 * the exact one; likewise if the same content has that time rounded, or told in another time zone. A folder's time
 * changes with its children and is nobody's edit; nor is a link's.
 */
function mtimeOf(found: FoundContent, held: HeldEntry | undefined): bigint {
  const known = held?.entry
  const foundNs = tellableMtime(found.mtimeNs)
  if (!known || known.deleted || known.type !== found.type) return foundNs
  if (found.type !== 'file') return known.mtimeNs
  const seenNs = BigInt(timesOfSeen(held.seen)?.mtimeNs ?? known.mtimeNs)
  if (seenNs === found.mtimeNs) return known.mtimeNs
  if (!bytesEqual(known.blocks, found.blocks)) return foundNs
  const isNoEdit = [known.mtimeNs, seenNs].some(
    (beforeNs) =>
      isCoarserForm(foundNs, beforeNs) || (found.mode === undefined && isOfOtherTimeZone(foundNs, beforeNs)),
  )
  return isNoEdit ? known.mtimeNs : foundNs
}

/**
 * What nobody has looked at here stays; so does an owner that this device could not give it. When somebody looks for
 * the first time, a file that came from elsewhere has the owner that it was given here, and no attributes: that is
 * nothing to tell those who know better.
 */
function platformFor(
  { type, platform }: FoundContent,
  held: HeldEntry | undefined,
  by: Authorship,
): Platform | undefined {
  const known = held && !held.entry.deleted && held.entry.type === type ? held.entry : undefined
  if (known && held && isBareSeen(held.seen)) return known.platform
  const [was, found] = [known && held ? ownerOfSeen(held.seen) : undefined, platform?.owner]
  const isAsBefore = found === undefined || (was?.uid === found.uid && was.gid === found.gid)
  const mayTell = known?.platform?.owner === undefined && known?.modifiedBy === by.modifiedBy
  const owner = isAsBefore && !mayTell ? known?.platform?.owner : found
  const before = known?.platform?.xattrs
  const xattrs = platform?.xattrs
  return platformOf(owner, xattrs === undefined || (xattrs.length === 0 && !before) ? before : xattrs)
}
