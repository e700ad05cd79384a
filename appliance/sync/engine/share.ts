/**
 * One share at work: scans its folder, takes in what peers announce, pulls what it lacks, serves blocks. Each
 * part decides from the index; the events that reach it only wake the loops.
 */
import type { DiskWork, ShareRoot } from '../disk-work.ts'
import type { LocalEntry, ShareIndex, Totals } from '../index/share-index.ts'
import { conflictPath } from '../model/conflict-name.ts'
import { noBytes } from '../model/entry.ts'
import type { Entry } from '../model/entry.ts'
import { revive } from '../model/plan.ts'
import { parseRelPath } from '../model/rel-path.ts'
import type { RelPath } from '../model/rel-path.ts'
import { nothingSeen } from '../model/seen.ts'
import type { Clock, Log, WatchFolder, Watcher } from '../ports.ts'
import { Puller, holdsContent } from '../pull/puller.ts'
import type { Holder } from '../pull/fetch-file.ts'
import type { BlockRequest, WireEntry } from '../wire/peer-session.ts'
import { diskFull, wrongFolder } from './disk-trouble.ts'
import type { DiskTrouble } from './disk-trouble.ts'
import type { FetchWindow } from './fetch-window.ts'
import { FolderLook } from './folder-look.ts'
import { Intake } from './intake.ts'
import { LocalEntries } from './local-entries.ts'
import type { Self } from './local-entries.ts'
import { Meter } from './meter.ts'
import { Mutex } from './mutex.ts'
import { Placer } from './placer.ts'
import type { Placed } from './placer.ts'
import { ScanSchedule } from './scan-schedule.ts'
import { announcedBlock, isEmptyContent } from './served-block.ts'
import type { ShareKeys } from './share-keys.ts'
import type { SharePeer } from './share-peer.ts'

const RETRY_DISK_MS = 10_000
const RETRY_SPACE_MS = 30_000

export interface ShareDeps {
  readonly clock: Clock
  readonly log: Log
  readonly disk: DiskWork
  readonly watch: WatchFolder | undefined
  readonly index: ShareIndex
  readonly window: FetchWindow
  readonly keys: ShareKeys
  readonly self: Self
  /** 7 characters for the name of a conflict copy, from a short id */
  readonly shortIdText: (shortId: string) => string
  /** Something that status tells has changed. */
  readonly changed: () => void
}

export class Share {
  readonly root: ShareRoot
  readonly keys: ShareKeys
  readonly index: ShareIndex
  readonly peers = new Map<number, SharePeer>()
  readonly #deps: ShareDeps
  readonly #puller: Puller
  readonly #placer: Placer
  readonly #schedule: ScanSchedule
  readonly #intake: Intake
  readonly #local: LocalEntries
  readonly #look: FolderLook
  #watcher: Watcher | undefined
  #trouble: DiskTrouble | undefined
  #paused: boolean
  #cancelRetry: (() => void) | undefined
  #stopped = false
  readonly #meter: Meter

  constructor(path: string, paused: boolean, deps: ShareDeps) {
    this.#deps = deps
    this.keys = deps.keys
    this.index = deps.index
    this.root = { shareId: deps.keys.id, path }
    this.#paused = paused
    this.#meter = new Meter(deps.clock)
    const { clock, log, disk, index, window } = deps
    const diskLock = new Mutex()
    this.#local = new LocalEntries({ clock, index, access: deps.keys.access, self: deps.self })
    this.#look = new FolderLook({
      log,
      disk,
      root: this.root,
      index,
      local: this.#local,
      onStored: () => this.#wakePeers(),
      onTrouble: (trouble) => this.#inTrouble(trouble, RETRY_DISK_MS),
    })
    this.#placer = new Placer({
      clock,
      disk,
      root: this.root,
      index,
      diskLock,
      commit: (batch) => this.#commitPlaced(batch),
    })
    this.#puller = new Puller({
      clock,
      log,
      disk,
      root: this.root,
      index,
      window,
      placer: this.#placer,
      plan: (path) => this.#local.plan(path),
      holders: (entry) => this.#holders(entry),
      conflictPath: (loser) => conflictPath(loser.path, loser.mtimeNs, deps.shortIdText(loser.modifiedBy)),
      adopt: (entry, local) => this.#adopt(entry, local),
      revive: (path) => this.#revive(path),
      scanSoon: (path) => this.#schedule.add(path),
      onReceived: (bytes, fromPeer) => {
        this.#meter.received(bytes, fromPeer)
        deps.changed()
      },
      onNoSpace: () => this.#inTrouble(diskFull, RETRY_SPACE_MS),
      onDiskTrouble: () => this.#checkDisk(),
    })
    this.#intake = new Intake({
      clock,
      index,
      keys: deps.keys,
      evaluate: (path) => this.#local.evaluate(path),
      onStored: () => this.#puller.wake(),
    })
    this.#schedule = new ScanSchedule({
      clock,
      scan: (within, signal) => diskLock.run(() => this.#scan(within, signal)),
      onChange: deps.changed,
      onScanned: () => this.#pull(),
      onError: (error) =>
        log.error('scan-failed', {
          share: this.root.shareId,
          error: error instanceof Error ? error.message : String(error),
        }),
    })
  }

  /** Puts right what a crash left, then watches, scans, and after the scan pulls. Resolves before the first scan. */
  async start(): Promise<void> {
    this.#local.count()
    if (this.#paused) return
    const { disk, log } = this.#deps
    const end = await disk.check(this.root)
    if (this.#stopped || this.#paused) return
    if (end.type !== 'complete') {
      this.#inTrouble(wrongFolder(end, this.root.path), RETRY_DISK_MS)
      return
    }
    this.#trouble = undefined
    await disk.recover(this.root, this.index.intents())
    this.index.transaction(() => this.index.dropIntents())
    if (this.#stopped || this.#paused) return
    this.#watch()
    this.#schedule.start()
    log.info('share-started', { share: this.root.shareId, path: this.root.path })
    this.#deps.changed()
  }

  async stop(): Promise<void> {
    this.#stopped = true
    await this.#halt()
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

  /** Looks at the whole folder again; resolves when that is done. */
  rescan(): Promise<void> {
    return this.#schedule.scanAll()
  }

  /** The newest change that peers are to know of. */
  get sequence(): number {
    return this.#local.sequence
  }

  addPeer(peer: SharePeer): void {
    this.peers.set(peer.deviceNo, peer)
    this.#puller.wake()
    this.#deps.changed()
  }

  /**
   * What is about to be announced, signed: by whoever made it, or else by this device, which vouches for it now. Not
   * sooner, as signing costs more than all the rest of finding a small file.
   */
  signed(changes: readonly LocalEntry[]): readonly LocalEntry[] {
    if (this.keys.access === 'read-only' || changes.every(({ entry }) => entry.signature)) return changes
    return this.index.transaction(() =>
      changes.map((change) => {
        if (change.entry.signature) return change
        const signature = this.keys.sign(change.entry)
        this.index.setSignature(change.entry.path, signature)
        return { ...change, entry: { ...change.entry, signature } }
      }),
    )
  }

  removePeer(peer: SharePeer): void {
    if (this.peers.get(peer.deviceNo) !== peer) return
    this.peers.delete(peer.deviceNo)
    this.#deps.changed()
  }

  /** Takes in what a peer announces. @throws Error when a peer sends what it has no right to: the session ends */
  async takeIndex(peer: SharePeer, entries: readonly WireEntry[], full: boolean): Promise<void> {
    await this.#intake.take(peer, entries, full)
    this.#deps.changed()
  }

  /** Forgets what a device announced, when it is no longer one of this share's. */
  dropDevice(deviceNo: number): void {
    this.index.transaction(() => {
      for (const path of this.index.dropRemote(deviceNo)) this.#local.evaluate(path)
    })
    this.#puller.wake()
  }

  /** @returns the block if it is one of a file that this device announced, exactly as announced */
  async serve(request: BlockRequest): Promise<Uint8Array | undefined> {
    const path = parseRelPath(request.path)
    const local = path && this.index.local(path)
    if (!local || this.#paused) return undefined
    if (isEmptyContent(local, request)) return noBytes
    const hash = announcedBlock(local, request)
    if (!hash) return undefined
    const bytes = await this.#deps.disk.readBlock(this.root, path, request.offset, request.sizeBytes, hash)
    if (bytes) this.#meter.sent(bytes.length)
    else this.#schedule.add(path)
    return bytes
  }

  /** Nothing to scan, nothing to pull: this device holds all that it knows of. */
  isSettled(): boolean {
    return (
      !this.#trouble &&
      !this.#paused &&
      this.#schedule.isIdle() &&
      this.#puller.isIdle() &&
      this.index.needTotals().files === 0
    )
  }

  get totals(): Totals {
    return this.#local.totals
  }

  /** Figures for status; also takes the sample that speeds are made from. */
  figures() {
    const need = this.index.needTotals()
    const underWay = this.#puller.transfers(Number.MAX_SAFE_INTEGER).reduce((sum, { doneBytes }) => sum + doneBytes, 0)
    const { progress, rates, nowMs } = this.#meter.sample(Math.max(0, need.bytes - underWay))
    return {
      totals: this.#local.totals,
      need,
      transfers: this.#puller.transfers(5),
      progress,
      rates,
      trouble: this.#trouble,
      isScanning: this.#schedule.isScanningAll(),
      isStarting: !this.#schedule.hasScannedAll(),
      problems: [
        ...[...this.#look.problems].map(([path, reason]) => ({ path, reason })),
        ...this.#puller.problems(100),
      ].slice(0, 100),
      localChanges: this.keys.access === 'read-only' ? this.index.localOnlyCount() : 0,
      nowMs,
    }
  }

  async #halt(): Promise<void> {
    this.#cancelRetry?.()
    this.#puller.pause()
    await this.#schedule.stop()
    await this.#watcher?.close()
    this.#watcher = undefined
    if (this.#stopped) await this.#puller.stop()
  }

  /** Not before the folder was looked at: what lies there already need not be fetched. */
  #pull(): void {
    if (!this.#trouble && !this.#paused && !this.#stopped && this.#schedule.hasScannedAll()) this.#puller.start()
  }

  #watch(): void {
    const { watch, log } = this.#deps
    this.#watcher ??= watch?.(
      this.root.path,
      (path) => {
        const safe = parseRelPath(path)
        if (safe) this.#schedule.add(safe)
      },
      (error) => {
        log.warn('watch-trouble', { share: this.root.shareId, error: error.message })
        this.#schedule.addAll()
      },
      () => this.#schedule.addAll(),
    )
  }

  #inTrouble(trouble: DiskTrouble, retryMs: number): void {
    const { clock, log, changed } = this.#deps
    if (this.#trouble?.state !== trouble.state)
      log.error(trouble.state, { share: this.root.shareId, message: trouble.message })
    this.#trouble = trouble
    this.#puller.pause()
    this.#cancelRetry?.()
    this.#cancelRetry = clock.after(retryMs, () => {
      if (this.#stopped || this.#paused) return
      if (trouble.state === 'disk-full') {
        this.#trouble = undefined
        this.#pull()
        changed()
      } else {
        void this.start().catch((error: unknown) =>
          log.error('share-not-started', { share: this.root.shareId, error: String(error) }),
        )
      }
    })
    changed()
  }

  /** Something on the disk failed: is it still the folder that was shared? */
  #checkDisk(): void {
    const { disk, log } = this.#deps
    void disk
      .check(this.root)
      .then((end) => {
        if (end.type !== 'complete') this.#inTrouble(wrongFolder(end, this.root.path), RETRY_DISK_MS)
      })
      .catch((error: unknown) => log.error('disk-check-failed', { share: this.root.shareId, error: String(error) }))
  }

  async #scan(within: readonly RelPath[] | undefined, signal: AbortSignal): Promise<readonly RelPath[] | undefined> {
    const again = await this.#look.run(within, signal)
    this.#puller.wake()
    this.#deps.changed()
    return again
  }

  #holders(entry: Entry): readonly Holder[] {
    const holders: Holder[] = []
    for (const { entry: announced, deviceNo, invalid } of this.index.remotes(entry.path)) {
      const peer = this.peers.get(deviceNo)
      if (peer && !invalid && holdsContent(announced, entry)) holders.push(peer.holder)
    }
    return holders
  }

  #adopt(entry: Entry, local: LocalEntry | undefined): void {
    const staysLocal = local?.localOnly === true && entry.deleted && local.seen !== nothingSeen
    this.index.transaction(() => this.#local.put(entry, local?.seen ?? nothingSeen, staysLocal))
    this.#wakePeers()
  }

  #commitPlaced(batch: readonly Placed[]): void {
    for (const { placement, result } of batch) {
      if (result.type !== 'done') continue
      const { op, entry } = placement
      this.#local.put(entry, result.seen, false)
      if (result.beside === undefined) continue
      this.#schedule.add(result.beside)
      // a folder took what lay in it along
      if (op.expected.startsWith('directory:')) this.#schedule.add(op.path)
    }
    this.#wakePeers()
  }

  #revive(path: RelPath): boolean {
    if (this.keys.access === 'read-only') return false
    const local = this.index.local(path)
    const tombstone = this.#local.plan(path).action?.entry ?? local?.entry
    // what is about to come to this path is not superseded by a folder
    if (!local || !tombstone?.deleted) return false
    const entry = revive(local.entry, tombstone, this.#local.by())
    if (local.seen === nothingSeen) {
      const { mode } = entry
      void this.#placer
        .place({ op: { type: 'directory', path, expected: nothingSeen, displaced: { to: 'archive' }, mode }, entry })
        .then(
          () => this.#puller.wake(),
          (error: unknown) =>
            this.#deps.log.error('revive-failed', { share: this.root.shareId, path, error: String(error) }),
        )
    } else {
      this.index.transaction(() => this.#local.put(entry, local.seen, false))
      this.#wakePeers()
      this.#puller.wake()
    }
    return true
  }

  #wakePeers(): void {
    for (const peer of this.peers.values()) peer.wake()
  }
}
