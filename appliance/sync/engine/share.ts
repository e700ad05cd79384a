/**
 * One share at work: scans its folder, takes in what peers announce, pulls what it lacks, serves blocks. Each
 * part decides from the index; the events that reach it only wake the loops.
 */
import type { DiskWork, PlaceOp, ShareRoot } from '../disk-work.ts'
import type { LocalEntry, RemoteEntry, ShareIndex, Totals } from '../index/share-index.ts'
import { conflictPath } from '../model/conflict-name.ts'
import { holdsContent } from '../model/entry.ts'
import type { Entry } from '../model/entry.ts'
import { shortIdToText } from '../model/device-id.ts'
import { codeOf, messageOf, isFull } from '../model/error-code.ts'
import { SHARED_RULES } from '../model/ignored.ts'
import { parentOf, parseRelPath } from '../model/rel-path.ts'
import type { RelPath } from '../model/rel-path.ts'
import type { ArchiveClock } from '../model/archive-clock.ts'
import type { ShareSettings } from '../model/share-settings.ts'
import { isOnItsWayOut, leftOut } from '../model/left-out.ts'
import type { Choice } from '../model/scope.ts'
import { isDamagedSeen, isUndoneSeen, missingSeen, nothingSeen, timesOfSeen, wasRacy } from '../model/seen.ts'
import { compareVersions } from '../model/version-vector.ts'
import type { Clock, Log, Random, WatchFolder, Watcher } from '../ports.ts'
import { Puller } from '../pull/puller.ts'
import type { Holder } from '../pull/fetch-file.ts'
import type { BlockRequest, WireEntry } from '../wire/peer-session.ts'
import { ArchiveKeeper } from './archive-keeper.ts'
import { Archive } from './archive.ts'
import { Conflicts } from './conflicts.ts'
import { diskFull, notStarted } from './disk-trouble.ts'
import type { DiskLife } from './disk-life.ts'
import type { DiskTrouble } from './disk-trouble.ts'
import type { FetchWindow } from '../pull/fetch-window.ts'
import { FolderGuard } from './folder-guard.ts'
import { FolderLook } from './folder-look.ts'
import type { LookAgain } from './folder-look.ts'
import type { GivenNumbersDeps } from './given-numbers.ts'
import { Intake } from './intake.ts'
import { AWAIT, LettingGo } from './letting-go.ts'
import { LocalEntries } from './local-entries.ts'
import type { Self } from './local-entries.ts'
import { LackCounts } from './lack-counts.ts'
import { MassHold } from './mass-hold.ts'
import type { HoldMemory } from './mass-hold.ts'
import { Meter } from './meter.ts'
import { Mutex } from '../mutex.ts'
import { Placer } from '../pull/placer.ts'
import type { Placed } from '../pull/placer.ts'
import { Spares } from './spares.ts'
import { ScanSchedule } from './scan-schedule.ts'
import { ShareScope } from './share-scope.ts'
import { announcedBlock } from './served-block.ts'
import type { ShareKeys } from '../secrets.ts'
import type { SharePeer } from './share-peer.ts'
import { Scrub } from './scrub.ts'
import type { ScrubDeps } from './scrub.ts'

export interface ShareDeps {
  readonly clock: Clock
  readonly random: Random
  readonly log: Log
  readonly disk: DiskWork
  readonly watch: WatchFolder | undefined
  readonly index: ShareIndex
  readonly window: FetchWindow
  readonly keys: ShareKeys
  readonly self: Self
  /** What its owner set: asked for each time that it matters, so that a change holds at once. */
  readonly settings: () => ShareSettings
  /** By which the age of old versions goes; kept with the share. */
  readonly archiveClock: { readonly read: () => ArchiveClock; readonly write: (clock: ArchiveClock) => void }
  /** What a device is called, by the 7 characters of its short id. */
  readonly deviceName: (author: string) => string
  readonly life: DiskLife
  /** how far reading it through has come */
  readonly scrubState: Pick<ScrubDeps, 'read' | 'write'>
  /** What of the share its owner wants here. */
  readonly choice: () => Choice
  /** Text of the scope that the index is in step with. */
  readonly readScope: () => string | undefined
  readonly saveScope: (text: string) => void
  /** Whether a device may do more than follow. */
  readonly mayWrite: (deviceNo: number) => boolean
  /** What its versions and changes were numbered with. */
  readonly given: Pick<GivenNumbersDeps, 'read' | 'write'>
  /** What the owner has said to a mass of changes, as the index keeps it. */
  readonly hold: HoldMemory
  /** What the index tells is of another time: this share is at its end, another takes its place. */
  readonly onHistoryLost: (reason: string) => void
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
  readonly #guard: FolderGuard
  readonly #scope: ShareScope
  readonly #lettingGo: LettingGo
  readonly hold: MassHold
  readonly conflicts: Conflicts
  readonly archive: Archive
  readonly #keeper: ArchiveKeeper
  readonly #spares: Spares
  readonly scrub: Scrub
  /** what other devices lack of what this one holds */
  readonly lack: LackCounts
  #watcher: Watcher | undefined
  #paused: boolean
  #stopped = false
  readonly #meter: Meter
  /** held while the disk changes, or is compared with the index */
  readonly #diskLock = new Mutex()

  constructor(path: string, paused: boolean, deps: ShareDeps) {
    this.#deps = deps
    this.keys = deps.keys
    this.index = deps.index
    this.root = {
      shareId: deps.keys.id,
      path,
      get reserve() {
        return deps.settings().reserve
      },
      get owners() {
        return deps.settings().owners === 'on'
      },
      get xattrs() {
        return deps.settings().xattrs === 'on'
      },
    }
    this.#paused = paused
    this.#meter = new Meter(deps.clock)
    const { clock, log, disk, index, window } = deps
    // what most parts of a share work on
    const ground = { clock, log, disk, root: this.root, index }
    const diskLock = this.#diskLock
    this.lack = new LackCounts({
      clock,
      index,
      stateOf: (deviceNo) => `${this.sequence}/${this.peers.get(deviceNo)?.receivedSequence ?? ''}`,
    })
    this.#scope = new ShareScope({
      ...ground,
      isReader: deps.keys.access === 'read-only',
      local: () => this.#local,
      choice: deps.choice,
      readApplied: deps.readScope,
      saveApplied: deps.saveScope,
      onStored: () => this.#wakePeers(),
    })
    this.#local = new LocalEntries({
      scope: () => this.#scope.current,
      clock,
      index,
      keys: deps.keys,
      self: deps.self,
      mayWrite: deps.mayWrite,
      given: { ...deps.given, random: deps.random },
      onStored: () => this.#wakePeers(),
      onLoss: () => this.hold.incoming.note(),
    })
    const isReader = deps.keys.access === 'read-only'
    this.hold = new MassHold({
      clock,
      log,
      index,
      local: this.#local,
      limits: () => ({ percent: deps.settings()['hold-percent'], files: deps.settings()['hold-files'] }),
      isReader,
      deviceName: deps.deviceName,
      memory: deps.hold,
      keepOld: (found) => this.#spares.keepOld(found),
      onQuiet: () => this.#puller.wake(),
    })
    this.#look = new FolderLook({
      ...ground,
      local: this.#local,
      rules: () => this.#scope.current.data.rules,
      mayRemove: () => this.#scope.isUpToDate(),
      keepOld: (found) => this.#spares.keepOld(found),
      guard: this.hold.outgoing,
      onStored: () => {
        this.#wakePeers()
        this.#spares.wake()
      },
      onTrouble: (trouble) => this.#guard.report(trouble),
      onFailing: () => this.#guard.look(),
    })
    this.#guard = new FolderGuard({
      clock,
      log,
      disk,
      root: this.root,
      onTrouble: () => {
        this.#puller.pause()
        deps.changed()
      },
      onRoom: () => {
        this.#pull()
        deps.changed()
      },
      onRetry: () => void this.start().catch((error: unknown) => this.#logError('share-not-started', error)),
    })
    this.#placer = new Placer({
      ...ground,
      diskLock,
      commit: (placed) => this.#commitPlaced(placed),
    })
    this.#puller = new Puller({
      ...ground,
      window,
      placer: this.#placer,
      isReader,
      guard: this.hold.incoming,
      plan: (path) => this.#local.plan(path),
      disposing: () => (this.#scope.current.data.rules.some(isDisposing) ? this.#scope.current.data.rules : undefined),
      isBusy: (path) => this.#look.isBusy(path),
      holders: (entry) => this.#holders(entry),
      conflictPath: (loser) => this.#conflictPath(loser),
      adopt: (entry, local) => this.#local.adopt(entry, local),
      revive: (path) => this.#revive(path),
      letGo: (path) => this.#letGo(path),
      scanSoon: (path) => this.#schedule.add(path),
      onReceived: (bytes, fromPeer) => {
        this.#meter.received(bytes, fromPeer)
        deps.changed()
      },
      onNoSpace: () => this.#onNoSpace(),
      onIdle: () => {
        this.#lettingGo.wake()
        deps.changed()
      },
      onDiskTrouble: () => this.#guard.look(),
    })
    const isIgnored = (path: RelPath) => this.#scope.current.isIgnored(path, 'file')
    this.conflicts = new Conflicts({
      ...ground,
      window,
      placer: this.#placer,
      local: this.#local,
      access: deps.keys.access,
      deviceName: deps.deviceName,
      isIgnored,
      scanSoon: (path) => this.#schedule.add(path),
    })
    this.#keeper = new ArchiveKeeper({
      clock,
      log,
      disk,
      root: this.root,
      settings: deps.settings,
      readClock: deps.archiveClock.read,
      writeClock: deps.archiveClock.write,
      isUsable: () => !this.#guard.isStopped,
    })
    this.#spares = new Spares({
      ...ground,
      settings: deps.settings,
      isUsable: () => !this.#guard.trouble && this.#schedule.hasScannedAll(),
      isBusy: () => !this.#guard.trouble && !this.#puller.isIdle(),
      onArchived: (bytes) => this.#keeper.grew(bytes),
    })
    this.archive = new Archive({
      ...ground,
      placer: this.#placer,
      local: this.#local,
      isIgnored,
      look: async (path) => {
        await diskLock.run(() => this.#scan([path], new AbortController().signal))
      },
    })
    this.scrub = new Scrub({
      ...ground,
      local: this.#local,
      settings: deps.settings,
      ...deps.scrubState,
      isBusy: () => this.#guard.isStopped || this.#puller.isMoving() || this.#schedule.isScanning(),
      isDiskWell: () => this.#guard.isWell(),
      scanSoon: (path) => this.#schedule.add(path),
      onDamage: () => this.#puller.wake(),
      changed: deps.changed,
    })
    this.#intake = new Intake({
      clock,
      index,
      keys: deps.keys,
      local: this.#local,
      onStored: () => {
        this.#puller.wake()
        this.#lettingGo.wake()
        this.#wakePeers()
      },
      onForgotten: () => this.loseHistory(FORGOTTEN),
    })
    this.#lettingGo = new LettingGo({
      ...ground,
      random: deps.random,
      local: this.#local,
      placer: this.#placer,
      peers: this.peers,
      isReader,
      isReady: () => this.#isActive(),
      scanSoon: (path) => this.#schedule.add(path),
      onStored: () => this.#wakePeers(),
      changed: deps.changed,
    })
    this.#schedule = new ScanSchedule({
      clock,
      scan: (within, signal) => diskLock.run(() => this.#scan(within, signal)),
      onChange: deps.changed,
      onScanned: () => {
        this.#pull()
        this.#spares.wake()
      },
      onError: (error) => {
        this.#logError('scan-failed', error)
        this.#guard.look()
      },
    })
  }

  /** Puts right what a crash left, then watches, scans, and after the scan pulls. Resolves before the first scan. */
  async start(): Promise<void> {
    await this.#local.count()
    if (this.#stopped || this.#paused || !(await this.#guard.open())) return
    try {
      // a batch may still be under way from before the disk was in trouble
      const isSame = await this.#diskLock.run(() => this.#putRight())
      if (this.#stopped || this.#paused) return
      if (!isSame) return this.loseHistory('its disk or the index is an older copy')
    } catch (error) {
      this.#logError('share-not-started', error)
      return this.#guard.report(notStarted(this.root.path, messageOf(error)))
    }
    this.#watch()
    this.#schedule.start()
    this.#keeper.start()
    this.#spares.start()
    this.scrub.start()
    this.#deps.log.info('share-started', { share: this.root.shareId, path: this.root.path })
    this.#deps.changed()
  }

  /** Undoes what a crash left half done. @returns false: the disk is not the one that the index tells of */
  async #putRight(): Promise<boolean> {
    const { life, disk } = this.#deps
    if (!(await life.isSame())) return false
    await this.#renewLife()
    await disk.recover(this.root, this.index.intents())
    this.index.transaction(() => this.index.dropIntents())
    await this.hold.open()
    return true
  }

  /** On a full disk the mark stays as it is: that is one copy of the disk that would not be told from another. */
  async #renewLife(): Promise<void> {
    await this.#deps.life.renew().catch((error: unknown) => {
      if (!isFull(codeOf(error))) throw error
    })
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
    return this.#local.given.hasGiven(sequence)
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
    if (this.#guard.isStopped) await this.start()
    this.#guard.tryRoom()
    this.#puller.retry()
    await this.#schedule.scanAll()
  }

  /** Something counts from now on that no scan has looked at so far. */
  lookAgainAtAll(): void {
    const again = () => {
      this.#local.lookAgainAtAll()
      this.#schedule.addAll()
      this.#puller.wake()
    }
    again()
    // what was under way did not know of it yet
    this.#diskLock
      .run(() => Promise.resolve(again()))
      .catch((error: unknown) => this.#logError('settings-not-applied', error))
  }

  /** The owner lets through what is held. Resolves when the folder was looked at again. */
  async release(): Promise<void> {
    await this.#diskLock.run(() => this.hold.release())
    this.#deps.changed()
    this.#puller.wake()
    await this.#schedule.scanAll()
  }

  /** The owner wants what is held undone, here or everywhere. */
  async undo(): Promise<void> {
    await this.#diskLock.run(() => this.hold.undo())
    this.#schedule.addAll()
    this.#deps.changed()
    this.#wakePeers()
    this.#puller.wake()
  }

  get trouble(): DiskTrouble | undefined {
    return this.#guard.trouble
  }

  /** The newest change that peers are to know of. */
  get sequence(): number {
    return this.#local.sequence
  }

  addPeer(peer: SharePeer): void {
    if (this.#stopped) return peer.stop()
    this.peers.set(peer.deviceNo, peer)
    this.#puller.wake()
    this.#lettingGo.wake()
    this.#deps.changed()
  }

  /** What of the share is to lie here has changed; resolves before that is so. */
  choose(): void {
    this.#lettingGo.beginAnew()
    this.#schedule.addAll()
  }

  /** What is about to be announced to a Homeseed, signed. */
  signed(changes: readonly LocalEntry[]): readonly LocalEntry[] {
    return this.#local.signed(changes)
  }

  removePeer(peer: SharePeer): void {
    if (this.peers.get(peer.deviceNo) !== peer) return
    this.peers.delete(peer.deviceNo)
    this.#deps.changed()
  }

  /** Takes in what a peer announces. @throws Error when a peer sends what it has no right to: the session ends */
  async takeIndex(peer: SharePeer, entries: readonly WireEntry[], full: boolean): Promise<void> {
    if (this.#stopped) return
    await this.#intake.take(peer, entries, full)
    this.#deps.changed()
  }

  /** Forgets what a device announced, when it is no longer one of this share's. */
  async dropDevice(deviceNo: number): Promise<void> {
    if (this.#stopped) return
    await this.#local.forgetRemote(deviceNo)
    this.#puller.wake()
  }

  /** @returns the block if it is one of a file that this device announced, exactly as announced */
  async serve(request: BlockRequest, peer: SharePeer): Promise<Uint8Array | undefined> {
    const { path } = request
    if (path === AWAIT) {
      await peer.sent(this.index.maxAnnounced())
      return Uint8Array.of(1)
    }
    const local = this.index.local(path)
    if (!local || this.#paused) return undefined
    const hash = announcedBlock(local, request)
    if (!hash) return undefined
    const bytes = await this.#deps.disk
      .readBlock(this.root, path, request.offset, request.sizeBytes, hash)
      .catch((error: unknown) => {
        // whoever asks can have it from somebody else, and goes on with all other shares
        this.#logError('not-served', error)
        this.#guard.look()
        return undefined
      })
    if (bytes) this.#meter.sent(bytes.length)
    else this.#schedule.add(path)
    return bytes
  }

  /** Nothing to scan, nothing to pull: this device holds all that it knows of. */
  isSettled(): boolean {
    return (
      !this.#stopped &&
      !this.#guard.trouble &&
      !this.#paused &&
      this.#schedule.isIdle() &&
      this.#puller.isIdle() &&
      this.#lettingGo.isIdle() &&
      !this.hold.outgoing.isHeld &&
      this.index.needTotals().files === 0
    )
  }

  get totals(): Totals {
    return this.#local.totals
  }

  /** Figures for status; also takes the sample that speeds are made from. */
  figures() {
    const need = this.index.needTotals()
    const needBytes = Math.max(0, need.bytes - this.#puller.underWayBytes())
    const { progress, rates, nowMs } = this.#meter.sample(needBytes)
    return {
      totals: this.#local.totals,
      need: { files: need.files, bytes: needBytes },
      transfers: this.#puller.transfers(5),
      progress,
      rates,
      trouble: this.#guard.trouble,
      held: this.hold.status(),
      isScanning: this.#schedule.isScanningAll(),
      isStarting: this.#stopped || !this.#schedule.hasScannedAll(),
      problems: [
        ...(this.#scope.problem ? [this.#scope.problem] : []),
        ...[...this.#look.problems].map(([path, reason]) => ({ path, reason })),
        ...this.#puller.problems(100),
        ...this.#lettingGo.problems(),
      ].slice(0, 100),
      localChanges: this.keys.access === 'read-only' ? this.index.localOnlyCount() : 0,
      nowMs,
    }
  }

  async #halt(): Promise<void> {
    this.scrub.halt()
    this.#guard.close()
    this.hold.incoming.close()
    this.#puller.pause()
    await this.#keeper.stop()
    await this.#spares.stop()
    await this.#schedule.stop()
    await this.#watcher?.close()
    this.#watcher = undefined
    if (!this.#stopped) return
    await this.#puller.stop()
    await this.#lettingGo.stop()
  }

  /** Not before the folder was looked at: what lies there already need not be fetched. */
  #pull(): void {
    if (!this.#isActive()) return
    this.#puller.start()
    this.#lettingGo.wake()
  }

  /** Whether the folder is the one that was shared, and was looked at since the start. */
  #isActive(): boolean {
    return !this.#guard.trouble && !this.#paused && !this.#stopped && this.#schedule.hasScannedAll()
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

  async #scan(within: readonly RelPath[] | undefined, signal: AbortSignal): Promise<LookAgain | undefined> {
    // what a disk holds that cannot be written to is nobody's edit
    if (this.#guard.isStopped) return undefined
    const scope = await this.#scope.refresh(signal)
    if (scope === 'unknown') return undefined
    const all = scope === 'changed' ? undefined : within
    const again = await this.#look.run(all, signal)
    if (this.#look.hasPutOff && !this.#scope.problem) this.#schedule.addAll()
    if (!all && again) {
      this.hold.lookedAtAll()
      await this.#renewLife()
    }
    this.#puller.wake()
    this.#lettingGo.wake()
    this.#deps.changed()
    return again
  }

  /** What is old gives way to what is new, as far as its owner lets it. */
  #onNoSpace(): void {
    this.#guard.report(diskFull)
    this.#spares.tidyAgain()
    void this.#keeper.makeRoom(this.index.needTotals().bytes).then((hasRoom) => {
      if (hasRoom) this.#guard.tryRoom()
    })
  }

  #holders(entry: Entry): readonly Holder[] {
    const holders: Holder[] = []
    for (const { entry: announced, deviceNo, invalid } of this.index.remotes(entry.path)) {
      const peer = this.peers.get(deviceNo)
      if (peer && !invalid && holdsContent(announced, entry)) holders.push(peer.holder)
    }
    return holders
  }

  #commitPlaced({ placement, result }: Placed): void {
    if (result.type !== 'done') return
    const { op, entry, localOnly = false } = placement
    const before = this.index.local(op.path)
    if (isDamagedSeen(before?.seen ?? nothingSeen)) this.scrub.noteRepaired()
    const isGoing = result.seen !== nothingSeen && isOnItsWayOut(before?.leftOut ?? leftOut.no)
    this.hold.taking(op.path, op.type === 'remove', () =>
      this.#local.put(entry, result.seen, localOnly, placement.leftOut ?? (isGoing ? leftOut.going : undefined)),
    )
    if (result.archived !== undefined) this.#keeper.grew(Number(timesOfSeen(op.expected)?.sizeBytes ?? 0))
    if (op.path === SHARED_RULES || this.#scope.isSource(op.path)) this.#schedule.add(op.path)
    this.#wakePeers()
    this.#spares.wake()
    if (wasRacy(result.seen)) this.#schedule.add(op.path)
    if (result.beside === undefined) return
    this.#schedule.add(result.beside)
    // a folder took what lay in it along
    if (op.expected.startsWith('directory:')) this.#schedule.add(op.path)
  }

  /**
   * What is to come back here cannot where a file or link has taken the place of a folder that it lay in: it went with
   * that. Nor can what every other device that had it wants back, too.
   */
  #letGo(path: RelPath): boolean {
    const local = this.index.local(path)
    if (!local || !isUndoneSeen(local.seen)) return false
    const above = this.#fileAbove(path)
    const isInTheWay = above !== undefined && local.seen === missingSeen && !this.#local.plan(above).action
    const hasOne = ({ entry, invalid }: RemoteEntry) =>
      !invalid && !entry.deleted && compareVersions(entry.version, local.entry.version) !== 'before'
    if (!isInTheWay && this.index.remotes(path).some(hasOne)) return false
    this.index.transaction(() => this.#local.remove(path))
    this.#wakePeers()
    this.#schedule.add(path)
    return true
  }

  /** What is no folder, in the place of one that a path lies in. */
  #fileAbove(path: RelPath): RelPath | undefined {
    for (let at = parentOf(path); at !== undefined; at = parentOf(at)) {
      const entry = this.index.local(at)?.entry
      if (entry && !entry.deleted && entry.type !== 'directory') return at
    }
    return undefined
  }

  #revive(path: RelPath): boolean {
    const above = this.#fileAbove(path)
    if (above !== undefined) return this.#revive(above)
    const revival = this.#local.revival(path)
    if (!revival) return false
    const { entry } = revival
    if (revival.type === 'keep') {
      this.index.transaction(() => this.#local.put(entry, revival.seen, revival.localOnly))
      this.#wakePeers()
      this.#puller.wake()
      return true
    }
    const { expected, loser = entry } = revival
    const beside = expected === nothingSeen ? undefined : this.#conflictPath(loser)
    const op: PlaceOp = { type: 'directory', path, expected, beside, mode: entry.mode, platform: entry.platform }
    void this.#placer.place({ op, entry }).then(
      (result) => {
        const parent = parentOf(path)
        if (result.type === 'done') this.#puller.wake()
        // the folder that it was in is missing as well
        else if (result.type === 'blocked' && result.reason === 'no-parent' && parent) this.#revive(parent)
      },
      (error: unknown) => this.#logError('revive-failed', error),
    )
    return true
  }

  /** Where the losing side of a conflict goes. */
  #conflictPath(loser: Entry): RelPath {
    return conflictPath(loser.path, loser.mtimeNs, shortIdToText(loser.modifiedBy))
  }

  #logError(event: string, error: unknown): void {
    this.#deps.log.error(event, { share: this.root.shareId, error: messageOf(error) })
  }

  #wakePeers(): void {
    for (const peer of this.peers.values()) peer.wake()
  }
}

export const FORGOTTEN =
  'another device knows of changes made here that the index knows nothing of: it is an older copy'

const isDisposing = (rule: string): boolean => rule.includes('(?d)')
