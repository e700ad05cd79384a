import { limits } from '../limits.ts'
import type { RelPath } from '../model/rel-path.ts'
import type { Clock } from '../ports.ts'
import { Signal } from '../signal.ts'

/** events of one action arrive together: a moment's patience saves scans */
const SETTLE_MS = 100
/** what was being written is looked at again */
const AGAIN_MS = 700
/** whatever a watcher misses is found at the latest after this */
const RESCAN_EVERY_MS = 3_600_000

export interface ScanScheduleDeps {
  readonly clock: Clock
  /** Scans the paths, or everything; answers what to look at again soon. Undefined: the folder is not there. */
  readonly scan: (
    within: readonly RelPath[] | undefined,
    signal: AbortSignal,
  ) => Promise<readonly RelPath[] | 'everything' | undefined>
  readonly onChange: () => void
  /** The whole folder has been looked at for the first time since `start`. */
  readonly onScanned: () => void
  /** A scan broke off; it is tried again. */
  readonly onError: (error: unknown) => void
}

/** Decides when a share is scanned: at the start, after hints from the watcher, every hour, and on demand. */
export class ScanSchedule {
  readonly #deps: ScanScheduleDeps
  readonly #wake = new Signal()
  readonly #hints = new Set<RelPath>()
  #all = false
  #scanned = false
  #running: 'some' | 'all' | undefined
  #abort: AbortController | undefined
  #loop: Promise<void> | undefined
  readonly #timers = new Set<() => void>()
  /** looks that are due soon: something was being written */
  #again = 0
  #waiters: (() => void)[] = []

  constructor(deps: ScanScheduleDeps) {
    this.#deps = deps
  }

  /** Begins, or begins anew: nothing that was seen before counts. */
  start(): void {
    this.#all = true
    this.#scanned = false
    if (!this.#abort) {
      this.#abort = new AbortController()
      this.#loop = this.#run(this.#abort.signal)
      this.#rescanLater()
    }
    this.#wake.notify()
  }

  async stop(): Promise<void> {
    this.#abort?.abort(new Error('stopped'))
    this.#wake.notify()
    await this.#loop
    // the last scan may have asked for another one
    for (const cancel of this.#timers) cancel()
    this.#timers.clear()
    this.#abort = undefined
    this.#loop = undefined
    this.#hints.clear()
    this.#again = 0
    for (const done of this.#waiters.splice(0)) done()
  }

  add(path: RelPath): void {
    this.#hints.add(path)
    if (this.#hints.size > limits.hints) this.addAll()
    else if (this.#hints.size === 1) this.#later(SETTLE_MS)
  }

  addAll(): void {
    this.#all = true
    this.#hints.clear()
    this.#later(SETTLE_MS)
  }

  /** Scans everything at once; resolves when that is done, or stopped. */
  scanAll(): Promise<void> {
    if (!this.#abort) return Promise.resolve()
    this.#all = true
    const done = new Promise<void>((resolve) => this.#waiters.push(resolve))
    this.#wake.notify()
    return done
  }

  isIdle(): boolean {
    return this.#scanned && !this.#running && !this.#all && this.#hints.size === 0 && this.#again === 0
  }

  isScanning(): boolean {
    return this.#running !== undefined
  }

  isScanningAll(): boolean {
    return this.#running === 'all'
  }

  /** Whether the folder has been looked at as a whole since the start. */
  hasScannedAll(): boolean {
    return this.#scanned
  }

  async #run(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      await this.#wake.wait()
      while (!signal.aborted && (this.#all || this.#hints.size > 0)) await this.#scanOnce(signal)
    }
  }

  async #scanOnce(signal: AbortSignal): Promise<void> {
    const all = this.#all
    const hints = all ? undefined : [...this.#hints]
    const waiters = all ? this.#waiters.splice(0) : []
    this.#all = false
    this.#hints.clear()
    this.#running = all ? 'all' : 'some'
    try {
      const again = await this.#deps.scan(hints, signal)
      if (!again) return
      if (again === 'everything') this.#lookAgain(() => this.addAll())
      else if (again.length > 0) this.#lookAgain(() => again.forEach((path) => this.add(path)))
      if (all && !this.#scanned) {
        this.#scanned = true
        this.#deps.onScanned()
      }
    } catch (error) {
      if (signal.aborted) return
      // whatever failed on the disk: the whole folder is looked at when it works again
      this.#deps.onError(error)
      this.#lookAgain(() => this.addAll())
    } finally {
      this.#running = undefined
      for (const done of waiters) done()
      this.#deps.onChange()
    }
  }

  #lookAgain(add: () => void): void {
    this.#again += 1
    this.#after(AGAIN_MS, () => {
      this.#again -= 1
      add()
    })
  }

  #rescanLater(): void {
    this.#after(RESCAN_EVERY_MS, () => {
      this.addAll()
      this.#rescanLater()
    })
  }

  #later(delayMs: number): void {
    this.#after(delayMs, () => this.#wake.notify())
  }

  #after(delayMs: number, action: () => void): void {
    if (!this.#abort) return
    const cancel = this.#deps.clock.after(delayMs, () => {
      this.#timers.delete(cancel)
      action()
    })
    this.#timers.add(cancel)
  }
}
