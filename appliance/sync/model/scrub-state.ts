/** How far a scrub has come, and how the last one ended. Pure; the index keeps it. */
import type { RelPath } from './rel-path.ts'
import type { ShareSettings } from './share-settings.ts'

export interface ScrubRun {
  readonly startedMs: number
  /** the file that was read last */
  readonly after: RelPath | ''
  readonly files: number
  readonly bytes: number
  readonly damaged: number
  readonly repaired: number
}

export interface ScrubState {
  /** the first one is due some time after this */
  readonly sinceMs: number
  /** under way, also while the program is not */
  readonly run: ScrubRun | undefined
  readonly last: (ScrubRun & { readonly endedMs: number; readonly isWhole: boolean }) | undefined
}

const DAY_MS = 86_400_000

export const beginRun = (state: ScrubState, nowMs: number): ScrubState => ({
  ...state,
  run: { startedMs: nowMs, after: '', files: 0, bytes: 0, damaged: 0, repaired: 0 },
})

/** @param isWhole  false: it was stopped before it had read everything */
export const endRun = (state: ScrubState, nowMs: number, isWhole: boolean): ScrubState =>
  state.run ? { ...state, run: undefined, last: { ...state.run, endedMs: nowMs, isWhole } } : state

/** Nothing changes where none is under way. */
export const withRun = (state: ScrubState, change: (run: ScrubRun) => Partial<ScrubRun>): ScrubState =>
  state.run ? { ...state, run: { ...state.run, ...change(state.run) } } : state

/** Counts a file that was damaged and is whole again: of the run under way, else of the last one. */
export function noteRepaired(state: ScrubState): ScrubState {
  if (state.run) return withRun(state, ({ repaired }) => ({ repaired: repaired + 1 }))
  return state.last ? { ...state, last: { ...state.last, repaired: state.last.repaired + 1 } } : state
}

/** Whether it is time to begin one; one that was stopped by hand counts as one. */
export function isDue({ run, last, sinceMs }: ScrubState, every: ShareSettings['scrub'], nowMs: number): boolean {
  if (run || every === 'off') return false
  const days = every === 'weekly' ? 7 : 30
  return nowMs - (last?.endedMs ?? sinceMs) >= days * DAY_MS
}
