/** The engine's answers in the forms of docs and command line (`--json`). */
import type {
  DeviceIdentity,
  DeviceStatus,
  ShareSecret,
  ShareStatus,
  SyncService,
} from '../../appliance/sync/status.ts'
import { pageLink } from '../../ui/page-link.ts'
import { version } from '../version.ts'

/** JSON has no `undefined`: an unknown ETA is null. */
export type ShareJson = Omit<ShareStatus, 'etaSeconds'> & { readonly etaSeconds: number | null }

export const shareToJson = (share: ShareStatus): ShareJson => ({ ...share, etaSeconds: share.etaSeconds ?? null })

export type SecretJson = ShareSecret & {
  /** http://BOX/join#…, for the browser of whoever gets it */
  readonly pageLink: string
}

export const secretToJson = (secret: ShareSecret): SecretJson => ({ ...secret, pageLink: pageLink(secret.link) })

export interface StatusJson {
  readonly version: string
  readonly device: DeviceIdentity
  readonly shares: readonly ShareJson[]
  readonly devices: readonly DeviceStatus[]
}

export const statusToJson = (sync: SyncService): StatusJson => ({
  version,
  device: sync.identity(),
  shares: sync.shares().map(shareToJson),
  devices: sync.devices(),
})
