import { hash } from 'node:crypto'
import { HASH_BYTES } from './entry.ts'
import type { Entry } from './entry.ts'

/** What names a content, 32 bytes: the hash of its only block, or of its list of blocks (none: of nothing). */
export const contentHash = (blocks: Uint8Array): Uint8Array =>
  blocks.length === HASH_BYTES ? blocks : hash('sha256', blocks, 'buffer')

/** What its tombstone says of what was deleted: 32 bytes; undefined: nothing, as it was a folder. */
export function hashOfDeleted({ type, blocks, linkTarget }: Entry): Uint8Array | undefined {
  if (type === 'directory') return undefined
  return type === 'file' ? contentHash(blocks) : hash('sha256', `link to ${linkTarget ?? ''}`, 'buffer')
}
