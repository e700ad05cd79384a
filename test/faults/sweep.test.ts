/** The program ends, or the disk refuses, at one call after the other: nothing is lost, nothing stays half done. */
import assert from 'node:assert/strict'
import test from 'node:test'
import type { TestContext } from 'node:test'
import { needTool } from '../support/need-tool.ts'
import type { Strike } from './faults.ts'
import { startRounds } from './rounds.ts'

/** `npm run test:faults -- --all`: every call; otherwise some, spread over all. */
const all = process.env['HOMESEED_FAULTS'] === 'all'

const sweeps: readonly (Omit<Strike, 'at'> & { readonly what: 'share' | 'home'; readonly some: number })[] = [
  { what: 'share', fault: 'kill', some: 24 },
  { what: 'home', fault: 'kill', some: 12 },
  { what: 'share', fault: 'EIO', some: 8 },
  { what: 'share', fault: 'EIO', only: 'fsync', some: 4 },
  { what: 'share', fault: 'ENOSPC', some: 6 },
  { what: 'share', fault: 'ENOSPC', isLasting: true, some: 3 },
  { what: 'home', fault: 'ENOSPC', some: 4 },
  { what: 'home', fault: 'EIO', some: 4 },
]

for (const sweep of sweeps) {
  const { what, fault, only, isLasting } = sweep
  const how = `${fault}${only ? ` at ${only}` : ''}${isLasting ? ' from then on' : ''}`
  test(`${how}, at every call that changes the ${what}: nothing is lost`, (t) => run(t, sweep))
}

async function run(t: TestContext, { what, some, ...strike }: (typeof sweeps)[number]): Promise<void> {
  if (!needTool(t, 'cc', 'gcc')) return
  await using rounds = await startRounds(`faults-${what}`, what)
  if (strike.only) rounds.faults.arm({ ...strike, at: 0 })
  const { calls: first } = await rounds.run({ ...strike, at: 0 })
  // no round takes exactly as many calls as another
  const last = Math.ceil(first * 1.1)
  const step = all ? 1 : Math.max(1, Math.floor(last / some))
  let struck = 0
  let ran = 0
  for (let at = all ? 1 : 1 + Math.floor(Math.random() * step); at <= last; at += step) {
    ran += 1
    try {
      const { hasStruck } = await rounds.run({ ...strike, at })
      struck += Number(hasStruck)
    } catch (error) {
      throw new Error(`at call ${at} of ${last}: ${String(error)}`, { cause: error })
    }
  }
  t.diagnostic(`${first} calls, ${struck} of ${ran} rounds struck`)
  assert.ok(struck >= ran / 2, `only ${struck} of ${ran} rounds struck`)
}
