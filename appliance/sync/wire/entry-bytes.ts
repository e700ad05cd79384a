/** One entry by itself as bytes: BEP's FileInfo, and with it who signed it. */
import { BlockList } from './block-list.ts'
import * as field from './file-info-fields.ts'
import type { WireEntry } from './peer-session.ts'
import { Reader } from './protobuf-reader.ts'
import { Writer } from './protobuf-writer.ts'
import { readFileInfoFields } from './read-file-info.ts'
import { writeFileInfoFields } from './write-file-info.ts'

/** @param certificate  of whoever signed the entry, where that is known */
export function encodeEntry(wire: WireEntry, certificate: Uint8Array | undefined): Uint8Array {
  const w = new Writer()
  writeFileInfoFields(w, wire)
  if (certificate) w.bytes(field.WRITER, certificate)
  return w.finish()
}

/** @returns undefined for bytes that are no entry, or none that can be taken here */
export function decodeEntry(
  bytes: Uint8Array,
  nowSeconds: number,
): { readonly wire: WireEntry; readonly certificate: Uint8Array | undefined } | undefined {
  const wire = readFileInfoFields(new Reader(bytes), new BlockList(), nowSeconds)
  if (!wire || 'why' in wire) return undefined
  let certificate: Uint8Array | undefined
  for (const r = new Reader(bytes); r.next();) {
    if (r.field === field.WRITER) certificate = r.bytes().slice()
    else r.skip()
  }
  return { wire, certificate }
}
