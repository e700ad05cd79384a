import { HOME } from '../model/ignored.ts'
import { splitExtension, withSuffix } from '../model/numbered-name.ts'
import { joinPath, nameOf, parentOf } from '../model/rel-path.ts'
import type { RelPath } from '../model/rel-path.ts'
import { stampAt, stampFromText, stampToText } from '../model/stamp.ts'
import type { Stamp } from '../model/stamp.ts'

export const ARCHIVE = 'archive'
const DAMAGED = '-damaged'

/** The folder in the archive where versions of what lies in a folder go. @param folder undefined: the share's root */
export function archiveFolder(folder: RelPath | undefined): RelPath {
  const archive = joinPath(HOME as RelPath, ARCHIVE)
  return folder === undefined ? archive : joinPath(archive, folder)
}

/**
 * Where an old version goes: the same folders again in the archive, the time in its name, so that a person finds
 * it without us. `.homeseed/archive/photos/holiday~20260131-235900.jpg`, in UTC.
 * @param attempt from 1 on; the next when the name is taken
 * @param isDamaged  it is no version, and its name says so
 */
export const archivePath = (path: RelPath, nowMs: number, attempt: number, isDamaged = false): RelPath => {
  const suffix = `~${stampToText(stampAt(nowMs, attempt))}${isDamaged ? DAMAGED : ''}`
  return joinPath(archiveFolder(parentOf(path)), withSuffix(nameOf(path), suffix))
}

/**
 * Reads a name in the archive; undefined: it is none of ours. Of a name that was too long to take the time in, only
 * what was left of it is known.
 */
export function parseArchiveName(archived: string): ArchiveName | undefined {
  const [stem, extension] = splitExtension(archived)
  const tilde = stem.lastIndexOf('~')
  const isDamaged = stem.endsWith(DAMAGED)
  const end = isDamaged ? stem.length - DAMAGED.length : stem.length
  const stamp = tilde > 0 ? stampFromText(stem.slice(tilde + 1, end)) : undefined
  return stamp && { name: stem.slice(0, tilde) + extension, stamp, isDamaged }
}

export interface ArchiveName {
  /** that it had in the share */
  readonly name: string
  readonly stamp: Stamp
  /** what a disk made of it, and nobody wrote */
  readonly isDamaged: boolean
}
