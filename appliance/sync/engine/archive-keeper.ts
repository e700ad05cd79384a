/** Sees to it that a share's archive holds no more than its owner wants. */
import type { DiskWork, ShareRoot } from '../disk-work.ts'
import { ticked } from '../model/archive-clock.ts'
import type { ArchiveClock } from '../model/archive-clock.ts'
import { messageOf } from '../model/error-code.ts'
import type { ShareSettings } from '../model/share-settings.ts'
import type { Clock, Log } from '../ports.ts'

const TICK_MS = 3_600_000
const TICKS_A_DAY = 24
/** a disk that stays full is no reason to go through the archive all the time */
const ROOM_EVERY_MS = 10 * 60_000
/** soon after the start, when what is more urgent is done */
const FIRST_MS = 10 * 60_000

export interface ArchiveKeeperDeps {
  readonly clock: Clock
  readonly log: Log
  readonly disk: DiskWork
  readonly root: ShareRoot
  readonly settings: () => ShareSettings
  readonly readClock: () => ArchiveClock
  readonly writeClock: (clock: ArchiveClock) => void
  /** Whether the disk can be written to. */
  readonly isUsable: () => boolean
}

export class ArchiveKeeper {
  readonly #deps: ArchiveKeeperDeps
  #tickedAtMs: number | undefined
  #ticks = 0
  /** since the archive was last gone through: how much it may have grown */
  #grownBytes = 0
  #usedBytes = 0
  #nextRoomMs = 0
  #cancel: (() => void) | undefined
  #running: Promise<void> | undefined

  constructor(deps: ArchiveKeeperDeps) {
    this.#deps = deps
  }

  start(): void {
    this.#cancel ??= this.#after(FIRST_MS)
  }

  async stop(): Promise<void> {
    this.#cancel?.()
    this.#cancel = undefined
    await this.#running
  }

  /** Something has come into the archive. */
  grew(bytes: number): void {
    this.#grownBytes += bytes
  }

  /**
   * Takes out of the archive what may go, so that so much can come in. @returns whether something went
   */
  async makeRoom(bytes: number): Promise<boolean> {
    const nowMs = this.#deps.clock.monotonic()
    if (this.#running || nowMs < this.#nextRoomMs) return false
    this.#nextRoomMs = nowMs + ROOM_EVERY_MS
    return this.#run(bytes)
  }

  async #run(roomBytes: number | undefined): Promise<boolean> {
    const run = this.#expire(roomBytes)
    this.#running = run.then(() => (this.#running = undefined))
    return run
  }

  #after(delayMs: number): () => void {
    return this.#deps.clock.after(delayMs, () => {
      this.#cancel = this.#after(TICK_MS)
      const isDue = this.#ticks++ % TICKS_A_DAY === 0 || this.#hasOutgrown()
      if (isDue && !this.#running && this.#deps.isUsable()) void this.#run(undefined)
      else this.#tick()
    })
  }

  /** A tenth more than before is worth a look. */
  #hasOutgrown(): boolean {
    return this.#grownBytes > Math.max(this.#usedBytes / 10, 64 * 1024 * 1024)
  }

  async #expire(roomBytes: number | undefined): Promise<boolean> {
    const { disk, root, settings, log } = this.#deps
    const { 'archive-days': days, 'archive-budget': budget, 'archive-keep': keep, reserve } = settings()
    const roomFor = roomBytes === undefined ? undefined : { bytes: roomBytes, reserve }
    try {
      const clock = this.#tick()
      const use = await disk.expireArchive(root, { clock, days, keep, budget, roomFor })
      this.#grownBytes = 0
      this.#usedBytes = use.bytes
      if (use.removed > 0) log.info('archive-expired', { share: root.shareId, ...use })
      return use.removed > 0
    } catch (error) {
      log.warn('archive-not-expired', { share: root.shareId, error: messageOf(error) })
      return false
    }
  }

  #tick(): ArchiveClock {
    const { clock, readClock, writeClock } = this.#deps
    const nowMs = clock.monotonic()
    const elapsedMs = this.#tickedAtMs === undefined ? undefined : nowMs - this.#tickedAtMs
    this.#tickedAtMs = nowMs
    const next = ticked(readClock(), clock.now(), elapsedMs)
    writeClock(next)
    return next
  }
}
