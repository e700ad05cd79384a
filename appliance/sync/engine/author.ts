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
 * supersedes nothing, not even what this device made itself.
 * @param sequence this device's order of change: no other change has it
 */
export const authorWithoutHistory = (author: AuthorId, sequence: number): AuthorId =>
  createHash('sha256').update(`homeseed author v1 ${author} ${sequence}`).digest('hex').slice(0, 16)
