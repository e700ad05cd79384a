/** S3: one share of very many files, through all that happens to it; memory and event loop, phase by phase. */
import assert from 'node:assert/strict'
import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { Homeseed } from '../support/homeseed.ts'
import { until } from '../support/scratch.ts'
import type { Scratch } from '../support/scratch.ts'
import { differences, treeOf } from '../support/trees.ts'
import { small } from './transfer.ts'
import { usageOf } from './usage.ts'

/** One device in one phase. */
export interface PhaseFigures {
  readonly phase: string
  readonly device: string
  readonly seconds: number
  readonly cpuSeconds: number
  readonly peakBytes: number
  readonly endBytes: number
  /** milliseconds that the main thread kept others waiting */
  readonly loop: { readonly p50: number; readonly p99: number; readonly max: number }
}

const SHARE = 'bench'
const FILE_BYTES = 100
const WAIT_SECONDS = 1800
const BUSY_SHARE = 0.02
const patience = { timeoutMs: WAIT_SECONDS * 1000, between: () => pause(100) }
const preload = fileURLToPath(new URL('./loop-delay.mjs', import.meta.url))

export async function runScale(files: number, idleMs: number, scratch: Scratch): Promise<readonly PhaseFigures[]> {
  const [a, b] = [await scratch.folder('s3', 'a'), await scratch.folder('s3', 'b')]
  small(files, FILE_BYTES).make(a)
  await pause(3000)
  await using first = await Measured.start('A', await scratch.folder('s3', 'home-a'))
  await using second = await Measured.start('B', await scratch.folder('s3', 'home-b'))
  const both = [first, second]
  const edited = files / 200
  const figures: PhaseFigures[] = []
  const phase = async (name: string, devices: readonly Measured[], work: () => Promise<unknown>): Promise<void> => {
    console.error(`... s3: ${name}`)
    for (const device of devices) await device.begin()
    await work()
    for (const device of devices) figures.push(await device.end(name))
  }
  const holdsAll = async (device: Measured): Promise<boolean> => {
    const share = await device.homeseed.share(SHARE)
    return share.state === 'in-sync' && share.files === files && share.needFiles === 0
  }
  const all = (device: Measured) =>
    until('it holds all', () => holdsAll(device), { ...patience, describe: () => device.homeseed.describe() })
  const settled = () =>
    Promise.all(both.map(({ homeseed }) => homeseed.settled(SHARE, { timeoutSeconds: WAIT_SECONDS })))

  await phase('first look', [first], async () => {
    await first.homeseed.ask('POST', '/api/v1/shares', { path: a, name: SHARE })
    await all(first)
  })
  await phase('all to the other', both, async () => {
    const { secret } = await first.homeseed.ask<{ secret: string }>('POST', `/api/v1/shares/${SHARE}/secret`, {})
    const hosts = [first.homeseed.listen]
    await second.homeseed.ask('POST', '/api/v1/shares/join', { secret, path: b, name: SHARE, hosts })
    await all(second)
    await settled()
  })
  await phase('at rest', both, () => atRest(both, idleMs))
  await phase('another look', [first], () => first.homeseed.ask('POST', `/api/v1/shares/${SHARE}/rescan`))
  await phase(`${edited} edits`, both, async () => {
    for (let i = 0; i < edited; i++) writeFileSync(join(a, `folder-${i}`, 'file-0'), `edited ${i}`)
    const last = join(b, `folder-${edited - 1}`, 'file-0')
    await until('the last has arrived', () => readFileSync(last, 'utf8') === `edited ${edited - 1}`, patience)
    await settled()
  })
  await phase('after a restart', both, async () => {
    for (const device of both) await device.restart()
    await Promise.all(both.map(all))
    await settled()
  })
  await phase('with a lost index', both, async () => {
    await second.homeseed.stop()
    for (const suffix of ['', '-wal', '-shm'])
      rmSync(join(second.homeseed.home, `homeseed.db${suffix}`), { force: true })
    await second.restart()
    const { secret } = await first.homeseed.ask<{ secret: string }>('POST', `/api/v1/shares/${SHARE}/secret`, {})
    const hosts = [first.homeseed.listen]
    await second.homeseed.ask('POST', '/api/v1/shares/join', { secret, path: b, name: SHARE, hosts })
    await all(second)
    await settled()
  })
  await phase('at rest again', both, () => atRest(both, idleMs))
  assert.deepEqual(differences(treeOf(a), treeOf(b)), [], 'the folders are the same')
  return figures
}

/** Until they have hardly used the processor for so long, and no thread has ended: those without work do so in time. */
async function atRest(devices: readonly Measured[], idleMs: number): Promise<void> {
  for (;;) {
    const before = devices.map(({ homeseed }) => usageOf(homeseed.pid))
    await pause(idleMs)
    const isQuiet = devices.every(({ homeseed }, i) => {
      const { cpuSeconds = 0, threads } = before[i] ?? {}
      const now = usageOf(homeseed.pid)
      return (now.cpuSeconds - cpuSeconds) * 1000 < idleMs * BUSY_SHARE && now.threads === threads
    })
    if (isQuiet) return
  }
}

/** A device whose main thread is watched. */
class Measured implements AsyncDisposable {
  readonly name: string
  readonly homeseed: Homeseed
  readonly #file: string
  #startMs = 0
  #startCpu = 0

  private constructor(name: string, homeseed: Homeseed, file: string) {
    this.name = name
    this.homeseed = homeseed
    this.#file = file
  }

  static async start(name: string, home: string): Promise<Measured> {
    const file = join(home, 'loop-delay.json')
    const env = { NODE_OPTIONS: `--import=${preload}`, LOOP_DELAY_FILE: file }
    return new Measured(name, await Homeseed.start({ home, name, env }), file)
  }

  async begin(): Promise<void> {
    this.#startMs = performance.now()
    this.#startCpu = usageOf(this.homeseed.pid).cpuSeconds
    this.#forgetPeak()
    await this.#loop()
  }

  async end(phase: string): Promise<PhaseFigures> {
    const { cpuSeconds, peakBytes, nowBytes } = usageOf(this.homeseed.pid)
    return {
      phase,
      device: this.name,
      seconds: (performance.now() - this.#startMs) / 1000,
      cpuSeconds: cpuSeconds - this.#startCpu,
      peakBytes,
      endBytes: nowBytes,
      loop: await this.#loop(),
    }
  }

  /** What was used before is of the process that ended. */
  async restart(): Promise<void> {
    if (this.homeseed.isRunning) await this.homeseed.stop()
    await this.homeseed.restart()
    this.#startCpu = 0
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.homeseed[Symbol.asyncDispose]()
  }

  /** proc(5): 5 sets the peak to what is held now. */
  #forgetPeak(): void {
    writeFileSync(`/proc/${this.homeseed.pid}/clear_refs`, '5')
  }

  async #loop(): Promise<PhaseFigures['loop']> {
    rmSync(this.#file, { force: true })
    process.kill(this.homeseed.pid, 'SIGUSR2')
    await until('it has told', () => existsSync(this.#file), patience)
    return JSON.parse(readFileSync(this.#file, 'utf8')) as PhaseFigures['loop']
  }
}
