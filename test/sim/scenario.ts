import type { SeededRandom } from './random.ts'
import { nemeses } from './nemeses.ts'
import type { Nemesis } from './nemeses.ts'

/** What may happen in one run. Few kinds of trouble at a time, other ones each time, find more than all at once. */
export interface Scenario {
  readonly devices: number
  /** how many of them only follow */
  readonly readers: number
  /** people edit on the first device only, so nothing may be in conflict, and its folder is how all have to be */
  readonly oneEditor: boolean
  readonly steps: number
  readonly names: number
  readonly large: boolean
  /** whether everything is done in the smallest of steps */
  readonly tiny: boolean
  /** of 100 steps, how many are edits */
  readonly edits: number
  /** how long people and troubles pause at most, usually */
  readonly pauseMs: number
  readonly maxDelayMs: number
  readonly nemeses: readonly Nemesis[]
  /** whether all is started once more in the end: nothing may come of that */
  readonly restarts: boolean
}

export function scenarioOf(random: SeededRandom, maxSteps: number): Scenario {
  const devices = random.pick([2, 2, 2, 2, 3, 3, 3, 4])
  const oneEditor = random.chance(0.2)
  const readers = random.chance(0.25) ? 1 + random.below(devices - 1) : 0
  const share = random.next()
  // from the same chance, so that seeds without it stay what they were
  const changesScope = !oneEditor && (share * 1000) % 1 < 0.4
  const reverts = readers > 0 && (share * 10_000) % 1 < 0.4
  return {
    devices,
    readers,
    oneEditor,
    steps: Math.max(1, Math.ceil(maxSteps * random.pick([0.3, 0.6, 1]))),
    names: random.pick([2, 3, 6]),
    large: random.chance(0.15),
    tiny: random.chance(0.3),
    edits: random.pick([50, 70, 85]),
    pauseMs: random.pick([30, 300, 300, 3000]),
    maxDelayMs: random.pick([20, 20, 200, 2000]),
    nemeses: nemeses.filter(({ isHistory, isScope, isOfReaders }) =>
      isOfReaders === true
        ? reverts
        : isScope === true
          ? changesScope
          : random.chance(isHistory ? share * 0.5 : share) &&
            !(isHistory && (oneEditor || changesScope || readers > 0)),
    ),
    restarts: random.chance(0.25),
  }
}
