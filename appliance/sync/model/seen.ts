import type { Stat } from '../ports.ts'

/**
 * Fingerprint of what was on disk at a path when it was last looked at; equal text means untouched since.
 * Empty: nothing was there. A directory's times change with its children, so only its mode counts.
 */
export type Seen = string
export const nothingSeen: Seen = ''

export function seenOf(stat: Stat): Seen {
  if (stat.type === 'directory') return `directory:${stat.mode}`
  const { type, sizeBytes, mode, mtimeNs, ctimeNs, inode } = stat
  return `${type}:${mode}:${sizeBytes}:${mtimeNs}:${ctimeNs}:${inode}`
}

/** What the fingerprint was made from; undefined for nothing and for a directory. */
export function timesOfSeen(seen: Seen): { sizeBytes: string; mtimeNs: string; ctimeNs: string } | undefined {
  const [, , sizeBytes, mtimeNs, ctimeNs] = seen.split(':')
  return sizeBytes === undefined || mtimeNs === undefined || ctimeNs === undefined
    ? undefined
    : { sizeBytes, mtimeNs, ctimeNs }
}

/**
 * For a file that was written so lately that another write may leave the same times: equal to no `seenOf`, so that
 * the next scan reads the file again.
 */
export const racySeen = (seen: Seen): Seen => `${seen}:racy`
export const wasRacy = (seen: Seen): boolean => seen.endsWith(':racy')
