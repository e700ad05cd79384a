/** Feeds what reads bytes and texts from outside with almost valid ones; prints each that goes wrong, and its seed. */
import { parseArgs } from 'node:util'
import { fuzz } from './fuzz.ts'
import { targets } from './targets.ts'

const USAGE = `usage: npm run fuzz -- [--seed N] [--count K] [--only TARGET]
  --seed N       the first seed; default 1
  --count K      how many seeds; default 10000
  --only TARGET  ${targets.map(({ name }) => name).join(', ')}; default all`
/** so that the first findings are told before the last seed */
const STEP = 1000

function main(): void {
  const { values } = parseArgs({
    options: {
      seed: { type: 'string', default: '1' },
      count: { type: 'string', default: '10000' },
      only: { type: 'string' },
      help: { type: 'boolean', short: 'h', default: false },
    },
  })
  if (values.help) return console.log(USAGE)
  const [seed, count] = [Number(values.seed), Number(values.count)]
  const isKnown = values.only === undefined || targets.some(({ name }) => name === values.only)
  if (!Number.isSafeInteger(seed) || !Number.isSafeInteger(count) || seed < 0 || count < 1 || !isKnown)
    throw new Error('that is no seed, count or target')
  const startedMs = performance.now()
  let failed = 0
  for (let at = 0; at < count; at += STEP) {
    const findings = fuzz(seed + at, Math.min(STEP, count - at), values.only)
    failed += findings.length
    for (const finding of findings) console.log(`seed ${finding.seed}, ${finding.target}: ${finding.error}`)
  }
  const seconds = ((performance.now() - startedMs) / 1000).toFixed(1)
  console.log(`${count} seeds from ${seed}, in ${seconds} s: ${failed} failed`)
  if (failed > 0) process.exitCode = 1
}

try {
  main()
} catch (error) {
  console.error(`${(error as Error).message}\n${USAGE}`)
  process.exitCode = 2
}
