/**
 * Keeps back what happened here to a great part of a share at once, until its owner has decided: the index then says
 * of each path what was there, and what is there instead.
 */
import type { Found, FoundContent } from '../disk-work.ts'
import type { ShareIndex } from '../index/share-index.ts'
import { holdsContent } from '../model/entry.ts'
import type { Entry } from '../model/entry.ts'
import { leftOut, takesPart } from '../model/left-out.ts'
import { FEW_FILES, FEW_WITHIN_MS, PATIENCE_MS, QUIET_MS, WINDOW_MS, judgeLook } from '../model/mass-change.ts'
import type { Losses, MassLimits, Verdict } from '../model/mass-change.ts'
import type { RelPath } from '../model/rel-path.ts'
import {
  heldSeen,
  isHeldSeen,
  missingSeen,
  nothingSeen,
  seenOfHeld,
  seenWithoutRace,
  undoneSeen,
  unknownSeen,
} from '../model/seen.ts'
import type { Clock } from '../ports.ts'
import type { LocalEntries } from './local-entries.ts'

/** rows that go into one transaction */
const PAGE = 500

export interface OutgoingGuardDeps {
  readonly clock: Clock
  readonly index: ShareIndex
  readonly local: LocalEntries
  readonly limits: () => MassLimits
  /** a read-only device: its changes leave it in no case */
  readonly isReader: boolean
  /** Puts the spare copy of what is gone into the archive, before the index forgets of it. */
  readonly keepOld: (found: readonly Found[]) => Promise<void>
}

/** What a look found gone or rewritten; nothing of it is in the index yet. */
export interface FoundLosses {
  readonly gone: readonly RelPath[]
  /** with what lies there now; too many are not kept in memory, and undefined then */
  readonly rewritten: ReadonlyMap<RelPath, { readonly seen: string; readonly found: FoundContent | undefined }>
  readonly isWhole: boolean
  /** something could not be looked at, as somebody is at work on it */
  readonly isBusy: boolean
}

export interface Judgement {
  readonly verdict: Verdict
  /** files whose content lies nowhere else */
  readonly lost: ReadonlySet<RelPath>
}

interface Pending {
  readonly lost: number
  readonly atMs: number
  readonly sinceMs: number
}

export class OutgoingGuard {
  readonly #deps: OutgoingGuardDeps
  #pending: Pending | undefined
  #isHeld = false
  #heldFiles = 0
  /** the owner has let everything through */
  #isReleasing = false
  /** new files of the last minutes */
  #made: { readonly atMs: number; files: number }[] = []

  constructor(deps: OutgoingGuardDeps) {
    this.#deps = deps
  }

  /** Reads what is held from the index, once. */
  open(isReleasing: boolean): void {
    this.#isReleasing = isReleasing
    this.#count()
  }

  get isHeld(): boolean {
    return this.#isHeld
  }

  get isReleasing(): boolean {
    return this.#isReleasing
  }

  /** files that are held, and how many the share has with them */
  extent(): { readonly files: number; readonly of: number } | undefined {
    return this.#isHeld ? { files: this.#heldFiles, of: this.#deps.local.totals.files } : undefined
  }

  noteMade(): void {
    const atMs = this.#deps.clock.monotonic()
    const last = this.#made.at(-1)
    if (last && atMs - last.atMs < WINDOW_MS / 30) last.files += 1
    else this.#made = [...this.#made.filter((made) => atMs - made.atMs < WINDOW_MS), { atMs, files: 1 }]
  }

  async judge(found: FoundLosses): Promise<Judgement> {
    const { local, limits, isReader } = this.#deps
    const isNothing = found.gone.length === 0 && found.rewritten.size === 0
    if (found.isWhole && isNothing) this.#pending = undefined
    if (isReader || isNothing || this.#isReleasing) return { verdict: 'take', lost: new Set() }
    if (!this.#isHeld && local.totals.files < limits().files) return { verdict: 'take', lost: new Set() }
    const lost = await this.#lostOf(found)
    const losses = this.#losses(lost.size)
    const isFew = lost.size + this.#between(FEW_WITHIN_MS).files <= FEW_FILES
    const isGone = found.gone.some((path) => lost.has(path))
    const isQuiet = (isFew && !isGone) || this.#isQuiet(lost.size, found.isBusy)
    const { isWhole } = found
    const verdict = judgeLook({ losses, isWhole, isQuiet, isFew, isHeld: this.#isHeld }, limits())
    if (verdict === 'take' || verdict === 'hold') {
      if (lost.size > 0) this.#pending = undefined
    }
    return { verdict, lost }
  }

  /** Notes what is taken over, so that many small steps count as one. In a transaction. */
  noteTaken(path: RelPath, gone: boolean): void {
    this.#deps.index.putLoss(path, { incoming: false, gone }, this.#deps.clock.now())
  }

  async hold({ gone, rewritten }: FoundLosses): Promise<void> {
    const { index } = this.#deps
    const rewrites = [...rewritten].map(([path, { seen }]) => [path, heldSeen(seen)] as const)
    const all = [...gone.map((path) => [path, heldSeen(nothingSeen)] as const), ...rewrites]
    await this.#inPages(all, ([path, seen]) => {
      if (!takesPart(index.local(path)?.leftOut ?? leftOut.no)) return
      index.setSeen(path, seen)
      this.#deps.local.evaluate(path)
    })
    this.#count()
  }

  /**
   * After a look at everything: what is held only because its new name was not known yet is looked at anew.
   * @returns whether anything is
   */
  async lift(): Promise<boolean> {
    if (!this.#isHeld) return false
    this.#count()
    const isSomewhere = this.#somewhere(new Set())
    let isLifted = false
    await this.#forHeld((path, entry) => {
      if (entry.type === 'file' && !isSomewhere(entry)) return
      // a folder or link goes with the last file
      if (entry.type !== 'file' && this.#heldFiles > 0) return
      this.#deps.index.setSeen(path, unknownSeen)
      isLifted = true
    })
    this.#count()
    return isLifted
  }

  /** The owner lets everything through: what is held, and what the next look at everything finds. */
  async release(): Promise<void> {
    const { index, local } = this.#deps
    this.#isReleasing = true
    for (;;) {
      const missing = index.missing(PAGE)
      if (missing.length === 0) break
      await this.#inPages(missing, (path) => local.remove(path))
    }
    await this.#forHeld((path) => index.setSeen(path, unknownSeen))
    this.#forget()
  }

  /** The look that a release waited for is done. */
  endRelease(): void {
    this.#isReleasing = false
    this.#forget()
  }

  /**
   * What is held comes back from other devices; what lies there instead goes to the archive. What no other device has
   * cannot come back: it is taken as it is now, once its old version, where there is one, is in the archive.
   */
  async undo(): Promise<void> {
    const { local, keepOld } = this.#deps
    const isSomewhere = this.#somewhere(new Set())
    const nobodys: RelPath[] = []
    await this.#forHeld((path, entry, seen) => {
      if (entry.type === 'file' && !this.#isWithOthers(path, entry) && !isSomewhere(entry)) {
        nobodys.push(path)
        return
      }
      // told anew: others are to know that this device does not have it
      local.put(entry, undoneSeen(seenWithoutRace(seenOfHeld(seen))), false)
    })
    await keepOld(nobodys.map((path) => ({ kind: 'gone', path })))
    await this.#inPages(nobodys, (path) => local.remove(path))
    this.#forget()
  }

  #isWithOthers(path: RelPath, entry: Entry): boolean {
    return this.#deps.index.remotes(path).some((remote) => !remote.invalid && holdsContent(remote.entry, entry))
  }

  #forget(): void {
    const { index } = this.#deps
    index.transaction(() => index.dropLosses(0, 0))
    this.#made = []
    this.#pending = undefined
    this.#count()
  }

  #count(): void {
    const { index } = this.#deps
    this.#isHeld = index.isAnyHeld()
    this.#heldFiles = this.#isHeld ? index.heldFiles() : 0
  }

  #losses(lost: number): Losses {
    const { index, clock, local } = this.#deps
    const now = clock.now()
    index.transaction(() => index.dropLosses(now - WINDOW_MS, now + WINDOW_MS))
    const lately = this.#between(WINDOW_MS)
    const sinceMs = clock.monotonic() - WINDOW_MS
    const latelyMade = this.#made.reduce((sum, { atMs, files }) => sum + (atMs > sinceMs ? files : 0), 0)
    return { lost, latelyLost: lately.files, latelyGone: lately.gone, files: local.totals.files, latelyMade }
  }

  #between(withinMs: number): { readonly files: number; readonly gone: number } {
    const now = this.#deps.clock.now()
    return this.#deps.index.lossesBetween(false, now - withinMs, now + withinMs)
  }

  /** Whether no more was found than a while ago. */
  #isQuiet(lost: number, isBusy: boolean): boolean {
    if (lost === 0) return true
    const nowMs = this.#deps.clock.monotonic()
    const before = this.#pending && nowMs - this.#pending.atMs < 2 * PATIENCE_MS ? this.#pending : undefined
    const hasGrown = !before || lost > before.lost
    const isQuiet = !hasGrown && !isBusy && nowMs - before.atMs >= QUIET_MS
    const sinceMs = before?.sinceMs ?? nowMs
    this.#pending = { lost, atMs: hasGrown ? nowMs : before.atMs, sinceMs }
    return isQuiet || nowMs - sinceMs >= PATIENCE_MS
  }

  /** Files that are gone or rewritten, without those that were only renamed. */
  async #lostOf({ gone, rewritten }: FoundLosses): Promise<ReadonlySet<RelPath>> {
    const paths = [...gone, ...rewritten.keys()]
    const all = new Set(paths)
    const isSomewhere = this.#somewhere(all)
    const lost = new Set<RelPath>()
    await this.#inPages(paths, (path) => {
      const held = this.#deps.index.local(path)
      if (!held || held.entry.deleted || held.entry.type !== 'file' || held.seen === missingSeen) return
      // what is left out of the share deletes nothing
      if (!takesPart(held.leftOut)) return
      if (!isSomewhere(held.entry)) lost.add(path)
    })
    return lost
  }

  /** @returns whether a content lies in a file that is not one of those */
  #somewhere(but: ReadonlySet<RelPath>): (entry: Entry) => boolean {
    const { index } = this.#deps
    const known = new Map<string, boolean>()
    return (entry) => {
      const key = Buffer.from(entry.blocks).toString('latin1')
      const before = known.get(key)
      if (before !== undefined) return before
      let isThere = false
      for (const path of index.filesWithContent(entry)) {
        isThere = !but.has(path)
        if (isThere) break
      }
      known.set(key, isThere)
      return isThere
    }
  }

  async #forHeld(action: (path: RelPath, entry: Entry, seen: string) => void): Promise<void> {
    const { index } = this.#deps
    let after: string | undefined
    for (;;) {
      const page = index.held(after, PAGE)
      await this.#inPages(page, ({ entry, seen }) => {
        if (isHeldSeen(seen)) action(entry.path, entry, seen)
      })
      after = page.at(-1)?.entry.path
      if (page.length < PAGE) return
    }
  }

  /** In one transaction each; everything else gets its turn in between. */
  async #inPages<T>(all: readonly T[], action: (one: T) => void): Promise<void> {
    const { index, clock } = this.#deps
    for (let from = 0; from < all.length; from += PAGE) {
      if (from > 0) await clock.breathe()
      index.transaction(() => all.slice(from, from + PAGE).forEach(action))
    }
  }
}
