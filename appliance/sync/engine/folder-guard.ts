import type { DiskWork, ShareRoot } from '../disk-work.ts'
import { codeOf } from '../model/error-code.ts'
import type { Clock, Log } from '../ports.ts'
import { hungDisk, troubleOf } from './disk-trouble.ts'
import type { DiskTrouble } from './disk-trouble.ts'

const RETRY_DISK_MS = 10_000
const RETRY_SPACE_MS = 30_000
/** Until the next try has shown whether there is room. */
const FULL_FOR_MS = 2 * RETRY_SPACE_MS
/** A disk that fails while nobody uses it is to be known before somebody does. */
const PROBE_EVERY_MS = 60_000

export interface FolderGuardDeps {
  readonly clock: Clock
  readonly log: Log
  readonly disk: DiskWork
  readonly root: ShareRoot
  /** Nothing is to be written any more. */
  readonly onTrouble: () => void
  /** The disk was full: there may be room again. */
  readonly onRoom: () => void
  /** The folder was not there, or could not be used: it may be again. */
  readonly onRetry: () => void
}

/**
 * Sees to it that nothing is written while the folder is not the one that was shared, or its disk takes nothing. Tries
 * that out when the share starts, whenever something on the disk failed, and now and then.
 */
export class FolderGuard {
  readonly #deps: FolderGuardDeps
  #trouble: DiskTrouble | undefined
  #cancelRetry: (() => void) | undefined
  #cancelProbe: (() => void) | undefined
  #isLooking = false
  #fullUntilMs = -Infinity

  constructor(deps: FolderGuardDeps) {
    this.#deps = deps
  }

  get trouble(): DiskTrouble | undefined {
    return this.#trouble
  }

  /** Neither scanned nor written to; a full disk is scanned all the same. */
  get isStopped(): boolean {
    return this.#trouble !== undefined && this.#trouble.state !== 'disk-full'
  }

  /** Whether the disk was full just now: that it is tried again tells nothing yet. */
  get isFull(): boolean {
    return this.#deps.clock.monotonic() < this.#fullUntilMs
  }

  /** @returns false: the folder cannot be used, `onRetry` will come */
  async open(): Promise<boolean> {
    this.#cancelRetry?.()
    const trouble = await this.#probe()
    if (trouble) this.report(trouble)
    else this.#trouble = undefined
    this.#probeLater()
    return !this.isStopped
  }

  report(trouble: DiskTrouble): void {
    const { clock, log, root, onTrouble, onRetry } = this.#deps
    if (this.#trouble?.reason !== trouble.reason)
      log.error(trouble.state, { share: root.shareId, reason: trouble.reason, message: trouble.message })
    this.#trouble = trouble
    if (trouble.state === 'disk-full') this.#fullUntilMs = clock.monotonic() + FULL_FOR_MS
    this.#cancelRetry?.()
    this.#cancelRetry =
      trouble.state === 'disk-full'
        ? clock.after(RETRY_SPACE_MS, () => this.tryRoom())
        : clock.after(RETRY_DISK_MS, onRetry)
    onTrouble()
  }

  /** Where the disk was full, there may be room again. */
  tryRoom(): void {
    if (this.#trouble?.state !== 'disk-full') return
    this.#cancelRetry?.()
    this.#trouble = undefined
    this.#deps.onRoom()
  }

  /** Something on the disk failed: is it still the folder that was shared, and does it take what is written? */
  look(): void {
    if (this.#isLooking || this.isStopped) return
    this.#isLooking = true
    void this.#probe().then((trouble) => {
      this.#isLooking = false
      if (trouble && !this.isStopped) this.report(trouble)
    })
  }

  /** A file cannot be read: whether all else works. */
  async isWell(): Promise<boolean> {
    const trouble = this.#trouble ?? (await this.#probe())
    if (trouble && !this.isStopped) this.report(trouble)
    return !trouble
  }

  close(): void {
    this.#cancelRetry?.()
    this.#cancelProbe?.()
  }

  async #probe(): Promise<DiskTrouble | undefined> {
    const { disk, root } = this.#deps
    try {
      return troubleOf(await disk.probe(root), root.path)
    } catch (error) {
      const code = codeOf(error)
      return code === 'EHUNG' ? hungDisk(root.path) : troubleOf({ type: 'failing', code }, root.path)
    }
  }

  #probeLater(): void {
    this.#cancelProbe?.()
    this.#cancelProbe = this.#deps.clock.after(PROBE_EVERY_MS, () => {
      this.look()
      this.#probeLater()
    })
  }
}
