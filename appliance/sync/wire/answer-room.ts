import type { Clock } from '../ports.ts'

const MIB = 1024 * 1024
const MAX_BYTES = 64 * MIB
/** of a session that is alone; several share it */
const MAX_SESSION_BYTES = 32 * MIB
/** a block that each session may have under way even when all room is taken: most files have such blocks */
const SMALL_BYTES = MIB
const LOOK_MS = 10_000
const STUCK_MS = 30_000

/** One session's place in the room. */
export interface Seat {
  /** There may be room again. */
  readonly go: () => void
  /** How many bytes have gone out so far, while more wait to; undefined when none wait. */
  readonly stuckAt: () => number | undefined
  /** It keeps room from others, and takes nothing of what is sent to it. */
  readonly drop: () => void
}

interface Held {
  bytes: number
  stuckAt: number | undefined
  stuckSinceMs: number
}

/**
 * Memory for the answers of all sessions together. Sessions get equal parts of it. Those that ask and do not read are
 * closed when others wait for what they hold; until then the others get on with one small block at a time.
 */
export class AnswerRoom {
  readonly #clock: Clock
  readonly #held = new Map<Seat, Held>()
  /** in the order of asking */
  #waiting = new Set<Seat>()
  #bytes = 0
  #cancelLook: (() => void) | undefined

  constructor(clock: Clock) {
    this.#clock = clock
  }

  /** @returns whether there is room; if not, `go` is called when there may be */
  enter(seat: Seat, bytes: number): boolean {
    const held = this.#held.get(seat)
    if (!this.#hasRoom(seat, held?.bytes ?? 0, bytes)) {
      this.#waiting.add(seat)
      this.#lookSoon()
      return false
    }
    this.#waiting.delete(seat)
    this.#bytes += bytes
    if (held) held.bytes += bytes
    else this.#held.set(seat, { bytes, stuckAt: undefined, stuckSinceMs: 0 })
    return true
  }

  leave(seat: Seat, bytes: number): void {
    const held = this.#held.get(seat)
    if (!held) return
    this.#bytes -= bytes
    held.bytes -= bytes
    if (held.bytes === 0) this.#held.delete(seat)
    this.#callWaiting()
  }

  /** The session is over: it wants no more. What is under way still leaves. */
  forget(seat: Seat): void {
    this.#waiting.delete(seat)
    if (this.#waiting.size === 0) this.#stopLooking()
  }

  #hasRoom(seat: Seat, heldBytes: number, bytes: number): boolean {
    if (this.#bytes === 0 || (heldBytes === 0 && bytes <= SMALL_BYTES)) return true
    if (this.#bytes + bytes > MAX_BYTES) return false
    const others = new Set([...this.#held.keys(), ...this.#waiting]).add(seat).size
    return heldBytes === 0 || heldBytes + bytes <= MAX_SESSION_BYTES / others
  }

  /** Who holds least goes first, of equals who has waited longest. */
  #callWaiting(): void {
    if (this.#waiting.size === 0) return
    const waiting = [...this.#waiting].sort((a, b) => this.#bytesOf(a) - this.#bytesOf(b))
    this.#waiting = new Set()
    for (const seat of waiting) seat.go()
    if (this.#waiting.size === 0) this.#stopLooking()
  }

  #isWantedBesides(seat: Seat): boolean {
    return this.#waiting.size > (this.#waiting.has(seat) ? 1 : 0)
  }

  #bytesOf(seat: Seat): number {
    return this.#held.get(seat)?.bytes ?? 0
  }

  #lookSoon(): void {
    this.#cancelLook ??= this.#clock.after(LOOK_MS, () => {
      this.#cancelLook = undefined
      this.#look()
      if (this.#waiting.size > 0) this.#lookSoon()
    })
  }

  #stopLooking(): void {
    this.#cancelLook?.()
    this.#cancelLook = undefined
  }

  /** Only as long as somebody waits. */
  #look(): void {
    const nowMs = this.#clock.monotonic()
    for (const [seat, held] of [...this.#held]) {
      const stuckAt = seat.stuckAt()
      if (stuckAt === undefined || stuckAt !== held.stuckAt) {
        held.stuckAt = stuckAt
        held.stuckSinceMs = nowMs
      } else if (nowMs - held.stuckSinceMs >= STUCK_MS && this.#isWantedBesides(seat)) seat.drop()
    }
  }
}
