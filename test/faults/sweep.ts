/** One call after the other ends the program or fails, in a round each. */
import assert from 'node:assert/strict'
import test from 'node:test'
import type { TestContext } from 'node:test'
import { needTool } from '../support/need-tool.ts'
import type { Strike } from './faults.ts'
import { startRounds } from './rounds.ts'
import type { Where } from './rounds.ts'

export interface Sweep extends Omit<Strike, 'at' | 'thenAt'> {
  readonly what: Where
  /** kills once more, up to so many calls after the next start */
  readonly thenWithin?: number
  /** how many calls are struck, unless it is all of them */
  readonly some: number
}

/** `npm run test:faults -- --all`: every call; otherwise some, spread over all, the same ones each time. */
export const all = process.env['HOMESEED_FAULTS'] === 'all'

/** Whole numbers below a bound, the same in each run. */
export function numbers(seed: number): (below: number) => number {
  let state = seed >>> 0
  return (below) => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0
    return Math.floor((state / 2 ** 32) * below)
  }
}

export function sweepTest(sweep: Sweep): void {
  const { what, fault, only, isLasting, thenWithin } = sweep
  const more = isLasting ? ' from then on' : thenWithin === undefined ? '' : ', and once more at the next start'
  const how = `${fault}${only ? ` at ${only}` : ''}${more}`
  const calls = only === 'read' ? 'reads' : 'changes'
  const where = what === 'both' ? 'share and the home' : what
  test(`${how}, at the calls by which it ${calls} the ${where}: nothing is lost`, (t) => run(t, sweep))
}

async function run(t: TestContext, { what, some, thenWithin, ...strike }: Sweep): Promise<void> {
  if (!needTool(t, 'cc', 'gcc')) return
  const begun = performance.now()
  await using rounds = await startRounds(`faults-${what}`, { what })
  const { calls: first } = await rounds.run({ ...strike, at: 0 })
  // no round takes exactly as many calls as another
  const last = Math.ceil(first * 1.05)
  const count = all ? last : Math.min(some, last)
  const random = numbers(20_261_121)
  let struck = 0
  for (let n = 0; n < count; n++) {
    const [from, to] = [Math.floor((n * last) / count), Math.floor(((n + 1) * last) / count)]
    const at = 1 + from + random(to - from)
    try {
      const thenAt = thenWithin === undefined ? {} : { thenAt: 1 + random(thenWithin) }
      const { hasStruck } = await rounds.run({ ...strike, ...thenAt, at })
      struck += Number(hasStruck)
    } catch (error) {
      const { a, b } = rounds
      const states = `anna: ${await a.homeseed.describe()}\nben: ${await b.homeseed.describe()}`
      throw new Error(`at call ${at} of ${last}: ${String(error)}\n${states}`, { cause: error })
    }
  }
  t.diagnostic(`${first} calls, ${struck} of ${count} rounds struck, ${Math.round(performance.now() - begun)} ms`)
  assert.ok(struck >= count / 2, `only ${struck} of ${count} rounds struck`)
}
