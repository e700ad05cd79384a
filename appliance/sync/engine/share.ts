/**
 * One share at work: scans its folder, takes in what peers announce, pulls what it lacks, serves blocks. Each
 * part decides from the index; the events that reach it only wake the loops.
 */
import type { DiskWork, Found, ShareRoot } from '../disk-work.ts'
import { contentHash } from '../index/entry-rows.ts'
import type { LocalEntry, ShareIndex } from '../index/share-index.ts'
import { conflictPath } from '../model/conflict-name.ts'
import { HASH_BYTES, bytesEqual, noBytes } from '../model/entry.ts'
import type { Entry } from '../model/entry.ts'
import { changeOf, removalOf } from '../model/local-change.ts'
import type { Authorship, LocalChange } from '../model/local-change.ts'
import { needOf } from '../model/need.ts'
import { planPath, revive } from '../model/plan.ts'
import type { Action } from '../model/plan.ts'
import { idleProgress, sampleProgress } from '../model/progress.ts'
import type { Progress } from '../model/progress.ts'
import { parseRelPath } from '../model/rel-path.ts'
import type { RelPath } from '../model/rel-path.ts'
import { nothingSeen } from '../model/seen.ts'
import type { Clock, Log, WatchFolder, Watcher } from '../ports.ts'
import { Puller, holdsContent } from '../pull/puller.ts'
import type { Holder } from '../pull/fetch-file.ts'
import type { BlockRequest, WireEntry } from '../wire/peer-session.ts'
import type { FetchWindow } from './fetch-window.ts'
import { Intake } from './intake.ts'
import { Mutex } from './mutex.ts'
import { Placer } from './placer.ts'
import type { Placed } from './placer.ts'
import { ScanSchedule } from './scan-schedule.ts'
import type { ShareKeys } from './share-keys.ts'
import type { SharePeer } from './share-peer.ts'

const RETRY_DISK_MS = 10_000
const RETRY_SPACE_MS = 30_000

/** This device, as entries and names tell of it. */
export interface Self {
  /** 16 hex digits */
  readonly shortId: string
  /** who counts in version vectors: this device in this life of its index */
  readonly author: string
}

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

/** Why nothing is written to the folder at present. */
export type Trouble = { readonly state: 'disk-missing' | 'disk-full' | 'error'; readonly message: string }

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
  readonly #blockedNames = new Map<string, string>()
  #sequence: number
  #watcher: Watcher | undefined
  #trouble: Trouble | undefined
  #paused: boolean
  #cancelRetry: (() => void) | undefined
  #stopped = false
  #totals = { files: 0, bytes: 0 }
  #progress: Progress
  #bytesIn = 0
  #bytesOut = 0
  #bytesDone = 0
  #rates = { in: 0, out: 0 }
  #sampledMs: number

  constructor(path: string, paused: boolean, deps: ShareDeps) {
    this.#deps = deps
    this.keys = deps.keys
    this.index = deps.index
    this.root = { shareId: deps.keys.id, path }
    this.#paused = paused
    this.#sequence = this.index.maxSequence()
    this.#sampledMs = deps.clock.monotonic()
    this.#progress = idleProgress(this.#sampledMs)
    const { clock, log, disk, index, window } = deps
    const diskLock = new Mutex()
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
      plan: (path) => this.#plan(path),
      holders: (entry) => this.#holders(entry),
      conflictPath: (loser) => conflictPath(loser.path, loser.mtimeNs, deps.shortIdText(loser.modifiedBy)),
      adopt: (entry, local) => this.#adopt(entry, local),
      revive: (path) => this.#revive(path),
      scanSoon: (path) => this.#schedule.add(path),
      onReceived: (bytes, fromPeer) => {
        this.#bytesDone += bytes
        if (fromPeer) this.#bytesIn += bytes
        deps.changed()
      },
      onNoSpace: () =>
        this.#inTrouble(
          { state: 'disk-full', message: 'The disk is full. Receiving is stopped until there is room.' },
          RETRY_SPACE_MS,
        ),
      onDiskTrouble: () => this.#checkDisk(),
    })
    this.#intake = new Intake({
      clock,
      index,
      keys: deps.keys,
      evaluate: (path) => this.#evaluate(path),
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
    this.#totals = this.index.totals()
    if (this.#paused) return
    const { disk, log } = this.#deps
    const end = await disk.check(this.root)
    if (this.#stopped || this.#paused) return
    if (end.type !== 'complete') {
      this.#inTrouble(troubleOf(end.reason, this.root.path), RETRY_DISK_MS)
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
    return this.#sequence
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
      for (const path of this.index.dropRemote(deviceNo)) this.#evaluate(path)
    })
    this.#puller.wake()
  }

  /** @returns the block if it is one of a file that this device announced, exactly as announced */
  async serve({ path, offset, sizeBytes, hash }: BlockRequest): Promise<Uint8Array | undefined> {
    const safe = parseRelPath(path)
    const local = safe && this.index.local(safe)
    if (!local || this.#paused || local.entry.deleted || local.seen === nothingSeen || local.localOnly) return undefined
    const { entry } = local
    if (entry.type === 'file' && entry.sizeBytes === 0 && sizeBytes === 0) return noBytes
    const block = entry.blockBytes > 0 && offset % entry.blockBytes === 0 ? offset / entry.blockBytes : -1
    const expected = entry.blocks.subarray(block * HASH_BYTES, (block + 1) * HASH_BYTES)
    const isOurs =
      block >= 0 && expected.length === HASH_BYTES && sizeBytes === Math.min(entry.blockBytes, entry.sizeBytes - offset)
    if (!isOurs || (hash.length > 0 && !bytesEqual(hash, expected))) return undefined
    const bytes = await this.#deps.disk.readBlock(this.root, entry.path, offset, sizeBytes, expected)
    if (bytes) this.#bytesOut += bytes.length
    else this.#schedule.add(entry.path)
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

  /** Figures for status; also takes the sample that speeds are made from. */
  figures() {
    const nowMs = this.#deps.clock.monotonic()
    const need = this.index.needTotals()
    const transfers = this.#puller.transfers(5)
    const underWay = this.#puller.transfers(Number.MAX_SAFE_INTEGER).reduce((sum, { doneBytes }) => sum + doneBytes, 0)
    const elapsedMs = nowMs - this.#sampledMs
    if (elapsedMs >= 500) {
      const neededBytes = Math.max(0, need.bytes - underWay)
      this.#progress = sampleProgress(this.#progress, neededBytes, this.#bytesDone, nowMs)
      this.#rates = { in: (this.#bytesIn * 1000) / elapsedMs, out: (this.#bytesOut * 1000) / elapsedMs }
      this.#bytesIn = this.#bytesOut = this.#bytesDone = 0
      this.#sampledMs = nowMs
    }
    return {
      totals: this.#totals,
      need,
      transfers,
      progress: this.#progress,
      rates: this.#rates,
      trouble: this.#trouble,
      isScanning: this.#schedule.isScanningAll(),
      isStarting: !this.#schedule.hasScannedAll(),
      problems: [
        ...[...this.#blockedNames].map(([path, reason]) => ({ path, reason })),
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

  #inTrouble(trouble: Trouble, retryMs: number): void {
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
        if (end.type !== 'complete') this.#inTrouble(troubleOf(end.reason, this.root.path), RETRY_DISK_MS)
      })
      .catch((error: unknown) => log.error('disk-check-failed', { share: this.root.shareId, error: String(error) }))
  }

  async #scan(within: readonly RelPath[] | undefined, signal: AbortSignal): Promise<readonly RelPath[] | undefined> {
    const { disk, log } = this.#deps
    const again: RelPath[] = []
    const gone: RelPath[] = []
    if (!within) this.#blockedNames.clear()
    const end = await disk.scan(
      this.root,
      within,
      (found) => Promise.resolve(this.#takeFound(found, again, gone)),
      signal,
    )
    if (end.type === 'wrong-folder') {
      this.#inTrouble(troubleOf(end.reason, this.root.path), RETRY_DISK_MS)
      return undefined
    }
    // children before their folder, so that peers meet the tombstones in an order they can follow
    gone.sort((a, b) => (a < b ? 1 : a > b ? -1 : 0))
    for (let i = 0; i < gone.length; i += 500)
      this.#store(
        gone
          .slice(i, i + 500)
          .map((path) => [path, removalOf(this.index.local(path), this.keys.access, this.#by(), contentHash)] as const),
      )
    if (again.length > 0) log.debug('look-again', { share: this.root.shareId, paths: again.length })
    this.#puller.wake()
    this.#deps.changed()
    return again
  }

  #takeFound(batch: readonly Found[], again: RelPath[], gone: RelPath[]): void {
    const changes: (readonly [RelPath, LocalChange | undefined])[] = []
    for (const found of batch) {
      switch (found.kind) {
        case 'changed':
          changes.push([
            found.path,
            changeOf(found.path, found, this.index.local(found.path), this.keys.access, this.#by()),
          ])
          break
        case 'gone':
          gone.push(found.path)
          break
        case 'busy':
          again.push(found.path)
          break
        case 'blocked':
          this.#blockedNames.set(found.name, blockedReasons[found.reason])
          break
        case 'unreadable':
          this.#blockedNames.set(found.path ?? '/', `cannot be read (${found.code})`)
          break
        case 'damaged':
          this.#deps.log.error('damaged', { share: this.root.shareId, path: found.path })
          this.#blockedNames.set(found.path, 'damaged on this disk: its content changed without being written')
          break
      }
    }
    this.#store(changes)
  }

  #store(changes: readonly (readonly [RelPath, LocalChange | undefined])[]): void {
    this.index.transaction(() => {
      for (const [path, change] of changes) {
        if (!change) continue
        if (change.type === 'same') {
          this.index.setSeen(path, change.seen)
          continue
        }
        this.#put(change.held.entry, change.held.seen, change.held.localOnly)
        // what never was announced and is gone again leaves no trace
        if (change.held.entry.version.length === 0 && change.held.seen === nothingSeen) this.index.removeLocal(path)
      }
    })
    this.#wakePeers()
  }

  #by(): Authorship {
    const { self, clock } = this.#deps
    return { author: self.author, modifiedBy: self.shortId, nowSeconds: clock.now() / 1000 }
  }

  /** Writes one local row, counts it, and plans its path anew. In a transaction. */
  #put(entry: Entry, seen: string, localOnly: boolean): void {
    const before = this.index.local(entry.path)
    this.#sequence += 1
    const local: LocalEntry = { entry, sequence: this.#sequence, seen, localOnly }
    this.index.putLocal(local)
    this.#count(before, -1)
    this.#count(local, 1)
    this.#evaluate(entry.path, local)
  }

  #count(local: LocalEntry | undefined, sign: 1 | -1): void {
    if (!local || local.entry.deleted || local.entry.type === 'directory' || local.seen === nothingSeen) return
    this.#totals.files += sign
    this.#totals.bytes += sign * local.entry.sizeBytes
  }

  #plan(
    path: RelPath,
    known?: LocalEntry,
  ): { readonly action: Action | undefined; readonly local: LocalEntry | undefined } {
    const local = known ?? this.index.local(path)
    const remotes = this.index.remotes(path).flatMap(({ entry, invalid }) => (invalid ? [] : [entry]))
    const held = local && { entry: local.entry, localOnly: local.localOnly, present: local.seen !== nothingSeen }
    return { action: planPath(held, remotes, this.keys.access), local }
  }

  /** Keeps the list of needs in step with the entries of a path. In a transaction. */
  #evaluate(path: RelPath, known?: LocalEntry): void {
    const { action } = this.#plan(path, known)
    if (action) this.index.putNeed(needOf(action))
    else this.index.dropNeed(path)
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
    this.index.transaction(() => this.#put(entry, local?.seen ?? nothingSeen, staysLocal))
    this.#wakePeers()
  }

  #commitPlaced(batch: readonly Placed[]): void {
    for (const { placement, result } of batch) {
      if (result.type !== 'done') continue
      const { op, entry } = placement
      this.#put(entry, result.seen, false)
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
    const tombstone = this.#plan(path).action?.entry ?? local?.entry
    // what is about to come to this path is not superseded by a folder
    if (!local || !tombstone?.deleted) return false
    const entry = revive(local.entry, tombstone, this.#by())
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
      this.index.transaction(() => this.#put(entry, local.seen, false))
      this.#wakePeers()
      this.#puller.wake()
    }
    return true
  }

  #wakePeers(): void {
    for (const peer of this.peers.values()) peer.wake()
  }
}

const blockedReasons = {
  'bad-name': 'its name cannot be synced',
  'special-file': 'neither a file, a folder nor a link',
  'other-file-system': 'another disk is mounted here',
} as const

function troubleOf(reason: 'missing' | 'no-marker' | 'other-share' | 'moved-away', path: string): Trouble {
  const stopped = 'Syncing is stopped so that nothing is deleted.'
  switch (reason) {
    case 'missing':
      return { state: 'disk-missing', message: `The folder "${path}" is not there: is its disk connected? ${stopped}` }
    case 'no-marker':
      return {
        state: 'disk-missing',
        message: `"${path}" has lost its mark .homeseed/share: is its disk connected? ${stopped}`,
      }
    case 'other-share':
      return { state: 'error', message: `"${path}" belongs to another share now. ${stopped}` }
    case 'moved-away':
      return { state: 'disk-missing', message: `The disk of "${path}" was taken away while it was read. ${stopped}` }
  }
}
