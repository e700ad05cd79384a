/**
 * Frees the space of what its owner did not choose, once another device is known to have it. Two devices that let go
 * of the same thing must not count on each other: so a device first tells that nobody can count on it any more, then
 * asks each of those it counts on itself for an answer. They answer in order, and only when they have told all that
 * they had to tell: whoever answered knows of this device, and has not let go before.
 */
import type { DiskWork, ShareRoot } from '../disk-work.ts'
import type { LocalEntry, ShareIndex } from '../index/share-index.ts'
import { sameContent } from '../model/entry.ts'
import { messageOf } from '../model/error-code.ts'
import { isOnItsWayOut, leftOut } from '../model/left-out.ts'
import type { RelPath } from '../model/rel-path.ts'
import { isDamagedSeen, nothingSeen } from '../model/seen.ts'
import { compareVersions } from '../model/version-vector.ts'
import type { Clock, Log, Random } from '../ports.ts'
import type { Placer } from '../pull/placer.ts'
import { Signal } from '../signal.ts'
import { hasHeard } from './hearing.ts'
import type { LocalEntries } from './local-entries.ts'
import type { SharePeer } from './share-peer.ts'

const PAGE = 500
const POLL_MS = 50
const PATIENCE_MS = 60_000
const MAX_PROBLEMS = 100
const TURN_MS = 5000
const MAX_RESTS = 4

export interface LettingGoDeps {
  readonly clock: Clock
  readonly random: Random
  readonly log: Log
  readonly disk: DiskWork
  readonly root: ShareRoot
  readonly index: ShareIndex
  readonly local: LocalEntries
  readonly placer: Placer
  /** with what the text of this device's id begins */
  readonly self: string
  readonly peers: ReadonlyMap<number, SharePeer>
  /** a read-only device: what it makes stays here */
  readonly isReader: boolean
  /** Whether the disk may be written to now. */
  readonly isReady: () => boolean
  readonly scanSoon: (path: RelPath) => void
  readonly onStored: () => void
  readonly changed: () => void
}

export class LettingGo {
  readonly #deps: LettingGoDeps
  readonly #wake = new Signal()
  readonly #kept = new Map<RelPath, string>()
  #loop: Promise<void> | undefined
  #isWorking = false
  #isWanted = false
  #stopped = false
  /** not before, after others let go of the same at the same time */
  #restMs = 0
  #rests = 0
  /** folders that hold something that nobody knows of */
  readonly #stuck = new Set<RelPath>()
  #cancelRest: (() => void) | undefined

  constructor(deps: LettingGoDeps) {
    this.#deps = deps
  }

  /** What is known of others has changed, or what was chosen. */
  wake(): void {
    if (this.#stopped || !this.#deps.isReady()) return
    this.#isWanted = true
    this.#loop ??= this.#run()
    this.#wake.notify()
  }

  /** Something else was chosen. */
  beginAnew(): void {
    this.#stuck.clear()
    this.#rests = 0
    this.#restMs = 0
  }

  async stop(): Promise<void> {
    this.#stopped = true
    this.#cancelRest?.()
    this.#wake.notify()
    await this.#loop
  }

  /** Nothing is under way. What nobody else has does not count: that may take for ever. */
  isIdle(): boolean {
    return !this.#isWorking && !this.#isWanted
  }

  problems(): readonly { readonly path: string; readonly reason: string }[] {
    return [...this.#kept].map(([path, reason]) => ({ path, reason }))
  }

  async #run(): Promise<void> {
    while (!this.#stopped) {
      await this.#wake.wait()
      if (this.#stopped || !this.#isWanted) continue
      this.#isWanted = false
      this.#isWorking = true
      try {
        await this.#pass()
      } catch (error) {
        this.#deps.log.warn('not-let-go', { share: this.#deps.root.shareId, error: messageOf(error) })
      }
      this.#isWorking = false
      this.#deps.changed()
    }
  }

  /** Folders once they are empty: the innermost first, then those that they were in. */
  async #pass(): Promise<void> {
    this.#kept.clear()
    const { index } = this.#deps
    if (index.onTheirWayOut(undefined, 1).length === 0) return
    await this.#goThrough((held) => held.entry.type !== 'directory')
    const isEmpty = ({ entry }: LocalEntry) =>
      entry.type === 'directory' && !this.#stuck.has(entry.path) && index.somethingBelow(entry.path) === undefined
    while ((await this.#goThrough(isEmpty)) > 0) continue
  }

  /** @returns how many have gone */
  async #goThrough(isMeant: (held: LocalEntry) => boolean): Promise<number> {
    const { index, clock } = this.#deps
    let gone = 0
    let before: RelPath | undefined
    for (;;) {
      const page = index.onTheirWayOut(before, PAGE)
      if (page.length === 0 || this.#stopped || !this.#deps.isReady()) return gone
      const meant = page.filter((path) => {
        const held = index.local(path)
        return held !== undefined && isMeant(held)
      })
      if (meant.length > 0) gone += await this.#letGo(meant)
      before = page.at(-1)
      await clock.breathe()
    }
  }

  /** @returns how many have gone */
  async #letGo(paths: readonly RelPath[]): Promise<number> {
    const { index, local, clock, onStored } = this.#deps
    const rest = clock.monotonic() < this.#restMs
    const leaving = rest ? [] : paths.filter((path) => this.#holders(index.local(path)).length > 0)
    for (const path of paths) if (!leaving.includes(path)) this.#keep(path)
    const asked = new Set(leaving.flatMap((path) => this.#holders(index.local(path))))
    if (leaving.length > 0) {
      index.transaction(() => leaving.forEach((path) => local.setLeftOut(path, leftOut.leaving)))
      onStored()
    }
    const answered = await this.#ask([...asked])
    const free = leaving.filter((path) => {
      const held = index.local(path)
      return held?.leftOut === leftOut.leaving && this.#holders(held).some((peer) => answered.has(peer))
    })
    await this.#remove(free)
    const left = paths.filter((path) => index.local(path)?.leftOut === leftOut.leaving)
    const gone = free.length - left.filter((path) => free.includes(path)).length
    if (left.length === 0) return gone
    this.#restFor()
    index.transaction(() => left.forEach((path) => local.setLeftOut(path, leftOut.going)))
    onStored()
    for (const path of left) this.#keep(path)
    return gone
  }

  /**
   * Others may be about the same: they try again one after the other, in the order of their ids, and with more time in
   * between each time, as nobody knows how long it takes here.
   */
  #restFor(): void {
    const { clock, random, self, peers } = this.#deps
    const before = [...peers.values()].filter(({ device }) => device < self).length
    const delayMs = (1000 + 8 * (random.bytes(1)[0] ?? 0) + TURN_MS * before) * 2 ** Math.min(this.#rests++, MAX_RESTS)
    this.#restMs = clock.monotonic() + delayMs
    this.#cancelRest?.()
    this.#cancelRest = clock.after(delayMs, () => this.wake())
  }

  #keep(path: RelPath): void {
    if (this.#kept.size < MAX_PROBLEMS && this.#deps.index.local(path)?.entry.type !== 'directory')
      this.#kept.set(path, this.#deps.isReader ? NOBODY : NO_WRITER)
  }

  /** Connected peers that announce the very same; none while there is something else to do about the path. */
  #holders(held: LocalEntry | undefined): readonly SharePeer[] {
    const { index, peers, local } = this.#deps
    if (!held || !isOnItsWayOut(held.leftOut) || held.seen === nothingSeen || held.localOnly) return []
    const { entry, seen } = held
    if (entry.deleted || isDamagedSeen(seen) || local.plan(entry.path).action) return []
    return index.remotes(entry.path).flatMap(({ entry: theirs, deviceNo, invalid }) => {
      const peer = peers.get(deviceNo)
      const isSame = compareVersions(theirs.version, entry.version) === 'equal' && sameContent(theirs, entry)
      return peer && !invalid && isSame && this.#isEnough(peer) ? [peer] : []
    })
  }

  /**
   * A reader that gets something else in its place keeps no conflict copy of what only it has. So somebody who may write
   * counts on such as may, too.
   */
  #isEnough(peer: SharePeer): boolean {
    return this.#deps.isReader || peer.linked || peer.access === 'read-write'
  }

  /** @returns those that know all that this device has told, and have told all that they had to */
  async #ask(asked: readonly SharePeer[]): Promise<ReadonlySet<SharePeer>> {
    const { clock, index, root, peers } = this.#deps
    const answered = new Set<SharePeer>()
    const sequence = index.maxAnnounced()
    const untilMs = clock.monotonic() + PATIENCE_MS
    const ask = async (peer: SharePeer): Promise<void> => {
      const isThere = () => !this.#stopped && peers.get(peer.deviceNo) === peer && clock.monotonic() < untilMs
      while (isThere() && !peer.hasSent(sequence)) await new Promise<void>((resolve) => clock.after(POLL_MS, resolve))
      if (!isThere()) return
      // any other program lets go of nothing
      const isHeard = await hasHeard(peer, root)
      if (isThere() && isHeard) answered.add(peer)
    }
    // one that goes away has not answered
    await Promise.all(asked.map((peer) => ask(peer).catch(() => undefined)))
    return answered
  }

  async #remove(paths: readonly RelPath[]): Promise<void> {
    const { disk, root, index, placer, scanSoon, log } = this.#deps
    const archived: RelPath[] = []
    await Promise.all(
      paths.map(async (path) => {
        const held = index.local(path)
        if (!held) return
        const op = { type: 'remove', path, expected: held.seen } as const
        // chosen again meanwhile, it has told others so: they may count on it
        const isDue = () => index.local(path)?.leftOut === leftOut.leaving
        const result = await placer.place({ op, entry: held.entry, leftOut: leftOut.unchosen, isDue })
        if (result.type === 'done' && result.archived !== undefined) archived.push(result.archived)
        if (result.type === 'changed-underneath') scanSoon(path)
        if (result.type === 'blocked') this.#stuck.add(path)
      }),
    )
    if (archived.length > 0) log.info('let-go', { share: root.shareId, files: archived.length })
    // only now: had the power failed before, what is missing would have come back from there
    await disk.dropArchived(root, archived)
  }
}

const NOBODY = 'it was not chosen, but no connected device has it: it stays here'
const NO_WRITER = 'it was not chosen, but no connected device that may change it has it: it stays here'
