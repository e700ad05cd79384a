import { shortIdToText } from './device-id.ts'
import type { Entry } from './entry.ts'
import { withSuffix } from './numbered-name.ts'
import { joinPath, nameOf, parentOf } from './rel-path.ts'
import type { RelPath } from './rel-path.ts'

const MARK = '.sync-conflict-'
const MAX_NAME_BYTES = 255
const utf8 = new TextEncoder()

/**
 * Name of the losing side of a concurrent edit, in Syncthing's form. It is made from the losing version alone
 * (its time and its author), so that two devices that both hold it make the same copy. A conflict on a
 * conflict copy keeps one mark; a name too long for a file system is shortened.
 * @param author 7 characters of the short id of the device that made the losing version
 */
export function conflictPath(path: RelPath, mtimeNs: bigint, author: string): RelPath {
  const name = nameOf(path)
  const marked = name.indexOf(MARK)
  const dot = name.lastIndexOf('.')
  const extension = dot > 0 ? name.slice(dot) : ''
  const stem = marked > 0 ? name.slice(0, marked) : name.slice(0, name.length - extension.length)
  const suffix = `${MARK}${timeText(mtimeNs)}-${author}${extension}`
  return joinPath(parentOf(path), shorten(stem, MAX_NAME_BYTES - utf8.encode(suffix).length) + suffix)
}

/** Where the losing side of a conflict goes. */
export const conflictPathOf = ({ path, mtimeNs, modifiedBy }: Entry): RelPath =>
  conflictPath(path, mtimeNs, shortIdToText(modifiedBy))

export interface ConflictName {
  /** what it is another version of */
  readonly original: RelPath
  /** when that version was made: ISO 8601, UTC */
  readonly at: string
  /** 7 characters of the short id of the device that made it */
  readonly author: string
}

const conflictName = /^(.+)\.sync-conflict-(\d{4})(\d\d)(\d\d)-(\d\d)(\d\d)(\d\d)-([A-Z2-7]{7})(?:-\d+)?(\.[^.]*)?$/su

/** Reads the name of a conflict copy, our own or Syncthing's; undefined: it is none. */
export function conflictOf(path: RelPath): ConflictName | undefined {
  const parts = conflictName.exec(nameOf(path))
  if (!parts) return undefined
  const [, stem = '', year, month, day, hour, minute, second, author = '', extension = ''] = parts
  const original = joinPath(parentOf(path), stem + extension)
  return { original, at: `${year}-${month}-${day}T${hour}:${minute}:${second}Z`, author }
}

/**
 * Ordinary name of a version that is to stay beside the other one: whose it is, and from when. It is made from the copy
 * alone, and of no device's name, which others may not know: devices that sort out the same copy make the same file.
 * @param more  where another content has that name
 */
export function keptPath({ original, at, author }: ConflictName, more = ''): RelPath {
  const time = at.slice(0, 19).replace('T', ' ').replaceAll(':', '-')
  return joinPath(parentOf(original), withSuffix(nameOf(original), ` (${time} ${author}${more})`))
}

/** `YYYYMMDD-HHMMSS` in UTC */
function timeText(mtimeNs: bigint): string {
  const iso = new Date(Number(mtimeNs / 1_000_000n)).toISOString()
  return iso.slice(0, 19).replaceAll('-', '').replaceAll(':', '').replace('T', '-')
}

function shorten(text: string, maxBytes: number): string {
  const characters = [...text]
  while (utf8.encode(characters.join('')).length > maxBytes) characters.pop()
  return characters.join('')
}
