import { samePlatform } from './platform.ts'
import type { Platform } from './platform.ts'
import type { RelPath } from './rel-path.ts'
import { compareVersions } from './version-vector.ts'
import type { VersionVector } from './version-vector.ts'

export type EntryType = 'file' | 'directory' | 'symlink'

/**
 * One path's state (BEP: FileInfo). A tombstone is one with `deleted: true`: it has no size, blocks or
 * link target. Only files have size and blocks.
 */
export interface Entry {
  readonly path: RelPath
  readonly type: EntryType
  readonly deleted: boolean
  /** bytes; 0 unless a file */
  readonly sizeBytes: number
  /** permission bits 0o000 to 0o777; undefined where the author's file system keeps none */
  readonly mode: number | undefined
  /** nanoseconds since 1970 */
  readonly mtimeNs: bigint
  /** short id of the device that made this version: 16 hex digits */
  readonly modifiedBy: string
  readonly version: VersionVector
  /** bytes of every block but the last; 0 unless a file with content */
  readonly blockBytes: number
  /** SHA-256 of each block in file order, 32 bytes each; empty for an empty file */
  readonly blocks: Uint8Array
  readonly linkTarget: string | undefined
  /** owner and extended attributes, where somebody has looked at them */
  readonly platform?: Platform | undefined
  /** of a tombstone: content hash of what was deleted, where known */
  readonly deletedHash: Uint8Array | undefined
  /** what only those can open who may read the share (seal/): path, blocks and all else are those of the sealed file */
  readonly sealed?: Uint8Array | undefined
  /** Ed25519 over the canonical form by the share's write key; undefined: made by a linked Syncthing device */
  readonly signature: Uint8Array | undefined
}

export const HASH_BYTES = 32
export const noBytes = new Uint8Array(0)
export const blockCount = (entry: Pick<Entry, 'blocks'>): number => entry.blocks.length / HASH_BYTES

export const bytesEqual = (a: Uint8Array, b: Uint8Array): boolean => {
  if (a.length !== b.length) return false
  for (let i = 0; i < a.length; i++) if (a[i] !== b[i]) return false
  return true
}

/** Byte order: negative, zero or positive. */
export function compareBytes(a: Uint8Array, b: Uint8Array): number {
  for (let i = 0; i < a.length && i < b.length; i++) if (a[i] !== b[i]) return (a[i] ?? 0) - (b[i] ?? 0)
  return a.length - b.length
}

/** Same thing to a reader: type, content and target; not times, permissions or history. */
export function sameContent(a: Entry, b: Entry): boolean {
  if (a.deleted || b.deleted) return a.deleted && b.deleted
  if (a.type !== b.type) return false
  if (a.type === 'directory') return true
  if (a.type === 'symlink') return a.linkTarget === b.linkTarget
  return a.sizeBytes === b.sizeBytes && a.blockBytes === b.blockBytes && bytesEqual(a.blocks, b.blocks)
}

/** Whether a peer's entry has the content that a plan wants; a settled conflict has a version that no peer announced. */
export const holdsContent = (announced: Entry, wanted: Entry): boolean =>
  !announced.deleted && sameContent(announced, wanted)

/** The same in everything that is signed. */
export const sameEntry = (a: Entry, b: Entry): boolean =>
  a.path === b.path &&
  a.type === b.type &&
  sameContent(a, b) &&
  a.mode === b.mode &&
  a.mtimeNs === b.mtimeNs &&
  a.modifiedBy === b.modifiedBy &&
  compareVersions(a.version, b.version) === 'equal' &&
  samePlatform(a.platform, b.platform) &&
  bytesEqual(a.deletedHash ?? noBytes, b.deletedHash ?? noBytes) &&
  bytesEqual(a.sealed ?? noBytes, b.sealed ?? noBytes)
