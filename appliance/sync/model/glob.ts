import { err, ok } from './result.ts'
import type { Result } from './result.ts'

/** Whether a character is meant, by its code point. */
export type Fits = (point: number) => boolean

/** A piece of a pattern. */
export type GlobPart =
  | { readonly type: 'one'; readonly fits: Fits }
  /** any number of them, also none */
  | { readonly type: 'many'; readonly fits: Fits }
  | { readonly type: 'either'; readonly options: readonly Glob[] }
export type Glob = readonly GlobPart[]

/** braces in braces in braces ... */
const MAX_DEPTH = 20
const SLASH = 0x2f

/**
 * Reads a pattern: `*` any characters but `/`, `**` any characters, `?` one but `/`, `[a-z]` and `[!a-z]` one of these
 * and none of these, `{a,b}` one or the other, `\` takes what follows for what it is.
 */
export function parseGlob(pattern: string): Result<Glob, 'no-pattern'> {
  const reader = new GlobReader(pattern)
  const glob = reader.sequence(0)
  return glob && reader.isAtEnd ? ok(glob) : err('no-pattern')
}

class GlobReader {
  readonly #characters: readonly string[]
  #at = 0

  constructor(pattern: string) {
    this.#characters = [...pattern]
  }

  get isAtEnd(): boolean {
    return this.#at === this.#characters.length
  }

  /** Up to the end, or in braces up to `,` or `}`. Outside of braces those two stand for themselves. */
  sequence(depth: number): GlobPart[] | undefined {
    const parts: GlobPart[] = []
    while (!this.isAtEnd && !(depth > 0 && this.#isNext(',', '}'))) {
      const part = this.#part(depth)
      if (!part) return undefined
      parts.push(part)
    }
    return parts
  }

  #part(depth: number): GlobPart | undefined {
    const character = this.#take()
    switch (character) {
      case '*':
        if (!this.#isNext('*')) return { type: 'many', fits: (point) => point !== SLASH }
        this.#take()
        return { type: 'many', fits: () => true }
      case '?':
        return { type: 'one', fits: (point) => point !== SLASH }
      case '[':
        return this.#class()
      case '{':
        return depth < MAX_DEPTH ? this.#braces(depth + 1) : undefined
      case '\\':
        return this.isAtEnd ? undefined : literal(this.#take())
      default:
        return literal(character)
    }
  }

  #braces(depth: number): GlobPart | undefined {
    const options: GlobPart[][] = []
    for (;;) {
      const option = this.sequence(depth)
      if (!option) return undefined
      options.push(option)
      const end = this.#take()
      if (end === '}') return { type: 'either', options }
      if (end !== ',') return undefined
    }
  }

  /** After `[`. */
  #class(): GlobPart | undefined {
    const isNot = this.#isNext('!')
    if (isNot) this.#take()
    const ranges: (readonly [number, number])[] = []
    while (!this.#isNext(']') || ranges.length === 0) {
      const from = this.#classCharacter()
      if (from === undefined) return undefined
      const isRange = this.#isNext('-') && this.#characters[this.#at + 1] !== ']'
      if (isRange) this.#take()
      const to = isRange ? this.#classCharacter() : from
      if (to === undefined || to < from) return undefined
      ranges.push([from, to])
    }
    this.#take()
    const isIn = (point: number) => ranges.some(([from, to]) => from <= point && point <= to)
    return { type: 'one', fits: (point) => isIn(point) !== isNot }
  }

  #classCharacter(): number | undefined {
    const character = this.#take()
    return (character === '\\' ? this.#take() : character).codePointAt(0)
  }

  #isNext(...characters: readonly string[]): boolean {
    const next = this.#characters[this.#at]
    return next !== undefined && characters.includes(next)
  }

  /** Empty at the end. */
  #take(): string {
    const character = this.#characters[this.#at] ?? ''
    if (character !== '') this.#at += 1
    return character
  }
}

function literal(character: string): GlobPart {
  const wanted = character.codePointAt(0)
  return { type: 'one', fits: (point) => point === wanted }
}
