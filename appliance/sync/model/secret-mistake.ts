import type { SecretTextError } from './secret-text.ts'

const characters = (count: number): string => (count === 1 ? '1 character' : `${count} characters`)

/** What is wrong with a secret that somebody typed or pasted, for people. */
export function mistakeIn(error: SecretTextError): string {
  const again = 'Copy it again from the other device.'
  switch (error.type) {
    case 'empty':
      return 'The secret is empty. Paste the one that the other device shows.'
    case 'unknown-kind':
      return `A secret begins with A, B, C or F, this one with "${error.letter}". ${again}`
    case 'too-short':
      return `The secret is not whole: ${characters(error.missing)} missing. ${again}`
    case 'too-long':
      return `The secret has ${characters(error.extra)} too many. ${again}`
    case 'bad-character':
      return `"${error.character}" at place ${error.position} cannot be part of a secret. ${again}`
    case 'checksum':
      return `The secret has a typing mistake: a character is wrong, or two are swapped. ${again}`
    case 'newer-version':
      return 'This secret was made by a newer Homeseed. Update this one to use it.'
  }
}
