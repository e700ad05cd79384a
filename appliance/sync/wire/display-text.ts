const MAX_CHARACTERS = 255

/**
 * Text of a peer that people will see: on one line, without marks that move the cursor or turn the direction of
 * writing, at most 255 characters. It is still to be escaped where it is shown.
 */
export const displayText = (text: string): string =>
  text
    .slice(0, MAX_CHARACTERS)
    .toWellFormed()
    .replaceAll(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]+/gu, ' ')
    .trim()
