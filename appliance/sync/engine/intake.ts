import { limits } from '../limits.ts'
import type { LocalEntry, ShareIndex } from '../index/share-index.ts'
import { bytesEqual, sameEntry } from '../model/entry.ts'
import type { Entry } from '../model/entry.ts'
import { isIgnored } from '../model/ignored.ts'
import { needLoss } from '../model/need.ts'
import { writerOf } from '../model/signature.ts'
import { compareVersions } from '../model/version-vector.ts'
import type { Clock } from '../ports.ts'
import type { IndexPart, WireEntry } from '../wire/peer-session.ts'
import type { Hearing } from './hearing.ts'
import type { LocalEntries } from './local-entries.ts'
import type { PlacedBefore } from './placed-before.ts'
import type { ShareKeys } from '../secrets.ts'
import { SLICE_MS } from '../slices.ts'
import type { SharePeer } from './share-peer.ts'

export interface IntakeDeps {
  readonly clock: Clock
  readonly index: ShareIndex
  readonly keys: ShareKeys
  readonly local: LocalEntries
  readonly hearing: Hearing
  readonly placedBefore: PlacedBefore
  /** Some of it is in the index. */
  readonly onStored: () => void
  /** A peer holds what was made here, in a life of the index that this index knows nothing of. */
  readonly onForgotten: () => void
}

interface Accepted {
  readonly wire: WireEntry
  /** a peer that holds what this device holds, as most do most of the time: nothing to plan */
  readonly isEcho: boolean
}

/** Takes in what peers announce, once it is known that they may. */
export class Intake {
  readonly #deps: IntakeDeps
  #taking = 0

  constructor(deps: IntakeDeps) {
    this.#deps = deps
  }

  /** Whether there is more of what a peer is telling right now. */
  get isTaking(): boolean {
    return this.#taking > 0
  }

  /**
   * Entries must carry the share's signature, except from a linked device, for which this device vouches once it
   * takes them over; a read-only device can vouch for nobody.
   * @throws Error when a peer sends what it has no right to: the session ends
   */
  async take(peer: SharePeer, { entries, full, maxSequence, isMore, writers }: IndexPart): Promise<void> {
    const { index, keys, onStored } = this.#deps
    this.#taking += 1
    try {
      for (const certificate of writers) {
        const writer = keys.writerIn(certificate)
        if (writer !== undefined) peer.offer(writer, certificate)
      }
      // otherwise it is to tell the rest again
      const isWhole = await this.#takeAll(peer, entries, full)
      if (isWhole && maxSequence > peer.receivedSequence) index.transaction(() => peer.noteReceived(maxSequence))
    } finally {
      peer.noteTelling(isMore)
      this.#taking -= 1
      onStored()
    }
  }

  /** @returns false: it was stopped before all was taken in */
  async #takeAll(peer: SharePeer, entries: readonly WireEntry[], full: boolean): Promise<boolean> {
    if (full) await this.#forget(peer)
    for (let from = 0; from < entries.length;) {
      const taken = this.#takeBatch(peer, entries, from)
      // after the last one as well: what comes next may be here already
      await this.#deps.clock.breathe()
      if (taken === undefined || peer.isStopped) return false
      from = taken
    }
    return !peer.isStopped
  }

  async #forget(peer: SharePeer): Promise<void> {
    const { index, local } = this.#deps
    // first of all: after a crash in the middle the peer is to send everything anew
    index.transaction(() => peer.noteReceived(0))
    await local.forgetRemote(peer.deviceNo)
  }

  /** @returns where the next batch begins; undefined: there is to be none */
  #takeBatch(peer: SharePeer, entries: readonly WireEntry[], from: number): number | undefined {
    const { clock, index, keys, local, hearing, placedBefore, onStored, onForgotten } = this.#deps
    const endMs = clock.monotonic() + SLICE_MS
    const accepted: Accepted[] = []
    let received = peer.receivedSequence
    let at = from
    for (let verified = 0; at - from < limits.stored && verified < limits.verified; at++) {
      const wire = entries[at]
      if (!wire || clock.monotonic() >= endMs) break
      received = Math.max(received, wire.sequence)
      // our own folder, and what other programs keep of theirs, is nobody else's to write
      if (isIgnored(wire.entry.path)) continue
      const mine = index.local(wire.entry.path)
      const isEcho = mine !== undefined && isSame(mine, wire)
      if (saysNothing(wire)) accepted.push({ wire, isEcho: false })
      if (saysNothing(wire)) continue
      if (!isEcho) verified += 1
      if (isEcho || this.#isAcceptable(peer, wire)) accepted.push({ wire, isEcho })
    }
    if (keys.access === 'read-write' && accepted.some(({ wire }) => !this.#knows(wire.entry))) {
      onForgotten()
      return undefined
    }
    const writers = new Set(
      accepted.map(({ wire: { entry } }) => entry.signature && keys.certificateOf(entry.signature)),
    )
    index.transaction(() => {
      for (const certificate of writers) if (certificate) index.putWriter(certificate)
      for (const { wire, isEcho } of accepted) {
        const { entry, sequence, invalid } = wire
        if (saysNothing(wire)) {
          index.removeRemote(entry.path, peer.deviceNo)
          local.evaluate(entry.path)
          continue
        }
        if (!isEcho) {
          hearing.noteTold(peer.deviceNo, entry)
          placedBefore.note(entry.path, peer.deviceNo)
        }
        index.putRemote({ entry, deviceNo: peer.deviceNo, sequence, invalid })
        if (!isEcho || invalid || index.isNeeded(entry.path)) local.evaluate(entry.path)
        if (wire.letThrough === true) this.#letThrough(entry)
      }
      peer.noteReceived(received)
    })
    onStored()
    return at
  }

  /** Its owner has been asked already where it was made. */
  #letThrough({ path, version }: Entry): void {
    const { index, local } = this.#deps
    if (index.lossOf(path) === needLoss.none) return
    const planned = local.plan(path).action?.entry.version
    if (planned && compareVersions(planned, version) === 'equal') index.setLoss(path, needLoss.letThrough)
  }

  #knows({ version, signature }: Entry): boolean {
    return this.#deps.local.given.knows(version, signature !== undefined)
  }

  #isAcceptable(peer: SharePeer, { entry }: WireEntry): boolean {
    const { keys } = this.#deps
    if (entry.signature === undefined) {
      if (!peer.linked) throw new Error(`the entry "${entry.path}" came unsigned from a device that is not linked`)
      return keys.access === 'read-write'
    }
    if (!keys.certificateOf(entry.signature)) {
      const certificate = peer.offered(writerOf(entry.signature))
      if (certificate && !keys.admit(certificate))
        throw new Error(`the writer of "${entry.path}" came with a certificate that is not the share's`)
    }
    if (keys.verify(entry)) return true
    throw new Error(`the entry "${entry.path}" came with a signature that is not the share's`)
  }
}

/** It has nothing to say of the path any more: nothing to verify, nothing to keep. */
const saysNothing = ({ entry }: WireEntry): boolean => entry.version.length === 0

/** What this device holds itself it has verified before. */
const isSame = ({ entry: mine }: LocalEntry, { entry }: WireEntry): boolean =>
  mine.signature !== undefined &&
  entry.signature !== undefined &&
  bytesEqual(mine.signature, entry.signature) &&
  sameEntry(mine, entry)
