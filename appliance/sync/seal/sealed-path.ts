/** Paths as those see them who may not read: `A.syncthing-enc/BC/DEFG…`, base32 of the sealed path (docs/protocol.md, "Sealed"). */
import { fromBase32, toBase32 } from '../model/base32.ts'
import { parseRelPath } from '../model/rel-path.ts'
import type { RelPath } from '../model/rel-path.ts'
import type { SealKeys } from './seal-keys.ts'

const TOP_SUFFIX = '.syncthing-enc'
const MAX_PART_CHARACTERS = 200
const STANDARD = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567'
/** RFC 4648, "Extended Hex" */
const HEX = '0123456789ABCDEFGHIJKLMNOPQRSTUV'

const translated = (text: string, from: string, to: string): string =>
  [...text].map((character) => to[from.indexOf(character)] ?? '-').join('')

/** @returns undefined for a path that is too long once it is sealed */
export function sealPath(path: RelPath, keys: SealKeys): RelPath | undefined {
  const text = translated(toBase32(keys.sealFixed(Buffer.from(path))), STANDARD, HEX)
  const parts = [text.slice(0, 1) + TOP_SUFFIX, text.slice(1, 3)]
  for (let at = 3; at < text.length; at += MAX_PART_CHARACTERS) parts.push(text.slice(at, at + MAX_PART_CHARACTERS))
  return parseRelPath(parts.join('/'))
}

/** @returns undefined for what is no sealed path of this share */
export function openPath(sealed: RelPath, keys: SealKeys): RelPath | undefined {
  if (!sealed.startsWith(TOP_SUFFIX, 1)) return undefined
  const text = sealed[0] + sealed.slice(1 + TOP_SUFFIX.length).replaceAll('/', '')
  const bytes = fromBase32(translated(text, HEX, STANDARD))
  const path = bytes && keys.openFixed(bytes)
  return path && parseRelPath(Buffer.from(path).toString())
}
