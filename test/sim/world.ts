/** A few devices that share one folder, a network between them, people who edit at the worst moments, and trouble. */
import { hash } from 'node:crypto'
import { limits } from '../../appliance/sync/limits.ts'
import type { ShareKeys } from '../../appliance/sync/secrets.ts'
import type { Stage } from './nemeses.ts'
import { Oracle } from './oracle.ts'
import { SeededRandom } from './random.ts'
import { scenarioOf } from './scenario.ts'
import type { Scenario } from './scenario.ts'
import { SimTime } from './sim-clock.ts'
import { SHARE_FOLDER, SimDevice } from './sim-device.ts'
import { SimNetwork } from './sim-network.ts'
import { Users } from './users.ts'
import { valueOf } from './values.ts'

/** shorter than the time between two looks at a whole folder, which would get anybody over what they are stuck in */
const SETTLE_LIMIT_MS = 20 * 60_000
/** for connections to come about */
const BEGIN_MS = 5000
const LONG_PAUSE_MS = 60_000
const usual = { ...limits }
/** in one of so many seeds few files are a mass of them already, and owners decide now this, now that */
const GUARDED_EVERY = 7
const DECIDE_EVERY_MS = 10_000
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
  /** the most that happens; many runs are shorter */
  readonly steps: number
}

/** Runs one seed from the beginning to the verdict. Never rejects for what the engine does wrong. */
export async function runSeed(seed: number, options: RunOptions): Promise<Outcome> {
  const world = new World(seed, options)
  let failure: string | undefined
  try {
    await world.setUp()
    failure = await world.run()
  } catch (error) {
    failure = `${error instanceof Error ? (error.stack ?? error.message) : String(error)}\n${world.states()}`
  }
  world.end()
  return {
    seed,
    failure,
    get traceHash() {
      return world.traceHash()
    },
    trace: world.trace,
  }
}

class World {
  readonly trace: string[] = []
  readonly #random: SeededRandom
  readonly #time = new SimTime()
  readonly #network: SimNetwork
  readonly #scenario: Scenario
  readonly #devices: readonly SimDevice[]
  readonly #readers: readonly SimDevice[]
  readonly #users: Users
  readonly #oracle: Oracle
  readonly #stage: Stage
  readonly #keys = new Map<string, ShareKeys>()
  /** copies of devices, which are gone again */
  readonly #twins: SimDevice[] = []
  readonly #isGuarded: boolean
  #secrets: { readonly write: string; readonly read: string } | undefined

  constructor(seed: number, { steps }: RunOptions) {
    this.#random = new SeededRandom(seed)
    const [random, time] = [this.#random, this.#time]
    this.#scenario = scenarioOf(random, steps)
    const { devices, readers, names, large, oneEditor, maxDelayMs } = this.#scenario
    this.#isGuarded = seed % GUARDED_EVERY === 0 && !oneEditor
    this.#network = new SimNetwork(time, random)
    this.#network.maxDelayMs = maxDelayMs
    const trace = (line: string) => this.#note(line)
    trace(`${JSON.stringify({ ...this.#scenario, nemeses: this.#scenario.nemeses.map(({ name }) => name) })}`)
    this.#devices = Array.from({ length: devices }, (_, i) => {
      const skewMs = random.chance(0.3) ? (random.below(2) === 0 ? -1 : 1) * random.below(100_000_000) : 0
      const deps = { time, random, network: this.#network, keys: this.#keys, skewMs, trace }
      return new SimDevice(String.fromCharCode(97 + i), deps)
    })
    this.#readers = this.#devices.slice(devices - readers)
    this.#users = new Users(random, { names, large, readers: new Set(this.#readers.map(({ name }) => name)) }, trace)
    const letsGo = this.#scenario.nemeses.some(({ isScope }) => isScope)
    this.#oracle = new Oracle({ devices: this.#devices, readers: this.#readers, users: this.#users, oneEditor, letsGo })
    this.#stage = {
      random,
      network: this.#network,
      devices: this.#devices,
      users: this.#users,
      edited: oneEditor ? this.#devices.slice(0, 1) : this.#devices,
      copies: new Map(),
      trace,
      start: (device) => this.#start(device),
      pass: (ms) => this.#pass(ms),
      twinOf: (device) => this.#twinOf(device),
      during: (device, promise) => this.#whileUp(device, promise),
      join: (device) => this.#join(device),
    }
  }

  /** The first device shares, the others join by its secret; everybody knows everybody's address. */
  async setUp(): Promise<void> {
    if (this.#scenario.tiny)
      for (const name of Object.keys(limits) as (keyof typeof limits)[]) limits[name] = 1 + this.#random.below(3)
    const [first, ...others] = this.#devices
    if (!first) throw new Error('a world needs a device')
    for (const device of this.#devices) await this.#during(device.start())
    const { name } = await this.#during(first.engine.addShare({ path: SHARE_FOLDER, name: 'Family' }))
    this.#secrets = {
      write: first.engine.secret(name, 'read-write').secret,
      read: first.engine.secret(name, 'read-only').secret,
    }
    for (const device of others) await this.#join(device)
    if (this.#isGuarded) await this.#guard(first)
  }

  /** @returns what went wrong; undefined: nothing */
  async run(): Promise<string | undefined> {
    for (let step = 0; step < this.#scenario.steps; step++) {
      await this.#step()
      const lost = this.#oracle.lost()
      if (lost !== undefined) return lost
    }
    await this.#mend()
    await this.#agree()
    const failure = this.#oracle.lost() ?? this.#oracle.verdict()
    return failure === undefined && this.#scenario.restarts ? await this.#restart() : failure
  }

  /** The indexes are used again. */
  end(): void {
    Object.assign(limits, usual)
    for (const device of [...this.#devices, ...this.#twins]) {
      device.kill()
      device.index.release()
    }
  }

  traceHash(): string {
    return hash('sha256', this.trace.join('\n'))
  }

  async #step(): Promise<void> {
    const random = this.#random
    const { edits, nemeses, pauseMs } = this.#scenario
    const { edited } = this.#stage
    if (this.#isGuarded && random.chance(0.05)) void this.#decide(random.pick(this.#devices))
    if (random.below(100) < edits || nemeses.length === 0) this.#users.edit(random.pick(edited))
    else if (random.chance(0.4)) await this.#recover()
    else {
      const device = random.pick(this.#devices)
      const nemesis = pickByWeight(nemeses, random)
      this.#note(`${nemesis.name} at ${device.name}`)
      await nemesis.run(device, this.#stage)
    }
    // often a burst without a pause, now and then long enough for everything to arrive
    await this.#pass(random.chance(0.4) ? 0 : random.chance(0.1) ? LONG_PAUSE_MS : random.below(pauseMs))
  }

  /** A device starts again, or links are mended. */
  async #recover(): Promise<void> {
    const random = this.#random
    const device = random.pick(this.#devices)
    if (!device.isUp) return this.#start(device)
    this.#network.mend(device.host, random.pick(this.#devices).host)
  }

  /** All links work, all disks are there and have room, all devices run and take part in everything. */
  async #mend(): Promise<void> {
    this.#note('all is mended')
    this.#network.mendAll()
    for (const device of this.#devices) {
      device.setPlugged(true)
      device.disk.setCapacity(2 ** 50)
      device.ambush(Infinity, () => undefined)
      // who goes on without a start has to get over everything alone
      if (this.#random.chance(0.5)) device.kill()
      else device.spare()
      device.writeRules([])
    }
    for (const device of this.#devices) {
      await this.#start(device)
      const [share] = device.engine.shares()
      if (!share) await this.#join(device)
      else if (share.state === 'paused') await this.#whileUp(device, device.engine.setPaused(share.id, false))
      if (share) await this.#whileUp(device, device.engine.choose(share.id, { only: [], skip: [] }))
    }
    await this.#pass(BEGIN_MS)
    for (const device of this.#devices) await this.#rescan(device)
    for (const device of this.#devices) await this.#joinAnew(device)
  }

  /** An old index may still tell of what was left since, and lost its mark by that: its owner leaves that, too, and joins. */
  async #joinAnew(device: SimDevice): Promise<void> {
    const [share] = device.engine.shares()
    if (share?.state !== 'disk-missing') return
    await this.#whileUp(device, device.engine.removeShare(share.id))
    await this.#join(device)
  }

  /** Once, for what the watcher did not tell of. */
  async #rescan(device: SimDevice): Promise<void> {
    const [share] = device.isUp ? device.engine.shares() : []
    if (share && share.state !== 'paused') await this.#whileUp(device, device.engine.rescan(share.id))
  }

  /** Time passes until all of them say that they agree. */
  async #agree(): Promise<void> {
    const peers = this.#devices.length - 1
    const { signal } = new AbortController()
    const waits = this.#devices.map((device) => device.engine.wait({ peers, signal, timeoutMs: SETTLE_LIMIT_MS }))
    const agreed = await this.#during(this.#whileDeciding(Promise.all(waits)))
    if (agreed.includes(false)) throw new Error(`they did not agree`)
    this.#note('all agree')
  }

  /** Nothing comes of starting once more what agrees: no change, nothing placed. */
  async #restart(): Promise<string | undefined> {
    // what was written just now is looked at again for a while
    await this.#pass(LONG_PAUSE_MS)
    await this.#agree()
    const states = () =>
      this.#devices.map((device) => ({
        device: device.name,
        placed: device.placed,
        sequence: device.index.database.sqlite.prepare('SELECT max(sequence) FROM local_entries').pluck().get(),
        tree: [...device.tree()]
          .map(([path, { content, mode, mtimeNs }]) => `${path} ${content} ${mode} ${mtimeNs}`)
          .join('\n'),
      }))
    const before = states()
    for (const device of this.#devices) device.kill()
    for (const device of this.#devices) await this.#start(device)
    await this.#pass(BEGIN_MS)
    await this.#agree()
    const after = states()
    const at = before.findIndex((state, i) => JSON.stringify(state) !== JSON.stringify(after[i]))
    return at < 0 ? undefined : `a restart changed ${JSON.stringify(before[at])} to ${JSON.stringify(after[at])}`
  }

  async #start(device: SimDevice): Promise<void> {
    if (!device.isUp) await this.#whileStarting(device)
  }

  async #whileStarting(device: SimDevice): Promise<void> {
    const starting = device.start()
    await this.#whileUp(device, starting)
  }

  #twinOf(device: SimDevice): SimDevice {
    const { skewMs, host, disk, index } = device
    const deps = { time: this.#time, random: this.#random, network: this.#network, keys: this.#keys, skewMs }
    const trace = (line: string) => this.#note(line)
    const twin = new SimDevice(device.name + 'x'.repeat(this.#twins.length + 1), { ...deps, trace, id: host.id })
    twin.disk.putImage(SHARE_FOLDER, disk.imageOf(SHARE_FOLDER))
    twin.index.put(index.copy())
    this.#twins.push(twin)
    return twin
  }

  async #join(device: SimDevice): Promise<void> {
    const { write, read } = this.#secrets ?? {}
    const secret = this.#readers.includes(device) ? read : write
    if (secret === undefined || !device.isUp) return
    const hosts = this.#devices.filter((other) => other !== device).map((other) => `${other.name}:22000`)
    const joining = device.engine.joinShare({ secret, path: SHARE_FOLDER, name: 'Family', hosts })
    await this.#whileUp(device, joining)
    if (this.#isGuarded) await this.#guard(device)
  }

  async #guard(device: SimDevice): Promise<void> {
    if (!device.isUp || device.engine.shares().length === 0) return
    await this.#whileUp(device, device.engine.setSettings('Family', { 'hold-files': '3', 'hold-percent': '40' }))
  }

  /** The owner of a device says something to what is held there, if anything is. */
  async #decide(device: SimDevice): Promise<void> {
    const [share] = device.isUp ? device.engine.shares() : []
    if (!share || share.held.length === 0) return
    const answer = share.access === 'read-write' && this.#random.chance(0.5) ? 'undo' : 'release'
    this.#note(`owner of ${device.name}: ${answer}`)
    // what was made is part of what is undone
    if (answer === 'undo')
      for (const { content } of this.#devices.flatMap((other) => [...other.tree().values()]))
        if (content !== null) this.#users.values.excuse(valueOf(content))
    await device.engine[answer](share.id).catch((error: unknown) => this.#note(`${device.name}: ${String(error)}`))
  }

  /** Owners look after what is held. */
  async #whileDeciding<T>(agreed: Promise<T>): Promise<T> {
    if (!this.#isGuarded) return agreed
    let isOver = false
    const settled = agreed.finally(() => (isOver = true))
    settled.catch(() => undefined)
    const look = async (): Promise<void> => {
      for (const device of this.#devices) await this.#decide(device)
      if (!isOver) this.#time.after(DECIDE_EVERY_MS, () => void look())
    }
    this.#time.after(DECIDE_EVERY_MS, () => void look())
    return settled
  }

  states(): string {
    return this.#devices
      .map((device) => {
        const [share] = device.isUp ? device.engine.shares() : []
        return `${device.name}: ${share?.state} need ${share?.needFiles} ${JSON.stringify(share?.problems)} ${share?.peers.map((peer) => `${peer.name} ${peer.connected} ${peer.completion}`).join(', ')}`
      })
      .join(' | ')
  }

  #note(line: string): void {
    this.trace.push(`${Math.round(this.#time.nowMs)} ${line}`)
  }

  #pass(ms: number): Promise<void> {
    return this.#time.pass(ms)
  }

  async #whileUp(device: SimDevice, promise: Promise<unknown>): Promise<void> {
    // what it was told while it died, or because its disk is gone, is no matter
    await this.#during(
      promise.catch((error: unknown) => this.#note(`${device.name}: ${String(error)}`)),
      () => device.isUp,
    )
  }

  /** Lets time pass until a promise is settled, or there is no sense in it any more. */
  async #during<T>(promise: Promise<T>, goesOn: () => boolean = () => true): Promise<T> {
    let isSettled = false
    const settled = promise.finally(() => (isSettled = true))
    settled.catch(() => undefined)
    await new Promise((resolve) => setImmediate(resolve))
    while (!isSettled && goesOn())
      if (!(await this.#time.step(Number.MAX_SAFE_INTEGER))) throw new Error('nothing is left to happen')
    return isSettled ? settled : (undefined as T)
  }
}

function pickByWeight<T extends { readonly weight: number }>(from: readonly T[], random: SeededRandom): T {
  let left = random.below(from.reduce((sum, { weight }) => sum + weight, 0))
  const picked = from.find(({ weight }) => (left -= weight) < 0)
  if (!picked) throw new Error('nothing to pick from')
  return picked
}
