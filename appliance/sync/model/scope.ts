/** What of a share this device takes part in: all but what its rules ignore and what its owner did not choose. */
import type { EntryType } from './entry.ts'
import { IgnoreRules } from './ignore-rules.ts'
import { SHARED_RULES } from './ignored.ts'

/** Folders, or files, of a share that are to lie on this device. A choice for a folder goes for all that is in it. */
export interface Choice {
  /** only what is in these; empty: everything */
  readonly only: readonly string[]
  /** nothing of what is in these, unless `only` names a part of it */
  readonly skip: readonly string[]
}
export const everything: Choice = { only: [], skip: [] }

/** Plain data, so that it can be kept. */
export interface ScopeData extends Choice {
  /** lines that `IgnoreRules` takes */
  readonly rules: readonly string[]
}

export class Scope {
  readonly data: ScopeData
  readonly #rules: IgnoreRules
  readonly #only: ReadonlySet<string>
  readonly #skip: ReadonlySet<string>

  private constructor(data: ScopeData, rules: IgnoreRules) {
    this.data = data
    this.#rules = rules
    this.#only = new Set(data.only.map((path) => path.normalize('NFC')))
    this.#skip = new Set(data.skip.map((path) => path.normalize('NFC')))
  }

  /** @throws Error when a rule is none */
  static of(data: ScopeData): Scope {
    const rules = IgnoreRules.parse(data.rules)
    if (!rules.ok) throw new Error(`"${data.rules[rules.error.line]}" is no pattern`)
    return new Scope(data, rules.value)
  }

  /** Text that is equal for equal scopes. */
  get text(): string {
    const { rules, only, skip } = this.data
    return JSON.stringify([rules, only, skip])
  }

  /** Whether what lies at a path, or comes there, is left alone. */
  isIgnored(path: string, type: EntryType): boolean {
    const ruling = this.#rules.ruling(path)
    return ruling === 'ignored' || (ruling === 'folder' && type !== 'directory')
  }

  /** Whether it is to lie on this device. A folder is, when something in it is. */
  isChosen(path: string, type: EntryType): boolean {
    if ((this.#only.size === 0 && this.#skip.size === 0) || path === SHARED_RULES) return true
    const composed = path.normalize('NFC')
    if (this.#isInChoice(composed)) return true
    const below = `${composed}/`
    return type === 'directory' && [...this.#only].some((only) => only.startsWith(below))
  }

  /** The nearest of the folders that it lies in, or it itself, decides. */
  #isInChoice(path: string): boolean {
    for (let end = path.length; end > 0; end = path.lastIndexOf('/', end - 1)) {
      const at = path.slice(0, end)
      if (this.#only.has(at)) return true
      if (this.#skip.has(at)) return false
    }
    return this.#only.size === 0
  }
}
