import { createHash } from 'node:crypto'
import type { DiskWork } from '../../appliance/sync/disk-work.ts'
import { SyncEngine } from '../../appliance/sync/engine/sync-engine.ts'
import { openDatabase } from '../../appliance/sync/index/database.ts'
import type { IndexDatabase } from '../../appliance/sync/index/database.ts'
import { knownEntries } from '../../appliance/sync/index/known-entries.ts'
import { LocalDiskWork } from '../../appliance/sync/local-disk-work.ts'
import type { Clock, Log, WatchFolder } from '../../appliance/sync/ports.ts'
import { secrets } from '../../appliance/sync/wire/secrets.ts'
import { MemoryFs } from '../support/memory-fs.ts'
import type { SeededRandom } from './random.ts'
import { clockOf } from './sim-clock.ts'
import type { SimTime } from './sim-clock.ts'
import type { SimHost, SimNetwork } from './sim-network.ts'

export const SHARE_FOLDER = '/share'
const migrations = new URL('../../appliance/sync/index/migrations', import.meta.url).pathname
const MAX_DISK_DELAY_MS = 8

export interface DeviceDeps {
  readonly time: SimTime
  readonly random: SeededRandom
  readonly network: SimNetwork
  /** how wrong its wall clock is */
  readonly skewMs: number
  readonly trace: (line: string) => void
}

/** A device whose process can be killed and started again: disk and index stay, all else is lost. */
export class SimDevice {
  readonly name: string
  readonly host: SimHost
  readonly disk: MemoryFs
  readonly #deps: DeviceDeps
  readonly #database: IndexDatabase
  #process: { engine: SyncEngine; alive: boolean; watching: Set<(path: string) => void> } | undefined
  /** file system calls until the process dies in the middle of one; undefined: it does not */
  #callsLeft: number | undefined

  constructor(name: string, deps: DeviceDeps) {
    this.name = name
    this.#deps = deps
    this.host = { name, id: createHash('sha256').update(name).digest(), accept: undefined }
    this.#database = openDatabase(':memory:', migrations)
    this.disk = new MemoryFs({
      now: () => deps.time.startMs + deps.skewMs + deps.time.nowMs,
      before: () => this.#beforeCall(),
    })
    this.disk.mkdir(SHARE_FOLDER)
    deps.network.add(this.host)
  }

  get isUp(): boolean {
    return this.#process?.alive === true
  }

  get engine(): SyncEngine {
    if (!this.#process) throw new Error(`${this.name} is down`)
    return this.#process.engine
  }

  async start(): Promise<void> {
    const { time, random, network, skewMs } = this.#deps
    this.#callsLeft = undefined
    const watching = new Set<(path: string) => void>()
    const process = { alive: true, watching } as {
      engine: SyncEngine
      alive: boolean
      watching: Set<(path: string) => void>
    }
    const isAlive = () => process.alive
    const clock = clockOf(time, skewMs, isAlive)
    const work = new LocalDiskWork({ fs: this.disk, known: knownEntries(this.#database.sqlite), random, clock })
    const watch: WatchFolder = (_root, onChange) => {
      watching.add(onChange)
      return { close: () => Promise.resolve(void watching.delete(onChange)) }
    }
    process.engine = new SyncEngine({
      clock,
      random,
      log: this.#log(),
      database: this.#database,
      disk: slowly(work, clock, random),
      watch,
      dialer: { dial: (address) => network.dial(this.host, address, isAlive) },
      secrets: secrets(random),
      self: { id: this.host.id, name: this.name, clientVersion: 'simulated', listen: `${this.name}:22000` },
      folders: {
        locate: (path) => Promise.resolve({ path, isMissing: false }),
        make: () => Promise.resolve(),
      },
    })
    this.#process = process
    this.host.accept = (connection) => void process.engine.accept(connection)
    await process.engine.start()
  }

  /** The process ends here and now, between two instructions; with `calls`, in the middle of a later file operation. */
  kill(calls?: number): void {
    if (!this.#process?.alive) return
    if (calls !== undefined) this.#callsLeft = calls
    else this.#die()
  }

  /** Tells the engine that something changed, as a watcher does, unless that is lost. */
  hint(path: string): void {
    for (const onChange of this.#process?.watching ?? []) onChange(path)
  }

  #die(): void {
    if (this.#process) this.#process.alive = false
    this.host.accept = undefined
    this.#deps.network.drop(this.host)
    this.#deps.trace(`${this.name} dies`)
  }

  #beforeCall(): void {
    if (this.#callsLeft === undefined) return
    this.#callsLeft -= 1
    if (this.#callsLeft > 0) return
    if (this.#process?.alive) this.#die()
    throw Object.assign(new Error('the process is dead'), { code: 'EDEAD' })
  }

  #log(): Log {
    const { trace } = this.#deps
    const line = (level: string) => (event: string, data?: Readonly<Record<string, unknown>>) =>
      trace(`${this.name} ${level} ${event} ${JSON.stringify(data ?? {})}`)
    return { error: line('error'), warn: line('warn'), info: line('info'), debug: line('debug') }
  }
}

/** The same work, but before and after it everything else gets its turn, as with a disk and worker threads. */
function slowly(work: DiskWork, clock: Clock, random: SeededRandom): DiskWork {
  const pause = () => new Promise<void>((resolve) => clock.after(random.below(MAX_DISK_DELAY_MS), resolve))
  return new Proxy(work, {
    get(target, name: keyof DiskWork) {
      const method = target[name] as (...args: unknown[]) => Promise<unknown>
      return async (...args: unknown[]) => {
        await pause()
        const result = await method.apply(target, args)
        await pause()
        return result
      }
    },
  })
}
