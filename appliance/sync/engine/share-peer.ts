import { limits } from '../limits.ts'
import type { LocalEntry, ShareIndex } from '../index/share-index.ts'
import type { Access } from '../model/access.ts'
import { takesPart } from '../model/left-out.ts'
import { isUndoneSeen } from '../model/seen.ts'
import type { Holder } from '../pull/fetch-file.ts'
import type { PeerSession, WireEntry } from '../wire/peer-session.ts'
import type { Clock } from '../ports.ts'
import { Signal } from '../signal.ts'

const MAX_STRIKES = 3
/** more than sign what fits into a few messages */
const MAX_OFFERED = 1024
/** Whoever is listened to may wait for us in turn. */
const SILENCE_MS = 30_000
/** after more work than this, everything else has its turn */
const LONG_MS = 2

export interface SharePeerOptions {
  readonly clock: Clock
  readonly deviceNo: number
  /** text form */
  readonly device: string
  readonly session: PeerSession
  readonly index: ShareIndex
  /** what it may do with the share */
  readonly access: Access
  readonly linked: boolean
  /** the sequence that our copy of its index reaches to */
  readonly receivedSequence: number
  readonly saveReceived: (sequence: number) => void
  /** the sequence of our newest change */
  readonly newest: () => number
  /** Whether more changes that belong together are being noted: they are told together, once they are. */
  readonly isStoring: () => boolean
  /** our changes up to this sequence our owner has let through */
  readonly letThrough: () => number
  /** Of the device whose signature it is. */
  readonly certificateOf: (signature: Uint8Array) => Uint8Array | undefined
  /** Makes changes ready to be announced to this peer. */
  readonly prepare: (changes: readonly LocalEntry[]) => readonly LocalEntry[]
}

/** One connected peer of one share: sends it our index, and remembers how far its own has come. */
export class SharePeer {
  readonly deviceNo: number
  readonly device: string
  readonly access: Access
  readonly linked: boolean
  readonly holder: Holder
  readonly #options: SharePeerOptions
  readonly #wake = new Signal()
  #receivedSequence: number
  #isTelling = false
  readonly #offered = new Map<string, Uint8Array>()
  /** certificates that it has been sent */
  readonly #introduced = new Set<Uint8Array>()
  #sentSequence = 0
  #strikes = 0
  #waiting: (() => void)[] = []
  #stopped = false

  constructor(options: SharePeerOptions) {
    this.#options = options
    this.deviceNo = options.deviceNo
    this.device = options.device
    this.access = options.access
    this.linked = options.linked
    this.#receivedSequence = options.receivedSequence
    this.holder = { session: options.session, strike: () => this.#strike() }
  }

  get receivedSequence(): number {
    return this.#receivedSequence
  }

  /** Its session has ended: what still comes of it counts no more. */
  get isStopped(): boolean {
    return this.#stopped
  }

  /** Whether it has said that there is more to come. */
  get isTelling(): boolean {
    return this.#isTelling
  }

  /** Certificates that it has sent along: each counts, and is looked at, once an entry needs it. */
  offer(writer: string, certificate: Uint8Array): void {
    this.#offered.set(writer, certificate)
    const [oldest] = this.#offered.keys()
    if (this.#offered.size > MAX_OFFERED && oldest !== undefined) this.#offered.delete(oldest)
  }

  offered(writer: string): Uint8Array | undefined {
    return this.#offered.get(writer)
  }

  noteTelling(isMore: boolean): void {
    this.#isTelling = isMore
  }

  /** Kept with the entries that it came with, in one transaction. */
  noteReceived(sequence: number): void {
    this.#receivedSequence = sequence
    this.#options.saveReceived(sequence)
    this.#wake.notify()
  }

  /** Whether everything up to a sequence is on its way to the peer. */
  hasSent(sequence: number): boolean {
    return this.#sentSequence >= sequence
  }

  /** Resolves once everything up to a sequence is on its way to the peer, or it is gone. */
  async sent(sequence: number): Promise<void> {
    while (!this.#stopped && !this.hasSent(sequence)) await new Promise<void>((resolve) => this.#waiting.push(resolve))
  }

  wake(): void {
    this.#wake.notify()
  }

  stop(): void {
    this.#stopped = true
    this.#wake.notify()
    this.#tellWaiting()
  }

  /**
   * Sends what the peer lacks, now and after every change, until stopped.
   * @param from  the sequence that the peer has our index up to; undefined: it has none of it
   * @param listenTo  nothing is sent before the peer's own index has come, up to this sequence
   */
  async sendIndex(folder: string, from: number | undefined, listenTo = 0): Promise<void> {
    const { session, index, clock, newest, isStoring, prepare, letThrough } = this.#options
    await this.#listen(listenTo)
    let isFirst = true
    let lookedTo = -1
    this.#sentSequence = from ?? 0
    while (!this.#stopped) {
      if (isStoring()) {
        await this.#wake.wait()
        continue
      }
      const beganMs = clock.monotonic()
      const last = newest()
      const found = last === lookedTo ? [] : index.localSince(this.#sentSequence, limits.announced + 1)
      const isMore = found.length > limits.announced
      const changes = isMore ? found.slice(0, -1) : found
      if (!isMore) lookedTo = last
      if (changes.length > 0 || isFirst) {
        const entries = prepare(changes).map((change) => toWire(change, letThrough()))
        const wasLong = clock.monotonic() - beganMs >= LONG_MS
        await session.sendIndex(folder, entries, {
          full: isFirst && from === undefined,
          isMore,
          writers: this.#newWritersOf(entries),
        })
        // what is written at once does not wait for anything
        if (wasLong) await clock.breathe()
      }
      isFirst = false
      this.#sentSequence = changes.at(-1)?.sequence ?? this.#sentSequence
      this.#tellWaiting()
      if (changes.length === 0) await this.#wake.wait()
    }
  }

  /** Certificates of those who signed these entries, as far as this peer has not been sent them. */
  #newWritersOf(entries: readonly WireEntry[]): readonly Uint8Array[] {
    const before = this.#introduced.size
    for (const { entry } of entries) {
      const certificate = entry.signature && this.#options.certificateOf(entry.signature)
      if (certificate) this.#introduced.add(certificate)
    }
    return [...this.#introduced].slice(before)
  }

  async #listen(to: number): Promise<void> {
    let isSilent = false
    while (!this.#stopped && !isSilent && this.#receivedSequence < to) {
      const before = this.#receivedSequence
      const cancel = this.#options.clock.after(SILENCE_MS, () => {
        isSilent = true
        this.#wake.notify()
      })
      while (!this.#stopped && !isSilent && this.#receivedSequence === before) await this.#wake.wait()
      cancel()
    }
  }

  #tellWaiting(): void {
    for (const tell of this.#waiting.splice(0)) tell()
  }

  #strike(): void {
    this.#strikes += 1
    if (this.#strikes >= MAX_STRIKES) this.#options.session.close('blocks did not have the content that was announced')
  }
}

/**
 * What a read-only device has changed for itself, and what is left out of the share, it knows of, but cannot give. An
 * entry without a version says that nothing is to be told of the path any more.
 */
const toWire = ({ entry, sequence, seen, localOnly, leftOut }: LocalEntry, letThrough: number): WireEntry => ({
  entry,
  sequence,
  // what this device wants back it does not have
  invalid: localOnly || !takesPart(leftOut) || entry.version.length === 0 || isUndoneSeen(seen),
  ...(sequence <= letThrough ? { letThrough: true } : {}),
})
