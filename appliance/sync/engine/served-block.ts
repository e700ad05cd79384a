import type { LocalEntry } from '../index/share-index.ts'
import { HASH_BYTES, bytesEqual } from '../model/entry.ts'
import { takesPart } from '../model/left-out.ts'
import { nothingSeen } from '../model/seen.ts'
import type { BlockRequest } from '../wire/peer-session.ts'

/** @returns the hash of the block that a peer asks for, if it is one of a file that this device announced, exactly so */
export function announcedBlock(local: LocalEntry, { offset, sizeBytes, hash }: BlockRequest): Uint8Array | undefined {
  const { entry, seen, localOnly, leftOut } = local
  if (!takesPart(leftOut)) return undefined
  if (entry.type !== 'file' || entry.deleted || seen === nothingSeen || localOnly || entry.blockBytes === 0)
    return undefined
  if (offset % entry.blockBytes !== 0) return undefined
  const block = offset / entry.blockBytes
  const expected = entry.blocks.subarray(block * HASH_BYTES, (block + 1) * HASH_BYTES)
  const isOurs = expected.length === HASH_BYTES && sizeBytes === Math.min(entry.blockBytes, entry.sizeBytes - offset)
  return isOurs && (hash.length === 0 || bytesEqual(hash, expected)) ? expected : undefined
}
