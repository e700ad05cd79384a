import type { Clock } from '../../appliance/sync/ports.ts'

/** Time that passes only when a test says so. */
export class FakeClock implements Clock {
  #nowMs = Date.UTC(2026, 10, 20, 12)
  readonly #timers = new Set<{ readonly dueMs: number; readonly action: () => void }>()

  now = (): number => this.#nowMs
  monotonic = (): number => this.#nowMs

  after(delayMs: number, action: () => void): () => void {
    const timer = { dueMs: this.#nowMs + delayMs, action }
    this.#timers.add(timer)
    return () => this.#timers.delete(timer)
  }

  breathe(): Promise<void> {
    return Promise.resolve()
  }

  /** timers that have not run out */
  get pending(): number {
    return this.#timers.size
  }

  /** Moves on, timer by timer; what a timer sets going settles before the next one. */
  async advance(ms: number): Promise<void> {
    const endMs = this.#nowMs + ms
    for (;;) {
      const next = [...this.#timers].filter(({ dueMs }) => dueMs <= endMs).sort((a, b) => a.dueMs - b.dueMs)[0]
      if (!next) break
      this.#timers.delete(next)
      this.#nowMs = Math.max(this.#nowMs, next.dueMs)
      next.action()
      await settled()
    }
    this.#nowMs = endMs
  }
}

/** Lets everything that can go on go on: in memory nothing takes longer than a few turns. */
export async function settled(): Promise<void> {
  for (let turn = 0; turn < 20; turn++) await new Promise((resolve) => setImmediate(resolve))
}
