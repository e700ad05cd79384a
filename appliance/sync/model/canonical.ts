/**
 * The bytes of an entry that its author signs: one entry has one form, and no two entries share one
 * (docs/protocol.md, "Canonical form"). Neither the signature nor the sequence is in it.
 *
 *     text      u32 length, then UTF-8         all numbers big-endian
 *
 *     text domain   text share id   text path
 *     u8 type (1 file, 2 directory, 3 symlink)   u8 deleted   u16 mode (0xFFFF: none)
 *     u64 size   i64 mtime in ns   8 bytes author   u32 block size   32 bytes SHA-256 of the block hashes
 *     u16 counters, each: 8 bytes author, u64 value
 *     u8 0, or u8 1 and text link target
 *     u8 0, or u8 1 and 32 bytes hash of what was deleted
 *     owner and extended attributes, where there are any (`encodePlatform`); nothing where not
 *
 * What is sealed has a domain of its own, and ends with the 32 bytes SHA-256 of the seal.
 */
import { hash } from 'node:crypto'
import { noBytes } from './entry.ts'
import type { Entry, EntryType } from './entry.ts'
import { encodePlatform } from './platform.ts'

const DOMAIN = 'homeseed entry v1'
const SEALED_DOMAIN = 'homeseed sealed entry v1'
const NO_MODE = 0xffff
const typeCode: Readonly<Record<EntryType, number>> = { file: 1, directory: 2, symlink: 3 }
const LENGTH_BYTES = 4
const FIXED_BYTES = 1 + 1 + 2 + 8 + 8 + 8 + 4 + 32 + 2
const COUNTER_BYTES = 16

/**
 * @throws RangeError for an entry that has no canonical form: a time beyond 64 bits of nanoseconds, a counter or
 * a size that is no safe integer. Entries from the wire or from our own scan have one.
 */
export function canonicalBytes(shareId: string, entry: Entry): Uint8Array {
  const { linkTarget, deletedHash, sealed } = entry
  const domain = sealed ? SEALED_DOMAIN : DOMAIN
  const sealHash = sealed ? hash('sha256', sealed, 'buffer') : noBytes
  const platform = entry.platform ? encodePlatform(entry.platform) : noBytes
  const texts = [domain, shareId, entry.path, linkTarget ?? '']
  const textBytes = texts.reduce((sum, text) => sum + LENGTH_BYTES + Buffer.byteLength(text), 0)
  const bytes = Buffer.alloc(
    textBytes +
      FIXED_BYTES +
      entry.version.length * COUNTER_BYTES +
      2 +
      (deletedHash?.length ?? 0) +
      platform.length +
      sealHash.length,
  )

  let at = 0
  const text = (value: string) => {
    at = bytes.writeUInt32BE(Buffer.byteLength(value), at)
    at += bytes.write(value, at)
  }
  text(domain)
  text(shareId)
  text(entry.path)
  at = bytes.writeUInt8(typeCode[entry.type], at)
  at = bytes.writeUInt8(entry.deleted ? 1 : 0, at)
  at = bytes.writeUInt16BE(entry.mode ?? NO_MODE, at)
  at = bytes.writeBigUInt64BE(BigInt(entry.sizeBytes), at)
  at = bytes.writeBigInt64BE(entry.mtimeNs, at)
  at += bytes.write(entry.modifiedBy, at, 'hex')
  at = bytes.writeUInt32BE(entry.blockBytes, at)
  at += hash('sha256', entry.blocks, 'buffer').copy(bytes, at)
  at = bytes.writeUInt16BE(entry.version.length, at)
  for (const { author, value } of entry.version) {
    at += bytes.write(author, at, 'hex')
    at = bytes.writeBigUInt64BE(BigInt(value), at)
  }
  at = bytes.writeUInt8(linkTarget === undefined ? 0 : 1, at)
  if (linkTarget !== undefined) text(linkTarget)
  at = bytes.writeUInt8(deletedHash ? 1 : 0, at)
  if (deletedHash) {
    bytes.set(deletedHash, at)
    at += deletedHash.length
  }
  bytes.set(platform, at)
  at += platform.length
  bytes.set(sealHash, at)
  at += sealHash.length
  return bytes.subarray(0, at)
}
