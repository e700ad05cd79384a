import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { DEFAULT_STEPS, runSeed } from './world.ts'

const COUNT = 100

test('the same seed gives the same run, step by step', async () => {
  for (let seed = 1; seed <= 12; seed++) {
    const [first, second] = [
      await runSeed(seed, { steps: DEFAULT_STEPS }),
      await runSeed(seed, { steps: DEFAULT_STEPS }),
    ]
    assert.equal(first.traceHash, second.traceHash)
  }
})

test(`${COUNT} seeds: random edits and every kind of trouble; nothing is lost and all agree`, async () => {
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
