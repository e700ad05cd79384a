import type { Clock } from '../ports.ts'

/** Acts whenever nothing happened for a while. One timer, set anew only when it runs out, however much happens. */
export class IdleTimer {
  readonly #clock: Clock
  readonly #idleMs: number
  readonly #onIdle: () => void
  #last: number
  #cancel: () => void

  constructor(clock: Clock, idleMs: number, onIdle: () => void) {
    this.#clock = clock
    this.#idleMs = idleMs
    this.#onIdle = onIdle
    this.#last = clock.monotonic()
    this.#cancel = clock.after(idleMs, () => this.#check())
  }

  /** Something happened. */
  touch(): void {
    this.#last = this.#clock.monotonic()
  }

  /** So much of the time did not count. */
  forgive(ms: number): void {
    this.#last += ms
  }

  stop(): void {
    this.#cancel()
  }

  #check(): void {
    const leftMs = this.#last + this.#idleMs - this.#clock.monotonic()
    if (leftMs <= 0) this.touch()
    this.#cancel = this.#clock.after(leftMs > 0 ? leftMs : this.#idleMs, () => this.#check())
    if (leftMs <= 0) this.#onIdle()
  }
}
