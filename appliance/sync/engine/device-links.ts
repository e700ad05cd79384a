/** Devices that the owner has linked by their IDs, and those met through a secret. */
import * as configuration from '../index/configuration.ts'
import type { DeviceRow, ShareRow } from '../index/configuration.ts'
import type { IndexDatabase } from '../index/database.ts'
import { deviceIdToText, parseDeviceId } from '../model/device-id.ts'
import { UserError } from '../status.ts'
import type { DeviceStatus } from '../status.ts'
import type { Peer } from './peer.ts'

export interface LinkOptions {
  /** as typed */
  readonly device: string
  readonly name?: string | undefined
  /** HOST:PORT */
  readonly address: string | undefined
  readonly share: ShareRow | undefined
  /** what it may do with that share; all of it unless given */
  readonly access?: 'read-write' | 'seed-only' | undefined
}

/**
 * @param self text form
 * @throws UserError when that is no device ID, or this device's own
 */
export function linkDevice({ db }: IndexDatabase, self: string, options: LinkOptions): DeviceRow {
  const parsed = parseDeviceId(options.device)
  if (!parsed.ok)
    throw new UserError(
      'device-id-mistyped',
      'That is not a device ID: copy it from the other device and paste it here.',
    )
  const device = deviceIdToText(parsed.value)
  if (device === self) throw new UserError('own-device', 'That is the ID of this device itself.')
  const addresses = new Set(configuration.deviceOf(db, device)?.addresses)
  if (options.address !== undefined) addresses.add(options.address)
  const row = configuration.noteDevice(db, device, {
    linked: true,
    addresses: [...addresses],
    ...(options.name === undefined ? {} : { name: options.name }),
  })
  if (options.share) configuration.noteShareDevice(db, options.share.no, row.no, true, options.access ?? 'read-write')
  return row
}

/**
 * @param isMeant  of several that have the same name (removed ones are still known): whether it can be this one
 * @throws UserError when no device has that ID or name, or several have the name
 */
export function findDevice(
  { db }: IndexDatabase,
  device: string,
  isMeant: (row: DeviceRow) => boolean = () => true,
): DeviceRow {
  const parsed = parseDeviceId(device)
  const id = parsed.ok ? deviceIdToText(parsed.value) : undefined
  const named = configuration
    .allDevices(db)
    .filter((known) => (id === undefined ? known.name === device : known.id === id))
  const [first] = named
  if (!first)
    throw new UserError('no-such-device', `No device "${device}" is known here. "homeseed device list" shows all.`)
  if (named.length === 1) return first
  const [meant, ...more] = named.filter(isMeant)
  if (!meant || more.length > 0)
    throw new UserError(
      'ambiguous-device',
      `${named.length} devices are called "${device}". Use the ID: "homeseed device list" shows it.`,
    )
  return meant
}

export function deviceStatus(
  { db }: IndexDatabase,
  row: DeviceRow,
  peer: Peer | undefined,
  shares: readonly ShareRow[],
): DeviceStatus {
  const its = configuration.sharesOfDevice(db, row.no)
  return {
    device: row.id,
    name: row.name,
    connected: peer !== undefined,
    address: peer?.connection.address ?? '',
    client: row.client,
    linked: row.linked,
    shares: shares.filter(({ no }) => its.some(({ shareNo }) => shareNo === no)).map(({ id }) => id),
    addresses: row.addresses,
  }
}
