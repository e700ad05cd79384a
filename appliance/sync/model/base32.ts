const ALPHABET = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567'

/** Value of a base32 character, 0 to 31; -1 for any other. Upper case only. */
export const base32Value = (character: string): number => (character.length === 1 ? ALPHABET.indexOf(character) : -1)
/** @param value 0 to 31 */
export const base32Character = (value: number): string => ALPHABET.charAt(value)

/** RFC 4648 base32 in upper case, without padding. */
export function toBase32(bytes: Uint8Array): string {
  let text = ''
  let bits = 0
  let held = 0
  for (const byte of bytes) {
    bits = (bits << 8) | byte
    held += 8
    while (held >= 5) text += ALPHABET.charAt((bits >>> (held -= 5)) & 31)
    bits &= 31
  }
  return held > 0 ? text + ALPHABET.charAt((bits << (5 - held)) & 31) : text
}

/**
 * The bytes of upper-case base32 without padding. One value has one text: undefined for any other character,
 * for a length that no whole number of bytes has, and for unused bits that are not zero.
 */
export function fromBase32(text: string): Uint8Array | undefined {
  const bytes = new Uint8Array(Math.floor((text.length * 5) / 8))
  if (Math.ceil((bytes.length * 8) / 5) !== text.length) return undefined
  let bits = 0
  let held = 0
  let at = 0
  for (const character of text) {
    const value = base32Value(character)
    if (value < 0) return undefined
    bits = (bits << 5) | value
    held += 5
    if (held >= 8) bytes[at++] = bits >>> (held -= 8)
    bits &= (1 << held) - 1
  }
  return bits === 0 ? bytes : undefined
}
