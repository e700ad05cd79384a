/** When a one-time secret is good no more. Pure; times in milliseconds, those that end in At since 1970. */

export interface OneTimeState {
  readonly madeAt: number
  readonly validMs: number
  /** how long the program has run since it was made */
  readonly elapsedMs: number
  /** the latest that the wall clock has shown since */
  readonly seenAt: number
  readonly usedAt: number | null
  readonly revokedAt: number | null
}

export type OneTimeEnd = 'used' | 'revoked' | 'expired'

/** Wall clocks are put right by a little now and then. */
const SLACK_MS = 5 * 60_000

/**
 * Whichever clock has come further counts: the wall clock, which may be set, or the time that the program has run, which
 * nobody can set. A wall clock that goes back ends it.
 * @returns undefined: it is good
 */
export function endOf(secret: OneTimeState, nowAt: number): OneTimeEnd | undefined {
  if (secret.usedAt !== null) return 'used'
  if (secret.revokedAt !== null) return 'revoked'
  const { madeAt, validMs, elapsedMs, seenAt } = secret
  const isOver = nowAt - madeAt >= validMs || elapsedMs >= validMs || nowAt < seenAt - SLACK_MS
  return isOver ? 'expired' : undefined
}
