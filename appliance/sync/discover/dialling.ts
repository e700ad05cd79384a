import type { Clock, Connection, Dialer, Log, Random } from '../ports.ts'
import { messageOf } from '../model/error-code.ts'

const FIRST_RETRY_MS = 1000
const LONGEST_RETRY_MS = 60_000

export interface DiallingDeps {
  readonly clock: Clock
  readonly random: Random
  readonly log: Log
  readonly dialer: Dialer
  /** HOST:PORT of every fixed host there is reason to dial, now */
  readonly wanted: () => readonly string[]
  /** Whether a device is connected already, or is this device itself. */
  readonly isReached: (peerId: Uint8Array) => boolean
  /** Takes a connection over; resolves when it has turned out to be of use, or rejects. */
  readonly onConnection: (connection: Connection) => Promise<unknown>
}

interface Attempt {
  /** who answered there last */
  peerId: Uint8Array | undefined
  failures: number
  isDialling: boolean
  cancelRetry: (() => void) | undefined
}

const newAttempt = (): Attempt => ({ peerId: undefined, failures: 0, isDialling: false, cancelRetry: undefined })

/** Dials the fixed hosts of all shares, again and again with growing pauses, until each is reached. */
export class Dialling {
  readonly #deps: DiallingDeps
  readonly #attempts = new Map<string, Attempt>()
  readonly #stop = new AbortController()

  constructor(deps: DiallingDeps) {
    this.#deps = deps
  }

  /** Shares, hosts or connections changed: dials whatever is wanted and not waiting for its turn. */
  refresh(): void {
    if (this.#isStopped()) return
    const wanted = new Set(this.#deps.wanted())
    for (const [address, attempt] of this.#attempts) {
      if (wanted.has(address)) continue
      attempt.cancelRetry?.()
      this.#attempts.delete(address)
    }
    for (const address of wanted) {
      const attempt = this.#attempts.get(address) ?? newAttempt()
      this.#attempts.set(address, attempt)
      const isReached = attempt.peerId !== undefined && this.#deps.isReached(attempt.peerId)
      if (!isReached && !attempt.isDialling && !attempt.cancelRetry) void this.#dial(address, attempt)
    }
  }

  /** A host may have changed for the better: its turn comes now. */
  hurry(address: string): void {
    const attempt = this.#attempts.get(address)
    attempt?.cancelRetry?.()
    if (attempt) Object.assign(attempt, { failures: 0, cancelRetry: undefined })
    this.refresh()
  }

  stop(): void {
    this.#stop.abort(new Error('stopped'))
    for (const { cancelRetry } of this.#attempts.values()) cancelRetry?.()
    this.#attempts.clear()
  }

  #isStopped(): boolean {
    return this.#stop.signal.aborted
  }

  async #dial(address: string, attempt: Attempt): Promise<void> {
    const { dialer, onConnection, log } = this.#deps
    attempt.isDialling = true
    try {
      const connection = await dialer.dial(address, this.#stop.signal)
      if (this.#isStopped()) return connection.close()
      attempt.peerId = connection.peerId
      await onConnection(connection)
      attempt.failures = 0
    } catch (error) {
      if (this.#isStopped()) return
      attempt.failures += 1
      const level = attempt.failures === 1 ? 'info' : 'debug'
      log[level]('dial-failed', { address, error: messageOf(error) })
    } finally {
      attempt.isDialling = false
      this.#retryLater(address, attempt)
    }
  }

  /** Also after success: should the connection end, the address is dialled again, but not in a frenzy. */
  #retryLater(address: string, attempt: Attempt): void {
    if (this.#isStopped() || this.#attempts.get(address) !== attempt) return
    const { clock, random } = this.#deps
    const pauseMs = Math.min(LONGEST_RETRY_MS, FIRST_RETRY_MS * 2 ** Math.max(0, attempt.failures - 1))
    const jitter = 0.75 + (random.bytes(1)[0] ?? 0) / 512
    attempt.cancelRetry = clock.after(pauseMs * jitter, () => {
      attempt.cancelRetry = undefined
      this.refresh()
    })
  }
}
