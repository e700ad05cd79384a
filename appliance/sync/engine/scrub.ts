/**
 * Reads all files of a share again at a chosen pace, to find what the disk has damaged before somebody needs it. What
 * is damaged is fetched anew by the puller, as any other need.
 */
import type { DiskWork, FileBlock, ShareRoot, Verdict } from '../disk-work.ts'
import type { LocalEntry, ShareIndex } from '../index/share-index.ts'
import { HASH_BYTES, blockCount } from '../model/entry.ts'
import type { Entry } from '../model/entry.ts'
import { messageOf } from '../model/error-code.ts'
import type { RelPath } from '../model/rel-path.ts'
import { beginRun, endRun, isDue, noteRepaired, withRun } from '../model/scrub-state.ts'
import type { ScrubState } from '../model/scrub-state.ts'
import { isDamagedSeen, nothingSeen, seenOfDamaged, wasRacy } from '../model/seen.ts'
import type { ShareSettings } from '../model/share-settings.ts'
import type { Clock, Log } from '../ports.ts'
import type { ScrubStatus } from '../status.ts'
import type { LocalEntries } from './local-entries.ts'

/** read at once, so that syncing never waits long */
const PIECE_BYTES = 4 * 1024 * 1024
/** syncing goes first: looks again whether it has ended */
const BUSY_MS = 1000
/** what a restart repeats at most */
const SAVE_EVERY_MS = 60_000
const DUE_EVERY_MS = 3_600_000

export interface ScrubDeps {
  readonly clock: Clock
  readonly log: Log
  readonly disk: DiskWork
  readonly root: ShareRoot
  readonly index: ShareIndex
  readonly local: LocalEntries
  readonly settings: () => ShareSettings
  readonly read: () => ScrubState | undefined
  readonly write: (state: ScrubState) => void
  /** Somebody else needs the disk, or it cannot be used. */
  readonly isBusy: () => boolean
  /** Whether the disk works as such, although a file on it cannot be read. */
  readonly isDiskWell: () => Promise<boolean>
  /** Somebody has changed it: no damage, an edit. */
  readonly scanSoon: (path: RelPath) => void
  /** There is something to fetch anew. */
  readonly onDamage: () => void
  readonly changed: () => void
}

export class Scrub {
  readonly #deps: ScrubDeps
  #state: ScrubState
  #savedMs = 0
  /** the run that goes on; another one in its place ends it */
  #running: object | undefined
  #isOn = false
  #cancelDue: (() => void) | undefined

  constructor(deps: ScrubDeps) {
    this.#deps = deps
    this.#state = deps.read() ?? { sinceMs: deps.clock.now(), run: undefined, last: undefined }
  }

  /** Goes on where it was, or begins when it is time. */
  start(): void {
    if (this.#isOn) return
    this.#isOn = true
    if (this.#deps.read() === undefined) this.#save()
    this.#look()
    if (this.#state.run) this.#go()
  }

  /** Comes to rest; it is not over. */
  halt(): void {
    if (!this.#isOn) return
    this.#isOn = false
    this.#cancelDue?.()
    this.#running = undefined
    if (this.#state.run) this.#save()
  }

  /** From the start, unless one is under way. */
  begin(): void {
    if (this.#state.run) return
    this.#set(beginRun(this.#state, this.#deps.clock.now()))
    if (this.#isOn) this.#go()
  }

  end(): void {
    this.#running = undefined
    this.#set(endRun(this.#state, this.#deps.clock.now(), false))
  }

  /** A file that was damaged is whole again. */
  noteRepaired(): void {
    this.#set(noteRepaired(this.#state))
  }

  get status(): ScrubStatus {
    const { run, last } = this.#state
    const shown = run ?? last
    const total = this.#deps.local.totals.bytes
    return {
      isRunning: run !== undefined,
      isWhole: run === undefined && last?.isWhole === true,
      startedAt: shown ? new Date(shown.startedMs).toISOString() : null,
      endedAt: run || !last ? null : new Date(last.endedMs).toISOString(),
      progress: !run ? (last?.isWhole ? 1 : 0) : total === 0 ? 1 : Math.min(0.99, run.bytes / total),
      files: shown?.files ?? 0,
      bytes: shown?.bytes ?? 0,
      damaged: shown?.damaged ?? 0,
      repaired: shown?.repaired ?? 0,
    }
  }

  #look(): void {
    const { clock, settings } = this.#deps
    if (isDue(this.#state, settings().scrub, clock.now())) this.begin()
    this.#cancelDue = clock.after(DUE_EVERY_MS, () => this.#look())
  }

  #go(): void {
    const run = {}
    this.#running = run
    const isOver = () => this.#running !== run
    void this.#work(isOver).catch((error: unknown) => {
      const { log, root, clock } = this.#deps
      log.error('scrub-failed', { share: root.shareId, error: messageOf(error) })
      if (!isOver()) clock.after(SAVE_EVERY_MS, () => isOver() || this.#go())
    })
  }

  async #work(isOver: () => boolean): Promise<void> {
    const { index, clock, log, root } = this.#deps
    while (!isOver()) {
      const path = index.fileAfter(this.#state.run?.after ?? '')
      if (path === undefined) {
        this.#running = undefined
        this.#set(endRun(this.#state, clock.now(), true))
        log.info('scrubbed', { share: root.shareId, ...this.status })
        return
      }
      await this.#file(path, isOver)
      if (isOver()) return
      this.#state = withRun(this.#state, ({ files }) => ({ after: path, files: files + 1 }))
      if (clock.monotonic() - this.#savedMs >= SAVE_EVERY_MS) this.#save()
      this.#deps.changed()
    }
  }

  async #file(path: RelPath, isOver: () => boolean): Promise<void> {
    const { index, disk, root } = this.#deps
    const local = index.local(path)
    if (!local || !isVerifiable(local)) return
    const seen = seenNow(local)
    let verdict: Verdict = 'whole'
    for (const piece of piecesOf(local.entry)) {
      await this.#myTurn(isOver)
      if (isOver()) return
      const sizeBytes = piece.reduce((sum, block) => sum + block.sizeBytes, 0)
      const beganMs = this.#deps.clock.monotonic()
      verdict = await disk.verify(root, path, seen, piece)
      this.#state = withRun(this.#state, ({ bytes }) => ({ bytes: bytes + sizeBytes }))
      await this.#pace(sizeBytes, beganMs)
      if (verdict !== 'whole') break
    }
    if (!isOver()) await this.#judge(local, verdict)
  }

  async #judge(local: LocalEntry, verdict: Verdict): Promise<void> {
    const { index, log, root, scanSoon, isDiskWell, onDamage } = this.#deps
    const { path } = local.entry
    const wasDamaged = isDamagedSeen(local.seen)
    if (verdict === 'changed') return scanSoon(path)
    if (verdict === 'whole' && !wasDamaged) return
    // a disk that reads nothing any more has not damaged this one file
    if (verdict === 'unreadable' && !(await isDiskWell())) return
    if (verdict !== 'whole' && wasDamaged) return
    const seen = seenNow(local)
    const isTaken = index.transaction(() => {
      // it may have been replaced while it was read
      if (index.local(path)?.seen !== local.seen) return false
      if (verdict === 'whole') this.#deps.local.noteWhole(path, seen)
      else this.#deps.local.noteDamage(path, seen)
      return true
    })
    if (!isTaken) return
    if (verdict === 'whole') return this.noteRepaired()
    log.error('damaged', { share: root.shareId, path, found: verdict })
    this.#set(withRun(this.#state, ({ damaged }) => ({ damaged: damaged + 1 })))
    onDamage()
  }

  async #myTurn(isOver: () => boolean): Promise<void> {
    while (!isOver() && this.#deps.isBusy()) await this.#sleep(BUSY_MS)
  }

  #pace(bytes: number, beganMs: number): Promise<void> {
    const { clock, settings } = this.#deps
    const tookMs = clock.monotonic() - beganMs
    return this.#sleep(Math.max(0, bytes / (settings()['scrub-speed'] * 1000) - tookMs))
  }

  #sleep(ms: number): Promise<void> {
    return new Promise((resolve) => this.#deps.clock.after(ms, resolve))
  }

  #set(state: ScrubState): void {
    this.#state = state
    this.#save()
    this.#deps.changed()
  }

  #save(): void {
    this.#deps.write(this.#state)
    this.#savedMs = this.#deps.clock.monotonic()
  }
}

const seenNow = ({ seen }: LocalEntry): string => (isDamagedSeen(seen) ? seenOfDamaged(seen) : seen)

/** A change that stays here has no hashes in the index, and what was just written is still looked at. */
const isVerifiable = ({ entry, seen, localOnly }: LocalEntry): boolean =>
  entry.type === 'file' && !entry.deleted && seen !== nothingSeen && !localOnly && !wasRacy(seen)

function* piecesOf(entry: Entry): Generator<readonly FileBlock[]> {
  const atOnce = Math.max(1, Math.floor(PIECE_BYTES / Math.max(1, entry.blockBytes)))
  for (let from = 0; from < blockCount(entry); from += atOnce) {
    const count = Math.min(atOnce, blockCount(entry) - from)
    yield Array.from({ length: count }, (_, i) => {
      const offset = (from + i) * entry.blockBytes
      const hash = entry.blocks.subarray((from + i) * HASH_BYTES, (from + i + 1) * HASH_BYTES)
      return { offset, sizeBytes: Math.min(entry.blockBytes, entry.sizeBytes - offset), hash }
    })
  }
}
