/**
 * The clock that the age of old versions goes by: it counts time that this device has seen passing. A wall clock that
 * jumps ahead by years makes no version older, and one that jumps back makes none younger. Since versions are named
 * by the wall clock, it is remembered which stretch of the wall clock's time was which of this one's.
 */

/** A stretch in which both went side by side. */
export interface Stretch {
  readonly wallFromMs: number
  readonly wallToMs: number
  /** this clock at its begin */
  readonly clockFromMs: number
}

/** Oldest first. */
export type ArchiveClock = readonly Stretch[]

const MINUTE_MS = 60_000
const DAY_MS = 24 * 60 * MINUTE_MS
/** Wall clocks are put right by a little now and then. */
const SLACK_MS = 5 * MINUTE_MS
/** How long this device can have been off, as far as this clock is concerned. */
const MOST_OFF_MS = 7 * DAY_MS
/** A stretch goes on until the jump that ends it, which is noticed at the next look at the clock. */
const TAIL_MS = 2 * 60 * MINUTE_MS
const MOST_STRETCHES = 50

/**
 * @param elapsedMs what is known to have passed since the last time; undefined: this device was off, nobody knows how
 *   long
 */
export function ticked(clock: ArchiveClock, wallMs: number, elapsedMs: number | undefined): ArchiveClock {
  const last = clock.at(-1)
  if (!last) return [{ wallFromMs: wallMs, wallToMs: wallMs, clockFromMs: wallMs }]
  const passedMs = wallMs - last.wallToMs
  const mostMs = elapsedMs === undefined ? MOST_OFF_MS : elapsedMs + SLACK_MS
  if (passedMs >= 0 && passedMs <= mostMs) return [...clock.slice(0, -1), { ...last, wallToMs: wallMs }]
  if (passedMs < 0 && passedMs >= -SLACK_MS) return clock
  const stepMs = passedMs > 0 ? mostMs : (elapsedMs ?? 0)
  const next = { wallFromMs: wallMs, wallToMs: wallMs, clockFromMs: clockNow(clock) + stepMs }
  return [...clock, next].slice(-MOST_STRETCHES)
}

/** What it shows, in milliseconds; 0 before its first tick. */
export function clockNow(clock: ArchiveClock): number {
  const last = clock.at(-1)
  return last ? last.clockFromMs + last.wallToMs - last.wallFromMs : 0
}

/**
 * When it was by this clock, as the wall clock showed a time. Where it showed it more than once, or never while this
 * clock went, the latest that it can have been: too young is no harm, too old would be.
 */
export function clockAt(clock: ArchiveClock, wallMs: number): number {
  const within = clock.filter(({ wallFromMs, wallToMs }) => wallFromMs <= wallMs && wallMs <= wallToMs + TAIL_MS)
  if (within.length > 0) {
    const latestMs = Math.max(...within.map(({ wallFromMs, clockFromMs }) => clockFromMs + wallMs - wallFromMs))
    return Math.min(latestMs, clockNow(clock))
  }
  const behind = clock.filter(({ wallFromMs }) => wallFromMs > wallMs)
  return behind.length > 0 ? Math.max(...behind.map(({ clockFromMs }) => clockFromMs)) : clockNow(clock)
}
