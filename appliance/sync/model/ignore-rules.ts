/**
 * What the owner does not want to be synced: patterns as Syncthing's `.stignore` has them, one a line, the first that
 * matches a path decides. Comments, `!`, `(?i)`, `(?d)`; files that a line includes are put in its place before.
 */
import { foldOf, GlobSet } from './glob-set.ts'
import { parseGlob } from './glob.ts'
import { SHARED_RULES } from './ignored.ts'
import { err, ok } from './result.ts'
import type { Result } from './result.ts'

export type RuleError = 'no-pattern' | 'too-many'

/** Of all patterns together; with a hundred characters in each these are a thousand. */
const MAX_PLACES = 300_000
export const MAX_RULES = 2000

interface Rule {
  /** false: what it matches is not ignored */
  readonly isIgnoring: boolean
  /** what it matches may be removed with the folder that it lies in */
  readonly isDisposable: boolean
}

/** `folder`: ignored, but something below may not be, so as a folder it takes part. */
export type Ruling = 'taken' | 'ignored' | 'folder'

export class IgnoreRules {
  readonly #globs: GlobSet
  readonly #rules: readonly Rule[]
  readonly #hasExceptions: boolean

  private constructor(globs: GlobSet, rules: readonly Rule[]) {
    this.#globs = globs
    this.#rules = rules
    this.#hasExceptions = rules.some(({ isIgnoring }) => !isIgnoring)
  }

  /** @param lines without comments, see `ruleOf`. The error tells the number of the line, from 0 */
  static parse(lines: readonly string[]): Result<IgnoreRules, { readonly error: RuleError; readonly line: number }> {
    const globs = new GlobSet()
    const rules: Rule[] = []
    for (const [line, text] of lines.entries()) {
      const rule = addRule(globs, text)
      if (!rule) return err({ error: 'no-pattern', line })
      rules.push(rule)
      if (globs.size > MAX_PLACES || rules.length > MAX_RULES) return err({ error: 'too-many', line })
    }
    return ok(new IgnoreRules(globs, rules))
  }

  ruling(path: string): Ruling {
    if (this.#rules.length === 0 || path === SHARED_RULES) return 'taken'
    const composed = path.normalize('NFC')
    if (this.#rules[this.#globs.match(composed)]?.isIgnoring !== true) return 'taken'
    if (!this.#hasExceptions) return 'ignored'
    const isException = (rule: number) => this.#rules[rule]?.isIgnoring === false
    return this.#globs.mayMatchBelow(composed, isException) ? 'folder' : 'ignored'
  }

  isDisposable(path: string): boolean {
    const rule = this.#rules[this.#globs.match(path.normalize('NFC'))]
    return rule?.isIgnoring === true && rule.isDisposable
  }
}

/** Both rule files are written in lines. @returns what a line says; undefined: nothing, it is empty or a comment */
export function ruleOf(line: string): { readonly rule: string } | { readonly include: string } | undefined {
  const text = line.trim()
  if (text === '' || text.startsWith('//')) return undefined
  if (!text.startsWith('#include')) return { rule: text }
  return { include: /^#include\s+(.*)$/.exec(text)?.[1] ?? '' }
}

/** @returns undefined when it is no pattern */
function addRule(globs: GlobSet, line: string): Rule | undefined {
  const { rest, prefixes } = prefixesOf(line.normalize('NFC'))
  if (rest === '') return undefined
  const foldsCase = prefixes.has('(?i)')
  const text = foldsCase ? foldText(rest) : rest
  const isRooted = text.startsWith('/')
  const anywhere = text.startsWith('**/') ? text.slice(3) : text
  const inside = text.endsWith('/') ? `${anywhere}**` : anywhere
  const plain = isRooted ? inside.slice(1) : inside
  const glob = parseGlob(anyDepth.test(plain) ? plain.replace('/**/', '{/,/**/}') : plain)
  if (!glob.ok) return undefined
  globs.add(glob.value, { foldsCase, isRooted, coversBelow: !text.endsWith('/') && !text.endsWith('/**') })
  return { isIgnoring: !prefixes.has('!'), isDisposable: prefixes.has('(?d)') }
}

// between plain names it also stands for no folder at all, as Syncthing takes it; not so beside other signs
const anyDepth = /^[^*?[\]{}\\]+\/\*\*\/[^*?[\]{}\\]+$/

/** In any order, each once. */
function prefixesOf(line: string): { readonly rest: string; readonly prefixes: ReadonlySet<string> } {
  const prefixes = new Set<string>()
  let rest = line
  for (;;) {
    const prefix = ['!', '(?i)', '(?d)'].find((each) => rest.startsWith(each) && !prefixes.has(each))
    if (prefix === undefined) return { rest, prefixes }
    prefixes.add(prefix)
    rest = rest.slice(prefix.length)
  }
}

const foldText = (text: string): string =>
  [...text].map((character) => String.fromCodePoint(foldOf(character.codePointAt(0) ?? 0))).join('')
