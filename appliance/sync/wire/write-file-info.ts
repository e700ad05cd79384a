/** One entry as BEP's FileInfo, on its way out (docs/protocol.md, "Index"). */
import { hash } from 'node:crypto'
import { MIN_BLOCK_BYTES } from '../model/block-size.ts'
import { HASH_BYTES, noBytes } from '../model/entry.ts'
import type { Entry, EntryType } from '../model/entry.ts'
import type { Platform } from '../model/platform.ts'
import type { VersionVector } from '../model/version-vector.ts'
import * as field from './file-info-fields.ts'
import type { WireEntry } from './peer-session.ts'
import type { Writer } from './protobuf-writer.ts'

const codeOf: Readonly<Record<EntryType, number>> = {
  file: field.FILE,
  directory: field.DIRECTORY,
  symlink: field.SYMLINK,
}
/** what BEP wants where permissions mean nothing */
const ANY_PERMISSIONS = 0o666
const NS_PER_SECOND = 1_000_000_000n
const hashOfNothing = hash('sha256', noBytes, 'buffer')

export function writeFileInfo(w: Writer, number: number, wire: WireEntry): void {
  const start = w.enter(number)
  writeFileInfoFields(w, wire)
  w.leave(start)
}

export function writeFileInfoFields(w: Writer, { entry, sequence, invalid, letThrough }: WireEntry): void {
  const seconds = floorDiv(entry.mtimeNs, NS_PER_SECOND)
  w.text(field.NAME, entry.path)
  w.int(field.TYPE, codeOf[entry.type])
  w.int(field.SIZE, entry.sizeBytes)
  w.int(field.PERMISSIONS, entry.mode ?? ANY_PERMISSIONS)
  w.int(field.MODIFIED_S, Number(seconds))
  w.bool(field.DELETED, entry.deleted)
  w.bool(field.INVALID, invalid)
  w.bool(field.NO_PERMISSIONS, entry.mode === undefined)
  writeVersion(w, entry.version)
  w.int(field.SEQUENCE, sequence)
  w.int(field.MODIFIED_NS, Number(entry.mtimeNs - seconds * NS_PER_SECOND))
  w.hex64(field.MODIFIED_BY, entry.modifiedBy)
  if (entry.platform) writePlatform(w, entry.platform)
  if (entry.type === 'file' && !entry.deleted) writeBlocks(w, entry)
  w.text(field.SYMLINK_TARGET, entry.linkTarget ?? '')
  if (entry.type === 'file' && !entry.deleted)
    w.bytes(field.BLOCKS_HASH, hash('sha256', entry.sizeBytes === 0 ? hashOfNothing : entry.blocks, 'buffer'))
  w.bytes(field.ENCRYPTED, entry.sealed ?? noBytes)
  w.bytes(field.SIGNATURE, entry.signature ?? noBytes)
  w.bytes(field.DELETED_HASH, entry.deletedHash ?? noBytes)
  w.bool(field.LET_THROUGH, letThrough === true)
}

function writeVersion(w: Writer, version: VersionVector): void {
  const vector = w.enter(field.VERSION)
  for (const { author, value } of version) {
    const counter = w.enter(field.COUNTERS)
    w.hex64(field.COUNTER_ID, author)
    w.int(field.COUNTER_VALUE, value)
    w.leave(counter)
  }
  w.leave(vector)
}

function writePlatform(w: Writer, { owner, xattrs }: Platform): void {
  const platform = w.enter(field.PLATFORM)
  if (owner) {
    const unix = w.enter(field.PLATFORM_UNIX)
    w.text(field.OWNER_NAME, owner.user)
    w.text(field.GROUP_NAME, owner.group)
    // int32 in BEP
    w.int(field.UID, owner.uid | 0)
    w.int(field.GID, owner.gid | 0)
    w.leave(unix)
  }
  if (xattrs) {
    const linux = w.enter(field.PLATFORM_LINUX)
    for (const { name, value } of xattrs) {
      const xattr = w.enter(field.XATTRS)
      w.text(field.XATTR_NAME, name)
      w.bytes(field.XATTR_VALUE, value)
      w.leave(xattr)
    }
    w.leave(linux)
  }
  w.leave(platform)
}

/** An empty file has one block on the wire: of no bytes, with their hash. */
function writeBlocks(w: Writer, { sizeBytes, blockBytes, blocks }: Entry): void {
  w.int(field.BLOCK_SIZE, blockBytes || MIN_BLOCK_BYTES)
  if (sizeBytes === 0) return writeBlock(w, 0, 0, hashOfNothing)
  for (let offset = 0, at = 0; at < blocks.length; offset += blockBytes, at += HASH_BYTES)
    writeBlock(w, offset, Math.min(blockBytes, sizeBytes - offset), blocks.subarray(at, at + HASH_BYTES))
}

function writeBlock(w: Writer, offset: number, sizeBytes: number, blockHash: Uint8Array): void {
  const block = w.enter(field.BLOCKS)
  w.int(field.BLOCK_OFFSET, offset)
  w.int(field.BLOCK_BYTES, sizeBytes)
  w.bytes(field.BLOCK_HASH, blockHash)
  w.leave(block)
}

const floorDiv = (a: bigint, b: bigint): bigint => (a % b < 0n ? a / b - 1n : a / b)
