/** BEP's PlatformData, on its way in: the owner on Unix, and extended attributes as Linux has them. */
import { isUtf8 } from 'node:buffer'
import { isOwner, MAX_XATTR_BYTES, platformOf, takenXattrs } from '../model/platform.ts'
import type { Owner, Platform, Xattr } from '../model/platform.ts'
import * as field from './file-info-fields.ts'
import type { Reader } from './protobuf-reader.ts'

/** an attribute has two bytes at the least: more than these cannot be taken anyway */
const MAX_XATTRS = MAX_XATTR_BYTES / 2

/** Reads the field just met. What is not `user.…`, or too much, is left out: it counts as not looked at. */
export function readPlatform(r: Reader): Platform | undefined {
  let owner: Owner | undefined
  let xattrs: readonly Xattr[] | undefined
  const outer = r.enter()
  while (r.next()) {
    if (r.field === field.PLATFORM_UNIX) owner = readOwner(r)
    else if (r.field === field.PLATFORM_LINUX) xattrs = takenXattrs(readXattrs(r))
    else r.skip()
  }
  r.leave(outer)
  return platformOf(owner && isOwner(owner) ? owner : undefined, xattrs)
}

function readOwner(r: Reader): Owner {
  const owner = { uid: 0, gid: 0, user: '', group: '' }
  const outer = r.enter()
  while (r.next()) {
    if (r.field === field.OWNER_NAME) owner.user = r.text()
    else if (r.field === field.GROUP_NAME) owner.group = r.text()
    // int32 in BEP: above half of what Unix has, they come as negative ones
    else if (r.field === field.UID) owner.uid = unsigned(r.int())
    else if (r.field === field.GID) owner.gid = unsigned(r.int())
    else r.skip()
  }
  r.leave(outer)
  return owner
}

const unsigned = (value: number): number => (value < 0 ? value + 2 ** 32 : value)

function readXattrs(r: Reader): readonly Xattr[] {
  const xattrs: Xattr[] = []
  const outer = r.enter()
  while (r.next()) {
    if (r.field !== field.XATTRS || xattrs.length > MAX_XATTRS) r.skip()
    else xattrs.push(readXattr(r))
  }
  r.leave(outer)
  return xattrs
}

/** Linux lets them be any bytes: those that are no text count for nothing. */
const textOf = (bytes: Uint8Array): string => (isUtf8(bytes) ? Buffer.from(bytes).toString() : '')

function readXattr(r: Reader): Xattr {
  let [name, value] = ['', new Uint8Array(0)]
  const outer = r.enter()
  while (r.next()) {
    if (r.field === field.XATTR_NAME) name = textOf(r.bytes())
    else if (r.field === field.XATTR_VALUE) value = Uint8Array.from(r.bytes())
    else r.skip()
  }
  r.leave(outer)
  return { name, value }
}
