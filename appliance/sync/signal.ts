/** Wakes a loop. A notification while nobody waits is kept, so that none is lost; several count as one. */
export class Signal {
  #notified = false
  #resolve: (() => void) | undefined

  notify(): void {
    this.#notified = true
    this.#resolve?.()
  }

  /** One waiter at a time: the loop that owns the signal. */
  async wait(): Promise<void> {
    if (!this.#notified) await new Promise<void>((resolve) => (this.#resolve = resolve))
    this.#resolve = undefined
    this.#notified = false
  }
}
