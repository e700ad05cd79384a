/** The engine as its owner sees it: shares, devices, hosts. Opens nothing itself: all it touches is handed in. */
import * as configuration from '../index/configuration.ts'
import type { DeviceRow } from '../index/configuration.ts'
import { withhold } from '../index/rotation-rows.ts'
import { Dialling } from '../discover/dialling.ts'
import { deviceIdToText } from '../model/device-id.ts'
import { bytesEqual } from '../model/entry.ts'
import { messageOf } from '../model/error-code.ts'
import { peerAddress } from '../model/host-port.ts'
import type { OneTimeSecret } from '../model/secret-text.ts'
import { settingStatuses } from '../model/share-settings.ts'
import type { Connection, Dialer } from '../ports.ts'
import { UserError } from '../status.ts'
import type {
  Access,
  Choice,
  ConflictStatus,
  DeviceIdentity,
  DeviceStatus,
  FolderChoice,
  Kept,
  OneTimeStatus,
  OwnChangePage,
  RestoreReport,
  RevertReport,
  RotationReport,
  SettingStatus,
  ShareSecret,
  ShareStatus,
  StoredSettings,
  SyncService,
  VersionPage,
  VersionQuery,
} from '../status.ts'
import { deviceStatus, findDevice, linkDevice } from './device-links.ts'
import { refuseRevert } from './own-changes.ts'
import { PeerStatuses } from './peer-statuses.ts'
import { OneTimeSecrets } from './one-time-secrets.ts'
import { Peers } from './peers.ts'
import { redeem } from './redeem.ts'
import { Rotations } from './rotations.ts'
import type { Share } from './share.ts'
import { Shares } from './shares.ts'
import type { RunningShare, SharesDeps } from './shares.ts'
import { isSynced, untilSynced } from './synced.ts'
import { shareStatus } from './views.ts'

const MINUTE_MS = 60_000
const LEAST_VALID_MS = MINUTE_MS
const MOST_VALID_MS = 30 * 24 * 60 * MINUTE_MS

export interface EngineDeps extends Omit<SharesDeps, 'self' | 'deviceName' | 'changed' | 'replaced' | 'renewed'> {
  readonly dialer: Dialer
  readonly self: {
    readonly id: Uint8Array
    readonly name: string
    readonly clientVersion: string
    readonly listen: string
    /** HOST:PORT, where others may reach this device now */
    readonly addresses: () => readonly string[]
  }
}

export class SyncEngine implements SyncService {
  readonly #deps: EngineDeps
  readonly #shares: Shares
  readonly #peers: Peers
  readonly #dialling: Dialling
  readonly #oneTime: OneTimeSecrets
  readonly #rotations: Rotations
  readonly #stopping = new AbortController()
  readonly #listeners = new Set<() => void>()
  readonly #peerStatuses: PeerStatuses
  readonly #device: string

  constructor(deps: EngineDeps) {
    this.#deps = deps
    const { database, clock, log, random, dialer, secrets, self } = deps
    this.#device = deviceIdToText(self.id)
    this.#shares = new Shares({
      ...deps,
      self: self.id,
      deviceName: (author) => this.#deviceName(author),
      changed: () => this.#changed(),
      replaced: (id) => {
        this.#peers.close('a share begins anew', ({ grants }) => grants.has(id))
        this.#dialling.refresh()
      },
      renewed: () => {
        this.#peers.close('a share has new secrets')
        this.#dialling.refresh()
      },
    })
    this.#oneTime = new OneTimeSecrets({
      clock,
      random,
      log,
      database,
      secrets,
      shares: () => this.#shares.all(),
      changed: () => this.#changed(),
    })
    this.#rotations = new Rotations({
      clock,
      log,
      database,
      secrets,
      shares: this.#shares,
      self: self.id,
      changed: () => this.#changed(),
    })
    this.#peers = new Peers({
      oneTime: this.#oneTime,
      rotations: this.#rotations,
      clock,
      log,
      database,
      secrets,
      self,
      shares: () => this.#shares.open(),
      mustWait: (id) => this.#shares.mustApprove(id),
      changed: () => this.#changed(),
      lost: () => this.#dialling.refresh(),
    })
    this.#peerStatuses = new PeerStatuses({ database, peers: this.#peers, clock })
    this.#dialling = new Dialling({
      clock,
      random,
      log,
      dialer,
      wanted: () => [...this.#wantedHosts()],
      isReached: (peerId) => bytesEqual(peerId, self.id) || this.#peers.get(deviceIdToText(peerId)) !== undefined,
      onConnection: (connection) => this.#peers.add(connection),
    })
  }

  /** Starts every share that is not paused, and begins to dial. */
  async start(): Promise<void> {
    this.#oneTime.start()
    await this.#shares.startAll()
    this.#dialling.refresh()
  }

  /** Takes over a connection that somebody else dialled; resolves when that is decided, whichever way. */
  async accept(connection: Connection): Promise<void> {
    try {
      await this.#peers.add(connection)
    } catch (error) {
      const reason = messageOf(error)
      this.#deps.log.info('peer-refused', { address: connection.address, reason })
    }
  }

  async close(): Promise<void> {
    this.#stopping.abort()
    this.#dialling.stop()
    this.#oneTime.stop()
    this.#peers.stop()
    await this.#shares.stopAll()
  }

  identity(): DeviceIdentity {
    return { device: this.#device, name: this.#deps.self.name, listen: this.#deps.self.listen }
  }

  shares(): readonly ShareStatus[] {
    return this.#shares.all().map((running) => this.#status(running))
  }

  share(share: string): ShareStatus {
    return this.#status(this.#shares.find(share))
  }

  async addShare(options: FolderChoice): Promise<ShareStatus> {
    return this.#add(this.#deps.secrets.create(), options, [], this.#device)
  }

  async joinShare(options: Parameters<SyncService['joinShare']>[0]): Promise<ShareStatus> {
    const parsed = this.#deps.secrets.parse(options.secret)
    const hosts = [...new Set([...(options.hosts ?? []).map(parseHost), ...parsed.hosts])]
    const choice = { ...options, name: options.name ?? parsed.name }
    const granted = parsed.oneTime
      ? await this.#redeem(parsed.oneTime, choice, hosts)
      : { secret: parsed.secret, name: choice.name }
    const source = parsed.oneTime && deviceIdToText(parsed.oneTime.issuer)
    const status = await this.#add(granted.secret, { ...choice, name: granted.name }, hosts, source).catch(
      (error: unknown) => {
        if (parsed.oneTime && error instanceof UserError && error.code === 'folder-unusable')
          throw new UserError(error.code, `${error.message} The one-time secret is used up: ask for another one.`)
        throw error
      },
    )
    // those connected already do not know yet that this device holds the secret too
    this.#peers.close('a share was joined')
    this.#dialling.refresh()
    return status
  }

  async removeShare(share: string): Promise<void> {
    const running = this.#shares.find(share)
    const removed = this.#shares.remove(running)
    this.#peers.close('a share was removed', ({ grants }) => grants.has(running.row.id))
    await removed
    this.#dialling.refresh()
    this.#changed()
  }

  secret(share: string, access: Access): ShareSecret {
    const { row, share: running } = this.#shares.find(share)
    const { secrets } = this.#deps
    const secret = secrets.weaker(row.secret, access)
    if (secret === undefined) {
      const { access: own } = running.keys
      throw new UserError(
        own === 'read-only' ? 'read-only' : 'seed-only',
        `"${row.name}" was joined with a ${own} secret, so there is no ${access} one here.`,
        { name: row.name },
      )
    }
    return { secret, access, once: false, expires: null, link: secrets.link(secret, nameFor(access, row.name)) }
  }

  oneTimeSecret(share: string, access: Access, validMs: number): ShareSecret {
    this.secret(share, access) // refused where it is
    const { row } = this.#shares.find(share)
    if (!(validMs >= LEAST_VALID_MS && validMs <= MOST_VALID_MS))
      throw new UserError('bad-validity', 'A one-time secret can be good for a minute up to 30 days.')
    const { secrets, self } = this.#deps
    const { token, status } = this.#oneTime.make(row.no, access, validMs)
    const secret = secrets.oneTime(token)
    const link = secrets.link(secret, nameFor(access, row.name), self.addresses())
    return { secret, access, once: true, expires: status.expires, link }
  }

  oneTimeSecrets(share: string): readonly OneTimeStatus[] {
    return this.#oneTime.list(this.#shares.find(share).row.no)
  }

  revokeOneTimeSecret(share: string, id: string): void {
    this.#oneTime.revoke(this.#shares.find(share).row.no, id)
  }

  async rotate(share: string, without: readonly string[]): Promise<RotationReport> {
    const { database } = this.#deps
    const running = this.#shares.find(share)
    const its = configuration.shareDevicesOf(database.db, running.row.no)
    const isIn = ({ no }: DeviceRow) => its.some(({ deviceNo }) => deviceNo === no)
    const devices = without.map((device) => findDevice(database, device, isIn))
    return this.#rotations.rotate(running, devices)
  }

  async takeSecrets(share: string, device: string | undefined): Promise<ShareStatus> {
    const running = this.#shares.find(share)
    await this.#rotations.take(running, device)
    return this.#status(this.#shares.findNo(running.row.no))
  }

  async setPaused(share: string, paused: boolean): Promise<ShareStatus> {
    const running = this.#shares.find(share)
    configuration.setSharePaused(this.#deps.database.db, running.row.no, paused)
    await running.share.setPaused(paused)
    this.#peers.close(
      paused ? 'a share was paused' : 'a share goes on',
      ({ grants }) => !paused || grants.has(running.row.id),
    )
    this.#dialling.refresh()
    return this.#status(running)
  }

  async rescan(share: string): Promise<void> {
    const { row, share: running } = this.#shares.find(share)
    if (running.paused) throw pausedError(row.name)
    await running.rescan()
    const { trouble } = running
    if (trouble && trouble.state !== 'disk-full')
      throw new UserError(trouble.state, trouble.message, { kind: trouble.reason })
  }

  async scrub(share: string, isOn: boolean): Promise<ShareStatus> {
    const running = this.#shares.find(share)
    if (isOn && running.share.paused) throw pausedError(running.row.name)
    if (isOn) running.share.scrub.begin()
    else running.share.scrub.end()
    return this.#status(running)
  }

  async release(share: string): Promise<void> {
    // what was to come back and nobody has is let go, too
    await this.#heldShare(share, ({ share: { index } }) => index.missing(1).length > 0).share.release()
  }

  async undo(share: string): Promise<void> {
    const running = this.#heldShare(share)
    if (running.share.keys.access !== 'read-write')
      throw new UserError(
        'read-only-undo',
        `This device may only read "${running.row.name}". Undo it on the device where it was done, or let it through.`,
        { name: running.row.name },
      )
    await running.share.undo()
  }

  conflicts(share: string): readonly ConflictStatus[] {
    return this.#shares.find(share).share.conflicts.list()
  }

  async resolveConflict(share: string, copy: string, kept: Kept): Promise<void> {
    await this.#goingOn(share).conflicts.resolve(copy, kept)
    this.#changed()
  }

  async versions(share: string, query: VersionQuery): Promise<VersionPage> {
    return this.#atWork(share).archive.list(query)
  }

  async restore(share: string, path: string, at: string | undefined, signal: AbortSignal): Promise<RestoreReport> {
    const report = await this.#goingOn(share).archive.restore(path, at, signal)
    this.#changed()
    return report
  }

  ownChanges(share: string, query: Parameters<SyncService['ownChanges']>[1]): OwnChangePage {
    return this.#shares.find(share).share.ownChanges.list(query)
  }

  async revert(share: string, paths: readonly string[]): Promise<RevertReport> {
    const { row, share: found } = this.#shares.find(share)
    refuseRevert(found.keys.access, row.name)
    const report = await this.#goingOn(share).ownChanges.revert(paths)
    this.#changed()
    return report
  }

  /** To change something in its folder. @throws UserError when it is paused, or its folder is not there */
  #goingOn(share: string): Share {
    const { row, share: running } = this.#shares.find(share)
    if (running.paused) throw pausedError(row.name)
    return this.#atWork(share)
  }

  /** @throws UserError when its folder is not there */
  #atWork(share: string): Share {
    const { share: running } = this.#shares.find(share)
    const { trouble } = running
    if (trouble && trouble.state !== 'disk-full') throw new UserError(trouble.state, trouble.message)
    return running
  }

  settings(share: string): readonly SettingStatus[] {
    return settingStatuses(this.#shares.find(share).row.settings)
  }

  async setSettings(share: string, values: StoredSettings): Promise<readonly SettingStatus[]> {
    const running = this.#shares.find(share)
    this.#shares.set(running, values)
    this.#changed()
    return this.settings(running.row.id)
  }

  choice(share: string): Choice {
    return this.#shares.choice(this.#shares.find(share))
  }

  async choose(share: string, choice: Choice): Promise<Choice> {
    const running = this.#shares.find(share)
    this.#shares.choose(running, choice)
    this.#changed()
    return this.#shares.choice(running)
  }

  hosts(share: string): readonly string[] {
    return configuration.hostsOf(this.#deps.database.db, this.#shares.find(share).row.no)
  }

  async addHost(share: string, host: string): Promise<void> {
    const address = parseHost(host)
    configuration.addHost(this.#deps.database.db, this.#shares.find(share).row.no, address)
    this.#dialling.hurry(address)
  }

  async removeHost(share: string, host: string): Promise<void> {
    const { db } = this.#deps.database
    const { row } = this.#shares.find(share)
    const address = parseHost(host)
    if (!configuration.hostsOf(db, row.no).includes(address))
      throw new UserError(
        'no-such-host',
        `"${row.name}" has no fixed address ${address}. "homeseed host list" shows all.`,
      )
    configuration.removeHost(db, row.no, address)
    this.#dialling.refresh()
  }

  devices(): readonly DeviceStatus[] {
    return configuration.allDevices(this.#deps.database.db).map((row) => this.#deviceStatus(row))
  }

  async addDevice(options: Parameters<SyncService['addDevice']>[0]): Promise<DeviceStatus> {
    const linked = options.share === undefined ? undefined : this.#shares.find(options.share)
    const share = linked?.row
    if (linked?.share.keys.access === 'seed-only')
      throw new UserError(
        'sealed-here',
        `"${linked.row.name}" is kept sealed here, and has nothing for a Syncthing device. Link it on a device that can read the share.`,
        { name: linked.row.name },
      )
    const address = options.address === undefined ? undefined : parseHost(options.address)
    const row = linkDevice(this.#deps.database, this.#device, { ...options, share, address })
    this.#peers.close('its links changed', (peer) => peer.device === row.id)
    if (address !== undefined) this.#dialling.hurry(address)
    this.#dialling.refresh()
    this.#changed()
    return this.#deviceStatus(row)
  }

  async removeDevice(device: string): Promise<void> {
    const { database } = this.#deps
    const row = findDevice(database, device)
    this.#peers.close('removed by its owner', (peer) => peer.device === row.id)
    configuration.unlinkDevice(database.db, row.no)
    withhold(database.db, row.id)
    for (const { share } of this.#shares.all()) await share.dropDevice(row.no)
    this.#dialling.refresh()
    this.#changed()
  }

  async approveDevice(share: string, device: string): Promise<void> {
    const { database, log } = this.#deps
    const { row } = this.#shares.find(share)
    const its = configuration.shareDevicesOf(database.db, row.no)
    const waits = ({ no }: DeviceRow) => its.some(({ deviceNo, approved }) => deviceNo === no && !approved)
    const { no, id, name } = findDevice(database, device, waits)
    const known = its.find(({ deviceNo }) => deviceNo === no)
    if (!known || known.approved)
      throw new UserError('not-waiting', `"${name || id}" does not wait to be let into "${row.name}".`, {
        name: name || id,
      })
    configuration.approveShareDevice(database.db, row.no, no)
    log.info('device-approved', { share: row.id, device: id, name })
    // it may be connected for the sake of another share
    this.#peers.close('let in by its owner', (peer) => peer.device === id)
    this.#dialling.refresh()
    this.#changed()
  }

  async wait({ share, peers, timeoutMs, signal }: Parameters<SyncService['wait']>[0]): Promise<boolean> {
    const meant = share === undefined ? this.#shares.all() : [this.#shares.find(share)]
    if (meant.length === 0)
      throw new UserError('no-shares', 'There is no share here yet, so there is nothing to wait for.')
    // asked anew each time: a share may have been replaced meanwhile
    const isDone = () => meant.every(({ row }) => isSynced(this.#shares.findNo(row.no), this.#peers.all(), peers))
    return untilSynced(meant, isDone, { clock: this.#deps.clock, timeoutMs, signal })
  }

  onChange(listener: () => void): () => void {
    this.#listeners.add(listener)
    return () => this.#listeners.delete(listener)
  }

  /** @throws UserError when nothing is held there, or nothing can be done about it now */
  #heldShare(share: string, isMeant: (running: RunningShare) => boolean = () => false): RunningShare {
    const running = this.#shares.find(share)
    const { name } = running.row
    if (running.share.paused) throw pausedError(name)
    const { trouble } = running.share
    if (trouble) throw new UserError(trouble.state, trouble.message)
    if (running.share.hold.status().length === 0 && !isMeant(running))
      throw new UserError('nothing-held', `"${name}" holds nothing back: there is nothing to decide.`, { name })
    return running
  }

  #changed(): void {
    for (const listener of this.#listeners) listener()
  }

  /** @param source  the device that it comes from, text form; undefined: nobody knows yet */
  async #add(
    secret: string,
    choice: FolderChoice,
    hosts: readonly string[],
    source: string | undefined,
  ): Promise<ShareStatus> {
    const running = await this.#shares.add(secret, choice, hosts, source)
    this.#dialling.refresh()
    this.#changed()
    return this.#status(running)
  }

  /** @throws UserError: where the folder cannot be shared, before anything is used up */
  async #redeem(
    secret: OneTimeSecret,
    choice: FolderChoice,
    hosts: readonly string[],
  ): Promise<{ readonly secret: string; readonly name: string | undefined }> {
    await this.#shares.check(choice)
    const granted = await redeem(secret, hosts, {
      ...this.#deps,
      shares: () => this.#shares.all().map(({ share }) => share.keys),
      signal: this.#stopping.signal,
    })
    const folderName = choice.path.split('/').findLast((part) => part !== '') ?? 'Share'
    return { secret: granted.secret, name: choice.name ?? this.#shares.freeName(granted.name || folderName) }
  }

  *#wantedHosts(): Generator<string> {
    const { db } = this.#deps.database
    for (const { row, share } of this.#shares.all()) if (!share.paused) yield* configuration.hostsOf(db, row.no)
    for (const { linked, addresses } of configuration.allDevices(db)) if (linked) yield* addresses
  }

  #status(running: RunningShare): ShareStatus {
    const newSecrets = this.#rotations.offers(running)
    return shareStatus(running.row, running.share, { peers: this.#peerStatuses.of(running), newSecrets })
  }

  #deviceName(author: string): string {
    const { self, database } = this.#deps
    // a device ID begins with the 7 characters of its short id
    if (this.#device.startsWith(author)) return self.name
    const known = configuration.allDevices(database.db).find(({ id }) => id.startsWith(author))
    return known?.name || author
  }

  #deviceStatus(row: DeviceRow): DeviceStatus {
    const shares = this.#shares.all().map((running) => running.row)
    return deviceStatus(this.#deps.database, row, this.#peers.get(row.id), shares)
  }
}

/** A share's name is none of the business of who must not read it. */
const nameFor = (access: Access, name: string): string | undefined => (access === 'seed-only' ? undefined : name)

const pausedError = (name: string): UserError =>
  new UserError('paused', `"${name}" is paused. Resume it first.`, { name })

/** @throws UserError */
function parseHost(typed: string): string {
  const host = peerAddress(typed)
  if (host === undefined)
    throw new UserError('bad-host', `"${typed}" is not HOST:PORT, such as 192.168.1.23:22000.`, { host: typed })
  return host
}
