/** Owners and extended attributes of what a scan finds, as far as they count in a share. */
import type { ShareRoot } from '../disk-work.ts'
import { HOME } from '../model/ignored.ts'
import { platformOf, takenXattrs } from '../model/platform.ts'
import type { Owner, Platform, Xattr } from '../model/platform.ts'
import type { Dir, FileSystem, Random, Stat } from '../ports.ts'
import { tryOut } from './try-out.ts'

/** What lies under a name in an open folder. */
interface Sight {
  readonly dir: Dir
  readonly name: string
  readonly stat: Stat
}
export type LookAtPlatform = (sight: Sight) => Platform | undefined

/** @param dir the share's root, open */
export function lookAtPlatform(fs: FileSystem, root: ShareRoot, dir: Dir, random: Random): LookAtPlatform {
  const hasXattrs = root.xattrs === true && keepsXattrs(dir, random)
  const accounts = root.owners === true ? fs.accounts() : undefined
  const ownerOf = ({ uid, gid }: Stat): Owner | undefined =>
    accounts && { uid, gid, user: accounts.userOf(uid) ?? '', group: accounts.groupOf(gid) ?? '' }
  return (sight) => {
    // of a link, neither says anything that matters
    if (sight.stat.type === 'symlink') return undefined
    return platformOf(ownerOf(sight.stat), hasXattrs ? xattrsOf(sight) : undefined)
  }
}

/** undefined: they cannot be read, or are more than can be kept everywhere */
function xattrsOf({ dir, name }: Sight): readonly Xattr[] | undefined {
  try {
    return takenXattrs(dir.xattrs(name))
  } catch {
    return undefined
  }
}

/** Tried out: where there are none, asking for them gives an empty list, as if somebody had removed them all. */
function keepsXattrs(root: Dir, random: Random): boolean {
  try {
    using home = root.openDir(HOME)
    using tmp = home.openDir('tmp')
    return tryOut(tmp, random, (name) => {
      tmp.setXattrs(name, [{ name: 'user.homeseed', value: Uint8Array.of(1) }])
      return tmp.xattrs(name).length === 1
    })
  } catch {
    return false
  }
}
