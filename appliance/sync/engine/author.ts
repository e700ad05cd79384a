import { createHash } from 'node:crypto'
import type { AuthorId } from '../model/version-vector.ts'

/**
 * Who counts in version vectors: this device in this life of its index. After a lost index the same device is
 * another author, so that what it finds on disk supersedes nothing that it has forgotten (reliability.md D5).
 * @param incarnation 16 hex digits
 */
export const authorOf = (deviceId: Uint8Array, incarnation: string): AuthorId =>
  createHash('sha256')
    .update('homeseed author v1')
    .update(deviceId)
    .update(incarnation, 'hex')
    .digest('hex')
    .slice(0, 16)
