/**
 * The numbers that a device has given to its versions and changes in one life of its index. A number of its own that
 * others know and that is not among them was given by a life that this index knows nothing of: it is an older copy.
 */

/** Numbers that were given one after the other, without a long pause. */
export type Run = readonly [first: number, last: number]
export type Runs = readonly Run[]

export interface Given {
  /** in version vectors, as this device's own author */
  readonly counters: Runs
  /** this device's order of change */
  readonly sequences: Runs
}

export const nothingGiven: Given = { counters: [], sequences: [] }

/** Of each kind: the runs of this start of the program, and those of all before it. */
const MAX_RUNS = 100

export const isIn = (runs: Runs, number: number): boolean =>
  runs.some(([first, last]) => first <= number && number <= last)

/** With a number more, which goes on with a run if it follows within `pause`. */
export function withNumber(runs: Runs, number: number, pause: number): Runs {
  if (isIn(runs, number)) return runs
  const at = runs.findIndex(([, last]) => last < number && number <= last + pause)
  const run = runs[at]
  if (!run) return fewer([...runs, [number, number]])
  return runs.with(at, [run[0], number])
}

/** Too many become fewer: the shortest pauses are forgotten first, since the long ones tell most. */
export function fewer(runs: Runs): Runs {
  const sorted = [...runs].sort(([a], [b]) => a - b)
  while (sorted.length > MAX_RUNS) {
    const pauseAfter = (at: number) => (sorted[at + 1]?.[0] ?? Infinity) - (sorted[at]?.[1] ?? 0)
    const at = sorted.reduce((best, _run, i) => (pauseAfter(i) < pauseAfter(best) ? i : best), 0)
    const [one, next] = sorted.splice(at, 2)
    if (one && next) sorted.splice(at, 0, [one[0], Math.max(one[1], next[1])])
  }
  return sorted
}
