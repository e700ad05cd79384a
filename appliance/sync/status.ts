/** What the engine tells of its state: for command line, API and panel alike. */
import type { Access } from './model/access.ts'
import type { OwnChangeKind } from './model/own-change.ts'
import type { Choice } from './model/scope.ts'
export type { Choice }
import type { SettingStatus, StoredSettings } from './model/share-settings.ts'
export type { Access, SettingStatus, StoredSettings }
export type ShareState = 'syncing' | 'in-sync' | 'scanning' | 'paused' | 'disk-missing' | 'disk-full' | 'held' | 'error'

export interface PeerStatus {
  /** device id, text form */
  readonly device: string
  readonly name: string
  /** program and version, e.g. "syncthing v1.19.2" */
  readonly client: string
  readonly access: Access
  readonly connected: boolean
  readonly address: string
  readonly via: 'direct'
  /** 0 to 1: how much of this share the peer holds */
  readonly completion: number
  /** what it lacks of what this device holds; null: not counted yet */
  readonly missing: { readonly files: number; readonly bytes: number } | null
  /** ISO 8601, UTC; null: it has never come yet */
  readonly firstSeen: string | null
  /** now, while it is connected */
  readonly lastSeen: string | null
  /** it holds the secret, and is told nothing until the owner lets it in */
  readonly waits: boolean
  /** since it is connected, it has told of older versions than it did before: what it keeps was set back */
  readonly rolledBack: boolean
}

export interface TransferStatus {
  readonly path: string
  readonly sizeBytes: number
  readonly doneBytes: number
}

/** A mass of changes that waits for the owner's decision. */
export interface HeldStatus {
  /** outgoing: what happened on this device, and others are not told; incoming: what another one wants done here */
  readonly direction: 'outgoing' | 'incoming'
  /** how many files are gone or rewritten, or would be */
  readonly files: number
  /** how many files the share has */
  readonly of: number
  /** who made incoming changes: a device's name, or 7 characters of its ID */
  readonly device: string
}

export interface ShareStatus {
  readonly id: string
  readonly name: string
  /** absolute folder */
  readonly path: string
  readonly access: Access
  readonly state: ShareState
  /** stable word for what is the matter with the disk, such as `read-only` or `full`; empty when nothing is */
  readonly reason: string
  /** one line for people on why the state is what it is and what to do; empty when all is well */
  readonly message: string
  /** state `held`: what is; else empty */
  readonly held: readonly HeldStatus[]
  readonly files: number
  readonly bytes: number
  readonly needFiles: number
  readonly needBytes: number
  /** bytes per second */
  readonly rateIn: number
  readonly rateOut: number
  /** seconds until nothing is needed any more; undefined while unknown */
  readonly etaSeconds: number | undefined
  /** 0 to 1 of what became needed since the share was last in sync; 1 when nothing is */
  readonly progress: number
  /** files being received now, at most 5 */
  readonly transfers: readonly TransferStatus[]
  /** paths that cannot be synced, with the reason; at most 100 */
  readonly problems: readonly { readonly path: string; readonly reason: string }[]
  /** read-only share: paths changed here and kept here */
  readonly localChanges: number
  readonly scrub: ScrubStatus
  /** secrets that other devices have made for it, and that wait for this one's owner to take them over */
  readonly newSecrets: readonly NewSecretsStatus[]
  readonly peers: readonly PeerStatus[]
}

/** New secrets of a share, made on another device. */
export interface NewSecretsStatus {
  /** device id, text form, of where they were made */
  readonly device: string
  /** what that is called; empty: this device has never met it */
  readonly name: string
  /** what the device is called that told of them; empty: the same */
  readonly toldBy: string
}

/** A share's secrets were replaced. */
export interface RotationReport {
  /** share id from now on */
  readonly id: string
  /** what it was */
  readonly before: string
  /** devices that get theirs by themselves; one that is linked without a secret has to take the share by its new id */
  readonly staying: readonly {
    readonly device: string
    readonly name: string
    readonly access: Access
    readonly linked: boolean
  }[]
  readonly removed: readonly { readonly device: string; readonly name: string }[]
  /** devices that only keep the share for others, or were not let in yet: to be given a new secret by hand */
  readonly toAdd: readonly { readonly device: string; readonly name: string }[]
  /** how many that were open are good no more */
  readonly oneTimeSecrets: number
}

/** The reading through of all files that is under way, else the last one. */
export interface ScrubStatus {
  readonly isRunning: boolean
  /** whether it came to its end; one that was stopped did not */
  readonly isWhole: boolean
  /** ISO 8601, UTC; null: there was none yet */
  readonly startedAt: string | null
  readonly endedAt: string | null
  /** 0 to 1 */
  readonly progress: number
  readonly files: number
  readonly bytes: number
  /** files that the disk had changed or could not read any more */
  readonly damaged: number
  /** of those, how many are whole again */
  readonly repaired: number
}

export interface ShareSecret {
  readonly secret: string
  readonly access: Access
  readonly once: boolean
  /** ISO 8601, for a one-time secret */
  readonly expires: string | null
  readonly link: string
}

/** A secret that grants a share once, made on this device. */
export interface OneTimeStatus {
  readonly id: string
  readonly access: Access
  readonly state: 'open' | 'used' | 'revoked' | 'expired'
  /** ISO 8601, UTC, as the others */
  readonly made: string
  readonly expires: string
  readonly used: string | null
  /** what the device that used it is called; empty: none has */
  readonly usedBy: string
}

export interface DeviceIdentity {
  readonly device: string
  readonly name: string
  /** HOST:PORT that peers reach us at */
  readonly listen: string
}

export interface DeviceStatus {
  readonly device: string
  readonly name: string
  readonly connected: boolean
  readonly address: string
  readonly client: string
  /** linked by the owner (a Syncthing device); others prove a secret */
  readonly linked: boolean
  /** ids of the shares that it takes part in */
  readonly shares: readonly string[]
  readonly addresses: readonly string[]
}

/** An error whose message is meant for a person: what happened, to what, what to do. Nothing was changed. */
export class UserError extends Error {
  /** stable word for scripts, e.g. `secret-mistyped` */
  readonly code: string
  /** What the message names, for whoever tells it in another language; `kind` tells apart what one code stands for. */
  readonly details: Readonly<Record<string, string | number>>
  constructor(code: string, message: string, details: UserError['details'] = {}) {
    super(message)
    this.name = 'UserError'
    this.code = code
    this.details = details
  }
}

/** A version that lost its name to another one that was made at the same time. */
export interface ConflictStatus {
  /** path in the share */
  readonly copy: string
  /** path of the version that has the name */
  readonly original: string
  /** false: that one was deleted or renamed since */
  readonly isOriginalThere: boolean
  /** when the copy's version was made: ISO 8601, UTC */
  readonly at: string
  /** who made it: a device's name, or 7 characters of its ID */
  readonly device: string
  readonly sizeBytes: number
}

/** Which versions stay; what gives way goes to the archive. */
export type Kept = 'original' | 'copy' | 'both'

/** What of the archive is asked for. */
export interface VersionQuery {
  /** only this path and what is below it; `.` or nothing: the whole share */
  readonly path?: string | undefined
  /** ISO 8601 or a `version`: what was there then, of each path the one version; otherwise all old versions */
  readonly at?: string | undefined
  /** `next` of the page before */
  readonly after?: string | undefined
  readonly limit: number
}

export interface VersionStatus {
  readonly path: string
  /** names it for `--at`; null: it lies in the share now */
  readonly version: string | null
  /** when it was replaced or deleted: ISO 8601, UTC; null: it lies in the share now */
  readonly until: string | null
  /** when it was last modified: ISO 8601, UTC */
  readonly modified: string
  readonly sizeBytes: number
  /** where it is, below the share's folder; null: at its path */
  readonly archived: string | null
  /** a disk made that of it: kept, but never restored */
  readonly damaged: boolean
}

export interface VersionPage {
  readonly versions: readonly VersionStatus[]
  /** what to ask for next; null: nothing comes behind these */
  readonly next: string | null
}

export interface RestoreReport {
  readonly restored: number
  /** the very same lies there already */
  readonly unchanged: number
  readonly notRestored: number
  /** why some were not; at most 100 */
  readonly problems: readonly { readonly path: string; readonly reason: string }[]
}

/** Something that was done to a read-only share on this device, and stays here. */
export interface OwnChangeStatus {
  readonly path: string
  /** added: others do not have it, or have deleted it */
  readonly kind: OwnChangeKind
  readonly type: 'file' | 'directory' | 'symlink'
  /** of what lies here, else of what was deleted */
  readonly sizeBytes: number
  /** when that was last modified: ISO 8601, UTC */
  readonly modified: string
}

export interface OwnChangePage {
  readonly changes: readonly OwnChangeStatus[]
  /** of all pages */
  readonly totals: { readonly changed: number; readonly added: number; readonly deleted: number }
  /** what to ask for next; null: nothing comes behind these */
  readonly next: string | null
}

export interface RevertReport {
  /** added here: files, which are in the archive now, and folders */
  readonly moved: number
  /** what was changed or deleted here and comes back as others have it; what lay here goes to the archive then */
  readonly returning: number
  /** of those, how many have to wait for a device that is not connected */
  readonly notYet: number
  readonly notReverted: number
  /** why some were not; at most 100 */
  readonly problems: readonly { readonly path: string; readonly reason: string }[]
}

/** Which folder becomes a share, and what it is called here. */
export interface FolderChoice {
  readonly path: string
  /** otherwise as its folder */
  readonly name?: string | undefined
  /** whether a folder that is not there yet is made */
  readonly makeFolder?: boolean | undefined
}

/** What command line, API and panel can ask of the engine. SHARE: a name or an unambiguous prefix of the id. */
export interface SyncService {
  identity(): DeviceIdentity
  shares(): readonly ShareStatus[]
  share(share: string): ShareStatus
  addShare(options: FolderChoice): Promise<ShareStatus>
  joinShare(
    options: FolderChoice & {
      readonly secret: string
      readonly hosts?: readonly string[] | undefined
    },
  ): Promise<ShareStatus>
  removeShare(share: string): Promise<void>
  secret(share: string, access: Access): ShareSecret
  /** Makes a secret that grants the share once. @param validMs how long it is good, from a minute to 30 days */
  oneTimeSecret(share: string, access: Access, validMs: number): ShareSecret
  /** The newest first, used and expired ones too. */
  oneTimeSecrets(share: string): readonly OneTimeStatus[]
  /** Takes one back that nobody has used. */
  revokeOneTimeSecret(share: string, id: string): void
  /** Makes new secrets; devices that stay get theirs. @param without  ids or names of devices that are to be out */
  rotate(share: string, without: readonly string[]): Promise<RotationReport>
  /** Takes over new secrets that another device has made. @param device  whose; undefined: there is but one */
  takeSecrets(share: string, device: string | undefined): Promise<ShareStatus>
  setPaused(share: string, paused: boolean): Promise<ShareStatus>
  rescan(share: string): Promise<void>
  /** Begins to read all files again, or stops that. @throws UserError */
  scrub(share: string, isOn: boolean): Promise<ShareStatus>
  /** Lets a mass of changes through that was held; nothing is held, nothing is done. */
  release(share: string): Promise<void>
  /**
   * Undoes it: what is gone or rewritten here comes back from other devices, and what others want to take away here stays
   * and comes back there. What lay here instead goes to the archive.
   */
  undo(share: string): Promise<void>
  conflicts(share: string): readonly ConflictStatus[]
  /** @param copy path of a conflict copy */
  resolveConflict(share: string, copy: string, kept: Kept): Promise<void>
  versions(share: string, query: VersionQuery): Promise<VersionPage>
  /**
   * Brings a file, or all below a folder, back to what it was at a time; what gives way goes to the archive.
   * @param path `.`: the whole share
   * @param at as in `VersionQuery`; undefined: of a file the version replaced last
   */
  restore(share: string, path: string, at: string | undefined, signal: AbortSignal): Promise<RestoreReport>
  /** Read-only share: what was changed here, and stays here. @param query  `after`: `next` of the page before */
  ownChanges(share: string, query: { readonly after?: string | undefined; readonly limit: number }): OwnChangePage
  /**
   * Takes it back: others' versions come back, and what lies here instead goes to the archive.
   * @param paths  with what lies below them; none: everything
   * @throws UserError where the share may be changed here
   */
  revert(share: string, paths: readonly string[]): Promise<RevertReport>
  settings(share: string): readonly SettingStatus[]
  /** All of them or, when one is refused, none. @param values texts by key; they hold at once */
  setSettings(share: string, values: StoredSettings): Promise<readonly SettingStatus[]>
  /** What of a share is to lie on this device. */
  choice(share: string): Choice
  /** Replaces the choice. What is no longer chosen goes from here once another device has it; see `Choice`. */
  choose(share: string, choice: Choice): Promise<Choice>
  hosts(share: string): readonly string[]
  addHost(share: string, host: string): Promise<void>
  removeHost(share: string, host: string): Promise<void>
  devices(): readonly DeviceStatus[]
  /** Links a device, and a share with it when one is named. */
  addDevice(options: {
    readonly device: string
    readonly share?: string | undefined
    readonly name?: string | undefined
    readonly address?: string | undefined
    /** what it may do with that share; all of it unless given */
    readonly access?: 'read-write' | 'seed-only' | undefined
  }): Promise<DeviceStatus>
  removeDevice(device: string): Promise<void>
  /** Lets a device into a share that waits for it. */
  approveDevice(share: string, device: string): Promise<void>
  /**
   * Resolves true once this device and `peers` connected peers hold the same, and all of it, of one share or of
   * every one; false when `timeoutMs` passed first (undefined: waits for ever).
   */
  wait(options: {
    readonly share?: string | undefined
    readonly peers: number
    readonly timeoutMs?: number | undefined
    readonly signal: AbortSignal
  }): Promise<boolean>
  /** Calls back, at most a few times a second, after something in `shares()` or `devices()` changed. */
  onChange(listener: () => void): () => void
}
