/** A sync service without engine, disk or network, for panel, API and command line. Tests move its shares by hand. */
import { createHash } from 'node:crypto'
import { deviceIdToText } from '../../appliance/sync/model/device-id.ts'
import { peerAddress } from '../../appliance/sync/model/host-port.ts'
import { settingStatuses, withSettings } from '../../appliance/sync/model/share-settings.ts'
import { UserError } from '../../appliance/sync/status.ts'
import type {
  Access,
  Choice,
  ConflictStatus,
  DeviceIdentity,
  DeviceStatus,
  Kept,
  OneTimeStatus,
  OwnChangePage,
  OwnChangeStatus,
  PeerStatus,
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
  VersionStatus,
} from '../../appliance/sync/status.ts'

const base32 = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567'

/** The same characters for the same seed. */
const characters = (seed: string, length: number): string => {
  let state = [...seed].reduce((sum, character) => (sum * 31 + (character.codePointAt(0) ?? 0)) >>> 0, 7)
  return Array.from({ length }, () => {
    state = (state * 1664525 + 1013904223) >>> 0
    return base32[state >>> 27]
  }).join('')
}

export const deviceId = (seed: string): string => deviceIdToText(createHash('sha256').update(seed).digest())

export const emptyShare: ShareStatus = {
  id: '',
  name: '',
  path: '',
  access: 'read-write',
  state: 'in-sync',
  reason: '',
  message: '',
  held: [],
  files: 0,
  bytes: 0,
  needFiles: 0,
  needBytes: 0,
  rateIn: 0,
  rateOut: 0,
  etaSeconds: undefined,
  progress: 1,
  transfers: [],
  problems: [],
  localChanges: 0,
  scrub: {
    isRunning: false,
    isWhole: false,
    startedAt: null,
    endedAt: null,
    progress: 0,
    files: 0,
    bytes: 0,
    damaged: 0,
    repaired: 0,
  },
  newSecrets: [],
  peers: [],
}

export const peer = (name: string, change: Partial<PeerStatus> = {}): PeerStatus => ({
  device: deviceId(name),
  name,
  client: 'homeseed 0.1.0',
  access: 'read-write',
  connected: true,
  address: '192.168.1.30:22000',
  via: 'direct',
  completion: 1,
  missing: { files: 0, bytes: 0 },
  firstSeen: '2026-01-30T12:00:00.000Z',
  lastSeen: '2026-01-31T12:00:00.000Z',
  waits: false,
  rolledBack: false,
  ...change,
})

export class MemorySyncService implements SyncService {
  readonly #choices = new Map<string, Choice>()
  readonly #shares = new Map<string, ShareStatus>()
  readonly #secrets = new Map<string, string>()
  readonly #oneTime = new Map<string, readonly OneTimeStatus[]>()
  readonly #versions = new Map<string, readonly VersionStatus[]>()
  readonly #settings = new Map<string, StoredSettings>()
  readonly #hosts = new Map<string, string[]>()
  readonly #conflicts = new Map<string, readonly ConflictStatus[]>()
  readonly #ownChanges = new Map<string, readonly OwnChangeStatus[]>()
  readonly #devices = new Map<string, DeviceStatus>()
  readonly #listeners = new Set<() => void>()
  /** what was asked for, in order; the words of the methods */
  readonly calls: string[] = []
  name = 'testbox'
  listen = '0.0.0.0:22000'

  // --- for tests ---

  setOwnChanges(share: string, changes: readonly OwnChangeStatus[]): void {
    this.#ownChanges.set(this.share(share).id, changes)
    this.set(share, { access: 'read-only', localChanges: changes.length })
  }

  setConflicts(share: string, conflicts: readonly ConflictStatus[]): void {
    this.#conflicts.set(this.share(share).id, conflicts)
  }

  /** They come two to a page. */
  setVersions(share: string, versions: readonly VersionStatus[]): void {
    this.#versions.set(this.share(share).id, versions)
  }

  /** Changes what the engine would tell of a share, and tells that it did. */
  set(share: string, change: Partial<ShareStatus>): ShareStatus {
    const known = this.share(share)
    const changed = { ...known, ...change }
    this.#shares.set(known.id, changed)
    this.#changed()
    return changed
  }

  /** Puts a device into the list, as if it had joined. */
  putDevice(device: DeviceStatus): void {
    this.#devices.set(device.device, device)
    this.#changed()
  }

  get listeners(): number {
    return this.#listeners.size
  }

  // --- SyncService ---

  identity(): DeviceIdentity {
    return { device: deviceId(this.name), name: this.name, listen: this.listen }
  }

  shares(): readonly ShareStatus[] {
    return [...this.#shares.values()]
  }

  share(share: string): ShareStatus {
    const all = this.shares()
    const named = all.filter(({ name }) => name === share)
    const found = named.length > 0 ? named : all.filter(({ id }) => share !== '' && id.startsWith(share))
    const [first, ...more] = found
    if (!first)
      throw new UserError('no-such-share', `There is no share "${share}" here. "homeseed share list" shows all.`)
    if (more.length > 0) throw new UserError('ambiguous-share', `"${share}" fits ${found.length} shares.`)
    return first
  }

  async addShare({ path, name }: { readonly path: string; readonly name?: string | undefined }): Promise<ShareStatus> {
    this.calls.push('addShare')
    return this.#add(`A${characters(path, 60)}`, path, name)
  }

  async joinShare({ secret, path, name, hosts }: Parameters<SyncService['joinShare']>[0]): Promise<ShareStatus> {
    this.calls.push('joinShare')
    const typed = secret
      .trim()
      .replace(/^homeseed:/, '')
      .replace(/\?.*$/, '')
      .replace(/\s/g, '')
    if (!/^[AB][A-Z2-7]{60}$/.test(typed))
      throw new UserError(
        'secret-mistyped',
        'The secret has a typing mistake: a character is wrong, or two are swapped.',
        { kind: 'checksum' },
      )
    const share = this.#add(typed, path, name)
    this.#hosts.set(share.id, [...(hosts ?? [])])
    return share
  }

  #add(secret: string, path: string, name: string | undefined): ShareStatus {
    const other = this.shares().find((share) => share.path === path)
    if (other)
      throw new UserError('folder-overlaps', `${path} is shared already. Choose a folder outside it.`, {
        folder: path,
        name: other.name,
        path,
      })
    if (name !== undefined && this.shares().some((share) => share.name === name))
      throw new UserError('name-taken', `"${name}" is taken. Give it another name with --name.`, { name })
    const share: ShareStatus = {
      ...emptyShare,
      id: characters(`share of ${secret.slice(1)}`, 24).toLowerCase(),
      name: name ?? path.slice(path.lastIndexOf('/') + 1),
      path,
      access: secret.startsWith('B') ? 'read-only' : 'read-write',
    }
    this.#shares.set(share.id, share)
    this.#secrets.set(share.id, secret)
    this.#changed()
    return share
  }

  async removeShare(share: string): Promise<void> {
    this.calls.push('removeShare')
    this.#shares.delete(this.share(share).id)
    this.#changed()
  }

  secret(share: string, access: Access): ShareSecret {
    this.calls.push('secret')
    const { id, name, access: own } = this.share(share)
    if (access === 'read-write' && own === 'read-only')
      throw new UserError(
        'read-only',
        `"${name}" was joined with a read-only secret, so there is no read-write one here.`,
      )
    const stored = this.#secrets.get(id) ?? ''
    const secret = access === 'read-only' ? `B${characters(stored, 60)}` : stored
    return { secret, access, once: false, expires: null, link: `homeseed:${secret}?name=${encodeURIComponent(name)}` }
  }

  oneTimeSecret(share: string, access: Access, validMs: number): ShareSecret {
    this.calls.push('oneTimeSecret')
    const { id, name } = this.share(share)
    const made = Date.UTC(2026, 0, 31, 12)
    const expires = new Date(made + validMs).toISOString()
    const known = this.#oneTime.get(id) ?? []
    const number = known.length + 1
    const status = { id: String(number), access, state: 'open', made: new Date(made).toISOString(), expires } as const
    this.#oneTime.set(id, [{ ...status, used: null, usedBy: '' }, ...known])
    const secret = `C${characters(`${number}`, 85)}`
    return { secret, access, once: true, expires, link: `homeseed:${secret}?name=${encodeURIComponent(name)}` }
  }

  oneTimeSecrets(share: string): readonly OneTimeStatus[] {
    return this.#oneTime.get(this.share(share).id) ?? []
  }

  revokeOneTimeSecret(share: string, id: string): void {
    this.calls.push('revokeOneTimeSecret')
    const known = this.oneTimeSecrets(share)
    if (!known.some((secret) => secret.id === id))
      throw new UserError('no-such-one-time', `There is no one-time secret ${id} here.`, { id })
    this.#oneTime.set(
      this.share(share).id,
      known.map((secret) => (secret.id === id ? { ...secret, state: 'revoked' } : secret)),
    )
  }

  async rotate(share: string, without: readonly string[]): Promise<RotationReport> {
    const known = this.share(share)
    this.calls.push(`rotate ${without.join(' ')}`.trim())
    if (known.access === 'read-only')
      throw new UserError('read-only-rotate', `This device may only read "${known.name}".`, { name: known.name })
    const isOut = ({ device, name }: PeerStatus) => without.includes(device) || without.includes(name)
    const secret = `A${characters(`new ${known.id}`, 60)}`
    const id = characters(`share of ${secret.slice(1)}`, 24).toLowerCase()
    this.#shares.delete(known.id)
    this.#shares.set(id, { ...known, id, peers: known.peers.filter((each) => !isOut(each)) })
    this.#secrets.set(id, secret)
    this.#changed()
    return {
      id,
      before: known.id,
      staying: known.peers
        .filter((each) => !isOut(each))
        .map(({ device, name, access }) => ({ device, name, access, linked: false })),
      removed: known.peers.filter(isOut).map(({ device, name }) => ({ device, name })),
      toAdd: [],
      oneTimeSecrets: 0,
    }
  }

  async takeSecrets(share: string, device: string | undefined): Promise<ShareStatus> {
    const { id, name, newSecrets } = this.share(share)
    this.calls.push(`takeSecrets ${device ?? ''}`.trim())
    if (newSecrets.length === 0)
      throw new UserError('no-new-secrets', `There are no new secrets for "${name}" to take over.`, { name })
    return this.set(id, { newSecrets: [] })
  }

  async setPaused(share: string, paused: boolean): Promise<ShareStatus> {
    this.calls.push(paused ? 'pause' : 'resume')
    const { needBytes } = this.share(share)
    return this.set(share, { state: paused ? 'paused' : needBytes > 0 ? 'syncing' : 'in-sync', rateIn: 0 })
  }

  async rescan(share: string): Promise<void> {
    this.share(share)
    this.calls.push('rescan')
  }

  async scrub(share: string, isOn: boolean): Promise<ShareStatus> {
    this.calls.push(isOn ? 'scrub' : 'scrub stop')
    return this.set(share, { scrub: { ...emptyShare.scrub, isRunning: isOn, startedAt: '2026-01-31T12:00:00.000Z' } })
  }

  async release(share: string): Promise<void> {
    this.#decide('release', share)
  }

  async undo(share: string): Promise<void> {
    this.#decide('undo', share)
  }

  #decide(call: string, share: string): void {
    const { id, name, held } = this.share(share)
    this.calls.push(call)
    if (held.length === 0)
      throw new UserError('nothing-held', `"${name}" holds nothing back: there is nothing to decide.`, { name })
    this.set(id, { state: 'in-sync', message: '', held: [] })
  }

  conflicts(share: string): readonly ConflictStatus[] {
    return this.#conflicts.get(this.share(share).id) ?? []
  }

  async resolveConflict(share: string, copy: string, kept: Kept): Promise<void> {
    const { id } = this.share(share)
    const known = this.conflicts(share)
    if (!known.some((conflict) => conflict.copy === copy))
      throw new UserError('no-such-conflict', `There is no conflict copy "${copy}" in this share (any more).`)
    this.calls.push(`resolveConflict ${copy} ${kept}`)
    this.#conflicts.set(
      id,
      known.filter((conflict) => conflict.copy !== copy),
    )
  }

  async versions(share: string, { path = '.', at, after }: VersionQuery): Promise<VersionPage> {
    const all = this.#versions.get(this.share(share).id) ?? []
    const found = all.filter((each) => path === '.' || each.path === path || each.path.startsWith(`${path}/`))
    const from = after === undefined ? 0 : Number(after)
    this.calls.push(`versions ${path} ${at ?? ''}`)
    return { versions: found.slice(from, from + 2), next: from + 2 < found.length ? String(from + 2) : null }
  }

  async restore(share: string, path: string, at: string | undefined): Promise<RestoreReport> {
    this.share(share)
    this.calls.push(`restore ${path} ${at ?? ''}`)
    if (path === 'nothing')
      throw new UserError('no-such-version', 'The archive holds no version of "nothing".', { path })
    const problems = path === 'some' ? [{ path: 'some/one', reason: 'a folder of this name is in its place' }] : []
    return { restored: 2, unchanged: 1, notRestored: problems.length, problems }
  }

  ownChanges(share: string, { after, limit }: { readonly after?: string; readonly limit: number }): OwnChangePage {
    const all = this.#ownChanges.get(this.share(share).id) ?? []
    const from = after === undefined ? 0 : all.findIndex(({ path }) => path === after) + 1
    const page = all.slice(from, from + limit)
    const count = (kind: OwnChangeStatus['kind']) => all.filter((each) => each.kind === kind).length
    const totals = { changed: count('changed'), added: count('added'), deleted: count('deleted') }
    return { changes: page, totals, next: from + limit < all.length ? (page.at(-1)?.path ?? null) : null }
  }

  async revert(share: string, paths: readonly string[]): Promise<RevertReport> {
    const { id, name, access } = this.share(share)
    this.calls.push(['revert', ...paths].join(' '))
    if (access !== 'read-only') throw new UserError('not-read-only', `This device may change "${name}".`, { name })
    const all = this.#ownChanges.get(id) ?? []
    const isMeant = ({ path }: OwnChangeStatus) =>
      paths.length === 0 || paths.some((each) => path === each || path.startsWith(`${each}/`))
    const stuck = all.filter((each) => isMeant(each) && each.path.includes('stuck'))
    const gone = all.filter((each) => isMeant(each) && !stuck.includes(each))
    this.setOwnChanges(
      id,
      all.filter((each) => !gone.includes(each)),
    )
    const moved = gone.filter(({ kind }) => kind === 'added').length
    const problems = stuck.map(({ path }) => ({ path, reason: 'the folder still holds something' }))
    return { moved, returning: gone.length - moved, notYet: 0, notReverted: stuck.length, problems }
  }

  choice(share: string): Choice {
    return this.#choices.get(this.share(share).id) ?? { only: [], skip: [] }
  }

  async choose(share: string, choice: Choice): Promise<Choice> {
    this.#choices.set(this.share(share).id, choice)
    return choice
  }

  settings(share: string): readonly SettingStatus[] {
    return settingStatuses(this.#settings.get(this.share(share).id) ?? {})
  }

  async setSettings(share: string, values: StoredSettings): Promise<readonly SettingStatus[]> {
    const { id } = this.share(share)
    const next = withSettings(this.#settings.get(id) ?? {}, values)
    if (!next.ok) throw new UserError('bad-setting', `${next.error.key} cannot be that.`, { key: next.error.key })
    this.#settings.set(id, next.value)
    return this.settings(share)
  }

  hosts(share: string): readonly string[] {
    return this.#hosts.get(this.share(share).id) ?? []
  }

  async addHost(share: string, host: string): Promise<void> {
    const known = this.hosts(share)
    this.#hosts.set(this.share(share).id, [...new Set([...known, peerAddress(host) ?? host])])
  }

  async removeHost(share: string, host: string): Promise<void> {
    const removed = peerAddress(host) ?? host
    if (!this.hosts(share).includes(removed))
      throw new UserError('no-such-host', `There is no fixed address ${removed}.`)
    this.#hosts.set(
      this.share(share).id,
      this.hosts(share).filter((known) => known !== removed),
    )
  }

  devices(): readonly DeviceStatus[] {
    return [...this.#devices.values()]
  }

  async addDevice({ device, share, name, address }: Parameters<SyncService['addDevice']>[0]): Promise<DeviceStatus> {
    if (!/^([A-Z2-7]{7}-){7}[A-Z2-7]{7}$/.test(device))
      throw new UserError(
        'device-id-mistyped',
        'That is not a device ID: copy it from the other device and paste it here.',
      )
    const status: DeviceStatus = {
      device,
      name: name ?? '',
      connected: false,
      address: '',
      client: '',
      linked: true,
      shares: share === undefined ? [] : [this.share(share).id],
      addresses: address === undefined ? [] : [address],
    }
    this.putDevice(status)
    return status
  }

  async approveDevice(share: string, device: string): Promise<void> {
    this.calls.push('approveDevice')
    const { id, name, peers } = this.share(share)
    if (!peers.some((each) => each.device === device && each.waits))
      throw new UserError('not-waiting', `"${device}" does not wait to be let into "${name}".`, { name: device })
    this.set(id, { peers: peers.map((each) => (each.device === device ? { ...each, waits: false } : each)) })
  }

  async removeDevice(device: string): Promise<void> {
    if (!this.#devices.delete(device)) throw new UserError('no-such-device', `No device "${device}" is known here.`)
    this.#changed()
  }

  async wait({ share, peers, timeoutMs, signal }: Parameters<SyncService['wait']>[0]): Promise<boolean> {
    const isDone = () => {
      const meant = share === undefined ? this.shares() : [this.share(share)]
      return meant.every(
        (each) =>
          each.state === 'in-sync' &&
          each.peers.filter(({ connected, completion }) => connected && completion >= 1).length >= peers,
      )
    }
    if (isDone()) return true
    return new Promise<boolean>((resolve, reject) => {
      const end = (settle: () => void) => {
        stopListening()
        clearTimeout(timer)
        signal.removeEventListener('abort', onAbort)
        settle()
      }
      const onAbort = () => end(() => reject(signal.reason as Error))
      const stopListening = this.onChange(() => isDone() && end(() => resolve(true)))
      const timer = timeoutMs === undefined ? undefined : setTimeout(() => end(() => resolve(false)), timeoutMs)
      signal.addEventListener('abort', onAbort)
    })
  }

  onChange(listener: () => void): () => void {
    this.#listeners.add(listener)
    return () => this.#listeners.delete(listener)
  }

  #changed(): void {
    for (const listener of [...this.#listeners]) listener()
  }
}
