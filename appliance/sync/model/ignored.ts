/** Names that are never part of a share, whatever the owner chose: neither sent, nor taken from a peer. */
import type { RelPath } from './rel-path.ts'

/** Folder in a share's root with its marker, its archive and what is being received. */
export const HOME = '.homeseed'

/** This device's patterns of what is not synced; the file itself is not synced either. */
export const OWN_RULES = '.syncignore'
/** Patterns for every device: an ordinary file of the share. */
export const SHARED_RULES = '.syncignore.shared'

/** Left or kept by other sync programs in the root of their folders, and our own rules. */
const rootNames = new Set(['.stversions', '.stignore', OWN_RULES])

/**
 * A name that some file system takes for `.homeseed`: in other letters, with trailing dots, with characters that
 * HFS+ leaves out, or as FAT's short name (compare git's CVE-2014-9390).
 */
function isHome(name: string): boolean {
  // as nearly all do
  if (/^[a-gi-zA-GI-Z0-9_-][\x20-\x7e]*$/.test(name)) return false
  const plain = name
    .normalize('NFKC')
    .replace(/\p{Cf}/gu, '')
    .toLowerCase()
  return /^\.homeseed[. ]*$/u.test(plain) || /^homese~\d+[. ]*$/u.test(plain)
}

/** A file that Syncthing is still receiving. */
export const isTempName = (name: string): boolean =>
  name.endsWith('.tmp') && (name.startsWith('.syncthing.') || name.startsWith('~syncthing~'))

export const isIgnoredName = (name: string, inRoot: boolean): boolean =>
  isTempName(name) || isHome(name) || (inRoot && (rootNames.has(name) || name.startsWith('.stfolder')))

/** Nobody has to be told of changes there. */
export const isUnwatched = (path: RelPath): boolean => isIgnored(path) && path !== OWN_RULES

/** A path is ignored with any of the folders it lies in: a share inside a share keeps its `.homeseed` to itself. */
export const isIgnored = (path: RelPath): boolean =>
  path.split('/').some((name, depth) => isIgnoredName(name, depth === 0))
