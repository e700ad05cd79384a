import type { PageTotals, ShareIndex, Totals } from '../index/share-index.ts'
import type { RelPath } from '../model/rel-path.ts'
import type { Clock } from '../ports.ts'

/** rows of the index at a time */
const PAGE = 2000
/** of the time since a count began, it may take up one part in so many */
const MAX_LOAD = 5

export interface LackCountsDeps {
  readonly clock: Clock
  readonly index: Pick<ShareIndex, 'lackOfPage'>
  /** Changes whenever what a device lacks may have. */
  readonly stateOf: (deviceNo: number) => string
}

interface Count {
  /** what was counted */
  readonly lack: Totals
  /** of the device when counting began */
  readonly state: string
  readonly nextMs: number
}

/** How much of what this device holds others lack. Reads the whole index for it: in pages, and not all the time. */
export class LackCounts {
  readonly #deps: LackCountsDeps
  readonly #counts = new Map<number, Count>()
  readonly #running = new Set<number>()

  constructor(deps: LackCountsDeps) {
    this.#deps = deps
  }

  /** The last count, which may be of a while ago; undefined: the first one has not ended yet. */
  last(deviceNo: number): Totals | undefined {
    this.#countAnew(deviceNo)
    return this.#counts.get(deviceNo)?.lack
  }

  /** A count of what holds now; undefined: there is none yet, ask again. */
  current(deviceNo: number): Totals | undefined {
    this.#countAnew(deviceNo)
    const count = this.#counts.get(deviceNo)
    return count?.state === this.#deps.stateOf(deviceNo) ? count.lack : undefined
  }

  #countAnew(deviceNo: number): void {
    const { clock, stateOf } = this.#deps
    const count = this.#counts.get(deviceNo)
    const isDue = !count || (count.state !== stateOf(deviceNo) && clock.monotonic() >= count.nextMs)
    if (!isDue || this.#running.has(deviceNo)) return
    const startMs = clock.monotonic()
    const state = stateOf(deviceNo)
    const end = (lack: Totals) => {
      const nowMs = clock.monotonic()
      this.#counts.set(deviceNo, { lack, state, nextMs: nowMs + (nowMs - startMs) * (MAX_LOAD - 1) })
    }
    const first = this.#page(deviceNo, undefined)
    if (!first.next) return end(first)
    this.#running.add(deviceNo)
    void this.#rest(deviceNo, first, first.next)
      .then(end, () => undefined) // the index is closed
      .finally(() => this.#running.delete(deviceNo))
  }

  async #rest(deviceNo: number, first: Totals, next: RelPath): Promise<Totals> {
    let { files, bytes } = first
    for (let after: RelPath | undefined = next; after !== undefined;) {
      await this.#deps.clock.breathe()
      const page: PageTotals = this.#page(deviceNo, after)
      files += page.files
      bytes += page.bytes
      after = page.next
    }
    return { files, bytes }
  }

  #page(deviceNo: number, after: RelPath | undefined): PageTotals {
    return this.#deps.index.lackOfPage(deviceNo, after, PAGE)
  }
}
