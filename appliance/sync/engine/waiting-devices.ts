/** Devices that hold a share's secret, and are told nothing until its owner lets them in. */
import {
  forgetShareDevice,
  noteDevice,
  noteShareDevice,
  seeShareDevice,
  shareDevicesOf,
} from '../index/configuration.ts'
import type { IndexDatabase } from '../index/database.ts'
import type { Clock, Connection, Log } from '../ports.ts'
import type { PeerHello } from '../wire/peer-session.ts'
import type { Grant } from './peer.ts'

/** of a share, at a time: whoever holds the secret can come as ever new devices */
const MAX_WAITING = 20

export interface WaitingDevicesDeps {
  readonly clock: Clock
  readonly log: Log
  readonly database: IndexDatabase
  /** Whether devices that are new to a share wait until its owner lets them in. @param id share id */
  readonly mustWait: (id: string) => boolean
  readonly changed: () => void
}

export class WaitingDevices {
  readonly #deps: WaitingDevicesDeps

  constructor(deps: WaitingDevicesDeps) {
    this.#deps = deps
  }

  /** Takes out of what a device is granted where it has to wait. @returns those shares */
  keepBack(grants: Map<string, Grant>, deviceNo: number | undefined): readonly Grant[] {
    const { database, mustWait } = this.#deps
    const waiting = [...grants.values()].filter(({ running: { row }, linked }) => {
      const known = shareDevicesOf(database.db, row.no).find((each) => each.deviceNo === deviceNo)
      return !linked && mustWait(row.id) && known?.approved !== true
    })
    for (const { running } of waiting) grants.delete(running.share.keys.id)
    return waiting
  }

  /** Its owner sees that it wants to come in; it is told nothing. */
  note(
    connection: Connection,
    device: string,
    { deviceName, clientName, clientVersion }: PeerHello,
    waiting: readonly Grant[],
  ): void {
    const { database, log, changed, clock } = this.#deps
    const client = `${clientName} ${clientVersion}`.trim()
    const { no: deviceNo } = noteDevice(database.db, device, { name: deviceName, client })
    for (const { running, access } of waiting) {
      const { no: shareNo, id } = running.row
      const rows = shareDevicesOf(database.db, shareNo)
      if (!rows.some((row) => row.deviceNo === deviceNo)) {
        const others = rows.filter(({ approved }) => !approved)
        for (const row of others.slice(0, Math.max(0, others.length + 1 - MAX_WAITING)))
          forgetShareDevice(database.db, shareNo, row.deviceNo)
        log.info('device-waits', { share: id, device, name: deviceName, access, address: connection.address })
      }
      noteShareDevice(database.db, shareNo, deviceNo, false, access, false)
      seeShareDevice(database.db, { shareNo, deviceNo, at: clock.now(), address: connection.address })
    }
    changed()
  }
}
