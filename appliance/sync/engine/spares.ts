/**
 * Keeps spare copies of what lies in the share, newest first, and puts one into the archive when its file was changed
 * or deleted on this device. They are a best effort: nothing waits for them to be made, and none is missed.
 */
import type { DiskWork, Found, ShareRoot, SpareWish } from '../disk-work.ts'
import type { LocalEntry, ShareIndex } from '../index/share-index.ts'
import { contentHash } from '../model/content-hash.ts'
import { bytesEqual } from '../model/entry.ts'
import type { Entry } from '../model/entry.ts'
import { messageOf } from '../model/error-code.ts'
import type { RelPath } from '../model/rel-path.ts'
import { isDamagedSeen, nothingSeen, seenWithoutRace, wasRacy } from '../model/seen.ts'
import type { ShareSettings } from '../model/share-settings.ts'
import { spareRules } from '../model/spare-rules.ts'
import type { SpareRules } from '../model/spare-rules.ts'
import type { Clock, Log } from '../ports.ts'

/** what was written just now is likely to be written again */
const SETTLE_MS = 3000
const PAGE = 200
/** files with the same content that are asked for */
const MAX_SAME = 100
const TIDY_EVERY_MS = 24 * 3_600_000
/** a disk that stays full is no reason to do it all the time */
const ROOM_EVERY_MS = 10 * 60_000
/** After tidying up for want of room this much is free again, so that it is not done all the time. */
const TIDY_TO = 0.8

export interface SparesDeps {
  readonly clock: Clock
  readonly log: Log
  readonly disk: DiskWork
  readonly root: ShareRoot
  readonly index: ShareIndex
  readonly settings: () => ShareSettings
  /** Whether the disk can be written to, if there is room, and the folder is known. */
  readonly isUsable: () => boolean
  /** Whether something waits for room on the disk. */
  readonly isFull: () => boolean
  /** Whether another device holds this very content, and keeps it in its archive when it follows a deletion. */
  readonly isKeptElsewhere: (entry: Entry) => boolean
  /** What is received comes first. */
  readonly isBusy: () => boolean
  /** So much has come into the archive. */
  readonly onArchived: (bytes: number) => void
}

export class Spares {
  readonly #deps: SparesDeps
  /** everything up to here has been looked at */
  #doneSequence = 0
  /** there may be some that nobody wants any more */
  #tidiedAtMs: number | undefined
  #nextRoomMs = 0
  #mayHold = true
  #isCloning = true
  #copiedBytes = 0
  #cancel: (() => void) | undefined
  #running: Promise<void> | undefined
  #isStopped = true

  constructor(deps: SparesDeps) {
    this.#deps = deps
  }

  start(): void {
    this.#isStopped = false
    this.wake()
  }

  async stop(): Promise<void> {
    this.#isStopped = true
    this.#cancel?.()
    this.#cancel = undefined
    await this.#running
  }

  /** Something in the index has changed. */
  wake(): void {
    if (this.#isStopped || this.#cancel) return
    this.#cancel = this.#deps.clock.after(SETTLE_MS, () => {
      this.#cancel = undefined
      if (this.#running || this.#deps.isBusy()) return this.wake()
      if (!this.#deps.isUsable()) return
      this.#running = this.#work()
        .catch((error: unknown) =>
          this.#deps.log.warn('spares-failed', { share: this.#deps.root.shareId, error: messageOf(error) }),
        )
        .then(() => (this.#running = undefined))
    })
  }

  /** The disk is full: removes those that nothing in the share has the content of any more, some time soon. */
  makeRoom(): void {
    const nowMs = this.#deps.clock.monotonic()
    if (nowMs < this.#nextRoomMs) return
    this.#nextRoomMs = nowMs + ROOM_EVERY_MS
    this.#tidyAgain()
  }

  /**
   * What a scan has found changed or gone: its old version goes to the archive, before the index forgets of it. Who
   * deletes something on a full disk wants its room: there it does not, where another device's archive has it.
   */
  async keepOld(found: readonly Found[]): Promise<void> {
    if (this.#deps.settings()['local-versions'] === 'off') return
    const { disk, root, clock, log, onArchived } = this.#deps
    const changing = new Set(found.map((each) => ('path' in each ? each.path : undefined)))
    try {
      for (let from = 0; from < found.length; from += PAGE) {
        const old = found.slice(from, from + PAGE).flatMap((each) => this.#oldOf(each, changing))
        if (old.length > 0) onArchived(await disk.archiveSpares(root, old, clock.now()))
        if (found.length > PAGE) await clock.breathe()
      }
    } catch (error) {
      log.warn('spares-failed', { share: root.shareId, error: messageOf(error) })
    }
  }

  /** @param changing what holds the same content, and is changed or gone too, keeps it no longer either */
  #oldOf(
    found: Found,
    changing: ReadonlySet<RelPath | undefined>,
  ): readonly { readonly path: RelPath; readonly content: string }[] {
    const { index } = this.#deps
    if (found.kind !== 'changed' && found.kind !== 'gone') return []
    const { path } = found
    const held = index.local(path)
    if (!held || !hasSpare(held)) return []
    const content = contentHash(held.entry.blocks)
    const isSame = found.kind === 'changed' && found.type === 'file' && bytesEqual(found.blocks, held.entry.blocks)
    const stays = () => index.pathsWithContent(content, MAX_SAME).some((same) => !changing.has(same))
    if (isSame || stays()) return []
    if (found.kind === 'gone' && this.#deps.isFull() && this.#deps.isKeptElsewhere(held.entry)) {
      this.#tidyAgain()
      return []
    }
    return [{ path, content: hexOf(content) }]
  }

  #tidyAgain(): void {
    this.#tidiedAtMs = undefined
    this.wake()
  }

  async #work(): Promise<void> {
    const { clock, disk, root, index, settings } = this.#deps
    const { totalBytes } = await disk.diskSpace(root)
    const rules = spareRules(settings()['local-versions'], totalBytes)
    const isDue = this.#tidiedAtMs === undefined || clock.monotonic() - this.#tidiedAtMs > TIDY_EVERY_MS
    if (rules ? isDue : this.#mayHold) await this.#tidy(rules, false)
    this.#mayHold = rules !== undefined
    if (!rules) return void (this.#doneSequence = 0)
    if (this.#deps.isFull()) return
    const newest = index.maxSequence()
    let before = newest + 1
    for (;;) {
      const rows = index.filesBetween(this.#doneSequence, before, PAGE)
      const wishes = rows.flatMap(wishOf)
      if (wishes.length > 0 && !(await this.#make(wishes, rules))) break
      const last = rows.at(-1)
      if (!last || rows.length < PAGE || this.#isStopped) break
      before = last.sequence
    }
    if (!this.#isStopped) this.#doneSequence = newest
  }

  /** @returns false: there is no room for more */
  async #make(wishes: readonly SpareWish[], rules: SpareRules): Promise<boolean> {
    const { disk, root } = this.#deps
    const leftBytes = rules.bytes - this.#copiedBytes
    const made = await disk.makeSpares(root, wishes, {
      isCloning: this.#isCloning,
      fileBytes: rules.fileBytes,
      bytes: leftBytes,
    })
    this.#isCloning = made.isCloning
    this.#copiedBytes += made.copiedBytes
    if (made.isFull) await this.#tidy(rules, true)
    return !made.isFull
  }

  /** @param isFull the oldest are not wanted either */
  async #tidy(rules: SpareRules | undefined, isFull: boolean): Promise<void> {
    const { clock, disk, root, index } = this.#deps
    const from = rules && isFull ? this.#newestThatFit(rules.bytes * TIDY_TO) : 0
    let bytes = 0
    for (let after = ''; !this.#isStopped;) {
      const next = await disk.nextSpares(root, after)
      if (!next) break
      const { spares, part } = next
      after = part
      const isWanted = ({ content }: { readonly content: string }) =>
        rules !== undefined && index.newestWithContent(Buffer.from(content, 'hex')) > from
      const unwanted = spares.filter((spare) => !isWanted(spare))
      if (unwanted.length > 0)
        await disk.removeSpares(
          root,
          unwanted.map(({ content }) => content),
        )
      for (const spare of spares) if (isWanted(spare)) bytes += spare.sizeBytes
    }
    this.#copiedBytes = this.#isCloning ? 0 : bytes
    this.#tidiedAtMs = clock.monotonic()
  }

  #newestThatFit(roomBytes: number): number {
    const { index } = this.#deps
    let leftBytes = roomBytes
    let before = index.maxSequence() + 1
    for (;;) {
      const rows = index.filesBetween(0, before, PAGE)
      for (const { entry, sequence } of rows) {
        leftBytes -= entry.sizeBytes
        if (leftBytes < 0) return sequence
        before = sequence
      }
      if (rows.length < PAGE) return 0
    }
  }
}

const hexOf = (content: Uint8Array): string => Buffer.from(content).toString('hex')

/** Whether what lies at a path is a file that the index knows the content of. */
const hasSpare = ({ entry, seen, localOnly }: LocalEntry): boolean =>
  entry.type === 'file' &&
  !entry.deleted &&
  entry.sizeBytes > 0 &&
  !localOnly &&
  seen !== nothingSeen &&
  !isDamagedSeen(seen)

const wishOf = (held: LocalEntry): readonly SpareWish[] =>
  hasSpare(held)
    ? [
        {
          path: held.entry.path,
          seen: seenWithoutRace(held.seen),
          isSure: !wasRacy(held.seen),
          content: hexOf(contentHash(held.entry.blocks)),
        },
      ]
    : []
