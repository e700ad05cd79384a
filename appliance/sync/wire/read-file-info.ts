/**
 * One entry as BEP's FileInfo, on its way in (docs/protocol.md, "Index"). Its parts are checked to fit together: what
 * comes out is an entry that the engine can trust to be one, though not to be true.
 */
import { isUtf8 } from 'node:buffer'
import { HASH_BYTES, noBytes } from '../model/entry.ts'
import type { Entry, EntryType } from '../model/entry.ts'
import { MIN_BLOCK_BYTES, SEAL_BYTES } from '../model/block-size.ts'
import { tellableMtime } from '../model/mtime.ts'
import type { Platform } from '../model/platform.ts'
import { parseRelPath } from '../model/rel-path.ts'
import { parseSignature } from '../model/signature.ts'
import { MAX_COUNTERS, hasRoom } from '../model/version-vector.ts'
import type { Counter, VersionVector } from '../model/version-vector.ts'
import type { BlockList } from './block-list.ts'
import * as field from './file-info-fields.ts'
import type { WireEntry } from './peer-session.ts'
import { readPlatform } from './read-platform.ts'
import type { Reader } from './protobuf-reader.ts'

/** by number; 2 and 3 were the links to a file and to a directory of long ago */
const typeOf: readonly EntryType[] = ['file', 'directory', 'symlink', 'symlink', 'symlink']
const MAX_TARGET_CHARACTERS = 4096
/** size of every directory in Syncthing's older indexes */
const OLD_DIRECTORY_BYTES = 128
const NS_PER_SECOND = 1_000_000_000n

/** What the fields of one FileInfo held, before it is known whether they fit together. */
interface Fields {
  name: string
  type: number
  size: number
  permissions: number
  modifiedS: number
  modifiedNs: number
  modifiedBy: string
  deleted: boolean
  invalid: boolean
  letThrough: boolean
  noPermissions: boolean
  version: Counter[]
  sequence: number
  blockSize: number
  target: string | undefined
  sealed: Uint8Array | undefined
  signature: Uint8Array | undefined
  deletedHash: Uint8Array | undefined
  platform: Platform | undefined
}

/**
 * An entry that is sound but cannot be taken: its path is too long or too deep for a file system here, or its version
 * leaves no room for later edits.
 */
export interface LeftOut {
  readonly why: 'name' | 'version'
  readonly sequence: number
}

/**
 * Reads the entry in the field just met. Its mistakes are the reader's `failure`.
 * @returns undefined after a failure
 */
export function readFileInfo(r: Reader, blocks: BlockList, nowSeconds: number): WireEntry | LeftOut | undefined {
  const outer = r.enter()
  const read = readFileInfoFields(r, blocks, nowSeconds)
  r.leave(outer)
  return r.failure === undefined ? read : undefined
}

/** Reads the entry that the reader's bytes are, to their end. */
export function readFileInfoFields(r: Reader, blocks: BlockList, nowSeconds: number): WireEntry | LeftOut | undefined {
  const f = readFields(r, blocks)
  // Syncthing counts what it keeps behind the blocks of a sealed file
  if (f.sealed) f.size = Math.min(f.size, blocks.sizeBytes)
  if (r.failure !== undefined) return undefined
  const problem = problemOf(f, blocks)
  if (problem !== undefined) {
    r.fail(`entry ${JSON.stringify(f.name.slice(0, 200))} ${problem}`)
    return undefined
  }
  if (!isVersionTakeable(f, nowSeconds)) return { why: 'version', sequence: f.sequence }
  return wireEntry(f, blocks) ?? { why: 'name', sequence: f.sequence }
}

/** What is sealed nobody edits here, and its one counter is the sum of many. */
const isVersionTakeable = ({ version, signature, sealed }: Fields, nowSeconds: number): boolean =>
  sealed
    ? version.every(({ value }) => Number.isSafeInteger(value))
    : hasRoom(version, signature !== undefined, nowSeconds)

function readFields(r: Reader, blocks: BlockList): Fields {
  blocks.clear()
  const f: Fields = {
    name: '',
    type: field.FILE,
    size: 0,
    permissions: 0,
    modifiedS: 0,
    modifiedNs: 0,
    modifiedBy: '0000000000000000',
    deleted: false,
    invalid: false,
    letThrough: false,
    noPermissions: false,
    version: [],
    sequence: 0,
    blockSize: 0,
    target: undefined,
    sealed: undefined,
    signature: undefined,
    deletedHash: undefined,
    platform: undefined,
  }
  while (r.next()) {
    switch (r.field) {
      case field.NAME:
        f.name = r.text()
        break
      case field.TYPE:
        f.type = r.uint()
        break
      case field.SIZE:
        f.size = r.uint()
        break
      case field.PERMISSIONS:
        f.permissions = r.uint()
        break
      case field.MODIFIED_S:
        f.modifiedS = r.int()
        break
      case field.DELETED:
        f.deleted = r.bool()
        break
      case field.INVALID:
        f.invalid = r.bool()
        break
      case field.NO_PERMISSIONS:
        f.noPermissions = r.bool()
        break
      case field.VERSION:
        readVersion(r, f.version)
        break
      case field.SEQUENCE:
        f.sequence = r.uint()
        break
      case field.MODIFIED_NS:
        f.modifiedNs = r.uint()
        break
      case field.MODIFIED_BY:
        f.modifiedBy = r.hex64()
        break
      case field.BLOCK_SIZE:
        f.blockSize = r.uint()
        break
      case field.PLATFORM:
        f.platform = readPlatform(r)
        break
      case field.BLOCKS:
        blocks.read(r)
        break
      case field.SYMLINK_TARGET:
        f.target = decodeTarget(r.bytes())
        break
      case field.ENCRYPTED:
        f.sealed = r.bytes().slice()
        break
      case field.SIGNATURE:
        f.signature = r.bytes().slice()
        if (!parseSignature(f.signature)) r.fail('a signature is none')
        break
      case field.LET_THROUGH:
        f.letThrough = r.bool()
        break
      case field.DELETED_HASH:
        r.bytesInto((f.deletedHash = new Uint8Array(HASH_BYTES)), 0, HASH_BYTES)
        break
      default:
        r.skip()
    }
  }
  return f
}

function readVersion(r: Reader, version: Counter[]): void {
  const outer = r.enter()
  while (r.next()) {
    // one more than can be taken is enough to know
    if (r.field !== field.COUNTERS || version.length > MAX_COUNTERS.signed) r.skip()
    else version.push(readCounter(r))
  }
  r.leave(outer)
}

function readCounter(r: Reader): Counter {
  let author = '0000000000000000'
  let value = 0
  const outer = r.enter()
  while (r.next()) {
    if (r.field === field.COUNTER_ID) author = r.hex64()
    else if (r.field === field.COUNTER_VALUE) value = r.uintOrInfinity()
    else r.skip()
  }
  r.leave(outer)
  return { author, value }
}

/** A link may point anywhere and need not be UTF-8 on Linux; undefined where it is not, or cannot be a target. */
function decodeTarget(bytes: Uint8Array): string | undefined {
  const text = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString()
  return isUtf8(bytes) && text.length <= MAX_TARGET_CHARACTERS && text !== '' && !text.includes('\0') ? text : undefined
}

/** Why the fields do not make an entry, as the end of a sentence; undefined when they do. */
function problemOf(f: Fields, blocks: BlockList): string | undefined {
  if (f.name.split('/').some((part) => part === '' || part === '.' || part === '..') || f.name.includes('\0'))
    return 'has no safe path'
  if (typeOf[f.type] === undefined) return `is of the unknown type ${f.type}`
  if (f.sequence < 1) return 'has no sequence'
  if (f.modifiedNs > 999_999_999) return 'has a time that is none'
  if (hasTwice(f.version)) return 'counts an author twice'
  if (blocks.count > 0 && f.deleted) return 'is deleted, yet has blocks'
  if (blocks.count > 0 && f.type !== field.FILE) return 'is no file, yet has blocks'
  if (f.deletedHash && !f.deleted) return 'is not deleted, yet says what was'
  if (f.deleted || f.invalid) return undefined // its content counts for nothing
  if (f.type === field.DIRECTORY && f.size !== 0 && f.size !== OLD_DIRECTORY_BYTES)
    return 'is a directory, yet has a size'
  if (f.type === field.DIRECTORY) return undefined
  return f.type === field.FILE
    ? blocks.problem(f.size, f.blockSize, extraBytesOf(f))
    : f.size === 0
      ? undefined
      : 'is a link, yet has a size'
}

const extraBytesOf = ({ sealed }: Fields): number => (sealed ? SEAL_BYTES : 0)

const hasTwice = (version: readonly Counter[]): boolean =>
  version.length > 1 && new Set(version.map(({ author }) => author)).size !== version.length

function wireEntry(f: Fields, blocks: BlockList): WireEntry | undefined {
  const path = parseRelPath(f.name)
  const type = typeOf[f.type]
  if (path === undefined || type === undefined) return undefined
  const isLink = type === 'symlink' && !f.deleted
  const hasContent =
    type === 'file' && !f.deleted && f.size > 0 && blocks.problem(f.size, f.blockSize, extraBytesOf(f)) === undefined
  const entry: Entry = {
    path,
    type,
    deleted: f.deleted,
    sizeBytes: hasContent ? f.size : 0,
    mode: f.noPermissions ? undefined : f.permissions & 0o777,
    mtimeNs: tellableMtime(BigInt(f.modifiedS) * NS_PER_SECOND + BigInt(f.modifiedNs)),
    modifiedBy: f.modifiedBy,
    version: normalVersion(f.version),
    blockBytes: hasContent ? f.blockSize || MIN_BLOCK_BYTES : 0,
    blocks: hasContent ? blocks.hashes() : noBytes,
    linkTarget: isLink ? (f.target ?? '') : undefined,
    deletedHash: f.deletedHash,
    signature: f.signature,
    ...(f.sealed && { sealed: f.sealed }),
    ...(f.platform && { platform: f.platform }),
  }
  const letThrough = f.letThrough ? { letThrough: true } : {}
  return { entry, sequence: f.sequence, invalid: f.invalid || (isLink && f.target === undefined), ...letThrough }
}

/** Sorted, and without counters at zero: an absent author counts as zero. */
const normalVersion = (version: readonly Counter[]): VersionVector =>
  version.filter(({ value }) => value > 0).sort((a, b) => (a.author < b.author ? -1 : 1))
