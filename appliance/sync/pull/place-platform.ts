import { codeOf } from '../model/error-code.ts'
import type { Owner, Platform, Xattr } from '../model/platform.ts'
import type { Accounts, Dir, Stat } from '../ports.ts'
import { stopBlocked } from './place-result.ts'

/** What of `Platform` is applied in a share. */
export interface PlatformRules {
  readonly accounts: Accounts | undefined
  readonly hasXattrs: boolean
}

interface Target {
  readonly dir: Dir
  readonly name: string
  /** the same thing, open */
  readonly opened: { stat(): Stat; setOwner(uid: number, gid: number): void }
}

/**
 * Owners take rights that we may not have, and attributes a disk that keeps them: else they are only passed on.
 * @returns whether there was something to apply
 */
export function applyPlatform(
  { accounts, hasXattrs }: PlatformRules,
  target: Target,
  wanted: Platform | undefined,
): boolean {
  const [owner, xattrs] = [accounts && wanted?.owner, hasXattrs ? wanted?.xattrs : undefined]
  if (accounts && owner) setOwner(target, owner, accounts)
  if (xattrs) setXattrs(target, xattrs)
  return owner !== undefined || xattrs !== undefined
}

function setXattrs({ dir, name }: Target, xattrs: readonly Xattr[]): void {
  try {
    dir.setXattrs(name, xattrs)
  } catch (error) {
    if (codeOf(error) !== 'ENOTSUP') throw stopBlocked('no-attributes')
  }
}

/** By name, where this computer knows it: numbers differ between computers. */
function setOwner({ opened }: Target, { uid, gid, user, group }: Owner, accounts: Accounts): void {
  const [toUid, toGid] = [accounts.uidOf(user) ?? uid, accounts.gidOf(group) ?? gid]
  const now = opened.stat()
  if (now.uid === toUid && now.gid === toGid) return
  try {
    opened.setOwner(toUid, toGid)
  } catch {
    // not ours to give away, or the disk keeps no owners
  }
}
