/** The engine as its owner sees it: shares, devices, hosts. Opens nothing itself: all it touches is handed in. */
import * as configuration from '../index/configuration.ts'
import type { DeviceRow, ShareRow } from '../index/configuration.ts'
import type { IndexDatabase } from '../index/database.ts'
import { ShareIndex } from '../index/share-index.ts'
import { Dialling } from '../discover/dialling.ts'
import type { DiskWork } from '../disk-work.ts'
import { deviceIdToText, shortIdOf, shortIdToText } from '../model/device-id.ts'
import { parseHostPort } from '../model/host-port.ts'
import type { Clock, Connection, Dialer, Log, Random, WatchFolder } from '../ports.ts'
import { UserError } from '../status.ts'
import type { Access, DeviceIdentity, DeviceStatus, ShareSecret, ShareStatus, SyncService } from '../status.ts'
import { authorOf } from './author.ts'
import { deviceStatus, findDevice, linkDevice } from './device-links.ts'
import { FetchWindow } from './fetch-window.ts'
import { PeerStatuses } from './peer-statuses.ts'
import { Peers } from './peers.ts'
import type { RunningShare } from './peers.ts'
import { Share } from './share.ts'
import type { Secrets } from './share-keys.ts'
import { shareStatus } from './views.ts'
import { isSynced } from './synced.ts'

const WINDOW_BYTES = 32 * 1024 * 1024
const WINDOW_BLOCKS = 256
const WAIT_POLL_MS = 200

export interface EngineDeps {
  readonly clock: Clock
  readonly random: Random
  readonly log: Log
  readonly database: IndexDatabase
  readonly disk: DiskWork
  readonly watch: WatchFolder | undefined
  readonly dialer: Dialer
  readonly secrets: Secrets
  readonly self: {
    readonly id: Uint8Array
    readonly name: string
    readonly clientVersion: string
    readonly listen: string
  }
  /** The folder's real path. @throws UserError when it is no folder, or cannot be written */
  readonly resolveFolder: (path: string) => Promise<string>
}

export class SyncEngine implements SyncService {
  readonly #deps: EngineDeps
  readonly #shares = new Map<string, RunningShare>()
  readonly #peers: Peers
  readonly #dialling: Dialling
  readonly #openIndex: (shareNo: number) => ShareIndex
  readonly #window = new FetchWindow(WINDOW_BYTES, WINDOW_BLOCKS)
  readonly #author: string
  readonly #listeners = new Set<() => void>()
  readonly #deviceAt = new Map<string, string>()
  readonly #peerStatuses: PeerStatuses
  readonly #device: string

  constructor(deps: EngineDeps) {
    this.#deps = deps
    const { database, clock, log, random, dialer, secrets, self } = deps
    this.#device = deviceIdToText(self.id)
    this.#openIndex = ShareIndex.opener(database)
    this.#author = authorOf(
      self.id,
      configuration.incarnationOf(database.db, () => hex(random.bytes(8))),
    )
    this.#peers = new Peers({
      clock,
      log,
      database,
      secrets,
      self,
      shares: () => this.#shares.values(),
      changed: () => this.#changed(),
      lost: () => this.#dialling.refresh(),
    })
    this.#peerStatuses = new PeerStatuses({ clock, database, peers: this.#peers })
    this.#dialling = new Dialling({
      clock,
      random,
      log,
      dialer,
      wanted: () => [...this.#wantedHosts()],
      isReached: (address) => {
        const device = this.#deviceAt.get(address)
        return device === this.#device || (device !== undefined && this.#peers.get(device) !== undefined)
      },
      onConnection: async (connection, address) => {
        this.#deviceAt.set(address, deviceIdToText(connection.peerId))
        await this.#peers.add(connection)
      },
    })
  }

  /** Starts every share that is not paused, and begins to dial. */
  async start(): Promise<void> {
    const { database, log } = this.#deps
    for (const row of configuration.allShares(database.db)) {
      const running = this.#run(row)
      await running.share
        .start()
        .catch((error: unknown) => log.error('share-not-started', { share: row.id, error: String(error) }))
    }
    this.#dialling.refresh()
  }

  /** Takes over a connection that somebody else dialled; resolves when that is decided, whichever way. */
  async accept(connection: Connection): Promise<void> {
    try {
      await this.#peers.add(connection)
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error)
      this.#deps.log.info('peer-refused', { address: connection.address, reason })
    }
  }

  async close(): Promise<void> {
    this.#dialling.stop()
    this.#peers.close('shutting down')
    for (const { share } of this.#shares.values()) await share.stop()
  }

  identity(): DeviceIdentity {
    return { device: this.#device, name: this.#deps.self.name, listen: this.#deps.self.listen }
  }

  shares(): readonly ShareStatus[] {
    return [...this.#shares.values()].map((running) => this.#status(running))
  }

  share(share: string): ShareStatus {
    return this.#status(this.#find(share))
  }

  async addShare({ path, name }: { readonly path: string; readonly name?: string | undefined }): Promise<ShareStatus> {
    return this.#add(this.#deps.secrets.create(), path, name, [])
  }

  async joinShare(options: Parameters<SyncService['joinShare']>[0]): Promise<ShareStatus> {
    const { secret, name } = this.#deps.secrets.parse(options.secret)
    const hosts = (options.hosts ?? []).map(parseHost)
    const status = await this.#add(secret, options.path, options.name ?? name, hosts)
    // those connected already do not know yet that this device holds the secret too
    this.#peers.close('a share was joined')
    this.#dialling.refresh()
    return status
  }

  async removeShare(share: string): Promise<void> {
    const { row, share: running } = this.#find(share)
    this.#shares.delete(row.id)
    this.#peers.close('a share was removed', ({ grants }) => grants.has(row.id))
    await running.stop()
    configuration.removeShare(this.#deps.database.db, row.no)
    running.index.dropUnusedBlockLists()
    this.#dialling.refresh()
    this.#changed()
  }

  secret(share: string, access: Access): ShareSecret {
    const { row, share: running } = this.#find(share)
    if (access === 'read-write' && running.keys.access === 'read-only') {
      throw new UserError(
        'read-only',
        `"${row.name}" was joined with a read-only secret, so there is no read-write one here.`,
      )
    }
    const { secrets } = this.#deps
    const secret = access === 'read-only' ? secrets.readOnly(row.secret) : row.secret
    return { secret, access, once: false, expires: null, link: secrets.link(secret, row.name) }
  }

  async setPaused(share: string, paused: boolean): Promise<ShareStatus> {
    const running = this.#find(share)
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
    await this.#find(share).share.rescan()
  }

  hosts(share: string): readonly string[] {
    return configuration.hostsOf(this.#deps.database.db, this.#find(share).row.no)
  }

  addHost(share: string, host: string): Promise<void> {
    const address = parseHost(host)
    configuration.addHost(this.#deps.database.db, this.#find(share).row.no, address)
    this.#dialling.hurry(address)
    return Promise.resolve()
  }

  removeHost(share: string, host: string): Promise<void> {
    configuration.removeHost(this.#deps.database.db, this.#find(share).row.no, parseHost(host))
    this.#dialling.refresh()
    return Promise.resolve()
  }

  devices(): readonly DeviceStatus[] {
    return configuration.allDevices(this.#deps.database.db).map((row) => this.#deviceStatus(row))
  }

  addDevice(options: Parameters<SyncService['addDevice']>[0]): Promise<DeviceStatus> {
    const share = options.share === undefined ? undefined : this.#find(options.share).row
    const address = options.address === undefined ? undefined : parseHost(options.address)
    const row = linkDevice(this.#deps.database, this.#device, { ...options, share, address })
    this.#peers.close('its links changed', (peer) => peer.device === row.id)
    if (address !== undefined) this.#dialling.hurry(address)
    this.#dialling.refresh()
    this.#changed()
    return Promise.resolve(this.#deviceStatus(row))
  }

  removeDevice(device: string): Promise<void> {
    const { database } = this.#deps
    const row = findDevice(database, device)
    this.#peers.close('removed by its owner', (peer) => peer.device === row.id)
    configuration.unlinkDevice(database.db, row.no)
    for (const { share } of this.#shares.values()) share.dropDevice(row.no)
    this.#dialling.refresh()
    this.#changed()
    return Promise.resolve()
  }

  async wait({ share, peers, timeoutMs, signal }: Parameters<SyncService['wait']>[0]): Promise<boolean> {
    const meant = share === undefined ? [...this.#shares.values()] : [this.#find(share)]
    const { clock } = this.#deps
    const startedMs = clock.monotonic()
    await Promise.all(meant.map((running) => running.share.rescan()))
    for (;;) {
      signal.throwIfAborted()
      const nowMs = clock.monotonic()
      if (meant.every(({ row, share: running }) => isSynced(row.id, running, this.#peers.all(), peers))) return true
      if (timeoutMs !== undefined && nowMs - startedMs >= timeoutMs) return false
      await new Promise<void>((resolve) => clock.after(WAIT_POLL_MS, resolve))
    }
  }

  onChange(listener: () => void): () => void {
    this.#listeners.add(listener)
    return () => this.#listeners.delete(listener)
  }

  #changed(): void {
    for (const listener of this.#listeners) listener()
  }

  async #add(secret: string, path: string, name: string | undefined, hosts: readonly string[]): Promise<ShareStatus> {
    const { database, disk, secrets, resolveFolder, random } = this.#deps
    const keys = secrets.keys(secret)
    const known = this.#shares.get(keys.id)
    if (known)
      throw new UserError(
        'share-known',
        `This device has that share already: "${known.row.name}" in ${known.row.path}.`,
      )
    const folder = await resolveFolder(path)
    const overlapping = [...this.#shares.values()].find(
      ({ row }) => isWithin(folder, row.path) || isWithin(row.path, folder),
    )
    if (overlapping) {
      throw new UserError(
        'folder-overlaps',
        `${folder} overlaps with the share "${overlapping.row.name}" in ${overlapping.row.path}. Choose a folder outside it.`,
      )
    }
    const given = (name ?? folder.slice(folder.lastIndexOf('/') + 1)).trim() || 'Share'
    if ([...this.#shares.values()].some(({ row }) => row.name === given)) {
      throw new UserError(
        'name-taken',
        `There is a share named "${given}" already. Give this one another name with --name.`,
      )
    }
    await disk.prepare({ shareId: keys.id, path: folder })
    const row = configuration.addShare(database.db, {
      id: keys.id,
      name: given,
      path: folder,
      secret,
      indexId: hex(random.bytes(8)),
    })
    for (const host of hosts) configuration.addHost(database.db, row.no, host)
    const running = this.#run(row)
    await running.share.start()
    this.#dialling.refresh()
    this.#changed()
    return this.#status(running)
  }

  #run(row: ShareRow): RunningShare {
    const { clock, log, disk, watch, secrets, self } = this.#deps
    const share = new Share(row.path, row.paused, {
      clock,
      log,
      disk,
      watch,
      index: this.#openIndex(row.no),
      window: this.#window,
      keys: secrets.keys(row.secret),
      self: { shortId: shortIdOf(self.id), author: this.#author },
      shortIdText: shortIdToText,
      changed: () => this.#changed(),
    })
    const running = { row, share }
    this.#shares.set(row.id, running)
    return running
  }

  /** By name, else by an unambiguous beginning of the id. */
  #find(share: string): RunningShare {
    const all = [...this.#shares.values()]
    const named = all.filter(({ row }) => row.name === share)
    const found = named.length > 0 ? named : all.filter(({ row }) => share !== '' && row.id.startsWith(share))
    const [first, ...more] = found
    if (!first)
      throw new UserError('no-such-share', `There is no share "${share}" here. "homeseed share list" shows all.`)
    if (more.length > 0)
      throw new UserError('ambiguous-share', `"${share}" fits ${found.length} shares. Use more of the share's ID.`)
    return first
  }

  *#wantedHosts(): Generator<string> {
    const { db } = this.#deps.database
    for (const { row, share } of this.#shares.values()) if (!share.paused) yield* configuration.hostsOf(db, row.no)
    for (const { linked, addresses } of configuration.allDevices(db)) if (linked) yield* addresses
  }

  #status(running: RunningShare): ShareStatus {
    return shareStatus(running.row, running.share, this.#peerStatuses.of(running))
  }

  #deviceStatus(row: DeviceRow): DeviceStatus {
    const shares = [...this.#shares.values()].map((running) => running.row)
    return deviceStatus(this.#deps.database, row, this.#peers.get(row.id), shares)
  }
}

const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex')

/** Whether a folder is another one or lies in it. Both absolute and real. */
const isWithin = (folder: string, outer: string): boolean =>
  folder === outer || folder.startsWith(outer === '/' ? '/' : `${outer}/`)

/** @throws UserError */
function parseHost(typed: string): string {
  const host = parseHostPort(typed)
  if (host === undefined) throw new UserError('bad-host', `"${typed}" is not HOST:PORT, such as 192.168.1.23:22000.`)
  return host
}
