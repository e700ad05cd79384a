import type { Stat } from '../ports.ts'

/**
 * Fingerprint of what was on disk at a path when it was last looked at; equal text means untouched since.
 * Empty: nothing was there. A directory's times change with its children, so only its mode and owner count.
 */
export type Seen = string
export const nothingSeen: Seen = ''

export function seenOf(stat: Stat): Seen {
  const { type, sizeBytes, mode, mtimeNs, ctimeNs, inode, uid, gid } = stat
  if (type === 'directory') return `directory:${mode}:${uid}.${gid}`
  return `${type}:${mode}:${sizeBytes}:${mtimeNs}:${ctimeNs}:${inode}:${uid}.${gid}`
}

/** What the fingerprint was made from; undefined for nothing, for a directory and for what is held. */
export function timesOfSeen(seen: Seen): { sizeBytes: string; mtimeNs: string; ctimeNs: string } | undefined {
  if (isHeldSeen(seen)) return undefined
  const [, , sizeBytes, mtimeNs, ctimeNs] = seen.split(':')
  return sizeBytes === undefined || mtimeNs === undefined || ctimeNs === undefined
    ? undefined
    : { sizeBytes, mtimeNs, ctimeNs }
}

/** Permission bits that a file or folder had; undefined for nothing. */
export function modeOfSeen(seen: Seen): number | undefined {
  const mode = seen.split(':')[1]
  return mode === undefined ? undefined : Number(mode)
}

/** Who owned it; undefined for nothing. */
export function ownerOfSeen(seen: Seen): { readonly uid: number; readonly gid: number } | undefined {
  const [, uid, gid] = /:(\d+)\.(\d+)(?=:|$)/.exec(seen) ?? []
  return uid === undefined || gid === undefined ? undefined : { uid: Number(uid), gid: Number(gid) }
}

/**
 * For a file that was written so lately that another write may leave the same times: equal to no `seenOf`, so that
 * the next scan reads the file again.
 */
export const racySeen = (seen: Seen): Seen => `${seen}${RACY}`
export const seenWithoutRace = (seen: Seen): Seen => (wasRacy(seen) ? seen.slice(0, -RACY.length) : seen)
export const wasRacy = (seen: Seen): boolean => seen.endsWith(RACY)
const RACY = ':racy'

/**
 * For a file that its disk has changed without anybody writing to it: what lies there is not what the index says, and
 * is no edit either.
 */
export const damagedSeen = (seen: Seen): Seen => `${seen}${DAMAGED}`
export const isDamagedSeen = (seen: Seen): boolean => seen.endsWith(DAMAGED)
/** The `seenOf` of the damaged file. */
export const seenOfDamaged = (seen: Seen): Seen =>
  seen.slice(0, -(seen.endsWith(UNDONE + DAMAGED) ? UNDONE + DAMAGED : DAMAGED).length)
const DAMAGED = ':damaged'

/** For what its owner wrote, and wants undone: treated as damage, but an old version once it is replaced. */
export const undoneSeen = (seen: Seen): Seen => damagedSeen(seen === nothingSeen ? seen : `${seen}${UNDONE}`)
const UNDONE = ':undone'
export const isUndoneSeen = (seen: Seen): boolean => seen === missingSeen || seen.endsWith(UNDONE + DAMAGED)
/** Whether a disk made of a file what nobody wrote. */
export const isSpoiltSeen = (seen: Seen): boolean => isDamagedSeen(seen) && !isUndoneSeen(seen)

/**
 * For what has not been given the owner and attributes of its entry, as they did not count here when it came. That it
 * lacks them is nobody's edit.
 */
export const bareSeen = (seen: Seen): Seen => `${seen}${BARE}`
export const isBareSeen = (seen: Seen): boolean => seen.endsWith(BARE)
const BARE = ':bare'

/** For a folder that was deleted, and stays here for nothing but what is ignored in it. */
export const keptSeen = (seen: Seen): Seen => (isKeptSeen(seen) ? seen : `${seen}${KEPT}`)
export const isKeptSeen = (seen: Seen): boolean => seen.endsWith(KEPT)
/** The index has conditions on it. */
export const KEPT = ':kept'

/** The `seenOf` of what lies there, whatever is to be done about it. */
export const seenOnDisk = (seen: Seen): Seen =>
  isHeldSeen(seen)
    ? seenOfHeld(seen)
    : isDamagedSeen(seen)
      ? seenOfDamaged(seen)
      : isBareSeen(seen)
        ? seen.slice(0, -BARE.length)
        : isKeptSeen(seen)
          ? seen.slice(0, -KEPT.length)
          : seen

/**
 * For what is gone or rewritten here and held: the index still says what was there, and this what is there instead. Until
 * the owner has decided, nobody is told, and nothing is done about it.
 */
export const heldSeen = (seen: Seen): Seen => `${seen}${HELD}`
export const isHeldSeen = (seen: Seen): boolean => seen.endsWith(HELD)
/** What is there instead. */
export const seenOfHeld = (seen: Seen): Seen => seen.slice(0, -HELD.length)
/** The index has conditions on it. */
const HELD = ':held'

/** For a file that was left alone when others changed it: what lies there is older than the entry that the index has. */
export const staleSeen = (seen: Seen): Seen => (isStaleSeen(seen) ? seen : `${seen}${STALE}`)
export const isStaleSeen = (seen: Seen): boolean => seen.endsWith(STALE)
const STALE = ':stale'

/** Nothing is there, though something should be: it is to be fetched anew. */
export const missingSeen: Seen = damagedSeen(nothingSeen)

/** For what has to be looked at again, whatever it looks like. */
export const unknownSeen: Seen = '?'
