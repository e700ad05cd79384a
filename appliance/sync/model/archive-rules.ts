/** Which old versions go. */

const HOUR_MS = 3_600_000
const DAY_MS = 24 * HOUR_MS

/** What is younger goes for no reason: it may just be on its way to its place, or back. */
export const UNTOUCHED_MS = HOUR_MS

/** What is younger does not give way to what wants to come in; and the last trace of a file goes behind all others. */
const FRESH_MS = DAY_MS

/** Up to an age at most one version in so long. */
const steps: readonly { readonly ageMs: number; readonly everyMs: number }[] = [
  { ageMs: HOUR_MS, everyMs: 0 },
  { ageMs: DAY_MS, everyMs: HOUR_MS },
  { ageMs: 30 * DAY_MS, everyMs: DAY_MS },
  { ageMs: Infinity, everyMs: 7 * DAY_MS },
]

export interface AgeRules {
  /** Infinity: for ever */
  readonly days: number
  readonly keep: 'all' | 'staggered'
}

/**
 * Those that are too old, and those that are too close behind an older one that stays. The newest one of a path goes
 * only for its age.
 * @param agesMs of one path's versions, oldest first
 * @returns for each whether it goes
 */
export function outlived(agesMs: readonly number[], { days, keep }: AgeRules): readonly boolean[] {
  let lastKeptMs = Infinity
  return agesMs.map((ageMs, i) => {
    if (ageMs < UNTOUCHED_MS) return false
    if (ageMs > days * DAY_MS) return true
    const everyMs = steps.find((step) => ageMs <= step.ageMs)?.everyMs ?? 0
    const isClose = lastKeptMs - ageMs < everyMs
    if (keep === 'staggered' && isClose && i < agesMs.length - 1) return true
    lastKeptMs = ageMs
    return false
  })
}

/** In which order versions go where they take too much room: lower ranks first, in each the oldest first. */
export interface Rank {
  /** 1: the only trace of a file, and fresh */
  readonly rank: 0 | 1
  /** whole hours since */
  readonly ageHours: number
}

/**
 * @param isOnly it is the newest version of a path where nothing lies now
 * @param isForNew room is made for what wants to come in, not for the budget's sake
 * @returns undefined: it does not go
 */
export function rankOf(ageMs: number, isOnly: boolean, isForNew: boolean): Rank | undefined {
  if (ageMs < (isForNew ? FRESH_MS : UNTOUCHED_MS)) return undefined
  return { rank: isOnly && ageMs < FRESH_MS ? 1 : 0, ageHours: Math.floor(ageMs / HOUR_MS) }
}

export const goesBefore = (a: Rank, b: Rank): boolean => (a.rank === b.rank ? a.ageHours > b.ageHours : a.rank < b.rank)
