/** Time that passes only when a test says so. */
export class FakeClock {
  #nowMs = Date.UTC(2026, 10, 20, 12)
  #timers: { readonly atMs: number; readonly action: () => void }[] = []

  now = (): number => this.#nowMs
  monotonic = (): number => this.#nowMs

  after = (delayMs: number, action: () => void): (() => void) => {
    const timer = { atMs: this.#nowMs + delayMs, action }
    this.#timers.push(timer)
    return () => {
      this.#timers = this.#timers.filter((each) => each !== timer)
    }
  }

  /** Runs what falls due on the way, in order. */
  pass(ms: number): void {
    const endMs = this.#nowMs + ms
    for (;;) {
      const next = this.#timers.filter(({ atMs }) => atMs <= endMs).sort((a, b) => a.atMs - b.atMs)[0]
      if (!next) break
      this.#timers = this.#timers.filter((timer) => timer !== next)
      this.#nowMs = Math.max(this.#nowMs, next.atMs)
      next.action()
    }
    this.#nowMs = endMs
  }

  get timers(): number {
    return this.#timers.length
  }
}
