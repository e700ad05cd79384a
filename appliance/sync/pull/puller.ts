/**
 * Brings a share to what the plans say: takes needs from the index, directories first, removals last, and runs
 * many at once. The needs are observations of the index, so whatever is dropped here is found again.
 */
import { limits } from '../limits.ts'
import type { DiskWork, PlaceOp, PlaceResult, ShareRoot } from '../disk-work.ts'
import type { FetchWindow } from './fetch-window.ts'
import type { Placement, Placer } from './placer.ts'
import type { LocalEntry, ShareIndex } from '../index/share-index.ts'
import { conflictPathOf } from '../model/conflict-name.ts'
import type { Entry } from '../model/entry.ts'
import { messageOf } from '../model/error-code.ts'
import { needRank } from '../model/need.ts'
import type { Need } from '../model/need.ts'
import { metaToSet, takesAway } from '../model/plan.ts'
import type { Action } from '../model/plan.ts'
import { platformOf } from '../model/platform.ts'
import type { Platform } from '../model/platform.ts'
import { parentOf } from '../model/rel-path.ts'
import type { RelPath } from '../model/rel-path.ts'
import { isSpoiltSeen, isUndoneSeen, missingSeen, nothingSeen, seenOnDisk, timesOfSeen } from '../model/seen.ts'
import type { Clock, Log } from '../ports.ts'
import { Signal } from '../signal.ts'
import { SLICE_MS } from '../slices.ts'
import { fetchFile } from './fetch-file.ts'
import type { FetchDeps, Holder } from './fetch-file.ts'
import { RETRY_MS, RETRY_PROBLEM_MS, Waiting } from './waiting.ts'

/** so often a path is looked at because it is not what the index says */
const MAX_LOOKS = 20

export interface PullerDeps {
  readonly clock: Clock
  readonly log: Log
  readonly disk: DiskWork
  readonly root: ShareRoot
  readonly index: ShareIndex
  readonly window: FetchWindow
  readonly placer: Placer
  /** rules for what may go with a folder; none: nothing may */
  disposing(): readonly string[] | undefined
  /** a read-only device: it follows, and its own changes stay here */
  readonly isReader: boolean
  /** this device's; 16 hex digits */
  readonly shortId: string
  /** Whether what takes a file's content away may be done now. */
  readonly guard: { decide(): Promise<void>; mayTake(path: RelPath): boolean }
  plan(path: RelPath): { readonly action: Action | undefined; readonly local: LocalEntry | undefined }
  /** Whether somebody here is at work on a path, so that nothing can be put there now; a scan wakes when that is over. */
  isBusy(path: RelPath): boolean
  /** Whether who made it is known to have heard of what lies here. */
  isMeant(action: Action, local: LocalEntry | undefined): boolean
  /** Connected peers that announce this content. */
  holders(entry: Entry): readonly Holder[]
  /** Takes an entry over into the index without touching the disk. */
  adopt(entry: Entry, local: LocalEntry | undefined): void
  /** Keeps a folder that a peer deleted, or brings back one in which something is wanted; false where there is no reason to. */
  revive(path: RelPath, wanted?: RelPath): boolean
  /** Gives up what is gone and cannot come back; false where it can. */
  giveUp(path: RelPath): boolean
  /** The disk is not what the index says: look at this path. */
  scanSoon(path: RelPath): void
  onReceived(bytes: number, fromPeer: boolean): void
  onNoSpace(): void
  /** Nothing is under way any more. */
  onIdle(): void
  onDiskTrouble(): void
}

/** Progress of one file under way. */
export interface Transfer {
  readonly path: RelPath
  readonly sizeBytes: number
  doneBytes: number
}

export class Puller {
  readonly #deps: PullerDeps
  /** something may have become possible */
  readonly #wake = new Signal()
  /** something ended */
  readonly #room = new Signal()
  readonly #running = new Map<RelPath, Transfer>()
  /** those of them that are removed */
  readonly #removing = new Set<RelPath>()
  readonly #waiting: Waiting
  /** counts the wake-ups */
  #epoch = 0
  /** paths that nobody had when it came to it */
  readonly #unheld = new Set<RelPath>()
  /** folders that are to go: how often in a row nobody knew what was in them */
  readonly #unexplained = new Map<RelPath, number>()
  /** what came of files that nobody waits for may lie about: from before the start, or since a file was given up */
  #isUntidy = true
  #isTidying = false
  /** contents that may still be taken from files that lie here */
  #copying = 0
  #active = false
  #stopped = false
  #loop: Promise<void> | undefined

  constructor(deps: PullerDeps) {
    this.#deps = deps
    this.#waiting = new Waiting(deps.clock, () => this.wake())
  }

  /** Starts pulling, or goes on after `pause`. */
  start(): void {
    this.#active = true
    this.#loop ??= this.#run()
    this.retry()
  }

  /** Tries again what could not be done, and tidies up once more. */
  retry(): void {
    this.#isUntidy = true
    this.wake()
  }

  /** Starts nothing new; what is under way ends by itself. */
  pause(): void {
    this.#active = false
  }

  async stop(): Promise<void> {
    this.#stopped = true
    this.#active = false
    this.#waiting.stop()
    this.#wake.notify()
    await this.#loop
  }

  /** Versions, peers or the disk changed: whatever waits is worth another try. */
  wake(): void {
    this.#waiting.clear()
    this.#epoch += 1
    this.#wake.notify()
  }

  isIdle(): boolean {
    return this.#running.size === 0 && !this.#isUntidy && !this.#isTidying
  }

  /** Whether something is being fetched or put in place. */
  isMoving(): boolean {
    return this.#running.size > 0
  }

  /** Files whose content is on its way. */
  transfers(limit: number): readonly Transfer[] {
    const shown: Transfer[] = []
    for (const transfer of this.#running.values()) {
      if (transfer.doneBytes < transfer.sizeBytes && shown.length < limit) shown.push(transfer)
    }
    return shown
  }

  /** Received already of files that are not whole yet. */
  underWayBytes(): number {
    let bytes = 0
    for (const { doneBytes } of this.#running.values()) bytes += doneBytes
    return bytes
  }

  problems(limit: number): readonly { readonly path: string; readonly reason: string }[] {
    return this.#waiting.problems(limit)
  }

  async #run(): Promise<void> {
    while (!this.#stopped) {
      await this.#wake.wait()
      if (this.#active) await this.#pass()
      await this.#tidy()
    }
    while (this.#running.size > 0) await this.#room.wait()
  }

  /** When nothing is missing any more, nothing that came of a file before is of use. */
  async #tidy(): Promise<void> {
    const { disk, root, index, log, onIdle } = this.#deps
    if (!this.#isUntidy || !this.#active || this.#running.size > 0 || index.needTotals().files > 0) return
    this.#isUntidy = false
    this.#isTidying = true
    await disk.dropParked(root).catch((error: unknown) => log.warn('not-tidied', { error: messageOf(error) }))
    this.#isTidying = false
    onIdle()
  }

  /** Once through all needs: directories and contents, and removals when every content has been begun. */
  async #pass(): Promise<void> {
    const { index, guard, clock } = this.#deps
    if (index.needTotals().files === 0) return
    await guard.decide()
    for (const rank of [needRank.directory, needRank.content, needRank.removal]) {
      // what is removed may be what a renamed file is copied from
      while (rank === needRank.removal && this.#copying > 0) await this.#room.wait()
      let after: string | undefined
      for (;;) {
        const page = index.needs(rank, after, limits.pullPage)
        let endMs = clock.monotonic() + SLICE_MS
        for (const need of page) {
          if (clock.monotonic() >= endMs) {
            await clock.breathe()
            endMs = clock.monotonic() + SLICE_MS
          }
          while (this.#running.size >= limits.pullRunning) {
            await this.#room.wait()
            endMs = clock.monotonic() + SLICE_MS
          }
          if (this.#stopped || !this.#active) return
          this.#begin(need)
        }
        after = page.at(-1)?.path
        if (page.length < limits.pullPage) break
      }
    }
  }

  #begin(need: Need): void {
    const { path } = need
    if (this.#running.has(path) || this.#waiting.has(path)) return
    const transfer: Transfer = { path, sizeBytes: need.size, doneBytes: 0 }
    this.#running.set(path, transfer)
    if (need.rank === needRank.removal) this.#removing.add(path)
    const epoch = this.#epoch
    void this.#perform(need, transfer)
      .catch((error: unknown) => this.#failed(path, error))
      .finally(() => {
        this.#running.delete(path)
        this.#removing.delete(path)
        this.#room.notify()
        if (epoch !== this.#epoch) this.#goOn(path)
        this.#unheld.delete(path)
        void this.#tidy()
      })
  }

  /**
   * Meanwhile there may have come a newer version, which was left alone then, or somebody who has what nobody had; or
   * there is nothing to do about it any more.
   */
  #goOn(path: RelPath): void {
    const isNeeded = this.#deps.index.isNeeded(path)
    if (!isNeeded || this.#unheld.has(path)) this.#waiting.drop(path)
    if (isNeeded && !this.#waiting.has(path)) this.#wake.notify()
  }

  #failed(path: RelPath, error: unknown): void {
    this.#isUntidy = true
    this.#deps.log.error('pull-failed', { path, error: messageOf(error) })
    this.#waiting.add(path, 'something went wrong here; see the log', RETRY_PROBLEM_MS)
    this.#deps.onDiskTrouble()
  }

  async #perform({ path, rank }: Need, transfer: Transfer): Promise<void> {
    const { action, local } = this.#deps.plan(path)
    if (!action) {
      this.#forget(path)
      return this.#deps.index.dropNeed(path)
    }
    if (takesAway(action, local) && !this.#deps.guard.mayTake(path)) return
    if (this.#deps.isBusy(path)) return this.#waiting.add(path, 'it is being changed here', undefined)
    if (!this.#deps.isMeant(action, local))
      return this.#waiting.add(path, 'the device that changed it is being asked', RETRY_MS)
    const { entry } = action
    // deleted meanwhile: that has its turn later, once it is known what becomes of what lies in it
    if (entry.deleted && rank !== needRank.removal) return
    if (entry.deleted && entry.type === 'directory' && this.#isUnderWayBelow(path, action.type))
      return this.#waiting.add(path, 'the folder still holds something', RETRY_MS)
    const seen = local?.seen ?? nothingSeen
    const expected = seenOnDisk(seen)
    if (action.type === 'adopt') return this.#adopt(entry, local, transfer)
    if (action.type === 'remove') {
      const disposing = expected.startsWith('directory:') ? this.#deps.disposing() : undefined
      const op: PlaceOp = { type: 'remove', path, expected, disposing }
      return this.#settle(path, await this.#deps.placer.place({ op, entry }))
    }
    const beside = this.#besideOf(action, local, path)
    if (entry.type === 'file') return this.#replaceFile(entry, expected, beside, local, transfer)
    const op: PlaceOp =
      entry.type === 'directory'
        ? { type: 'directory', path, expected, beside, mode: entry.mode, platform: platformFrom(entry, local) }
        : { type: 'symlink', path, expected, beside, target: entry.linkTarget ?? '' }
    this.#settle(path, await this.#deps.placer.place({ op, entry }))
  }

  /** Where a conflict's loser goes; likewise a folder that is in the way of a file and holds what stays. */
  #besideOf(action: Action & { type: 'replace' }, local: LocalEntry | undefined, path: RelPath): RelPath | undefined {
    const isInTheWay = local?.seen.startsWith('directory:') === true && action.entry.type !== 'directory'
    const mustGiveWay = isInTheWay && this.#waiting.attempts(path) > 1 && this.#holdsOwn(path)
    return local && (action.keepBoth || mustGiveWay) ? conflictPathOf(this.#lying(local)) : undefined
  }

  /** Whose version lies here, and from when: on a read-only device that of its own user is not the one in the index. */
  #lying({ entry, seen, localOnly }: LocalEntry): Entry {
    const times = localOnly ? timesOfSeen(seen) : undefined
    return times ? { ...entry, mtimeNs: BigInt(times.mtimeNs), modifiedBy: this.#deps.shortId } : entry
  }

  /** Whether a folder holds what is to stay here: on a read-only device only what was made here. */
  #holdsOwn(path: RelPath): boolean {
    const { index, isReader } = this.#deps
    if (!isReader) return true
    const below = index.somethingBelow(path)
    return below !== undefined && index.local(below)?.localOnly === true
  }

  /** The content is here already; its permissions and time may not be. */
  async #adopt(entry: Entry, local: LocalEntry | undefined, transfer: Transfer): Promise<void> {
    const meta = metaToSet(entry, local)
    if (!local || !meta) return this.#deps.adopt(entry, local)
    const op: PlaceOp = { type: 'set-meta', path: entry.path, expected: seenOnDisk(local.seen), ...meta }
    const result = await this.#deps.placer.place({ op, entry })
    if (result.type === 'blocked' && result.reason === 'has-other-names' && entry.type === 'file')
      return this.#replaceFile(entry, seenOnDisk(local.seen), undefined, local, transfer)
    this.#settle(entry.path, result)
  }

  /**
   * Where this disk takes the name for another one, which is on its way out: renamed in letters' case alone. That one
   * goes first, now that all of the new one is here. What came as a temp is fetched again.
   */
  async #placeInline(placement: Placement): Promise<PlaceResult> {
    const { placer, plan } = this.#deps
    const result = await placer.place(placement)
    if (result.type !== 'twin') return result
    const { action, local } = plan(result.path)
    if (action?.type !== 'remove' || !local) return result
    const op: PlaceOp = { type: 'remove', path: result.path, expected: seenOnDisk(local.seen) }
    await placer.place({ op, entry: action.entry })
    return placer.place(placement)
  }

  async #replaceFile(
    entry: Entry,
    expected: string,
    beside: RelPath | undefined,
    local: LocalEntry | undefined,
    transfer: Transfer,
  ): Promise<void> {
    const { disk, root, index, window, placer } = this.#deps
    let isCopying = true
    this.#copying += 1
    const copied = () => {
      if (isCopying) this.#copying -= 1
      isCopying = false
      this.#room.notify()
    }
    const deps: FetchDeps = {
      disk,
      root,
      index,
      window,
      replaced: local?.entry.type === 'file' && !local.localOnly ? local.entry : undefined,
      onReceived: (bytes, fromPeer) => {
        transfer.doneBytes += bytes
        this.#deps.onReceived(bytes, fromPeer)
      },
      onCopied: copied,
    }
    const fetched = await fetchFile(entry, () => this.#deps.holders(entry), deps).finally(copied)
    const { path, mode, mtimeNs } = entry
    const platform = platformFrom(entry, local)
    const common = { type: 'file', path, expected, beside, mode, mtimeNs, platform } as const
    switch (fetched.type) {
      case 'inline':
        try {
          const { bytes, hash } = fetched
          const result = await this.#placeInline({ op: { ...common, from: { bytes, hash } }, entry })
          if (result.type === 'bad-content') fetched.from?.strike()
          return this.#settle(path, result)
        } finally {
          fetched.release()
        }
      case 'temp':
        return this.#settle(path, await placer.place({ op: { ...common, from: { temp: fetched.temp } }, entry }))
      case 'unavailable':
        this.#isUntidy = true
        if (local && isUndoneSeen(local.seen) && this.#deps.giveUp(path)) return
        this.#unheld.add(path)
        if (local?.seen === missingSeen)
          return this.#waiting.add(path, 'gone from this disk, and no connected device has it', undefined)
        if (local && isSpoiltSeen(local.seen))
          return this.#waiting.add(path, 'damaged on this disk, and no connected device has it whole', undefined)
        return this.#waiting.add(path, 'no connected device has it', undefined)
      case 'no-space':
        this.#isUntidy = true
        this.#waiting.add(path, 'the disk is full', undefined)
        return this.#deps.onNoSpace()
      case 'failed':
        this.#isUntidy = true
        return this.#deps.onDiskTrouble()
    }
  }

  #settle(path: RelPath, result: PlaceResult): void {
    switch (result.type) {
      case 'done':
        this.#forget(path)
        return this.#release(path)
      case 'changed-underneath':
        this.#waiting.add(path, 'it was changed here meanwhile', undefined)
        // what is ignored no scan tells of: looking for it again and again would find nothing
        if (this.#waiting.attempts(path) <= MAX_LOOKS) this.#deps.scanSoon(path)
        return
      case 'bad-content':
        return this.#waiting.add(path, 'a device sent something else than it announced', RETRY_MS)
      case 'no-space':
        this.#isUntidy = true
        this.#waiting.add(path, 'the disk is full', undefined)
        return this.#deps.onNoSpace()
      case 'blocked':
        return this.#blocked(path, result.reason)
      case 'twin':
        return this.#waiting.add(path, 'this disk takes its name for that of another one here', RETRY_MS)
      case 'failed':
        this.#isUntidy = true
        this.#waiting.add(path, `the disk refused it (${result.code})`, RETRY_PROBLEM_MS)
        return this.#deps.onDiskTrouble()
    }
  }

  /** It is as it should be. */
  #forget(path: RelPath): void {
    this.#waiting.forget(path)
    this.#unexplained.delete(path)
  }

  /** Others may have waited for this very one: what goes into a folder, or the folder that it was in. */
  #release(path: RelPath): void {
    let released = false
    for (const waiting of this.#waiting.paths()) {
      if (parentOf(waiting) === path || path.startsWith(`${waiting}/`)) released = this.#waiting.drop(waiting)
    }
    if (released) this.#wake.notify()
  }

  #blocked(path: RelPath, reason: (PlaceResult & { type: 'blocked' })['reason']): void {
    const attempts = this.#waiting.attempts(path) + 1
    const { index, revive, giveUp, scanSoon } = this.#deps
    switch (reason) {
      case 'not-empty': {
        // on the first try, what lies below may still be on its way out, or not be known yet
        const below = index.somethingBelow(path)
        if (!below) scanSoon(path)
        const unexplained = below === undefined ? (this.#unexplained.get(path) ?? 0) + 1 : 0
        this.#unexplained.set(path, unexplained)
        if (this.#isHeldBelow(path)) return
        // what no scan can tell of, such as a name that is no text, keeps its folder too; what has just gone does not
        const stays =
          below === undefined ? unexplained > 2 : attempts > 1 && !this.#isGoing(below) && this.#holdsOwn(path)
        if (stays && revive(path)) return
        return this.#waiting.add(path, 'the folder still holds something', RETRY_MS)
      }
      case 'no-parent': {
        const parent = parentOf(path)
        // it may have been deleted together with its folder, while it was on its way
        const isWanted = this.#deps.plan(path).action?.type === 'replace'
        if (parent && attempts > 1 && isWanted && !revive(parent, path) && giveUp(path)) return
        return this.#waiting.add(path, 'its folder is not here yet', RETRY_MS)
      }
      case 'is-in-the-way':
        return this.#waiting.add(path, 'a folder of this name is in its place', RETRY_MS)
      case 'bad-name':
        return this.#waiting.add(path, 'this disk cannot keep this name', RETRY_PROBLEM_MS)
      case 'no-links':
        return this.#waiting.add(path, 'this disk keeps no links', RETRY_PROBLEM_MS)
      case 'no-attributes':
        return this.#waiting.add(path, 'this disk cannot keep its extended attributes', RETRY_PROBLEM_MS)
      case 'has-other-names':
      case 'no-permission':
        return this.#waiting.add(path, 'Homeseed may not write here', RETRY_PROBLEM_MS)
    }
  }

  /**
   * Others are to hear of what was deleted in a folder before they hear of the folder. What is being removed ends before
   * that, what is being fetched need not.
   */
  #isUnderWayBelow(path: RelPath, by: Action['type']): boolean {
    for (const each of this.#running.keys())
      if (each.startsWith(`${path}/`) && (by === 'adopt' || !this.#removing.has(each))) return true
    return false
  }

  /** Whether what lies below a folder is itself to be removed. */
  #isGoing(path: RelPath): boolean {
    return this.#deps.plan(path).action?.type === 'remove'
  }

  /** Whether a folder stays for a file whose removal the owner has not let through yet: that is told elsewhere. */
  #isHeldBelow(folder: RelPath): boolean {
    const { index, plan, guard } = this.#deps
    const file = index.fileAfter(`${folder}/`)
    if (!file?.startsWith(`${folder}/`)) return false
    const { action, local } = plan(file)
    return action !== undefined && takesAway(action, local) && !guard.mayTake(file)
  }
}

/** What the author says nothing of is as it was here. */
const platformFrom = ({ platform }: Entry, local: LocalEntry | undefined): Platform | undefined =>
  platformOf(platform?.owner ?? local?.entry.platform?.owner, platform?.xattrs ?? local?.entry.platform?.xattrs)
