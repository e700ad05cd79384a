/** Runs seeds N to N+K-1, on as many processor cores as there are; prints how many ran, and the seed of each failure. */
import { availableParallelism } from 'node:os'
import { parseArgs } from 'node:util'
import { Worker, isMainThread, parentPort, workerData } from 'node:worker_threads'
import { DEFAULT_STEPS, runSeed } from './world.ts'

const USAGE = `usage: npm run simulate -- [--seed N] [--count K] [--steps M] [--trace]
  --seed N   the first seed; default 1
  --count K  how many seeds; default 1
  --steps M  what happens in each; default ${DEFAULT_STEPS}
  --trace    print every step of the first seed`

/** A seed leaves hundreds of megabytes behind, none of which lives for long. */
const YOUNG_MB = 128

interface Job {
  readonly seeds: readonly number[]
  readonly steps: number
}
interface Failure {
  readonly seed: number
  readonly failure: string
}

async function work({ seeds, steps }: Job): Promise<void> {
  for (const seed of seeds) {
    const { failure } = await runSeed(seed, { steps })
    parentPort?.postMessage({ seed, failure })
  }
}

/** One worker a core, each with every n-th seed. */
async function runAll(first: number, count: number, steps: number): Promise<readonly Failure[]> {
  const failures: Failure[] = []
  const workers = Math.min(availableParallelism(), count)
  const runs = Array.from({ length: workers }, (_, worker) => {
    const seeds = Array.from({ length: count }, (_unused, i) => first + i).filter(
      (seed) => (seed - first) % workers === worker,
    )
    return new Promise<void>((resolve, reject) => {
      const thread = new Worker(new URL(import.meta.url), {
        workerData: { seeds, steps } satisfies Job,
        resourceLimits: { maxYoungGenerationSizeMb: YOUNG_MB },
      })
      thread.on('message', ({ seed, failure }: { seed: number; failure: string | undefined }) => {
        if (failure === undefined) return
        failures.push({ seed, failure })
        console.log(`seed ${seed} failed: ${failure}`)
      })
      thread.on('error', reject)
      thread.on('exit', () => resolve())
    })
  })
  await Promise.all(runs)
  return failures
}

/** @throws Error with a message for who typed it */
function readOptions() {
  const { values } = parseArgs({
    options: {
      seed: { type: 'string', default: '1' },
      count: { type: 'string', default: '1' },
      steps: { type: 'string', default: String(DEFAULT_STEPS) },
      trace: { type: 'boolean', default: false },
      help: { type: 'boolean', short: 'h', default: false },
    },
  })
  const { trace, help } = values
  const number = (name: 'seed' | 'count' | 'steps', min: number) => {
    const value = Number(values[name])
    if (/^\d{1,15}$/.test(values[name]) && value >= min) return value
    throw new Error(`--${name} must be a whole number from ${min} on, not "${values[name]}"`)
  }
  return { seed: number('seed', 0), count: number('count', 1), steps: number('steps', 1), trace, help }
}

async function main(): Promise<void> {
  let options: ReturnType<typeof readOptions>
  try {
    options = readOptions()
  } catch (error) {
    console.error(`${(error as Error).message}\n${USAGE}`)
    process.exitCode = 2
    return
  }
  const { seed, count, steps } = options
  if (options.help) return console.log(USAGE)
  if (options.trace) {
    const { trace, failure } = await runSeed(seed, { steps })
    for (const line of trace) console.log(line)
    console.log(failure ?? 'passed')
    process.exitCode = failure === undefined ? 0 : 1
    return
  }
  const startedMs = performance.now()
  const failures = await runAll(seed, count, steps)
  const seconds = ((performance.now() - startedMs) / 1000).toFixed(1)
  console.log(
    `${count} seeds from ${seed}, ${steps} steps each, in ${seconds} s: ${count - failures.length} passed, ${failures.length} failed`,
  )
  if (failures.length > 0) process.exitCode = 1
}

if (isMainThread) await main()
else await work(workerData as Job)
