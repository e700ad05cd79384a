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
  readonly sealed: Buffer | null
}

export const entryColumns =
  'path, type, deleted, size, mode, mtime_ns, modified_by, version, block_bytes, content, link_target, signature, platform, sealed'
/** By place: looking eighteen names up takes SQLite's driver half as long again as writing a row. */
export const entryParameters = entryColumns.replaceAll(/\w+/g, '?')

export const entryTypes: readonly EntryType[] = ['file', 'directory', 'symlink']

export const hasBlockList = (entry: Pick<Entry, 'blocks'>): boolean => entry.blocks.length > HASH_BYTES

/** In the order of `entryColumns`. */
export const entryToRow = (entry: Entry, content: Uint8Array): readonly (string | number | Uint8Array | null)[] => [
  entry.path,
  entryTypes.indexOf(entry.type),
  Number(entry.deleted),
  entry.sizeBytes,
  entry.mode ?? null,
  String(entry.mtimeNs),
  entry.modifiedBy,
  versionToText(entry.version),
  entry.blockBytes,
  entry.deleted ? (entry.deletedHash ?? null) : entry.type === 'file' ? content : null,
  entry.linkTarget ?? null,
  entry.signature ?? null,
  entry.platform ? encodePlatform(entry.platform) : null,
  entry.sealed ?? null,
]

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
    ...(row.sealed && { sealed: row.sealed }),
  }
}
