import type { Clock } from '../../appliance/sync/ports.ts'

interface Event {
  readonly atMs: number
  readonly order: number
  readonly action: () => void
  cancelled: boolean
}

/** A run has a few thousand. */
const MAX_STEPS = 60_000

/** Time that passes only when told to: one queue of everything that is due, in order. */
export class SimTime {
  readonly startMs = 1_750_000_000_000
  #nowMs = 0
  #order = 0
  #steps = 0
  /** a heap by time, then by order of asking */
  readonly #queue: Event[] = []

  /** milliseconds since the start of the run */
  get nowMs(): number {
    return this.#nowMs
  }

  after(delayMs: number, action: () => void): () => void {
    const event: Event = {
      atMs: this.#nowMs + Math.ceil(Math.max(0, delayMs)),
      order: this.#order++,
      action,
      cancelled: false,
    }
    this.#push(event)
    return () => (event.cancelled = true)
  }

  /** Runs the next event; false when nothing is due within `untilMs`. */
  async step(untilMs: number): Promise<boolean> {
    for (;;) {
      const next = this.#queue[0]
      if (!next || next.atMs > untilMs) return false
      this.#pop()
      if (next.cancelled) continue
      this.#nowMs = next.atMs
      if (++this.#steps > MAX_STEPS) throw new Error('it goes on and on')
      next.action()
      await quiet()
      return true
    }
  }

  /** Runs all that is due within `ms`. */
  async pass(ms: number): Promise<void> {
    const untilMs = this.#nowMs + ms
    while (await this.step(untilMs)) continue
    this.#nowMs = untilMs
  }

  #push(event: Event): void {
    const queue = this.#queue
    let at = queue.push(event) - 1
    while (at > 0) {
      const above = (at - 1) >> 1
      if (!isBefore(event, queue[above])) break
      queue[at] = queue[above] as Event
      at = above
    }
    queue[at] = event
  }

  #pop(): void {
    const queue = this.#queue
    const last = queue.pop()
    if (!last || queue.length === 0) return
    let at = 0
    for (;;) {
      let below = 2 * at + 1
      if (below >= queue.length) break
      if (isBefore(queue[below + 1], queue[below])) below += 1
      if (!isBefore(queue[below], last)) break
      queue[at] = queue[below] as Event
      at = below
    }
    queue[at] = last
  }
}

/**
 * Resolves when every promise that can go on without an event has done so. A tick comes when no promise is left to go on,
 * and costs a tenth of a turn of node's loop.
 */
const quiet = (): Promise<void> => new Promise((resolve) => process.nextTick(resolve))

const isBefore = (a: Event | undefined, b: Event | undefined): boolean =>
  a !== undefined && b !== undefined && (a.atMs < b.atMs || (a.atMs === b.atMs && a.order < b.order))

/**
 * One process's view of time: its timers die with it, and its wall clock may be wrong, and jump.
 * @param skewMs  how wrong it is now
 * @param isAlive  whether the process still runs
 */
export const clockOf = (time: SimTime, skewMs: () => number, isAlive: () => boolean): Clock => {
  const after = (delayMs: number, action: () => void) => time.after(delayMs, () => isAlive() && action())
  return {
    now: () => time.startMs + skewMs() + time.nowMs,
    monotonic: () => time.nowMs,
    after: (delayMs, action) => after(delayMs, action),
    breathe: () => new Promise((resolve) => after(0, resolve)),
  }
}
