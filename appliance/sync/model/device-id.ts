/**
 * Text forms of a device's id, which is the SHA-256 of its certificate. They are Syncthing's, so that an id can be
 * read from one program and typed into the other (docs/protocol.md, "Ids").
 */
import { base32Character, base32Value, fromBase32, toBase32 } from './base32.ts'
import { err, ok } from './result.ts'
import type { Result } from './result.ts'
import type { AuthorId } from './version-vector.ts'

export const DEVICE_ID_BYTES = 32
const PLAIN_CHARACTERS = 52
const PART = 13
const CHECKED_CHARACTERS = 56
const GROUP = 7

export type DeviceIdError =
  | { readonly type: 'empty' }
  /** neither 52 characters, nor 56 with check characters */
  | { readonly type: 'wrong-length'; readonly length: number }
  | { readonly type: 'bad-character'; readonly character: string }
  | { readonly type: 'check-failed' }

/** `XXXXXXX-...`: eight groups of seven, the last character of every second group checks the 13 before it. */
export function deviceIdToText(id: Uint8Array): string {
  const known = texts.get(id)
  if (known !== undefined) return known
  const parts = inParts(toBase32(id), PART).map((part) => part + checkCharacter(part))
  const text = inParts(parts.join(''), GROUP).join('-')
  texts.set(id, text)
  return text
}
/** Of a connection's peer it is asked again and again; ids do not change. */
const texts = new WeakMap<Uint8Array, string>()

/**
 * Reads what a person typed or pasted: case, spaces and dashes do not matter, and 0, 1 and 8 stand for the
 * letters they look like. The old form without check characters is an id too.
 */
export function parseDeviceId(text: string): Result<Uint8Array, DeviceIdError> {
  const typed = text.replaceAll(/[\s\p{Pd}=]/gu, '').toUpperCase()
  const characters = typed.replaceAll('0', 'O').replaceAll('1', 'I').replaceAll('8', 'B')
  if (characters === '') return err({ type: 'empty' })
  const bad = [...characters].find((character) => base32Value(character) < 0)
  if (bad !== undefined) return err({ type: 'bad-character', character: bad })
  const { length } = characters
  if (length !== PLAIN_CHARACTERS && length !== CHECKED_CHARACTERS) return err({ type: 'wrong-length', length })
  const plain = length === PLAIN_CHARACTERS ? characters : withoutChecks(characters)
  const id = plain === undefined ? undefined : fromBase32(plain)
  return id ? ok(id) : err({ type: 'check-failed' })
}

/** The first 64 bits of a device id: who counts in Syncthing's version vectors. 16 hex digits. */
export const shortIdOf = (id: Uint8Array): AuthorId => toHex(id.subarray(0, 8))

/** 7 characters for people and for the names of conflict copies. @param shortId 16 hex digits */
export function shortIdToText(shortId: AuthorId): string {
  const bytes = Uint8Array.from(inParts(shortId, 2), (pair) => Number.parseInt(pair, 16))
  return toBase32(bytes).slice(0, GROUP)
}

const toHex = (bytes: Uint8Array): string => Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('')

const inParts = (text: string, length: number): string[] =>
  Array.from({ length: text.length / length }, (_, i) => text.slice(i * length, (i + 1) * length))

/** The characters without their checks; undefined when a check fails. */
function withoutChecks(text: string): string | undefined {
  const parts = inParts(text, PART + 1)
  const isRight = (part: string) => checkCharacter(part.slice(0, PART)) === part.charAt(PART)
  return parts.every(isRight) ? parts.map((part) => part.slice(0, PART)).join('') : undefined
}

/** Luhn's rule modulo 32, weights from the left as Syncthing has them: 1, 2, 1, 2 ... */
function checkCharacter(part: string): string {
  let sum = 0
  for (let i = 0; i < part.length; i++) {
    const product = base32Value(part.charAt(i)) * (i % 2 === 0 ? 1 : 2)
    sum += Math.floor(product / 32) + (product % 32)
  }
  return base32Character((32 - (sum % 32)) % 32)
}
