import { hash } from 'node:crypto'
import { HASH_BYTES } from './entry.ts'

/** What names a content, 32 bytes: the hash of its only block, or of its list of blocks (none: of nothing). */
export const contentHash = (blocks: Uint8Array): Uint8Array =>
  blocks.length === HASH_BYTES ? blocks : hash('sha256', blocks, 'buffer')
