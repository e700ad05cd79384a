/** What Unix knows of a file besides BEP's own fields: its owner and its extended attributes. Optional, both. */
import { bytesEqual } from './entry.ts'

/** By number and by name: numbers differ between computers, names need not. Empty: the author had no name for it. */
export interface Owner {
  readonly uid: number
  readonly gid: number
  readonly user: string
  readonly group: string
}

export interface Xattr {
  /** with its namespace: only `user.…` is ever taken */
  readonly name: string
  readonly value: Uint8Array
}

export interface Platform {
  readonly owner: Owner | undefined
  /** sorted by name; empty: there are none; undefined: nobody has looked */
  readonly xattrs: readonly Xattr[] | undefined
}

/** What ext4 keeps of them for a file, and what Syncthing takes as it comes. */
export const MAX_XATTR_BYTES = 4096
const MAX_NAME_BYTES = 255
const MAX_ID = 0xffff_ffff
const MAX_ACCOUNT_BYTES = 255

/** The other namespaces give rights (`security.capability`), or are the system's own. */
const isTakenXattr = (name: string): boolean => name.startsWith('user.') && !name.includes('\0')

/** Those that are taken, sorted; undefined when they are too many or too large to be kept everywhere. */
export function takenXattrs(xattrs: readonly Xattr[]): readonly Xattr[] | undefined {
  const taken = xattrs.filter(({ name }) => isTakenXattr(name)).sort((a, b) => (a.name < b.name ? -1 : 1))
  const bytes = taken.reduce((sum, { name, value }) => sum + Buffer.byteLength(name) + value.length, 0)
  const isTwice = taken.some(({ name }, i) => name === taken[i - 1]?.name)
  const isLong = taken.some(({ name }) => Buffer.byteLength(name) > MAX_NAME_BYTES)
  return bytes > MAX_XATTR_BYTES || isTwice || isLong ? undefined : taken
}

export const isOwner = ({ uid, gid, user, group }: Owner): boolean =>
  [uid, gid].every((id) => Number.isInteger(id) && id >= 0 && id <= MAX_ID) &&
  [user, group].every((name) => Buffer.byteLength(name) <= MAX_ACCOUNT_BYTES)

/** undefined where there is nothing to say */
export const platformOf = (owner: Owner | undefined, xattrs: readonly Xattr[] | undefined): Platform | undefined =>
  owner || xattrs ? { owner, xattrs } : undefined

/**
 * One value has one form (docs/protocol.md, "Canonical form"):
 *
 *     u8 0, or u8 1 and u32 uid, u32 gid, text user, text group
 *     u8 0, or u8 1 and u16 number of attributes, each: text name, u32 length and value; in ascending order of name
 */
export function encodePlatform({ owner, xattrs }: Platform): Uint8Array {
  const parts: Uint8Array[] = []
  if (owner) parts.push(Uint8Array.of(1), u32(owner.uid), u32(owner.gid), ...text(owner.user), ...text(owner.group))
  else parts.push(Uint8Array.of(0))
  if (xattrs) {
    parts.push(Uint8Array.of(1, xattrs.length >>> 8, xattrs.length & 0xff))
    for (const { name, value } of xattrs) parts.push(...text(name), u32(value.length), value)
  } else parts.push(Uint8Array.of(0))
  return Uint8Array.from(Buffer.concat(parts))
}

const u32 = (value: number): Uint8Array => {
  const bytes = Buffer.alloc(4)
  bytes.writeUInt32BE(value)
  return bytes
}
const text = (value: string): readonly Uint8Array[] => [u32(Buffer.byteLength(value)), Buffer.from(value)]

/** @param bytes what `encodePlatform` gave */
export function decodePlatform(bytes: Uint8Array): Platform {
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length)
  let at = 0
  const number = (size: number): number => buffer.readUIntBE((at += size) - size, size)
  const take = (): Buffer => {
    const length = number(4)
    return buffer.subarray((at += length) - length, at)
  }
  const owner =
    number(1) === 1 ? { uid: number(4), gid: number(4), user: take().toString(), group: take().toString() } : undefined
  if (number(1) === 0) return { owner, xattrs: undefined }
  const xattrs: Xattr[] = []
  for (let left = number(2); left > 0; left--) xattrs.push({ name: take().toString(), value: Uint8Array.from(take()) })
  return { owner, xattrs }
}

const sameOwner = (a: Owner | undefined, b: Owner | undefined): boolean =>
  a?.uid === b?.uid && a?.gid === b?.gid && a?.user === b?.user && a?.group === b?.group

const sameXattrs = (a: readonly Xattr[] | undefined, b: readonly Xattr[] | undefined): boolean =>
  a && b
    ? a.length === b.length && a.every(({ name, value }, i) => name === b[i]?.name && bytesEqual(value, b[i].value))
    : a === b

export const samePlatform = (a: Platform | undefined, b: Platform | undefined): boolean =>
  sameOwner(a?.owner, b?.owner) && sameXattrs(a?.xattrs, b?.xattrs)
