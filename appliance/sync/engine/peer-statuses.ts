import * as configuration from '../index/configuration.ts'
import type { IndexDatabase } from '../index/database.ts'
import type { Clock } from '../ports.ts'
import type { PeerStatus } from '../status.ts'
import type { Peers } from './peers.ts'
import type { RunningShare } from './shares.ts'
import { completion } from './views.ts'

export interface PeerStatusesDeps {
  readonly database: IndexDatabase
  readonly peers: Peers
  readonly clock: Clock
}

/** How far the other devices of a share are. */
export class PeerStatuses {
  readonly #deps: PeerStatusesDeps

  constructor(deps: PeerStatusesDeps) {
    this.#deps = deps
  }

  of({ row, share }: RunningShare): readonly PeerStatus[] {
    const { database, peers, clock } = this.#deps
    const text = (at: number | null) => (at === null ? null : new Date(at).toISOString())
    const known = new Map(configuration.allDevices(database.db).map((device) => [device.no, device]))
    return configuration
      .shareDevicesOf(database.db, row.no)
      .flatMap(({ deviceNo, access, approved, firstSeenAt, lastSeenAt, address }) => {
        const device = known.get(deviceNo)
        if (!device) return []
        const isConnected = share.peers.has(deviceNo)
        const lack = approved ? share.lack.last(deviceNo) : undefined
        return [
          {
            device: device.id,
            name: device.name,
            client: device.client,
            access,
            connected: isConnected,
            address: isConnected ? (peers.get(device.id)?.connection.address ?? '') : address,
            via: 'direct',
            completion: approved ? completion(share.totals, lack) : 0,
            missing: lack ?? null,
            firstSeen: text(firstSeenAt),
            lastSeen: text(isConnected ? clock.now() : lastSeenAt),
            waits: !approved,
            rolledBack: peers.get(device.id)?.rolledBack.has(row.id) ?? false,
          } as const,
        ]
      })
  }
}
