import { HASH_BYTES, noBytes } from '../model/entry.ts'
import type { Entry, EntryType } from '../model/entry.ts'
import { decodePlatform, encodePlatform } from '../model/platform.ts'
import type { RelPath } from '../model/rel-path.ts'
import { versionFromText, versionToText } from '../model/version-vector.ts'

/** The columns that local and remote entries share, as SQLite gives them. */
export interface EntryRow {
  readonly path: string
  readonly type: number
  readonly deleted: number
  readonly size: number
  readonly mode: number | null
  readonly mtime_ns: string
  readonly modified_by: string
  readonly version: string
  readonly block_bytes: number
  readonly content: Buffer | null
  readonly link_target: string | null
  readonly signature: Buffer | null
  readonly platform: Buffer | null
}

export const entryColumns =
  'path, type, deleted, size, mode, mtime_ns, modified_by, version, block_bytes, content, link_target, signature, platform'
export const entryParameters =
  '@path, @type, @deleted, @size, @mode, @mtimeNs, @modifiedBy, @version, @blockBytes, @content, @linkTarget, @signature, @platform'

export const entryTypes: readonly EntryType[] = ['file', 'directory', 'symlink']

export const hasBlockList = (entry: Pick<Entry, 'blocks'>): boolean => entry.blocks.length > HASH_BYTES

export const entryToRow = (entry: Entry, content: Uint8Array) => ({
  path: entry.path,
  type: entryTypes.indexOf(entry.type),
  deleted: Number(entry.deleted),
  size: entry.sizeBytes,
  mode: entry.mode ?? null,
  mtimeNs: String(entry.mtimeNs),
  modifiedBy: entry.modifiedBy,
  version: versionToText(entry.version),
  blockBytes: entry.blockBytes,
  content: entry.deleted ? (entry.deletedHash ?? null) : entry.type === 'file' ? content : null,
  linkTarget: entry.linkTarget ?? null,
  signature: entry.signature ?? null,
  platform: entry.platform ? encodePlatform(entry.platform) : null,
})

/** @param blockList looks up the blocks of a content that has more than one */
export function entryFromRow(row: EntryRow, blockList: (content: Uint8Array) => Uint8Array): Entry {
  const deleted = row.deleted === 1
  const content = row.content ?? noBytes
  const isFile = row.type === 0 && !deleted
  return {
    path: row.path as RelPath,
    type: entryTypes[row.type] ?? 'file',
    deleted,
    sizeBytes: row.size,
    mode: row.mode ?? undefined,
    mtimeNs: BigInt(row.mtime_ns),
    modifiedBy: row.modified_by,
    version: versionFromText(row.version),
    blockBytes: row.block_bytes,
    blocks: !isFile || row.size === 0 ? noBytes : row.size > row.block_bytes ? blockList(content) : content,
    linkTarget: row.link_target ?? undefined,
    deletedHash: deleted ? (row.content ?? undefined) : undefined,
    signature: row.signature ?? undefined,
    ...(row.platform && { platform: decodePlatform(row.platform) }),
  }
}
