/**
 * One share at work: it starts and stops, and does what its owner and its peers ask. How its parts work together is in
 * share-parts.ts.
 */
import type { ShareRoot } from '../disk-work.ts'
import type { ShareIndex, Totals } from '../index/share-index.ts'
import { messageOf } from '../model/error-code.ts'
import { parseRelPath } from '../model/rel-path.ts'
import type { Watcher } from '../ports.ts'
import type { BlockRequest, IndexPart } from '../wire/peer-session.ts'
import type { Archive } from './archive.ts'
import type { Conflicts } from './conflicts.ts'
import type { OwnChanges } from './own-changes.ts'
import { notStarted } from './disk-trouble.ts'
import type { DiskTrouble } from './disk-trouble.ts'
import { AWAIT } from './hearing.ts'
import type { LackCounts } from './lack-counts.ts'
import type { MassHold } from './mass-hold.ts'
import { announcedBlock } from './served-block.ts'
import type { ShareKeys } from '../secrets.ts'
import type { SharePeer } from './share-peer.ts'
import type { Scrub } from './scrub.ts'
import { ShareParts } from './share-parts.ts'
import type { ShareDeps } from './share-parts.ts'

export class Share {
  readonly root: ShareRoot
  readonly keys: ShareKeys
  readonly index: ShareIndex
  readonly peers: ReadonlyMap<number, SharePeer>
  readonly hold: MassHold
  readonly conflicts: Conflicts
  readonly archive: Archive
  readonly ownChanges: OwnChanges
  readonly scrub: Scrub
  /** what other devices lack of what this one holds */
  readonly lack: LackCounts
  readonly #deps: ShareDeps
  readonly #parts: ShareParts
  #watcher: Watcher | undefined
  #paused: boolean
  #stopped = false

  constructor(path: string, paused: boolean, deps: ShareDeps) {
    this.#deps = deps
    this.#paused = paused
    this.#parts = new ShareParts(path, deps, {
      isOn: () => !this.#paused && !this.#stopped,
      start: () => this.start(),
      loseHistory: (reason) => this.loseHistory(reason),
    })
    const { root, peers, hold, conflicts, archive, ownChanges, scrub, lack } = this.#parts
    this.root = root
    this.keys = deps.keys
    this.index = deps.index
    this.peers = peers
    this.hold = hold
    this.conflicts = conflicts
    this.archive = archive
    this.ownChanges = ownChanges
    this.scrub = scrub
    this.lack = lack
  }

  /** Puts right what a crash left, then watches, scans, and after the scan pulls. Resolves before the first scan. */
  async start(): Promise<void> {
    const { local, guard, diskLock, schedule, keeper, spares } = this.#parts
    await local.count()
    if (this.#stopped || this.#paused || !(await guard.open())) return
    try {
      // a batch may still be under way from before the disk was in trouble
      const isSame = await diskLock.run(() => this.#putRight())
      if (this.#stopped || this.#paused) return
      if (!isSame) return this.loseHistory('its disk or the index is an older copy')
    } catch (error) {
      this.#parts.logError('share-not-started', error)
      return guard.report(notStarted(this.root.path, messageOf(error)))
    }
    this.#watch()
    schedule.start()
    keeper.start()
    spares.start()
    this.scrub.start()
    this.#deps.log.info('share-started', { share: this.root.shareId, path: this.root.path })
    this.#deps.changed()
  }

  /** Undoes what a crash left half done. @returns false: the disk is not the one that the index tells of */
  async #putRight(): Promise<boolean> {
    const { life, disk } = this.#deps
    if (!(await life.isSame())) return false
    await life.renew()
    await disk.recover(this.root, this.index.intents())
    this.index.transaction(() => this.index.dropIntents())
    await this.hold.open()
    return true
  }

  async stop(): Promise<void> {
    this.#stopped = true
    for (const peer of this.peers.values()) peer.stop()
    await this.#halt()
  }

  /** The share stops here, and begins anew as if it had been joined just now. */
  loseHistory(reason: string): void {
    if (this.#stopped) return
    this.#stopped = true
    this.#deps.onHistoryLost(reason)
  }

  /** What a peer says that it has of our index. @returns false: this index has never told of that many changes */
  hasGiven(sequence: number): boolean {
    return this.#parts.local.given.hasGiven(sequence)
  }

  async setPaused(paused: boolean): Promise<void> {
    if (this.#paused === paused) return
    this.#paused = paused
    if (paused) await this.#halt()
    else await this.start()
    this.#deps.changed()
  }

  get paused(): boolean {
    return this.#paused
  }

  /**
   * Looks at the whole folder again, and first whether it is there again; resolves when that is done. What could not be
   * received is tried once more.
   */
  async rescan(): Promise<void> {
    const { guard, puller, schedule } = this.#parts
    if (guard.isStopped) await this.start()
    guard.tryRoom()
    puller.retry()
    await schedule.scanAll()
  }

  /** Something counts from now on that no scan has looked at so far. */
  lookAgainAtAll(): void {
    const { local, schedule, puller, diskLock } = this.#parts
    const again = () => {
      local.lookAgainAtAll()
      schedule.addAll()
      puller.wake()
    }
    again()
    // what was under way did not know of it yet
    diskLock
      .run(() => Promise.resolve(again()))
      .catch((error: unknown) => this.#parts.logError('settings-not-applied', error))
  }

  /** The owner lets through what is held. Resolves when the folder was looked at again. */
  async release(): Promise<void> {
    const { diskLock, puller, schedule } = this.#parts
    await diskLock.run(() => this.hold.release())
    this.#deps.changed()
    puller.wake()
    await schedule.scanAll()
  }

  /** The owner wants what is held undone, here or everywhere. */
  async undo(): Promise<void> {
    await this.#parts.diskLock.run(() => this.hold.undo())
    this.#parts.schedule.addAll()
    this.#deps.changed()
    this.#parts.wakePeers()
    this.#parts.puller.wake()
  }

  get trouble(): DiskTrouble | undefined {
    return this.#parts.guard.trouble
  }

  /** The newest change that peers are to know of. */
  get sequence(): number {
    return this.#parts.local.sequence
  }

  /** Whether changes that belong together are being noted, one after the other. */
  get isStoring(): boolean {
    return this.#parts.look.isStoring
  }

  /** @param heard  the sequence that it has our index up to */
  addPeer(peer: SharePeer, heard: number): void {
    if (this.#stopped) return peer.stop()
    this.#parts.hearing.note(peer.deviceNo, heard)
    this.#parts.peers.set(peer.deviceNo, peer)
    this.#parts.puller.wake()
    this.#parts.lettingGo.wake()
    this.#deps.changed()
  }

  /** What of the share is to lie here has changed; resolves before that is so. */
  choose(): void {
    this.#parts.lettingGo.beginAnew()
    this.#parts.schedule.addAll()
  }

  removePeer(peer: SharePeer): void {
    if (this.peers.get(peer.deviceNo) !== peer) return
    this.#parts.peers.delete(peer.deviceNo)
    this.#deps.changed()
  }

  /** Takes in what a peer announces. @throws Error when a peer sends what it has no right to: the session ends */
  async takeIndex(peer: SharePeer, part: IndexPart): Promise<void> {
    if (this.#stopped) return
    await this.#parts.intake.take(peer, part)
    this.#deps.changed()
  }

  /** Forgets what a device announced, when it is no longer one of this share's. */
  async dropDevice(deviceNo: number): Promise<void> {
    if (this.#stopped) return
    await this.#parts.local.forgetRemote(deviceNo)
    this.#parts.puller.wake()
  }

  /** @returns the block that a peer asks for, as `read` does */
  async serve(request: BlockRequest, peer: SharePeer): Promise<Uint8Array | undefined> {
    const { path } = request
    if (path === AWAIT) {
      await peer.sent(this.index.maxAnnounced())
      // who begins anew after what it has heard has not agreed to it
      return this.#stopped ? undefined : Uint8Array.of(1)
    }
    const bytes = await this.read(request)
    if (bytes) this.#parts.meter.sent(bytes.length)
    return bytes
  }

  /** @returns the block if it is one of a file that this device announced, exactly as announced */
  async read(request: BlockRequest): Promise<Uint8Array | undefined> {
    const { path, offset, sizeBytes } = request
    const local = this.index.local(path)
    if (!local || this.#paused) return undefined
    const hash = announcedBlock(local, request)
    if (!hash) return undefined
    try {
      const bytes = await this.#deps.disk.readBlock(this.root, path, offset, sizeBytes, hash)
      if (!bytes) this.#parts.schedule.add(path)
      return bytes
    } catch (error) {
      // whoever asks can have it from somebody else, and goes on with all other shares
      this.#parts.logError('not-served', error)
      this.#parts.guard.look()
      return undefined
    }
  }

  /** Nothing to scan, nothing to pull: this device holds all that it knows of. */
  isSettled(): boolean {
    const { guard, schedule, puller, lettingGo } = this.#parts
    return (
      !this.#stopped &&
      !guard.trouble &&
      !this.#paused &&
      schedule.isIdle() &&
      puller.isIdle() &&
      lettingGo.isIdle() &&
      !this.hold.outgoing.isHeld &&
      this.index.needTotals().files === 0
    )
  }

  get totals(): Totals {
    return this.#parts.local.totals
  }

  /** Figures for status; also takes the sample that speeds are made from. */
  figures() {
    const { local, puller, meter, guard, schedule, scope, look, lettingGo } = this.#parts
    const need = this.index.needTotals()
    const needBytes = Math.max(0, need.bytes - puller.underWayBytes())
    const { progress, rates, nowMs } = meter.sample(needBytes)
    return {
      totals: local.totals,
      need: { files: need.files, bytes: needBytes },
      transfers: puller.transfers(5),
      progress,
      rates,
      trouble: guard.trouble,
      held: this.hold.status(),
      isScanning: schedule.isScanningAll(),
      isStarting: this.#stopped || !schedule.hasScannedAll(),
      problems: [
        ...(scope.problem ? [scope.problem] : []),
        ...[...look.problems].map(([path, reason]) => ({ path, reason })),
        ...puller.problems(100),
        ...lettingGo.problems(),
      ].slice(0, 100),
      localChanges: this.keys.access !== 'read-write' ? this.index.localOnlyCount() : 0,
      nowMs,
    }
  }

  async #halt(): Promise<void> {
    const { guard, puller, keeper, spares, schedule, lettingGo } = this.#parts
    this.scrub.halt()
    guard.close()
    this.hold.incoming.close()
    puller.pause()
    await keeper.stop()
    await spares.stop()
    await schedule.stop()
    await this.#watcher?.close()
    this.#watcher = undefined
    if (!this.#stopped) return
    await puller.stop()
    await lettingGo.stop()
  }

  #watch(): void {
    const { watch, log } = this.#deps
    this.#watcher ??= watch?.(
      this.root.path,
      (path) => {
        const safe = parseRelPath(path)
        if (safe) this.#parts.schedule.add(safe)
      },
      (error) => {
        log.warn('watch-trouble', { share: this.root.shareId, error: error.message })
        this.#parts.schedule.addAll()
      },
      () => this.#parts.schedule.addAll(),
    )
  }
}
