/**
 * What to do about one path, decided from what this device holds and what its peers announce. Pure: the same
 * versions give the same answer on every device, whatever the order they arrived in.
 */
import { hashOfDeleted } from './content-hash.ts'
import { bytesEqual, compareBytes, noBytes, sameContent } from './entry.ts'
import type { Entry } from './entry.ts'
import type { Access } from './access.ts'
import type { Authorship, HeldEntry } from './local-change.ts'
import { encodePlatform, samePlatform } from './platform.ts'
import type { Platform } from './platform.ts'
import { isBareSeen, isDamagedSeen, isHeldSeen, missingSeen, nothingSeen } from './seen.ts'
import { bumpVersion, compareVersions, joinVersions, tieBreak } from './version-vector.ts'

export type Action =
  /** disk and content stay; the index takes over `entry` and the disk its mode and time */
  | { readonly type: 'adopt'; readonly entry: Entry }
  /** make `entry` what lies on disk; what lies there now goes to the archive, or beside as a conflict copy */
  | { readonly type: 'replace'; readonly entry: Entry; readonly keepBoth: boolean }
  | { readonly type: 'remove'; readonly entry: Entry }

/**
 * Which of two concurrent versions gets the plain name: a living one before a deleted one, then the later
 * modification, then the tie-break of the vectors. Syncthing decides the same way, so mixed swarms agree.
 */
function preferred(a: Entry, b: Entry): Entry {
  if (a.deleted !== b.deleted) return a.deleted ? b : a
  if (a.mtimeNs !== b.mtimeNs) return a.mtimeNs > b.mtimeNs ? a : b
  const tie = tieBreak(a.version, b.version) || compareContent(a, b) || compareMeta(a, b)
  return tie >= 0 ? a : b
}

/**
 * Orders entries of the same version. There should be only one such entry, yet devices that settled three or
 * more concurrent versions in different orders can arrive at the same vector with different contents.
 */
const compareContent = (a: Entry, b: Entry): number =>
  compareTexts(a.type, b.type) ||
  compareTexts(a.linkTarget ?? '', b.linkTarget ?? '') ||
  compareBytes(a.blocks, b.blocks)

/** Likewise with different permissions, owners or attributes; who has them wins over who does not. */
const compareMeta = (a: Entry, b: Entry): number =>
  (a.mode ?? -1) - (b.mode ?? -1) || compareBytes(platformBytes(a), platformBytes(b))

const platformBytes = ({ platform }: Entry): Uint8Array => (platform ? encodePlatform(platform) : noBytes)

const compareTexts = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0)

/**
 * The version that all who know the same set agree on: the preferred one of those that no other supersedes, without
 * those that hold again what a deletion among them took away.
 */
export function winnerOf(entries: readonly Entry[]): Entry | undefined {
  const isSuperseded = (entry: Entry) =>
    entries.some((other) => compareVersions(entry.version, other.version) === 'before')
  const current = entries.filter((entry) => !isSuperseded(entry))
  const gone = current.flatMap(({ deleted, deletedHash }) => (deleted && deletedHash ? [deletedHash] : []))
  const counts = (entry: Entry) => entry.deleted || !gone.some((hash) => isContent(entry, hash))
  return current
    .filter(counts)
    .reduce<Entry | undefined>((best, entry) => (best ? preferred(best, entry) : entry), undefined)
}

/**
 * Whether a file or link holds what somebody deleted. A device without history finds it on its disk and takes it for new: it
 * is to go, into the archive, and not to come back everywhere.
 */
const isContent = (entry: Entry, deletedHash: Uint8Array): boolean =>
  bytesEqual(hashOfDeleted(entry) ?? noBytes, deletedHash)

/**
 * The winner as it is, superseding the losing version too: settled once, for everybody. Nobody has signed this
 * version yet.
 */
const settle = (winner: Entry, loser: Entry): Entry => ({
  ...winner,
  version: joinVersions(winner.version, loser.version),
  signature: undefined,
})

/** @param remotes what peers that count for this share announce and can serve, in any order */
export function planPath(local: HeldEntry | undefined, remotes: readonly Entry[], access: Access): Action | undefined {
  // what lies here is not what is known of it, and stays so until the owner has decided
  if (local && isHeldSeen(local.seen)) return undefined
  const isKnown = local && local.entry.version.length > 0 && !(access !== 'read-write' && isForsaken(local, remotes))
  const known = isKnown ? [local.entry] : []
  const winner = winnerOf([...known, ...remotes])
  if (local && isDamagedSeen(local.seen) && !local.localOnly) return planDamaged(local, winner ?? local.entry)
  const isNewer = local && winner && compareVersions(local.entry.version, winner.version) !== 'equal'
  if (local && isBareSeen(local.seen) && !local.localOnly && !isNewer) return { type: 'adopt', entry: local.entry }
  // it was kept for what was ignored in it
  const isOutlived = local !== undefined && local.entry.deleted && isPresent(local) && !local.localOnly
  if (isOutlived && winner === local.entry) return { type: 'remove', entry: winner }
  if (!winner || winner === local?.entry) return undefined
  if (!local) return act(undefined, winner, false)
  return access !== 'read-write' ? planReadOnly(local, winner) : planReadWrite(local.entry, local, winner)
}

/**
 * Whether nobody tells any more of the version held here, nor of a newer one, but of others: who made it has forgotten it.
 * A device that may not write cannot bring it back.
 */
function isForsaken({ entry }: HeldEntry, remotes: readonly Entry[]): boolean {
  const orders = remotes.map(({ version }) => compareVersions(entry.version, version))
  return orders.includes('concurrent') && !orders.includes('equal') && !orders.includes('before')
}

/** whether something lies on disk */
const isPresent = (local: HeldEntry | undefined): boolean =>
  local !== undefined && local.seen !== nothingSeen && local.seen !== missingSeen

const act = (local: HeldEntry | undefined, entry: Entry, keepBoth: boolean): Action => {
  if (entry.deleted) return isPresent(local) ? { type: 'remove', entry } : { type: 'adopt', entry }
  return { type: 'replace', entry, keepBoth: keepBoth && isPresent(local) }
}

/** Whether an action takes away what a file holds here, so that it is only in the archive from then on. */
export function takesAway({ type, ...action }: Action, local: HeldEntry | undefined): boolean {
  if (!local || !isPresent(local) || local.localOnly || isDamagedSeen(local.seen)) return false
  const { entry } = local
  if (entry.deleted || entry.type !== 'file' || type === 'adopt') return false
  return type === 'remove' || (!('keepBoth' in action && action.keepBoth) && !sameContent(entry, action.entry))
}

/** The content is to come from somebody who still has it, the same version if there is no newer one. */
function planDamaged(local: HeldEntry, winner: Entry): Action {
  const { entry } = local
  const isNewer = compareVersions(entry.version, winner.version) === 'before'
  return act(local, isNewer ? winner : entry, false)
}

/** A read-only device takes the winner as it is, since it can sign nothing; only its own changes are kept beside. */
function planReadOnly(local: HeldEntry, winner: Entry): Action | undefined {
  const isAgreed = compareVersions(local.entry.version, winner.version) === 'equal' && sameContent(local.entry, winner)
  if (isAgreed) return local.localOnly ? undefined : takeMeta(winner)
  const untouched = !local.localOnly || local.entry.version.length === 0
  if (untouched && isPresent(local) && sameContent(local.entry, winner)) return { type: 'adopt', entry: winner }
  if (local.localOnly && winner.deleted && isPresent(local)) return { type: 'adopt', entry: winner }
  return act(local, winner, local.localOnly)
}

/**
 * Permissions and times of the very version that is held here, as those have it who settled it in another order.
 * Another program that passes it on without all of them, and unsigned, has nothing to say to that.
 */
const takeMeta = (winner: Entry): Action | undefined =>
  winner.signature ? { type: 'adopt', entry: winner } : undefined

function planReadWrite(mine: Entry, local: HeldEntry, winner: Entry): Action | undefined {
  switch (compareVersions(mine.version, winner.version)) {
    case 'after':
      return undefined
    case 'equal':
      return sameContent(mine, winner) ? takeMeta(winner) : act(local, winner, true)
    case 'before':
      return sameContent(mine, winner) ? { type: 'adopt', entry: winner } : act(local, winner, false)
    case 'concurrent': {
      // what loses and does not lie here, as it is left out, is kept beside by those who hold it: only they may settle it
      const settled = mine.deleted || isPresent(local) ? settle(winner, mine) : winner
      return sameContent(mine, winner) ? { type: 'adopt', entry: settled } : act(local, settled, true)
    }
  }
}

/** What of an adopted entry the disk has to follow: permissions, time, owner, attributes; undefined: nothing of it. */
export function metaToSet(
  { deleted, type, mode, mtimeNs, platform }: Entry,
  local: HeldEntry | undefined,
): Meta | undefined {
  if (!local || !isPresent(local) || local.localOnly || deleted || type === 'symlink') return undefined
  const changed = {
    mode: mode === local.entry.mode ? undefined : mode,
    mtimeNs: type !== 'file' || mtimeNs === local.entry.mtimeNs ? undefined : mtimeNs,
    platform: !isBareSeen(local.seen) && samePlatform(platform, local.entry.platform) ? undefined : platform,
  }
  return Object.values(changed).every((value) => value === undefined) ? undefined : changed
}

interface Meta {
  readonly mode: number | undefined
  readonly mtimeNs: bigint | undefined
  readonly platform: Platform | undefined
}

/** of a folder whose permissions nobody here knows */
const REVIVED_MODE = 0o755

/** A folder that is to stay, or to come back, although somebody deleted it, because something in it stays. */
export const revive = (mine: Entry, tombstone: Entry, by: Authorship): Entry => ({
  path: mine.path,
  type: 'directory',
  deleted: false,
  sizeBytes: 0,
  // told, and not left to each disk: somebody else may make a folder there, with other permissions
  mode: mine.type === 'directory' ? mine.mode : REVIVED_MODE,
  mtimeNs: mine.mtimeNs,
  modifiedBy: by.modifiedBy,
  version: bumpVersion(joinVersions(mine.version, tombstone.version), by.author, by.nowSeconds),
  blockBytes: 0,
  blocks: noBytes,
  linkTarget: undefined,
  platform: mine.type === 'directory' ? mine.platform : undefined,
  deletedHash: undefined,
  signature: undefined,
})
