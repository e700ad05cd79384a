/**
 * Keeps what peers announce from taking a great part of the files away at once, until the owner has decided. What is to
 * be done stands in the index as needs; those that take something away wait here.
 */
import type { ShareIndex } from '../index/share-index.ts'
import { shortIdToText } from '../model/device-id.ts'
import { FEW_FILES, FEW_WITHIN_MS, PATIENCE_MS, QUIET_MS, WINDOW_MS, isMassChange } from '../model/mass-change.ts'
import type { MassLimits } from '../model/mass-change.ts'
import { needLoss, needRank } from '../model/need.ts'
import type { RelPath } from '../model/rel-path.ts'
import type { Clock, Log } from '../ports.ts'
import type { LocalEntries } from './local-entries.ts'

/** rows that go into one transaction */
const PAGE = 500

export interface IncomingGuardDeps {
  readonly clock: Clock
  readonly log: Log
  readonly shareId: string
  readonly index: ShareIndex
  readonly local: LocalEntries
  readonly limits: () => MassLimits
  /** What a device is called, by the 7 characters of its short id. */
  readonly deviceName: (author: string) => string
  /** Whether there is more of what a peer is telling: then what has come is not all. */
  readonly isBeingTold: () => boolean
  /** It may be decided by now. */
  readonly onQuiet: () => void
}

export class IncomingGuard {
  readonly #deps: IncomingGuardDeps
  #verdict: 'unknown' | 'go' | 'stay' = 'unknown'
  #announcedMs = 0
  #waitingSinceMs: number | undefined
  #cancelTimer: (() => void) | undefined
  /** of those who made what is held */
  #device: string | undefined

  constructor(deps: IncomingGuardDeps) {
    this.#deps = deps
  }

  get isHeld(): boolean {
    return this.#deps.index.countLoss(needLoss.held) > 0
  }

  /** how many files would go, and who made it so; undefined: nothing is held */
  extent(): { readonly files: number; readonly of: number; readonly device: string } | undefined {
    const { index, local } = this.#deps
    const files = index.countLoss(needLoss.held)
    if (files === 0) return undefined
    this.#device ??= this.#authorOfHeld()
    return { files, of: local.totals.files, device: this.#device }
  }

  /** There is more that would take something away: what was decided may not hold any more. */
  note(): void {
    this.#verdict = 'unknown'
    this.#announcedMs = this.#deps.clock.monotonic()
  }

  /** Whether a need may be met that takes something away. */
  mayTake(path: RelPath): boolean {
    const loss = this.#deps.index.lossOf(path)
    return loss === needLoss.letThrough || (loss !== needLoss.held && this.#verdict === 'go')
  }

  /** Decides anew, if anything has changed. */
  async decide(): Promise<void> {
    const isOver = this.#verdict === 'stay' && !this.isHeld
    if (this.#verdict !== 'unknown' && !isOver) return
    const announcedMs = this.#announcedMs
    const isGoing = await this.#judge()
    // what was announced meanwhile is judged with the next pass
    if (announcedMs === this.#announcedMs) this.#verdict = isGoing === undefined ? 'unknown' : isGoing ? 'go' : 'stay'
  }

  /** Notes what is taken away, so that many small steps count as one. In a transaction, before the index knows of it. */
  noteTaken(path: RelPath, gone: boolean): void {
    if (this.#deps.local.totals.files < this.#deps.limits().files || this.#isElsewhere(path)) return
    this.#deps.index.putLoss(path, { incoming: true, gone }, this.#deps.clock.now())
  }

  release(): void {
    const { index } = this.#deps
    index.transaction(() => {
      index.changeLoss(needLoss.held, needLoss.letThrough)
      index.changeLoss(needLoss.takes, needLoss.letThrough)
    })
    this.#device = undefined
    this.note()
  }

  /** What lies here is made the newest version, of all that would have been taken away, folders and links too. */
  async undo(): Promise<void> {
    const { index } = this.#deps
    await this.#inPages((after) => index.pathsOfLoss(needLoss.held, after, PAGE))
    await this.#inPages((after) => index.pathsOfLoss(needLoss.takes, after, PAGE))
    await this.#inPages((after) => index.needs(needRank.removal, after, PAGE).map(({ path }) => path))
    this.#device = undefined
    this.note()
  }

  close(): void {
    this.#cancelTimer?.()
  }

  /** @returns undefined: not yet */
  async #judge(): Promise<boolean | undefined> {
    const { index, local, limits, clock, log, isBeingTold } = this.#deps
    const isHeld = this.isHeld
    const takes = index.countLoss(needLoss.takes)
    if (takes === 0 && !isHeld) return this.#decided(true)
    const { files } = local.totals
    if (!isHeld && files < limits().files) return this.#decided(true)
    const now = clock.now()
    const between = (ms: number) => index.lossesBetween(true, now - ms, now + ms)
    const lately = between(WINDOW_MS)
    const losses = { latelyLost: lately.files, latelyGone: lately.gone, files, latelyMade: 0 }
    const isMass = (lost: number) => isMassChange({ ...losses, lost }, limits())
    const isFew = takes + between(FEW_WITHIN_MS).files <= FEW_FILES
    if (!isHeld && isFew && !isMass(takes) && !isBeingTold()) return this.#decided(true)
    if (!this.#isQuiet()) return undefined
    if (!isHeld && !isMass(takes)) return this.#decided(true)
    const lost = await this.#lost()
    if (isHeld && lost === 0) {
      index.transaction(() => index.changeLoss(needLoss.held, needLoss.takes))
      return this.#decided(true)
    }
    if (!isHeld && !isMass(lost)) return this.#decided(true)
    if (!isHeld) log.warn('held', { share: this.#deps.shareId, files: lost, of: files })
    index.transaction(() => index.changeLoss(needLoss.takes, needLoss.held))
    return this.#decided(false)
  }

  #decided(isGoing: boolean): boolean {
    this.#waitingSinceMs = undefined
    return isGoing
  }

  /** Whether the peers have told all for now; else looks again. */
  #isQuiet(): boolean {
    const { clock, isBeingTold, onQuiet } = this.#deps
    const nowMs = clock.monotonic()
    this.#waitingSinceMs ??= nowMs
    const leftMs = isBeingTold() ? QUIET_MS : this.#announcedMs + QUIET_MS - nowMs
    if (leftMs <= 0 || nowMs - this.#waitingSinceMs >= PATIENCE_MS) return true
    this.#cancelTimer?.()
    this.#cancelTimer = clock.after(leftMs, onQuiet)
    return false
  }

  /** How many contents would be nowhere any more: those of renamed files are wanted, or lie elsewhere already. */
  async #lost(): Promise<number> {
    const { index, local } = this.#deps
    const kept = new Set<string>()
    for await (const path of this.#paths((after) =>
      index.needs(needRank.content, after, PAGE).map((need) => need.path),
    )) {
      const entry = local.plan(path).action?.entry
      if (entry && !entry.deleted && entry.type === 'file') kept.add(keyOf(entry.blocks))
    }
    let lost = 0
    for (const loss of [needLoss.takes, needLoss.held])
      for await (const path of this.#paths((after) => index.pathsOfLoss(loss, after, PAGE))) {
        const entry = index.local(path)?.entry
        if (!entry || kept.has(keyOf(entry.blocks))) continue
        if (this.#isElsewhere(path)) kept.add(keyOf(entry.blocks))
        else lost += 1
      }
    return lost
  }

  /** Whether a file's content also lies where nothing takes it away. */
  #isElsewhere(path: RelPath): boolean {
    const { index } = this.#deps
    const entry = index.local(path)?.entry
    if (!entry) return false
    const others: RelPath[] = []
    for (const other of index.filesWithContent(entry)) if (other !== path && others.push(other) >= PAGE) break
    return others.some((other) => index.lossOf(other) === needLoss.none)
  }

  async *#paths(pageAfter: (after: string | undefined) => readonly RelPath[]): AsyncGenerator<RelPath> {
    let after: string | undefined
    for (;;) {
      const page = pageAfter(after)
      yield* page
      after = page.at(-1)
      if (page.length < PAGE) return
      await this.#deps.clock.breathe()
    }
  }

  async #inPages(pageAfter: (after: string | undefined) => readonly RelPath[]): Promise<void> {
    const { index, local, clock } = this.#deps
    let after: string | undefined
    for (;;) {
      const page = pageAfter(after)
      index.transaction(() => page.forEach((path) => local.reassert(path)))
      after = page.at(-1)
      if (page.length < PAGE) return
      await clock.breathe()
    }
  }

  #authorOfHeld(): string {
    const { index, local, deviceName } = this.#deps
    const [path] = index.pathsOfLoss(needLoss.held, undefined, 1)
    const entry = path === undefined ? undefined : local.plan(path).action?.entry
    return entry ? deviceName(shortIdToText(entry.modifiedBy)) : ''
  }
}

const keyOf = (blocks: Uint8Array): string => Buffer.from(blocks).toString('latin1')
