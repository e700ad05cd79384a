import type { RelPath } from '../model/rel-path.ts'
import type { Clock } from '../ports.ts'

/** until something is tried again that may be different in a moment */
export const RETRY_MS = 1000
/** until something is tried again that somebody has to put right; nothing waits longer than that */
export const RETRY_PROBLEM_MS = 60_000

/** Paths that the puller leaves alone until something changes: why, how often each was tried, and when all are again. */
export class Waiting {
  readonly #clock: Clock
  readonly #onRetry: () => void
  /** by path */
  readonly #reasons = new Map<RelPath, string>()
  /** outlives a wake-up: how often a path could not be done */
  readonly #attempts = new Map<RelPath, number>()
  #cancelRetry: (() => void) | undefined
  #retryAtMs = Infinity
  #stopped = false

  /** @param onRetry it is time to try all of them again */
  constructor(clock: Clock, onRetry: () => void) {
    this.#clock = clock
    this.#onRetry = onRetry
  }

  has(path: RelPath): boolean {
    return this.#reasons.has(path)
  }

  /** How often a path could not be done since it last was. */
  attempts(path: RelPath): number {
    return this.#attempts.get(path) ?? 0
  }

  /** @param retryMs when to try it again, longer each time; undefined: whatever it waits for wakes it */
  add(path: RelPath, reason: string, retryMs: number | undefined): void {
    const attempts = this.attempts(path) + 1
    this.#attempts.set(path, attempts)
    this.#reasons.set(path, reason)
    if (retryMs !== undefined) this.#retryWithin(Math.min(RETRY_PROBLEM_MS, retryMs * 2 ** Math.min(attempts - 1, 6)))
  }

  /** It is worth another try. */
  drop(path: RelPath): boolean {
    return this.#reasons.delete(path)
  }

  /** All are worth another try. */
  clear(): void {
    this.#reasons.clear()
  }

  /** It is as it should be. */
  forget(path: RelPath): void {
    this.#attempts.delete(path)
  }

  paths(): Iterable<RelPath> {
    return this.#reasons.keys()
  }

  /** What waits, and why. */
  problems(limit: number): readonly { readonly path: string; readonly reason: string }[] {
    return [...this.#reasons].slice(0, limit).map(([path, reason]) => ({ path, reason }))
  }

  stop(): void {
    this.#stopped = true
    this.#cancelRetry?.()
  }

  /** One timer for all that waits: the earliest retry wakes everything. */
  #retryWithin(delayMs: number): void {
    const atMs = this.#clock.monotonic() + delayMs
    if (this.#stopped || atMs >= this.#retryAtMs) return
    this.#cancelRetry?.()
    this.#retryAtMs = atMs
    this.#cancelRetry = this.#clock.after(delayMs, () => {
      this.#retryAtMs = Infinity
      this.#onRetry()
    })
  }
}
