import type { Connection } from '../../appliance/sync/ports.ts'
import type { SeededRandom } from './random.ts'
import type { SimTime } from './sim-clock.ts'

export interface SimHost {
  readonly name: string
  readonly id: Uint8Array
  /** undefined while the host is down */
  accept: ((connection: Connection) => void) | undefined
}

/** One end of a connection in memory: bytes arrive in order, after a delay, or not at all. */
class SimConnection implements Connection {
  readonly peerId: Uint8Array
  readonly dialled: boolean
  readonly address: string
  readonly exporter: Uint8Array
  other: SimConnection | undefined
  readonly #time: SimTime
  readonly #delayMs: () => number
  #onData: (bytes: Uint8Array) => void | Promise<void> = () => undefined
  #onClose: (error: Error | undefined) => void = () => undefined
  #lastArrivalMs = 0
  #incoming: Promise<void> = Promise.resolve()
  #closed = false

  constructor(time: SimTime, delayMs: () => number, peer: SimHost, dialled: boolean, exporter: Uint8Array) {
    this.#time = time
    this.#delayMs = delayMs
    this.peerId = peer.id
    this.address = `${peer.name}:22000`
    this.dialled = dialled
    this.exporter = exporter
  }

  write(parts: readonly Uint8Array[]): Promise<void> {
    if (this.#closed) return Promise.reject(new Error('the connection is closed'))
    const bytes = Uint8Array.from(Buffer.concat(parts))
    const other = this.other
    this.#lastArrivalMs = Math.max(this.#lastArrivalMs, this.#time.nowMs + this.#delayMs())
    this.#time.after(this.#lastArrivalMs - this.#time.nowMs, () => other?.receive(bytes))
    return Promise.resolve()
  }

  onData(handler: (bytes: Uint8Array) => void | Promise<void>): void {
    this.#onData = handler
  }

  onClose(handler: (error: Error | undefined) => void): void {
    this.#onClose = handler
  }

  close(): void {
    if (this.#closed) return
    this.shut(undefined)
    const other = this.other
    // what was written before arrives before
    this.#time.after(Math.max(0, this.#lastArrivalMs - this.#time.nowMs) + this.#delayMs(), () =>
      other?.shut(undefined),
    )
  }

  receive(bytes: Uint8Array): void {
    if (this.#closed) return
    this.#incoming = this.#incoming.then(() => (this.#closed ? undefined : this.#onData(bytes)))
    this.#incoming.catch(() => undefined)
  }

  shut(error: Error | undefined): void {
    if (this.#closed) return
    this.#closed = true
    this.#onClose(error)
  }

  get isClosed(): boolean {
    return this.#closed
  }
}

interface Open {
  readonly pair: string
  readonly hosts: readonly SimHost[]
  readonly ends: readonly SimConnection[]
}

/** Hosts that dial each other by name, and links between them that break. */
export class SimNetwork {
  readonly #time: SimTime
  readonly #random: SeededRandom
  readonly #hosts = new Map<string, SimHost>()
  readonly #cut = new Set<string>()
  readonly #open: Open[] = []

  constructor(time: SimTime, random: SeededRandom) {
    this.#time = time
    this.#random = random
  }

  add(host: SimHost): void {
    this.#hosts.set(host.name, host)
  }

  /** @param address NAME:22000 */
  dial(from: SimHost, address: string, isAlive: () => boolean): Promise<Connection> {
    return new Promise((resolve, reject) => {
      this.#time.after(this.#delayMs(), () => {
        const to = this.#hosts.get(address.replace(/:\d+$/, ''))
        const pair = to ? pairOf(from, to) : ''
        if (!isAlive()) return
        if (!to?.accept || this.#cut.has(pair)) return reject(new Error(`nobody answers at ${address}`))
        const exporter = this.#random.bytes(32)
        const near = new SimConnection(this.#time, () => this.#delayMs(), to, true, exporter)
        const far = new SimConnection(this.#time, () => this.#delayMs(), from, false, exporter)
        near.other = far
        far.other = near
        this.#open.push({ pair, hosts: [from, to], ends: [near, far] })
        to.accept(far)
        resolve(near)
      })
    })
  }

  /** The link breaks: both ends notice at once, and nobody gets through until it is mended. */
  cut(a: SimHost, b: SimHost): void {
    this.#cut.add(pairOf(a, b))
    this.#shut(({ pair }) => pair === pairOf(a, b))
  }

  mend(a: SimHost, b: SimHost): void {
    this.#cut.delete(pairOf(a, b))
  }

  mendAll(): void {
    this.#cut.clear()
  }

  /** A host went down: its connections end without a word. */
  drop(host: SimHost): void {
    this.#shut(({ hosts }) => hosts.includes(host))
  }

  #shut(isMeant: (one: Open) => boolean): void {
    for (const one of this.#open.filter((open) => isMeant(open))) {
      this.#open.splice(this.#open.indexOf(one), 1)
      for (const end of one.ends) end.shut(new Error('the link broke'))
    }
  }

  #delayMs(): number {
    return 1 + this.#random.below(20)
  }
}

const pairOf = (a: SimHost, b: SimHost): string => [a.name, b.name].sort().join('-')
