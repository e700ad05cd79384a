/**
 * The text that grants a share: a letter for what it grants, then base32 of version byte, key and CRC-32
 * (docs/protocol.md, "Secrets"). Text, link and QR code carry the same thing. A CRC-32 finds every error burst of up
 * to 32 bits, so no single wrong character and no swap of neighbours makes another valid secret.
 */
import type { Access } from './access.ts'
import { base32Value, fromBase32, toBase32 } from './base32.ts'
import { crc32 } from './crc32.ts'
import { err, ok } from './result.ts'
import type { Result } from './result.ts'
import { Secret } from './secret.ts'

const VERSION = 1
const KEY_BYTES = 32
const CRC_BYTES = 4
/** the letter and 60 characters for 37 bytes */
const SECRET_CHARACTERS = 61
const MAX_INPUT_CHARACTERS = 4096
const MAX_NAME_CHARACTERS = 255

const letterOf: Readonly<Record<Access, string>> = { 'read-write': 'A', 'read-only': 'B' }
const accessOf: ReadonlyMap<string, Access> = new Map([
  ['A', 'read-write'],
  ['B', 'read-only'],
])

export interface ShareSecret {
  readonly access: Access
  /** 32 bytes: the Ed25519 seed for `read-write`, the public key for `read-only` */
  readonly key: Secret
}

export type SecretTextError =
  | { readonly type: 'empty' }
  /** the first character is none that a secret begins with */
  | { readonly type: 'unknown-kind'; readonly letter: string }
  | { readonly type: 'too-short'; readonly missing: number }
  | { readonly type: 'too-long'; readonly extra: number }
  /** `position`: in the text as given, counted from 1 */
  | { readonly type: 'bad-character'; readonly character: string; readonly position: number }
  | { readonly type: 'checksum' }
  /** right, but made by a newer Homeseed */
  | { readonly type: 'newer-version'; readonly version: number }

export interface ParsedSecret {
  readonly secret: ShareSecret
  /** what the link calls the share */
  readonly name: string | undefined
}

export function secretToText({ access, key }: ShareSecret): string {
  const body = Uint8Array.of(VERSION, ...key.reveal())
  const crc = new DataView(new ArrayBuffer(CRC_BYTES))
  crc.setUint32(0, checksum(letterOf[access], body))
  return letterOf[access] + toBase32(Uint8Array.of(...body, ...new Uint8Array(crc.buffer)))
}

/** `homeseed:SECRET?name=NAME`, for a QR code or a message. */
export const secretLink = (secret: ShareSecret, name: string): string =>
  `homeseed:${secretToText(secret)}?name=${encodeURIComponent(name.toWellFormed())}`

/**
 * Reads what a person typed, pasted or scanned: a secret, a `homeseed:` link, or the address of a page that carries
 * one after `#`. Case, white space and dashes do not matter.
 */
export function parseSecret(text: string): Result<ParsedSecret, SecretTextError> {
  if (text.length > MAX_INPUT_CHARACTERS) return err({ type: 'too-long', extra: text.length - SECRET_CHARACTERS })
  const link = /^(\s*(?:homeseed:(?:\/\/)?|https?:\/\/[^#]*#))?([^?&]*)(.*)$/isu.exec(text)
  const [, before = '', typed = text, query = ''] = link ?? []
  const secret = parseCharacters(typed, [...before].length)
  return secret.ok ? ok({ secret: secret.value, name: nameIn(query) }) : secret
}

/** @param offset  characters before `typed` in the text as given */
function parseCharacters(typed: string, offset: number): Result<ShareSecret, SecretTextError> {
  const isFiller = (character: string) => /[\s\p{Pd}\p{Cf}]/u.test(character)
  const placed = [...typed.trimEnd()]
    .map((character, i) => ({ character: character.toUpperCase(), raw: character, position: offset + i + 1 }))
    .filter(({ raw }) => !isFiller(raw))
  const first = placed[0]
  if (!first) return err({ type: 'empty' })
  const access = accessOf.get(first.character)
  if (!access) return err({ type: 'unknown-kind', letter: first.raw })
  const bad = placed.find(({ character }) => base32Value(character) < 0)
  if (bad) return err({ type: 'bad-character', character: bad.raw, position: bad.position })
  return parsePayload(
    access,
    placed
      .slice(1)
      .map(({ character }) => character)
      .join(''),
  )
}

/** A newer version may be longer or shorter, but begins with its number and ends with the same checksum. */
function parsePayload(access: Access, characters: string): Result<ShareSecret, SecretTextError> {
  const payload = fromBase32(characters)
  const body = payload?.subarray(0, -CRC_BYTES)
  const isWhole = payload && body && body.length > 0 && readCrc(payload) === checksum(letterOf[access], body)
  if (isWhole && body[0] !== undefined && body[0] > VERSION) return err({ type: 'newer-version', version: body[0] })
  const extra = characters.length + 1 - SECRET_CHARACTERS
  if (extra < 0) return err({ type: 'too-short', missing: -extra })
  if (extra > 0) return err({ type: 'too-long', extra })
  if (!isWhole || body.length !== 1 + KEY_BYTES || body[0] !== VERSION) return err({ type: 'checksum' })
  return ok({ access, key: new Secret(body.slice(1)) })
}

const checksum = (letter: string, body: Uint8Array): number => crc32(Uint8Array.of(letter.charCodeAt(0), ...body))

const readCrc = (payload: Uint8Array): number =>
  new DataView(payload.buffer, payload.byteOffset).getUint32(payload.length - CRC_BYTES)

/** `?name=...`, decoded; undefined when absent, empty or not UTF-8. Control and direction marks are taken out. */
function nameIn(query: string): string | undefined {
  const encoded = /[?&]name=([^&#]*)/iu.exec(query)?.[1]?.replaceAll('+', ' ')
  if (encoded === undefined) return undefined
  try {
    const name = decodeURIComponent(encoded)
      .replaceAll(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu, '')
      .trim()
    return name === '' ? undefined : [...name].slice(0, MAX_NAME_CHARACTERS).join('')
  } catch {
    return undefined // not UTF-8: the name is only a proposal
  }
}
