import { createHash } from 'node:crypto'
import type { AuthorId } from '../model/version-vector.ts'

/**
 * Who counts in version vectors: this device in this life of the share's index. After a lost index, or when a share
 * is joined again, the same device is another author, so that what it finds on disk supersedes nothing that it has
 * forgotten.
 * @param indexId 16 hex digits
 */
export const authorOf = (deviceId: Uint8Array, indexId: string): AuthorId =>
  createHash('sha256').update('homeseed author v1').update(deviceId).update(indexId, 'hex').digest('hex').slice(0, 16)

/**
 * Who counts a version that was made without regard to any before it: of a file that was left out of the share. So it
 * supersedes nothing, not even what this device made itself. It begins as the author does, so that it is known again.
 * @param sequence this device's order of change: no other change has it
 */
export const authorWithoutHistory = (author: AuthorId, sequence: number): AuthorId =>
  author.slice(0, OWN_DIGITS) +
  createHash('sha256')
    .update(`homeseed author v1 ${author} ${sequence}`)
    .digest('hex')
    .slice(0, 16 - OWN_DIGITS)

/** Whether that is an author, or the same one without history. */
export const isSameAuthor = (author: AuthorId, other: AuthorId): boolean =>
  author.slice(0, OWN_DIGITS) === other.slice(0, OWN_DIGITS)
const OWN_DIGITS = 10
