/**
 * A few devices that share one folder, a network between them, and people who edit at the worst moments. The
 * oracle: every write has a content of its own; one that nobody replaced or deleted must be on every device in
 * the end, under its name or in a conflict copy, and all devices must hold the same.
 */
import { createHash } from 'node:crypto'
import { conflictOf } from '../../appliance/sync/model/conflict-name.ts'
import type { RelPath } from '../../appliance/sync/model/rel-path.ts'
import { SeededRandom } from './random.ts'
import { SimTime } from './sim-clock.ts'
import { SHARE_FOLDER, SimDevice } from './sim-device.ts'
import { SimNetwork } from './sim-network.ts'
import { Users } from './users.ts'

const SETTLE_LIMIT_MS = 4 * 3_600_000
const PAUSE_MS = 300
export const DEFAULT_STEPS = 60

export interface Outcome {
  readonly seed: number
  /** what went wrong; undefined: nothing */
  readonly failure: string | undefined
  /** the same seed gives the same */
  readonly traceHash: string
  readonly trace: readonly string[]
}

export interface RunOptions {
  readonly steps: number
  readonly devices?: number
  /** keep every line of the trace, not only its hash */
  readonly keepTrace?: boolean
}

/** Runs one seed from the beginning to the verdict. Never rejects for what the engine does wrong. */
export async function runSeed(seed: number, options: RunOptions): Promise<Outcome> {
  const world = new World(seed, options)
  let failure: string | undefined
  try {
    await world.setUp()
    for (let step = 0; step < options.steps; step++) await world.randomStep()
    await world.settle()
    failure = world.verdict()
  } catch (error) {
    failure = error instanceof Error ? (error.stack ?? error.message) : String(error)
  }
  return { seed, failure, traceHash: world.traceHash(), trace: world.trace }
}

export class World {
  readonly trace: string[] = []
  readonly #hash = createHash('sha256')
  readonly #random: SeededRandom
  readonly #time = new SimTime()
  readonly #network: SimNetwork
  readonly #devices: readonly SimDevice[]
  readonly #users: Users
  readonly #keepTrace: boolean

  constructor(seed: number, { devices = 3, keepTrace = false }: RunOptions) {
    this.#random = new SeededRandom(seed)
    this.#keepTrace = keepTrace
    this.#network = new SimNetwork(this.#time, this.#random)
    const trace = (line: string) => this.#note(line)
    this.#devices = Array.from({ length: devices }, (_, i) => {
      const skewMs = this.#random.chance(0.3)
        ? (this.#random.below(2) === 0 ? -1 : 1) * this.#random.below(100_000_000)
        : 0
      return new SimDevice(String.fromCharCode(97 + i), {
        time: this.#time,
        random: this.#random,
        network: this.#network,
        skewMs,
        trace,
      })
    })
    this.#users = new Users(this.#random, trace)
  }

  /** The first device shares, the others join by its secret; everybody knows everybody's address. */
  async setUp(): Promise<void> {
    const [first, ...others] = this.#devices
    if (!first) throw new Error('a world needs a device')
    for (const device of this.#devices) await this.#during(device.start())
    const { name } = await this.#during(first.engine.addShare({ path: SHARE_FOLDER, name: 'Family' }))
    const { secret } = first.engine.secret(name, 'read-write')
    for (const device of others) {
      const hosts = this.#devices.filter((other) => other !== device).map((other) => `${other.name}:22000`)
      await this.#during(device.engine.joinShare({ secret, path: SHARE_FOLDER, name: 'Family', hosts }))
    }
  }

  async randomStep(): Promise<void> {
    const random = this.#random
    const device = random.pick(this.#devices)
    const other = random.pick(this.#devices)
    const dice = random.below(100)
    if (dice < 70) this.#users.edit(device)
    else if (dice < 78 && device !== other) this.#network.cut(device.host, other.host)
    else if (dice < 88 && device !== other) this.#network.mend(device.host, other.host)
    else if (dice < 92) device.kill()
    else if (dice < 95) device.kill(1 + random.below(60))
    else if (!device.isUp) await this.#during(device.start())
    // often a burst without a pause, now and then long enough for everything to arrive
    await this.#pass(random.chance(0.4) ? 0 : random.chance(0.1) ? 60_000 : random.below(PAUSE_MS))
  }

  /** All links work, all devices run, all edits are noticed: time passes until all of them say that they agree. */
  async settle(): Promise<void> {
    this.#network.mendAll()
    for (const device of this.#devices) device.kill()
    for (const device of this.#devices) await this.#during(device.start())
    const limitMs = this.#time.nowMs + SETTLE_LIMIT_MS
    const synced = () =>
      Promise.all(
        this.#devices.map((device) =>
          device.engine.wait({
            peers: this.#devices.length - 1,
            signal: new AbortController().signal,
            timeoutMs: SETTLE_LIMIT_MS,
          }),
        ),
      )
    await this.#pass(5000)
    for (let round = 0; round < 2; round++) {
      const agreed = await this.#during(synced())
      if (agreed.includes(false) || this.#time.nowMs > limitMs) throw new Error(`they did not agree: ${this.#states()}`)
    }
  }

  /** What is wrong in the end; undefined: nothing. */
  verdict(): string | undefined {
    const trees = this.#devices.map((device) => device.disk.tree(SHARE_FOLDER))
    const [first] = trees
    for (const [i, tree] of trees.entries()) {
      const difference = differenceOf(first ?? {}, tree)
      if (difference !== undefined) return `a and ${this.#devices[i]?.name} differ: ${difference}`
    }
    const present = new Set(Object.values(first ?? {}))
    for (const { value, where } of this.#users.unreplaced())
      if (!present.has(value)) return `"${value}" was lost (${where})`
    for (const [path, value] of Object.entries(first ?? {})) {
      if (value !== null && !this.#users.wrote(value)) return `${path} holds "${value}", which nobody wrote`
    }
    for (const device of this.#devices) {
      const left = Object.keys(device.disk.tree(`${SHARE_FOLDER}/.homeseed/tmp`, ''))
      if (left.length > 0) return `${device.name} left ${left.join(', ')} in tmp`
    }
    const conflicts = Object.keys(first ?? {}).filter((path) => conflictOf(path as RelPath) !== undefined)
    if (conflicts.length > 0 && !this.#users.hadConcurrency)
      return `a conflict copy although nobody edited at the same time: ${conflicts.join(', ')}`
    return undefined
  }

  traceHash(): string {
    return this.#hash.copy().digest('hex')
  }

  #states(): string {
    return this.#devices
      .map((device) => {
        const [share] = device.engine.shares()
        return `${device.name}: ${share?.state} need ${share?.needFiles} ${JSON.stringify(share?.problems)} ${share?.peers.map((peer) => `${peer.name} ${peer.connected} ${peer.completion}`).join(', ')}`
      })
      .join(' | ')
  }

  #note(line: string): void {
    const stamped = `${Math.round(this.#time.nowMs)} ${line}`
    this.#hash.update(stamped).update('\n')
    if (this.#keepTrace) this.trace.push(stamped)
  }

  async #pass(ms: number): Promise<void> {
    const untilMs = this.#time.nowMs + ms
    while (await this.#time.step(untilMs)) continue
  }

  /** Lets time pass until a promise is settled. */
  async #during<T>(promise: Promise<T>): Promise<T> {
    let isSettled = false
    const settled = promise.finally(() => (isSettled = true))
    settled.catch(() => undefined)
    await new Promise((resolve) => setImmediate(resolve))
    while (!isSettled)
      if (!(await this.#time.step(Number.MAX_SAFE_INTEGER))) throw new Error('nothing is left to happen')
    return settled
  }
}

function differenceOf(a: Record<string, string | null>, b: Record<string, string | null>): string | undefined {
  for (const path of new Set([...Object.keys(a), ...Object.keys(b)])) {
    if (a[path] !== b[path]) return `${path} is ${JSON.stringify(a[path])} and ${JSON.stringify(b[path])}`
  }
  return undefined
}
