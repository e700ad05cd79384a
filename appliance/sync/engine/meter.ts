import { idleProgress, sampleProgress } from '../model/progress.ts'
import type { Progress } from '../model/progress.ts'
import type { Clock } from '../ports.ts'

const SAMPLE_MS = 500

/** Counts the bytes of a share, and makes speeds and progress from them. */
export class Meter {
  readonly #clock: Clock
  #bytesIn = 0
  #bytesOut = 0
  #bytesDone = 0
  #sampledMs: number
  #progress: Progress
  /** bytes per second */
  #rates = { in: 0, out: 0 }

  constructor(clock: Clock) {
    this.#clock = clock
    this.#sampledMs = clock.monotonic()
    this.#progress = idleProgress(this.#sampledMs)
  }

  /** @param fromPeer or else from a file that lay here already */
  received(bytes: number, fromPeer: boolean): void {
    this.#bytesDone += bytes
    if (fromPeer) this.#bytesIn += bytes
  }

  sent(bytes: number): void {
    this.#bytesOut += bytes
  }

  /** Speeds since the last sample, if that is long enough ago; the last ones otherwise. */
  sample(neededBytes: number): {
    readonly progress: Progress
    readonly rates: { readonly in: number; readonly out: number }
    readonly nowMs: number
  } {
    const nowMs = this.#clock.monotonic()
    const elapsedMs = nowMs - this.#sampledMs
    if (elapsedMs >= SAMPLE_MS) {
      this.#progress = sampleProgress(this.#progress, neededBytes, this.#bytesDone, nowMs)
      this.#rates = { in: (this.#bytesIn * 1000) / elapsedMs, out: (this.#bytesOut * 1000) / elapsedMs }
      this.#bytesIn = this.#bytesOut = this.#bytesDone = 0
      this.#sampledMs = nowMs
    }
    return { progress: this.#progress, rates: this.#rates, nowMs }
  }
}
