/** The program ends in the midst of new secrets, its own or another device's: it has the old ones or the new ones. */
import assert from 'node:assert/strict'
import test from 'node:test'
import { SHARE } from '../e2e/devices.ts'
import type { Device } from '../e2e/devices.ts'
import { needTool } from '../support/need-tool.ts'
import { until } from '../support/scratch.ts'
import { checkIndex, startRounds } from './rounds.ts'
import { all, numbers } from './sweep.ts'

const SOME = 14
const path = (verb: string) => `/api/v1/shares/${SHARE}/${verb}`

test('killed while the secrets of a share are replaced or taken over: there is one share, and nothing is lost', async (t) => {
  if (!needTool(t, 'cc', 'gcc')) return
  await using rounds = await startRounds('new-secrets', { what: 'both' })
  const { a, b, faults } = rounds
  const idOf = async ({ homeseed }: Device) => (await homeseed.share(SHARE)).id
  /** Those of ben anna's owner has to take; he takes hers by himself. */
  const untilOne = () =>
    until(
      'both have the same secrets',
      async () => {
        if ((await idOf(a)) === (await idOf(b))) return true
        const { newSecrets } = await a.homeseed.share(SHARE)
        if (newSecrets.length > 0) await a.homeseed.ask('POST', path('take'), {})
        return false
      },
      { describe: async () => `${await a.homeseed.describe()}\n${await b.homeseed.describe()}` },
    )
  /** Until ben is through with it, or dead. */
  const rotate = async (maker: Device) => {
    await maker.homeseed.ask('POST', path('rotate'), {})
    if (maker === b) return
    await until('ben has heard of it', async () => !b.homeseed.isRunning || (await idOf(a)) === (await idOf(b)))
    await b.homeseed.settled(SHARE)
  }
  for (const maker of [b, a]) {
    faults.disarm()
    await rotate(maker)
    const last = faults.calls
    await untilOne()
    await rounds.settle()
    const count = all ? last : Math.min(SOME, last)
    const random = numbers(20_261_122)
    let struck = 0
    for (let n = 0; n < count; n++) {
      const [from, to] = [Math.floor((n * last) / count), Math.floor(((n + 1) * last) / count)]
      const at = 1 + from + random(to - from)
      await rounds.change()
      await rounds.settle({ mayHaveOld: true })
      const before = await idOf(b)
      faults.arm({ at, fault: 'kill' })
      await rotate(maker).catch(() => undefined)
      struck += Number(faults.struck > 0)
      faults.disarm()
      await b.homeseed.kill()
      checkIndex(b)
      await b.homeseed.restart()
      const shares = await b.homeseed.ask<readonly { id: string }[]>('GET', '/api/v1/shares')
      assert.equal(shares.length, 1)
      try {
        await untilOne()
        await rounds.settle({ mayHaveOld: true })
      } catch (error) {
        throw new Error(`at call ${at} of ${last}, from ${before}: ${String(error)}`, { cause: error })
      }
    }
    t.diagnostic(`${maker === a ? 'taken over' : 'made'}: ${last} calls, ${struck} of ${count} rounds struck`)
    assert.ok(struck >= count / 2, `only ${struck} of ${count} rounds struck`)
  }
})
