import type { DiskWork, RulesRead, ShareRoot } from '../disk-work.ts'
import type { ShareIndex, Standing } from '../index/share-index.ts'
import { messageOf } from '../model/error-code.ts'
import { leftOut } from '../model/left-out.ts'
import type { RelPath } from '../model/rel-path.ts'
import { Scope } from '../model/scope.ts'
import type { Choice, ScopeData } from '../model/scope.ts'
import { isKeptSeen, nothingSeen } from '../model/seen.ts'
import type { Clock, Log } from '../ports.ts'
import type { LocalEntries } from './local-entries.ts'

/** rows gone through before everything else gets its turn */
const PAGE = 500
/** A file that was written to this lately may be half of what it is to be. */
const QUIET_MS = 500
const LOOKS = 8

export interface ShareScopeDeps {
  readonly clock: Clock
  readonly log: Log
  readonly disk: DiskWork
  readonly root: ShareRoot
  readonly index: ShareIndex
  readonly isReader: boolean
  readonly local: () => LocalEntries
  /** what the owner chose */
  readonly choice: () => Choice
  /** text of the scope that the index is in step with; undefined: of none */
  readonly readApplied: () => string | undefined
  readonly saveApplied: (text: string) => void
  /** Some of it is in the index. */
  readonly onStored: () => void
}

/** Which rules and which choice hold, and what that means for each path that is known. */
export class ShareScope {
  readonly #deps: ShareScopeDeps
  #current: Scope
  #sources: readonly RelPath[] = []
  #problem: { readonly path: string; readonly reason: string } | undefined

  constructor(deps: ShareScopeDeps) {
    this.#deps = deps
    const applied = deps.readApplied()
    this.#current = Scope.of(applied === undefined ? { ...deps.choice(), rules: [] } : dataOf(applied))
  }

  get current(): Scope {
    return this.#current
  }

  /** Why the rules that hold are not those in the files, if that is so. */
  get problem(): { readonly path: string; readonly reason: string } | undefined {
    return this.#problem
  }

  /** Whether rules are in a file. */
  isSource(path: RelPath): boolean {
    return this.#sources.includes(path)
  }

  /** Whether what holds is what the files say at this moment. */
  async isUpToDate(): Promise<boolean> {
    const read = await this.#deps.disk.readRules(this.#deps.root)
    return read.type === 'read' && this.#scopeOf(read.rules).text === this.#current.text
  }

  /**
   * Reads the rules, and brings the index in step with them and with the choice. Nobody else may be at the disk
   * meanwhile. After a change the whole folder is to be looked at. As long as it is not known what rules there are,
   * nothing may be looked at: what they ignore would be told to others.
   */
  async refresh(signal: AbortSignal): Promise<'same' | 'changed' | 'unknown'> {
    const { log, root, readApplied, saveApplied } = this.#deps
    const read = await this.#readQuiet(signal)
    if (read.type === 'wrong-folder') return 'same'
    const wasBad = this.#problem !== undefined
    this.#problem = read.type === 'bad' ? { path: read.path, reason: reasonOf(read) } : undefined
    if (read.type === 'bad' && !wasBad) log.warn('bad-rules', { share: root.shareId, path: read.path, line: read.line })
    if (read.type === 'read') this.#sources = read.sources
    const applied = readApplied()
    if (read.type === 'bad' && applied === undefined) return 'unknown'
    const next = this.#scopeOf(read.type === 'read' ? read.rules : this.#current.data.rules)
    this.#current = next
    // what was missing while the rules were bad has not been taken over
    if (applied === next.text) return wasBad && !this.#problem ? 'changed' : 'same'
    // cut short, with the old scope holding again, it would not be noticed that some of the index has moved
    saveApplied(UNFINISHED + next.text)
    await this.#apply(next, signal)
    saveApplied(next.text)
    return 'changed'
  }

  #scopeOf(rules: readonly string[]): Scope {
    const { only, skip } = this.#deps.choice()
    const data = { rules, only, skip }
    return JSON.stringify([rules, only, skip]) === this.#current.text ? this.#current : Scope.of(data)
  }

  /** Somebody may be writing to one of the files: looks until they are at rest. */
  async #readQuiet(signal: AbortSignal): Promise<RulesRead> {
    const { clock, disk, root, log } = this.#deps
    for (let look = 1; ; look++) {
      const read = await disk.readRules(root).catch((error: unknown): RulesRead => {
        log.warn('rules-not-read', { share: root.shareId, error: messageOf(error) })
        return { type: 'wrong-folder' }
      })
      const ageMs = read.type === 'read' ? Math.abs(clock.now() - read.newestMs) : QUIET_MS
      const isNew = read.type === 'bad' || (read.type === 'read' && this.#scopeOf(read.rules) !== this.#current)
      if (!isNew || look >= LOOKS || (read.type === 'read' && ageMs >= QUIET_MS)) return read
      if (read.type === 'bad' && look >= 2) return read
      await new Promise<void>((resolve) => clock.after(QUIET_MS / 2, resolve))
      signal.throwIfAborted()
    }
  }

  async #apply(scope: Scope, signal: AbortSignal): Promise<void> {
    const { clock, index, local, onStored, log, root } = this.#deps
    log.info('scope-changed', { share: root.shareId, rules: scope.data.rules.length })
    let after = ''
    for (let page = index.standings(after, PAGE); page.length > 0; page = index.standings(after, PAGE)) {
      index.transaction(() => page.forEach((standing) => this.#move(scope, standing)))
      after = page.at(-1)?.path ?? after
      onStored()
      await clock.breathe()
      signal.throwIfAborted()
    }
    after = ''
    for (let page = index.unheldPaths(after, PAGE); page.length > 0; page = index.unheldPaths(after, PAGE)) {
      index.transaction(() => page.forEach((path) => local().evaluate(path)))
      after = page.at(-1) ?? after
      onStored()
      await clock.breathe()
      signal.throwIfAborted()
    }
  }

  /** What becomes of one path. */
  #move(scope: Scope, { path, type, deleted, seen, leftOut: state, isUntold }: Standing): void {
    const { index } = this.#deps
    const local = this.#deps.local()
    if (scope.isIgnored(path, type)) {
      // what was deleted before stays so
      if (state !== leftOut.ignored && !(deleted && state === leftOut.no && !isUntold)) local.ignore(path)
      return local.evaluate(path)
    }
    const isChosen = scope.isChosen(path, type)
    // a folder that stays only for what was ignored in it
    const isKept = deleted && seen !== nothingSeen && (!this.#deps.isReader || isKeptSeen(seen))
    if (state === leftOut.ignored || isKept) index.setLeftOut(path, leftOut.returning)
    else if (isChosen && state === leftOut.unchosen) local.wantAgain(path)
    else if (isChosen && state === leftOut.leaving) local.setLeftOut(path, leftOut.no)
    else if (isChosen && state === leftOut.going) index.setLeftOut(path, leftOut.no)
    else if (!isChosen && state === leftOut.no && seen !== nothingSeen && !isUntold)
      index.setLeftOut(path, leftOut.going)
    local.evaluate(path)
  }
}

/** before the text of a scope that the index is being brought in step with */
const UNFINISHED = '…'

/** @param text what `Scope.text` gave */
function dataOf(text: string): ScopeData {
  const [rules = [], only = [], skip = []] = JSON.parse(
    text.startsWith(UNFINISHED) ? text.slice(UNFINISHED.length) : text,
  ) as (readonly string[])[]
  return { rules, only, skip }
}

function reasonOf({ why, line }: RulesRead & { readonly type: 'bad' }): string {
  const words = badRules[why]
  return line === undefined ? words : `${words} (line ${line})`
}

const badRules = {
  'no-pattern':
    'a line of it is no pattern: until that is mended, the rules before hold and nothing is deleted elsewhere',
  'too-many': 'it holds too many rules: until that is mended, the rules before hold and nothing is deleted elsewhere',
  'bad-include':
    'a file that it includes cannot be read: until that is mended, the rules before hold and nothing is deleted elsewhere',
  unreadable: 'it cannot be read: until that is mended, the rules before hold and nothing is deleted elsewhere',
} as const
