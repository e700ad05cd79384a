/**
 * The text that grants a share: a letter for what it grants, then base32 of version byte, key and CRC-32
 * (docs/protocol.md, "Secrets"). Text, link and QR code carry the same thing. A CRC-32 finds every error burst of up
 * to 32 bits, so no single wrong character and no swap of neighbours makes another valid secret. A one-time secret
 * names the device that grants it instead, and a token for that one.
 */
import type { Access } from './access.ts'
import { base32Value, fromBase32, toBase32 } from './base32.ts'
import { crc32 } from './crc32.ts'
import { DEVICE_ID_BYTES } from './device-id.ts'
import { peerAddress } from './host-port.ts'
import { err, ok } from './result.ts'
import type { Result } from './result.ts'
import { Secret } from './secret.ts'

const VERSION = 1
const KEY_BYTES = 32
export const TOKEN_BYTES = 16
const CRC_BYTES = 4
const MAX_INPUT_CHARACTERS = 4096
const MAX_NAME_CHARACTERS = 255
const MAX_HOSTS = 8

const letterOf: Readonly<Record<Access, string>> = { 'read-write': 'A', 'read-only': 'B', 'seed-only': 'F' }
const ONE_TIME = 'C'
/** by letter: what is between version and checksum */
const payloadOf: ReadonlyMap<string, { readonly bytes: number; readonly make: (key: Uint8Array) => AnySecret }> =
  new Map([
    ['A', { bytes: KEY_BYTES, make: (key) => ({ access: 'read-write', key: new Secret(key) }) }],
    ['B', { bytes: KEY_BYTES, make: (key) => ({ access: 'read-only', key: new Secret(key) }) }],
    ['F', { bytes: KEY_BYTES, make: (key) => ({ access: 'seed-only', key: new Secret(key) }) }],
    [
      ONE_TIME,
      {
        bytes: DEVICE_ID_BYTES + TOKEN_BYTES,
        make: (key) => ({ issuer: key.slice(0, DEVICE_ID_BYTES), token: new Secret(key.slice(DEVICE_ID_BYTES)) }),
      },
    ],
  ])

export interface ShareSecret {
  readonly access: Access
  /** 32 bytes: the Ed25519 seed for `read-write`, the public key for `read-only`, the blinded one for `seed-only` */
  readonly key: Secret
}

/** Good once, and only at the device that made it. */
export interface OneTimeSecret {
  /** device id, 32 bytes */
  readonly issuer: Uint8Array
  /** 16 bytes */
  readonly token: Secret
}

export type AnySecret = ShareSecret | OneTimeSecret

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
  readonly secret: AnySecret
  /** what the link calls the share */
  readonly name: string | undefined
  /** where the link says that a device is that has it: HOST:PORT */
  readonly hosts: readonly string[]
}

export function secretToText(secret: AnySecret): string {
  const [letter, key] =
    'token' in secret
      ? [ONE_TIME, Uint8Array.of(...secret.issuer, ...secret.token.reveal())]
      : [letterOf[secret.access], secret.key.reveal()]
  const body = Uint8Array.of(VERSION, ...key)
  const crc = new DataView(new ArrayBuffer(CRC_BYTES))
  crc.setUint32(0, checksum(letter, body))
  return letter + toBase32(Uint8Array.of(...body, ...new Uint8Array(crc.buffer)))
}

/**
 * `homeseed:SECRET?name=NAME&host=HOST:PORT`, for a QR code or a message.
 * @param name  what the share is called; undefined: that is not to be told
 * @param hosts  HOST:PORT, where a device is that has the share; as many as fit
 */
export function secretLink(secret: AnySecret, name: string | undefined, hosts: readonly string[] = []): string {
  const query = [
    ...(name === undefined ? [] : [`name=${encodeURIComponent(name.toWellFormed())}`]),
    ...hosts.slice(0, MAX_HOSTS).map((host) => `host=${encodeURIComponent(host)}`),
  ]
  return `homeseed:${secretToText(secret)}${query.length > 0 ? '?' : ''}${query.join('&')}`
}

/**
 * Reads what a person typed, pasted or scanned: a secret, a `homeseed:` link, or the address of a page that carries
 * one after `#`. Case, white space and dashes do not matter.
 */
export function parseSecret(text: string): Result<ParsedSecret, SecretTextError> {
  if (text.length > MAX_INPUT_CHARACTERS) return err({ type: 'too-long', extra: text.length - charactersOf(KEY_BYTES) })
  const link = /^(\s*(?:homeseed:(?:\/\/)?|https?:\/\/[^#]*#))?([^?&]*)(.*)$/isu.exec(text)
  const [, before = '', typed = text, query = ''] = link ?? []
  const secret = parseCharacters(typed, [...before].length)
  return secret.ok ? ok({ secret: secret.value, name: nameIn(query), hosts: hostsIn(query) }) : secret
}

/** @param offset  characters before `typed` in the text as given */
function parseCharacters(typed: string, offset: number): Result<AnySecret, SecretTextError> {
  const isFiller = (character: string) => /[\s\p{Pd}\p{Cf}]/u.test(character)
  const placed = [...typed.trimEnd()]
    .map((character, i) => ({ character: character.toUpperCase(), raw: character, position: offset + i + 1 }))
    .filter(({ raw }) => !isFiller(raw))
  const first = placed[0]
  if (!first) return err({ type: 'empty' })
  if (!payloadOf.has(first.character)) return err({ type: 'unknown-kind', letter: first.raw })
  const bad = placed.find(({ character }) => base32Value(character) < 0)
  if (bad) return err({ type: 'bad-character', character: bad.raw, position: bad.position })
  return parsePayload(
    first.character,
    placed
      .slice(1)
      .map(({ character }) => character)
      .join(''),
  )
}

/** How long a secret is, with its letter. */
const charactersOf = (keyBytes: number): number => 1 + Math.ceil(((1 + keyBytes + CRC_BYTES) * 8) / 5)

/** A newer version may be longer or shorter, but begins with its number and ends with the same checksum. */
function parsePayload(letter: string, characters: string): Result<AnySecret, SecretTextError> {
  const kind = payloadOf.get(letter)
  if (!kind) return err({ type: 'unknown-kind', letter })
  const bodyBytes = 1 + kind.bytes
  const payload = fromBase32(characters)
  const body = payload?.subarray(0, -CRC_BYTES)
  const isWhole = payload && body && body.length > 0 && readCrc(payload) === checksum(letter, body)
  if (isWhole && body[0] !== undefined && body[0] > VERSION) return err({ type: 'newer-version', version: body[0] })
  const extra = characters.length + 1 - charactersOf(kind.bytes)
  if (extra < 0) return err({ type: 'too-short', missing: -extra })
  if (extra > 0) return err({ type: 'too-long', extra })
  if (!isWhole || body.length !== bodyBytes || body[0] !== VERSION) return err({ type: 'checksum' })
  return ok(kind.make(body.slice(1)))
}

const checksum = (letter: string, body: Uint8Array): number => crc32(Uint8Array.of(letter.charCodeAt(0), ...body))

const readCrc = (payload: Uint8Array): number =>
  new DataView(payload.buffer, payload.byteOffset).getUint32(payload.length - CRC_BYTES)

/** `?name=...`, decoded; undefined when absent, empty or not UTF-8. Control and direction marks are taken out. */
function nameIn(query: string): string | undefined {
  const name = decoded(/[?&]name=([^&#]*)/iu.exec(query)?.[1]?.replaceAll('+', ' ') ?? '')
    ?.replaceAll(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu, '')
    .trim()
  return name ? [...name].slice(0, MAX_NAME_CHARACTERS).join('') : undefined
}

/** `&host=…`, each once; what is no address is passed over. */
function hostsIn(query: string): readonly string[] {
  const hosts = [...query.matchAll(/[?&]host=([^&#]*)/giu)].flatMap(
    ([, encoded = '']) => peerAddress(decoded(encoded) ?? '') ?? [],
  )
  return [...new Set(hosts)].slice(0, MAX_HOSTS)
}

function decoded(encoded: string): string | undefined {
  try {
    return decodeURIComponent(encoded)
  } catch {
    return undefined // not UTF-8: what follows the secret is only a proposal
  }
}
