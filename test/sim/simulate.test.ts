import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { DEFAULT_STEPS, runSeed } from './world.ts'

/** Seeds that once failed, whatever the reason was. */
const failedOnce = [4, 5, 72, 1084, 1259, 1265, 1342, 1413, 2137]
const COUNT = 1000

for (const seed of failedOnce) {
  test(`seed ${seed}, which failed once, passes`, async () => {
    assert.equal((await runSeed(seed, { steps: DEFAULT_STEPS })).failure, undefined)
  })
}

test('the same seed gives the same run, step by step', async () => {
  for (const seed of [1, 2, 3]) {
    const [first, second] = [
      await runSeed(seed, { steps: DEFAULT_STEPS }),
      await runSeed(seed, { steps: DEFAULT_STEPS }),
    ]
    assert.equal(first.traceHash, second.traceHash)
  }
})

test(`${COUNT} seeds: three devices, random edits, partitions, crashes; nothing is lost and all agree`, async () => {
  const main = fileURLToPath(new URL('./main.ts', import.meta.url))
  const run = spawn(process.execPath, [main, '--seed', '1', '--count', String(COUNT)], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  let output = ''
  run.stdout.on('data', (text: Buffer) => (output += text.toString()))
  const [code] = (await once(run, 'close')) as [number]
  assert.equal(code, 0, output)
  assert.match(output, new RegExp(`${COUNT} passed, 0 failed`))
})
