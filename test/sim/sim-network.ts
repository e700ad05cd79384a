import type { Connection } from '../../appliance/sync/ports.ts'
import type { SeededRandom } from './random.ts'
import type { SimTime } from './sim-clock.ts'

export interface SimHost {
  readonly name: string
  readonly id: Uint8Array
  /** undefined while the host is down */
  accept: ((connection: Connection) => void) | undefined
}

/** What a connection runs over. */
interface Link {
  readonly delayMs: () => number
  /** how far apart two writes arrive, at least */
  readonly apartMs: () => number
  /** nothing gets through, though nobody hears of it */
  readonly isStalled: () => boolean
  /** calls back when that may be over */
  readonly whenMended: (action: () => void) => void
}

/** until what was stalled gets through again */
const RESUME_MS = 100

/** One end of a connection in memory: bytes arrive in order, after a delay, or not at all. */
class SimConnection implements Connection {
  readonly peerId: Uint8Array
  readonly dialled: boolean
  readonly address: string
  readonly exporter: Uint8Array
  other: SimConnection | undefined
  readonly #time: SimTime
  readonly #delayMs: () => number
  readonly #apartMs: () => number
  readonly #isStalled: () => boolean
  readonly #whenMended: (action: () => void) => void
  #onData: (bytes: Uint8Array) => void | Promise<void> = () => undefined
  #onClose: (error: Error | undefined) => void = () => undefined
  #lastArrivalMs = 0
  #incoming: Promise<void> = Promise.resolve()
  #closed = false
  readonly #late: Uint8Array[] = []

  constructor(time: SimTime, link: Link, peer: SimHost, dialled: boolean, exporter: Uint8Array) {
    this.#time = time
    this.#delayMs = link.delayMs
    this.#apartMs = link.apartMs
    this.#isStalled = link.isStalled
    this.#whenMended = link.whenMended
    this.peerId = peer.id
    this.address = `${peer.name}:22000`
    this.dialled = dialled
    this.exporter = exporter
  }

  write(parts: readonly Uint8Array[]): Promise<void> {
    if (this.#closed) return Promise.reject(new Error('the connection is closed'))
    const bytes = new Uint8Array(Buffer.concat(parts))
    const other = this.other
    this.#lastArrivalMs = Math.max(this.#lastArrivalMs + this.#apartMs(), this.#time.nowMs + this.#delayMs())
    this.#time.after(this.#lastArrivalMs - this.#time.nowMs, () => {
      if (other) other.#arrive(bytes)
    })
    return Promise.resolve()
  }

  /** While the link is stalled, what arrives waits, in order. */
  #arrive(bytes: Uint8Array): void {
    if (!this.#isStalled() && this.#late.length === 0) return this.receive(bytes)
    this.#late.push(bytes)
    if (this.#late.length === 1) this.#deliverLate()
  }

  #deliverLate(): void {
    if (this.#closed) return
    if (this.#isStalled()) return this.#whenMended(() => this.#deliverLate())
    this.#time.after(RESUME_MS, () => {
      if (this.#closed) return
      if (this.#isStalled()) return this.#deliverLate()
      for (const bytes of this.#late.splice(0)) this.receive(bytes)
    })
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
  readonly #stalled = new Set<string>()
  /** what waits for links to be mended */
  #waiting: (() => void)[] = []
  /** now and then something takes as long as this */
  maxDelayMs = 20
  /** slow links: nothing arrives sooner after what was sent before it */
  apartMs = 0
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
        const link = (way: string): Link => ({
          delayMs: () => this.#delayMs(),
          apartMs: () => this.apartMs,
          isStalled: () => this.#stalled.has(pair) || this.#stalled.has(way),
          whenMended: (action) => void this.#waiting.push(action),
        })
        const near = new SimConnection(this.#time, link(wayOf(to, from)), to, true, exporter)
        const far = new SimConnection(this.#time, link(wayOf(from, to)), from, false, exporter)
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

  /** Nothing gets through any more, and neither end notices, until it is mended. */
  stall(a: SimHost, b: SimHost): void {
    this.#stalled.add(pairOf(a, b))
  }

  /** Likewise, but only from one to the other. */
  stallOneWay(from: SimHost, to: SimHost): void {
    this.#stalled.add(wayOf(from, to))
  }

  mend(a: SimHost, b: SimHost): void {
    this.#cut.delete(pairOf(a, b))
    for (const stalled of [pairOf(a, b), wayOf(a, b), wayOf(b, a)]) this.#stalled.delete(stalled)
    this.#goOn()
  }

  mendAll(): void {
    this.#cut.clear()
    this.#stalled.clear()
    this.#goOn()
  }

  #goOn(): void {
    const waiting = this.#waiting
    this.#waiting = []
    for (const action of waiting) action()
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
    return 1 + this.#random.below(this.#random.chance(0.05) ? this.maxDelayMs : 20)
  }
}

const wayOf = (from: SimHost, to: SimHost): string => `${from.name}>${to.name}`
const pairOf = (a: SimHost, b: SimHost): string => [a.name, b.name].sort().join('-')
