/** The program ends in the midst of what its owner tells it to do with the share: nothing is lost, and it can be told again. */
import assert from 'node:assert/strict'
import test from 'node:test'
import { SHARE, secretOf } from '../e2e/devices.ts'
import { needTool } from '../support/need-tool.ts'
import { checkIndex, startRounds } from './rounds.ts'
import { all, numbers } from './sweep.ts'

const SOME = 14

test('killed while a share is paused, set, removed and joined again: nothing is lost', async (t) => {
  if (!needTool(t, 'cc', 'gcc')) return
  await using rounds = await startRounds('commands', { what: 'both' })
  const { a, b, faults } = rounds
  const secret = await secretOf(a, 'read-write')
  const join = { secret, path: b.folder, name: SHARE, hosts: [a.homeseed.listen] }
  const commands = async () => {
    const share = `/api/v1/shares/${SHARE}`
    await b.homeseed.ask('POST', `${share}/pause`)
    await b.homeseed.ask('POST', `${share}/resume`)
    await b.homeseed.ask('POST', `${share}/rescan`)
    await b.homeseed.ask('DELETE', share)
    await b.homeseed.ask('POST', '/api/v1/shares/join', join)
    await b.homeseed.settled(SHARE)
  }
  faults.disarm()
  await commands()
  const last = faults.calls
  const count = all ? last : Math.min(SOME, last)
  const random = numbers(20_261_121)
  let struck = 0
  for (let n = 0; n < count; n++) {
    const [from, to] = [Math.floor((n * last) / count), Math.floor(((n + 1) * last) / count)]
    const at = 1 + from + random(to - from)
    await rounds.change()
    await rounds.settle({ mayHaveOld: true })
    faults.arm({ at, fault: 'kill' })
    await commands().catch(() => undefined)
    struck += Number(faults.struck > 0)
    faults.disarm()
    await b.homeseed.kill()
    checkIndex(b)
    await b.homeseed.restart()
    const shares = await b.homeseed.ask<readonly unknown[]>('GET', '/api/v1/shares')
    if (shares.length === 0) await b.homeseed.ask('POST', '/api/v1/shares/join', join)
    const { state } = await b.homeseed.share(SHARE)
    if (state === 'paused') await b.homeseed.ask('POST', `/api/v1/shares/${SHARE}/resume`)
    await rounds.settle({ mayHaveOld: true }).catch(async (error: unknown) => {
      throw new Error(`at call ${at} of ${last}: ${String(error)}\n${await b.homeseed.describe()}`, { cause: error })
    })
  }
  t.diagnostic(`${last} calls, ${struck} of ${count} rounds struck`)
  assert.ok(struck >= count / 2, `only ${struck} of ${count} rounds struck`)
})
