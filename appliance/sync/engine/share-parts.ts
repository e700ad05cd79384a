/** The parts of a share, made and told of each other: what each of them has others do is wired here. */
import type { DiskWork, ShareRoot } from '../disk-work.ts'
import type { ShareIndex } from '../index/share-index.ts'
import { shortIdToText } from '../model/device-id.ts'
import { holdsContent, sameContent } from '../model/entry.ts'
import type { Entry } from '../model/entry.ts'
import { messageOf } from '../model/error-code.ts'
import { SHARED_RULES } from '../model/ignored.ts'
import type { RelPath } from '../model/rel-path.ts'
import type { ArchiveClock } from '../model/archive-clock.ts'
import type { ShareSettings } from '../model/share-settings.ts'
import { isOnItsWayOut, leftOut } from '../model/left-out.ts'
import type { Choice } from '../model/scope.ts'
import { isDamagedSeen, nothingSeen, timesOfSeen, wasRacy } from '../model/seen.ts'
import { compareVersions } from '../model/version-vector.ts'
import type { Clock, Log, Random, WatchFolder } from '../ports.ts'
import { Puller } from '../pull/puller.ts'
import type { Holder } from '../pull/fetch-file.ts'
import { ArchiveKeeper } from './archive-keeper.ts'
import { Archive } from './archive.ts'
import { Conflicts } from './conflicts.ts'
import { diskFull } from './disk-trouble.ts'
import type { DiskLife } from './disk-life.ts'
import type { FetchWindow } from '../pull/fetch-window.ts'
import { FolderGuard } from './folder-guard.ts'
import { FolderLook } from './folder-look.ts'
import type { LookAgain } from './folder-look.ts'
import { FORGOTTEN } from './given-numbers.ts'
import type { GivenNumbersDeps } from './given-numbers.ts'
import { Hearing } from './hearing.ts'
import { Intake } from './intake.ts'
import { LettingGo } from './letting-go.ts'
import { LocalEntries } from './local-entries.ts'
import type { Self } from './local-entries.ts'
import { LackCounts } from './lack-counts.ts'
import { MassHold } from './mass-hold.ts'
import { OwnChanges } from './own-changes.ts'
import type { HoldMemory } from './mass-hold.ts'
import { Meter } from './meter.ts'
import { Mutex } from '../mutex.ts'
import { PlacedBefore } from './placed-before.ts'
import { Placer } from '../pull/placer.ts'
import type { Placed } from '../pull/placer.ts'
import { Revivals } from './revivals.ts'
import { Spares } from './spares.ts'
import { ScanSchedule } from './scan-schedule.ts'
import { ShareScope } from './share-scope.ts'
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
  /** ids that it had before */
  readonly former: readonly string[]
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

/** What its parts ask of a share, and have it do. */
export interface ShareControl {
  /** Whether it is neither paused nor stopped. */
  readonly isOn: () => boolean
  /** The disk may be well again. */
  readonly start: () => Promise<void>
  readonly loseHistory: (reason: string) => void
}

/** Each part decides from the index; the events that reach it only wake the loops. */
export class ShareParts {
  readonly root: ShareRoot
  /** that are connected, by the number of their device */
  readonly peers = new Map<number, SharePeer>()
  readonly meter: Meter
  /** held while the disk changes, or is compared with the index */
  readonly diskLock = new Mutex()
  readonly scope: ShareScope
  readonly local: LocalEntries
  readonly hold: MassHold
  readonly look: FolderLook
  readonly guard: FolderGuard
  readonly placer: Placer
  readonly revivals: Revivals
  readonly puller: Puller
  readonly conflicts: Conflicts
  readonly keeper: ArchiveKeeper
  readonly spares: Spares
  readonly archive: Archive
  readonly ownChanges: OwnChanges
  readonly scrub: Scrub
  readonly intake: Intake
  readonly hearing: Hearing
  readonly lettingGo: LettingGo
  readonly schedule: ScanSchedule
  /** what other devices lack of what this one holds */
  readonly lack: LackCounts
  readonly #deps: ShareDeps
  readonly #control: ShareControl

  constructor(path: string, deps: ShareDeps, control: ShareControl) {
    this.#deps = deps
    this.#control = control
    this.root = {
      shareId: deps.keys.id,
      former: deps.former,
      path,
      isSealed: deps.keys.access === 'seed-only',
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
    this.meter = new Meter(deps.clock)
    const { clock, log, disk, index, window } = deps
    // what most parts of a share work on
    const ground = { clock, log, disk, root: this.root, index }
    const { diskLock } = this
    const placedBefore = new PlacedBefore(index)
    const isReader = deps.keys.access !== 'read-write'
    const onStored = () => this.wakePeers()
    const scanSoon = (path: RelPath) => this.schedule.add(path)
    this.lack = new LackCounts({
      clock,
      index,
      stateOf: (deviceNo) => `${this.local.sequence}/${this.peers.get(deviceNo)?.receivedSequence ?? ''}`,
    })
    this.scope = new ShareScope({
      ...ground,
      isReader,
      local: () => this.local,
      choice: deps.choice,
      readApplied: deps.readScope,
      saveApplied: deps.saveScope,
      onStored,
    })
    this.local = new LocalEntries({
      scope: () => this.scope.current,
      clock,
      index,
      keys: deps.keys,
      self: deps.self,
      given: { ...deps.given, random: deps.random },
      placedBefore,
      onStored,
      onLoss: () => this.hold.incoming.note(),
      lookAgain: (path) => this.schedule.add(path),
    })
    this.hold = new MassHold({
      clock,
      log,
      shareId: this.root.shareId,
      index,
      local: this.local,
      limits: () => ({ percent: deps.settings()['hold-percent'], files: deps.settings()['hold-files'] }),
      isReader,
      deviceName: deps.deviceName,
      memory: deps.hold,
      keepOld: (found) => this.spares.keepOld(found),
      isBeingTold: () => this.intake.isTaking || [...this.peers.values()].some((peer) => peer.isTelling),
      onQuiet: () => this.puller.wake(),
    })
    this.look = new FolderLook({
      ...ground,
      local: this.local,
      rules: () => this.scope.current.data.rules,
      mayRemove: () => this.scope.isUpToDate(),
      keepOld: (found) => this.spares.keepOld(found),
      guard: this.hold.outgoing,
      onStored: () => {
        this.wakePeers()
        this.spares.wake()
      },
      onTrouble: (trouble) => this.guard.report(trouble),
      onFailing: () => this.guard.look(),
    })
    this.guard = new FolderGuard({
      clock,
      log,
      disk,
      root: this.root,
      onTrouble: () => {
        this.puller.pause()
        deps.changed()
      },
      onRoom: () => {
        this.#pull()
        deps.changed()
      },
      onRetry: () => void control.start().catch((error: unknown) => this.logError('share-not-started', error)),
    })
    this.placer = new Placer({
      ...ground,
      diskLock,
      commit: (placed) => this.#commitPlaced(placed),
    })
    this.revivals = new Revivals({
      log,
      root: this.root,
      index,
      local: this.local,
      placer: this.placer,
      isReader,
      mayWrite: deps.mayWrite,
      rules: () => this.scope.current.data.rules,
      scanSoon,
      onStored,
      onRevived: () => this.puller.wake(),
    })
    this.hearing = new Hearing({
      root: this.root,
      index,
      peers: this.peers,
      onHeard: () => this.puller.wake(),
    })
    this.puller = new Puller({
      ...ground,
      window,
      placer: this.placer,
      isReader,
      shortId: deps.self.shortId,
      guard: this.hold.incoming,
      plan: (path) => this.local.plan(path),
      disposing: () => (this.scope.current.data.rules.some(isDisposing) ? this.scope.current.data.rules : undefined),
      isBusy: (path) => this.look.isBusy(path),
      isMeant: (action, local) => this.hearing.mayTake(action, local),
      holders: (entry) => this.#holders(entry),
      adopt: (entry, local) => this.local.adopt(entry, local),
      revive: (path, wanted) => this.revivals.revive(path, wanted),
      giveUp: (path) => this.revivals.giveUp(path),
      scanSoon,
      onReceived: (bytes, fromPeer) => {
        this.meter.received(bytes, fromPeer)
        deps.changed()
      },
      onNoSpace: () => this.#onNoSpace(),
      onIdle: () => {
        this.lettingGo.wake()
        deps.changed()
      },
      onDiskTrouble: () => this.guard.look(),
    })
    const isIgnored = (path: RelPath) => this.scope.current.isIgnored(path, 'file')
    this.conflicts = new Conflicts({
      ...ground,
      window,
      placer: this.placer,
      local: this.local,
      access: deps.keys.access,
      deviceName: deps.deviceName,
      isIgnored,
      scanSoon,
    })
    this.keeper = new ArchiveKeeper({
      clock,
      log,
      disk,
      root: this.root,
      settings: deps.settings,
      readClock: deps.archiveClock.read,
      writeClock: deps.archiveClock.write,
      isUsable: () => !this.guard.isStopped,
    })
    this.spares = new Spares({
      ...ground,
      settings: deps.settings,
      isUsable: () => !this.guard.isStopped && this.schedule.hasScannedAll(),
      isFull: () => this.guard.isFull,
      isKeptElsewhere: (entry) => this.#isKeptElsewhere(entry),
      isBusy: () => !this.guard.trouble && !this.puller.isIdle(),
      onArchived: (bytes) => this.keeper.grew(bytes),
    })
    const look = async (path: RelPath) => {
      await diskLock.run(() => this.#scan([path], new AbortController().signal))
    }
    this.archive = new Archive({
      ...ground,
      placer: this.placer,
      local: this.local,
      isIgnored,
      look,
    })
    this.ownChanges = new OwnChanges({
      ...ground,
      placer: this.placer,
      local: this.local,
      lookAtAll: () => this.schedule.scanAll(),
      look,
      alone: (work) => diskLock.run(work),
      isAtHand: (entry) => this.#holders(entry).length > 0,
      onReverted: () => {
        this.wakePeers()
        this.puller.wake()
        deps.changed()
      },
    })
    this.scrub = new Scrub({
      ...ground,
      local: this.local,
      settings: deps.settings,
      ...deps.scrubState,
      isBusy: () => this.guard.isStopped || this.puller.isMoving() || this.schedule.isScanning(),
      isDiskWell: () => this.guard.isWell(),
      scanSoon,
      onDamage: () => this.puller.wake(),
      changed: deps.changed,
    })
    this.intake = new Intake({
      clock,
      index,
      keys: deps.keys,
      local: this.local,
      hearing: this.hearing,
      placedBefore,
      onStored: () => {
        this.puller.wake()
        this.lettingGo.wake()
        this.wakePeers()
      },
      onForgotten: () => control.loseHistory(FORGOTTEN),
    })
    this.lettingGo = new LettingGo({
      ...ground,
      random: deps.random,
      local: this.local,
      placer: this.placer,
      self: shortIdToText(deps.self.shortId),
      peers: this.peers,
      isReader,
      isReady: () => this.#isActive(),
      scanSoon,
      onStored,
      changed: deps.changed,
    })
    this.schedule = new ScanSchedule({
      clock,
      scan: (within, signal) => diskLock.run(() => this.#scan(within, signal)),
      onChange: deps.changed,
      onScanned: () => {
        placedBefore.end()
        this.#pull()
        this.spares.wake()
      },
      onError: (error) => {
        this.logError('scan-failed', error)
        this.guard.look()
      },
    })
  }

  wakePeers(): void {
    for (const peer of this.peers.values()) peer.wake()
  }

  logError(event: string, error: unknown): void {
    this.#deps.log.error(event, { share: this.root.shareId, error: messageOf(error) })
  }

  /** Not before the folder was looked at: what lies there already need not be fetched. */
  #pull(): void {
    if (!this.#isActive()) return
    this.puller.start()
    this.lettingGo.wake()
  }

  /** Whether the folder is the one that was shared, and was looked at since the start. */
  #isActive(): boolean {
    return this.#control.isOn() && !this.guard.trouble && this.schedule.hasScannedAll()
  }

  async #scan(within: readonly RelPath[] | undefined, signal: AbortSignal): Promise<LookAgain | undefined> {
    // what a disk holds that cannot be written to is nobody's edit
    if (this.guard.isStopped) return undefined
    const scope = await this.scope.refresh(signal)
    if (scope === 'unknown') return undefined
    const all = scope === 'changed' ? undefined : within
    const again = await this.look.run(all, signal)
    if (this.look.hasPutOff && !this.scope.problem) this.schedule.addAll()
    if (!all && again) {
      this.hold.lookedAtAll()
      await this.#deps.life.renew()
    }
    this.puller.wake()
    this.lettingGo.wake()
    this.#deps.changed()
    return again
  }

  /** What is old gives way to what is new, as far as its owner lets it. */
  #onNoSpace(): void {
    this.guard.report(diskFull)
    this.spares.makeRoom()
    void this.keeper.makeRoom(this.#deps.index.needTotals().bytes).then((hasRoom) => {
      if (hasRoom) this.guard.tryRoom()
    })
  }

  /** Whether somebody who is connected, and has an archive, announces the very same. */
  #isKeptElsewhere(entry: Entry): boolean {
    return this.#deps.index.remotes(entry.path).some(({ entry: theirs, deviceNo, invalid }) => {
      const peer = this.peers.get(deviceNo)
      const isSame = compareVersions(theirs.version, entry.version) === 'equal' && sameContent(theirs, entry)
      return peer !== undefined && !peer.linked && !invalid && isSame
    })
  }

  /** Connected peers that announce this content. */
  #holders(entry: Entry): readonly Holder[] {
    const holders: Holder[] = []
    for (const { entry: announced, deviceNo, invalid } of this.#deps.index.remotes(entry.path)) {
      const peer = this.peers.get(deviceNo)
      if (peer && !invalid && holdsContent(announced, entry)) holders.push(peer.holder)
    }
    return holders
  }

  /** The index takes over what was put in place, and whoever that concerns is told. In a transaction. */
  #commitPlaced({ placement, result }: Placed): void {
    if (result.type !== 'done') return
    const { op, entry, localOnly = false } = placement
    const before = this.#deps.index.local(op.path)
    if (isDamagedSeen(before?.seen ?? nothingSeen)) this.scrub.noteRepaired()
    const isGoing = result.seen !== nothingSeen && isOnItsWayOut(before?.leftOut ?? leftOut.no)
    this.hold.taking(op.path, op.type === 'remove', () =>
      this.local.put(entry, result.seen, localOnly, placement.leftOut ?? (isGoing ? leftOut.going : undefined)),
    )
    if (result.archived !== undefined) this.keeper.grew(Number(timesOfSeen(op.expected)?.sizeBytes ?? 0))
    if (op.path === SHARED_RULES || this.scope.isSource(op.path)) this.schedule.add(op.path)
    this.wakePeers()
    this.spares.wake()
    if (wasRacy(result.seen)) this.schedule.add(op.path)
    if (result.beside === undefined) return
    this.schedule.add(result.beside)
    // a folder took what lay in it along
    if (op.expected.startsWith('directory:')) this.schedule.add(op.path)
  }
}

const isDisposing = (rule: string): boolean => rule.includes('(?d)')
