/** Entries as those have them who may not read them: all that is told of a file is sealed into one field (docs/protocol.md, "Sealed"). */
import { hash } from 'node:crypto'
import { noBytes } from '../model/entry.ts'
import type { Entry } from '../model/entry.ts'
import type { RelPath } from '../model/rel-path.ts'
import { noVersion } from '../model/version-vector.ts'
import type { VersionVector } from '../model/version-vector.ts'
import { decodeEntry, encodeEntry } from '../wire/entry-bytes.ts'
import type { WireEntry } from '../wire/peer-session.ts'
import type { SealKeys } from './seal-keys.ts'
import { sealedBlock, sealedBlockBytesOf } from './sealed-content.ts'
import { openPath } from './sealed-path.ts'
import { open, seal } from './xchacha.ts'

/** Syncthing's, of all sealed files alike */
const MTIME_NS = 1_234_567_890_000_000_000n
const NO_DEVICE = '0000000000000000'
/** counts for all authors together */
const AUTHOR = '0000000000000001'

/**
 * One counter, the sum of all: those who cannot open what they keep cannot settle conflicts either, and simply keep the
 * latest. It grows with every version that supersedes another.
 */
export const sealedVersion = (version: VersionVector): VersionVector =>
  version.length === 0 ? noVersion : [{ author: AUTHOR, value: version.reduce((sum, { value }) => sum + value, 0) }]

const shell = {
  mode: undefined,
  mtimeNs: MTIME_NS,
  modifiedBy: NO_DEVICE,
  deletedHash: undefined,
  linkTarget: undefined,
}

/**
 * @param path  the sealed one
 * @param blocks  SHA-256 of each sealed block; empty unless it is a file
 * @param certificate  of whoever signed the entry
 */
export function sealEntry(
  { entry, sequence, invalid, letThrough }: WireEntry,
  path: RelPath,
  blocks: Uint8Array,
  certificate: Uint8Array | undefined,
  keys: SealKeys,
): WireEntry {
  const { key, nonce } = keys.file(entry.path)
  const told = encodeEntry({ entry, sequence: 1, invalid: false }, certificate)
  const hasContent = blocks.length > 0
  const sealed: Entry = {
    ...shell,
    path,
    // a link has no content, and is to be something
    type: entry.type === 'file' ? 'file' : 'directory',
    deleted: entry.deleted,
    sizeBytes: hasContent ? sealedSizeOf(entry) : 0,
    version: sealedVersion(entry.version),
    blockBytes: hasContent ? sealedBlockBytesOf(entry) : 0,
    blocks,
    sealed: seal(told, key, nonce(Buffer.concat([Buffer.from('entry'), hash('sha256', told, 'buffer')]))),
    signature: undefined,
  }
  return { entry: sealed, sequence, invalid, ...(letThrough && { letThrough }) }
}

/** Bytes of the sealed file. */
function sealedSizeOf(entry: Entry): number {
  const last = entry.sizeBytes === 0 ? 0 : Math.ceil(entry.sizeBytes / entry.blockBytes) - 1
  const block = sealedBlock(entry, last)
  return block ? block.sealedOffset + block.sealedBytes : 0
}

/** what is in the place of a seal where there is nothing to tell */
const NOTHING = Uint8Array.of(0)

/** A folder that sealed files lie in: there is nothing to it. */
export const sealedFolder = (path: RelPath, sequence: number): WireEntry => ({
  entry: {
    ...shell,
    path,
    type: 'directory',
    deleted: false,
    sizeBytes: 0,
    version: [{ author: AUTHOR, value: 1 }],
    blockBytes: 0,
    blocks: noBytes,
    sealed: NOTHING,
    signature: undefined,
  },
  sequence,
  invalid: false,
})

/** An entry that was sealed, as its writer told it, with the certificate of whoever signed it. */
export interface Opened {
  readonly wire: WireEntry
  readonly certificate: Uint8Array | undefined
}

/** @returns undefined for what is no sealed entry of this share */
export function openEntry(
  { entry, sequence, invalid }: WireEntry,
  keys: SealKeys,
  nowSeconds: number,
): Opened | undefined {
  const path = openPath(entry.path, keys)
  if (path === undefined) return undefined
  const told = entry.sealed && open(entry.sealed, keys.file(path).key)
  const opened = told && decodeEntry(told, nowSeconds)
  // what is said of a file under another one's name was moved there
  if (opened?.wire.entry.path !== path) return undefined
  return { ...opened, wire: { ...opened.wire, sequence, invalid: invalid || opened.wire.invalid } }
}
