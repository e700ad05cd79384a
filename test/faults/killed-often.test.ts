/** A thousand small files arrive at a device that is killed again and again. */
import assert from 'node:assert/strict'
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import test from 'node:test'
import { setImmediate as breathe } from 'node:timers/promises'
import { noise } from '../e2e/content.ts'
import { assertSame, startTwo } from '../e2e/devices.ts'
import { until } from '../support/scratch.ts'
import { namesIn } from '../support/trees.ts'
import { checkIndex } from './rounds.ts'
import { numbers } from './sweep.ts'

const FILES = 1000
const KILLS = 20

test('killed twenty times while a thousand files arrive: all of them do, and nothing is left behind', async () => {
  await using world = await startTwo('killed-often')
  const { a, b } = world
  const random = numbers(20_261_121)
  mkdirSync(join(a.folder, 'all'))
  for (let i = 0; i < FILES; i++) writeFileSync(join(a.folder, `all/${i}`), noise(1 + random(20_000), i))
  for (let kill = 0; kill < KILLS; kill++) {
    const enough = Math.min(FILES, namesIn(b.folder).length + random(60))
    await until(`${enough} have arrived`, () => namesIn(b.folder).length >= enough, {
      between: () => breathe(),
      describe: () => b.homeseed.describe(),
    })
    await b.homeseed.kill()
    checkIndex(b)
    await b.homeseed.restart()
  }
  const tree = await assertSame(a, b)
  assert.equal(tree.size, FILES + 1)
})
