import { createHash } from 'node:crypto'
import type { DiskWork, PlaceOp, PlaceResult } from '../../appliance/sync/disk-work.ts'
import { SyncEngine } from '../../appliance/sync/engine/sync-engine.ts'
import { knownEntries } from '../../appliance/sync/index/known-entries.ts'
import { LocalDiskWork } from '../../appliance/sync/local-disk-work.ts'
import { isIgnored, OWN_RULES, SHARED_RULES } from '../../appliance/sync/model/ignored.ts'
import type { RelPath } from '../../appliance/sync/model/rel-path.ts'
import type { Clock, Log, WatchFolder } from '../../appliance/sync/ports.ts'
import type { ShareKeys } from '../../appliance/sync/secrets.ts'
import { MemoryFs } from '../support/memory-fs.ts'
import type { SeededRandom } from './random.ts'
import { clockOf } from './sim-clock.ts'
import type { SimTime } from './sim-clock.ts'
import { SimIndex } from './sim-index.ts'
import type { SimHost, SimNetwork } from './sim-network.ts'
import { simSecrets } from './sim-secrets.ts'

export const SHARE_FOLDER = '/share'
const IN_SHARE = `${SHARE_FOLDER}/`
const MANY_PATHS = 1000
/** where the folder is while its disk is unplugged */
const UNPLUGGED = '/unplugged'
const MAX_DISK_DELAY_MS = 8
/** in the name of an old version */
const STAMP = /~\d{8}-\d{6}(?:-\d+)?(?=\.[^./]*$|$)/

export interface DeviceDeps {
  readonly time: SimTime
  readonly random: SeededRandom
  readonly network: SimNetwork
  /** keys of secrets, for all devices */
  readonly keys: Map<string, ShareKeys>
  /** how wrong its wall clock is at first */
  readonly skewMs: number
  readonly trace: (line: string) => void
  /** its device id; undefined: one of its own */
  readonly id?: Uint8Array | undefined
}

/** How a process ends: alone, or with its whole machine, which loses what was not synced. */
export type Death = 'killed' | 'power cut'

interface Process {
  engine: SyncEngine
  alive: boolean
  readonly watching: Set<(path: string) => void>
}

/** A device whose process can be killed and started again: disk and index stay, all else is lost. */
export class SimDevice {
  readonly name: string
  readonly host: SimHost
  readonly disk: MemoryFs
  readonly index = SimIndex.take()
  /** how wrong its wall clock is */
  skewMs: number
  /** contents that it fetched from other devices, or put in place, since the start of the run */
  placed = 0
  readonly #deps: DeviceDeps
  #process: Process | undefined
  /** file system calls until the process dies in the middle of one; undefined: it does not */
  #callsLeft: number | undefined
  #death: Death = 'killed'
  /** file system calls until somebody edits right before one, and what they do, given the path in the share */
  #ambush: { callsLeft: number; readonly edit: (path: string) => void } | undefined
  /** of the last calls */
  readonly #paths: string[] = []
  #isPlugged = true
  #seen:
    { readonly changes: bigint; readonly isPlugged: boolean; readonly tree: ReadonlyMap<string, Lying> } | undefined

  constructor(name: string, deps: DeviceDeps) {
    this.name = name
    this.#deps = deps
    this.skewMs = deps.skewMs
    this.host = { name, id: deps.id ?? createHash('sha256').update(name).digest(), accept: undefined }
    this.disk = new MemoryFs({
      now: () => deps.time.startMs + this.skewMs + deps.time.nowMs,
      elapsedMs: () => deps.time.nowMs,
      before: (_call, path) => this.#beforeCall(path),
      losesUnsynced: true,
    })
    this.disk.mkdir(SHARE_FOLDER)
    deps.network.add(this.host)
  }

  get isUp(): boolean {
    return this.#process?.alive === true
  }

  get isPlugged(): boolean {
    return this.#isPlugged
  }

  get engine(): SyncEngine {
    if (!this.#process) throw new Error(`${this.name} is down`)
    return this.#process.engine
  }

  /** Whether it takes part in the share. */
  get isIn(): boolean {
    return this.engine.shares().length > 0
  }

  async start(): Promise<void> {
    const { time, random, network, keys } = this.#deps
    const { database } = this.index
    this.#callsLeft = undefined
    const process = { alive: true, watching: new Set() } as unknown as Process
    const { watching } = process
    const isAlive = () => process.alive
    const clock = clockOf(time, () => this.skewMs, isAlive)
    const work = new LocalDiskWork({ fs: this.disk, known: knownEntries(database.sqlite), random, clock })
    const watch: WatchFolder = (_root, onChange) => {
      watching.add(onChange)
      return { close: () => Promise.resolve(void watching.delete(onChange)) }
    }
    process.engine = new SyncEngine({
      clock,
      random,
      log: this.#log(isAlive),
      database,
      disk: this.#slowly(work, clock, isAlive),
      watch,
      dialer: { dial: (address) => network.dial(this.host, address, isAlive) },
      secrets: simSecrets(random, keys, this.host.id),
      self: {
        id: this.host.id,
        name: this.name,
        clientVersion: 'simulated',
        listen: `${this.name}:22000`,
        addresses: () => [],
      },
      folders: {
        locate: (path) => Promise.resolve({ path, isMissing: false }),
        make: () => Promise.resolve(),
      },
    })
    this.#process = process
    this.host.accept = (connection) => void process.engine.accept(connection)
    // the process before it comes to its end first: its index is this one's
    await new Promise((resolve) => setImmediate(resolve))
    await process.engine.start()
  }

  /** The process ends here and now, between two instructions; with `calls`, in the middle of a later file operation. */
  kill(death: Death = 'killed', calls?: number): void {
    if (!this.#process?.alive) return
    this.#death = death
    if (calls !== undefined) this.#callsLeft = calls
    else this.#die()
  }

  /** It does not die of what it was to die of. */
  spare(): void {
    this.#callsLeft = undefined
  }

  /** Somebody edits right before one of the next file operations, at the very path that it is about. */
  ambush(calls: number, edit: (path: string) => void): void {
    this.#ambush = { callsLeft: calls, edit }
  }

  /** The disk is gone, and back. */
  setPlugged(isPlugged: boolean): void {
    if (this.#isPlugged === isPlugged) return
    this.#isPlugged = isPlugged
    if (isPlugged) this.disk.rename(UNPLUGGED, SHARE_FOLDER)
    else this.disk.rename(SHARE_FOLDER, UNPLUGGED)
    // an empty mount point stays
    if (!isPlugged && this.#deps.random.chance(0.5)) this.disk.mkdir(SHARE_FOLDER)
  }

  /** Tells the engine that something changed, as a watcher does, unless that is lost. */
  hint(path: string): void {
    for (const onChange of this.#process?.watching ?? []) onChange(path)
  }

  /** What lies in the share, with type, permissions and content; a large content only in part. */
  tree(): ReadonlyMap<string, Lying> {
    const { changes } = this.disk
    // it is looked at after each step, and much less often something happens
    if (this.#seen?.changes !== changes || this.#seen.isPlugged !== this.#isPlugged)
      this.#seen = { changes, isPlugged: this.#isPlugged, tree: this.#lying() }
    return this.#seen.tree
  }

  #lying(): ReadonlyMap<string, Lying> {
    const all = new Map<string, Lying>()
    const root = this.#isPlugged ? SHARE_FOLDER : UNPLUGGED
    for (const [path, content] of Object.entries(this.disk.tree(root, '.homeseed', BRIEF_BYTES))) {
      const stat = path === OWN_RULES ? undefined : this.disk.stat(`${root}/${path}`)
      if (stat) all.set(path, { content, mode: stat.mode, sizeBytes: stat.sizeBytes, mtimeNs: stat.mtimeNs })
    }
    return all
  }

  /** Its owner writes what is not to be synced; no lines: all is. */
  writeRules(lines: readonly string[]): void {
    const path = `${SHARE_FOLDER}/${OWN_RULES}`
    if (lines.length > 0) this.disk.writeFile(path, lines.join('\n'))
    else if (this.disk.stat(path)) this.disk.remove(path)
    this.hint(OWN_RULES)
  }

  /** Contents in the archive. @param of  only versions of what had this path */
  archived(of?: string): readonly string[] {
    const root = this.#isPlugged ? SHARE_FOLDER : UNPLUGGED
    if (!this.disk.stat(`${root}/.homeseed/archive`)) return []
    const archive = this.disk.tree(`${root}/.homeseed/archive`, '', BRIEF_BYTES)
    return Object.entries(archive).flatMap(([path, content]) =>
      content !== null && (of === undefined || path.replace(STAMP, '') === of) ? [content] : [],
    )
  }

  /** The whole of a file. */
  read(path: string): string {
    return this.disk.readText(`${SHARE_FOLDER}/${path}`)
  }

  /** Only the marks, and what is left in tmp. */
  mark(): string | undefined {
    const path = `${SHARE_FOLDER}/.homeseed/life`
    return this.disk.stat(path) ? this.disk.readText(path).trim() : undefined
  }

  leftInTmp(): readonly string[] {
    return Object.keys(this.disk.tree(`${SHARE_FOLDER}/.homeseed/tmp`, ''))
  }

  #die(): void {
    const process = this.#process
    if (!process) return
    process.alive = false
    this.host.accept = undefined
    this.#deps.network.drop(this.host)
    if (this.#death === 'power cut') this.disk.cutPower(() => this.#deps.random.next())
    this.#deps.trace(`${this.name} dies: ${this.#death}`)
  }

  #beforeCall(path: string): void {
    this.#paths.push(path)
    if (this.#paths.length > MANY_PATHS) this.#paths.splice(0, this.#paths.length, this.#lastPath() ?? '')
    const ambush = this.#ambush
    const inShare = ambush && --ambush.callsLeft <= 0 ? this.#lastPath() : undefined
    if (ambush && inShare !== undefined) {
      this.#ambush = undefined
      ambush.edit(inShare.slice(IN_SHARE.length))
    }
    this.#count()
  }

  /** What the engine was last at, of what people see in the share. */
  #lastPath(): string | undefined {
    return this.#paths.findLast((path) => {
      const inShare = path.startsWith(IN_SHARE) ? path.slice(IN_SHARE.length) : ''
      return inShare !== '' && !isIgnored(inShare as RelPath) && inShare !== SHARED_RULES
    })
  }

  #count(): void {
    if (this.#callsLeft === undefined) return
    this.#callsLeft -= 1
    if (this.#callsLeft > 0) return
    if (this.#process?.alive) this.#die()
    throw Object.assign(new Error('the process is dead'), { code: 'EDEAD' })
  }

  #notePlaced(ops: readonly PlaceOp[], results: unknown): void {
    this.placed += ops.length
    for (const [i, { type, path }] of ops.entries()) {
      const result = (results as readonly PlaceResult[] | undefined)?.[i]
      const detail = result?.type === 'blocked' ? result.reason : result?.type === 'failed' ? result.code : ''
      this.#deps.trace(`${this.name} places ${type} ${path}: ${result?.type ?? 'nothing'} ${detail}`)
    }
  }

  #log(isAlive: () => boolean): Log {
    const { trace } = this.#deps
    const line = (level: string) => (event: string, data?: Readonly<Record<string, unknown>>) => {
      if (isAlive()) trace(`${this.name} ${level} ${event} ${JSON.stringify(data ?? {})}`)
    }
    return { error: line('error'), warn: line('warn'), info: line('info'), debug: line('debug') }
  }

  /**
   * The same work, but before and after it everything else gets its turn, as with a disk and worker threads. Nothing
   * of it reaches a process that has died.
   */
  #slowly(work: DiskWork, clock: Clock, isAlive: () => boolean): DiskWork {
    const { random } = this.#deps
    const pause = () => new Promise<void>((resolve) => clock.after(random.below(MAX_DISK_DELAY_MS), resolve))
    const untilAlive = <T>(action: () => T): T | Promise<never> => (isAlive() ? action() : new Promise(() => undefined))
    return new Proxy(work, {
      get: (target, name: keyof DiskWork) => {
        const method = target[name] as (...args: unknown[]) => Promise<unknown>
        return async (...args: unknown[]) => {
          await pause()
          const given = args.map((arg) =>
            typeof arg === 'function'
              ? (...inner: unknown[]) => untilAlive(() => (arg as (...all: unknown[]) => unknown)(...inner))
              : arg,
          )
          // between two operations of a worker a process dies as well
          const dies = () => {
            try {
              this.#count()
            } catch {
              // it did
            }
          }
          dies()
          if (!isAlive()) return new Promise(() => undefined)
          const outcome = await method.apply(target, given).then(
            (value) => ({ value }),
            (error: unknown) => ({ error }),
          )
          if (name === 'place')
            this.#notePlaced(args[1] as readonly PlaceOp[], 'value' in outcome ? outcome.value : undefined)
          dies()
          await pause()
          if ('error' in outcome) throw outcome.error
          return outcome.value
        }
      },
    })
  }
}

export interface Lying {
  /** `null`: a folder; `-> target`: a link */
  readonly content: string | null
  readonly mode: number
  readonly sizeBytes: number
  readonly mtimeNs: bigint
}

/** how much of a file is looked at after each step */
const BRIEF_BYTES = 40
