/** The engine's answers in the forms of docs and command line (`--json`). */
import type { DeviceIdentity, DeviceStatus, ShareStatus, SyncService } from '../../appliance/sync/status.ts'
import { version } from '../version.ts'

/** JSON has no `undefined`: an unknown ETA is null. */
export type ShareJson = Omit<ShareStatus, 'etaSeconds'> & { readonly etaSeconds: number | null }

export const shareToJson = (share: ShareStatus): ShareJson => ({ ...share, etaSeconds: share.etaSeconds ?? null })

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
