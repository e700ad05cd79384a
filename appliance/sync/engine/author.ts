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
