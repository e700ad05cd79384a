/**
 * Index and files come back from copies of different times: whichever of them are put together, nothing is lost, and
 * what was deleted stays deleted.
 */
import { execFileSync } from 'node:child_process'
import { existsSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import test from 'node:test'
import { setTimeout as pause } from 'node:timers/promises'
import { needTool } from '../support/need-tool.ts'
import { checkIndex, startRounds } from './rounds.ts'
import { all, numbers } from './sweep.ts'

/** Copies are made of that many times; the last one is what is there now. */
const TIMES = all ? 6 : 4
const MIXES = all ? 2 * TIMES * TIMES : 8

test('index and files of different times: nothing is lost, and what was deleted stays deleted', async (t) => {
  if (!needTool(t, 'cc', 'gcc')) return
  await using rounds = await startRounds('old-copies')
  const { b, oracle, world } = rounds
  const { home } = b.homeseed
  const copyOf = (what: 'home' | 'folder', time: number) => join(world.scratch.path, `${what}-${time}`)
  const random = numbers(20_261_121)
  for (let time = 0; time < TIMES; time++) {
    await rounds.change()
    // half of them in the midst of it
    if (time % 2 === 0) await rounds.settle()
    else await pause(random(400))
    await b.homeseed.kill()
    for (const [what, from] of [
      ['home', home],
      ['folder', b.folder],
    ] as const)
      execFileSync('cp', ['-a', from, copyOf(what, time)])
    await b.homeseed.restart()
    await rounds.settle()
  }
  const mixes = Array.from({ length: TIMES * TIMES }, (_, n) => ({ index: n % TIMES, files: Math.floor(n / TIMES) }))
  for (let n = 0; n < MIXES; n++) {
    const mix = mixes[all ? n % mixes.length : random(mixes.length)]
    if (!mix) return
    const { index, files } = mix
    await b.homeseed.kill()
    for (const [what, to, time] of [
      ['home', home, index],
      ['folder', b.folder, files],
    ] as const) {
      rmSync(to, { recursive: true })
      execFileSync('cp', ['-a', copyOf(what, time), to])
    }
    checkIndex(b)
    // its owner goes on with what came back
    oracle.write(b, `${n}/made on an old copy`, `made on an old copy ${n}`)
    for (const path of [`${TIMES - 1}/edited`, '0/mode'])
      if (existsSync(join(b.folder, path))) oracle.write(b, path, `edited on an old copy ${n} ${path}`)
    await b.homeseed.restart()
    await rounds.settle({ mayHaveOld: true }).catch((error: unknown) => {
      throw new Error(`index of ${index}, files of ${files}, ${n}: ${String(error)}`, { cause: error })
    })
    t.diagnostic(`index of ${index}, files of ${files}: ${oracle.oldOnes} old ones came back`)
  }
})
