import * as configuration from '../index/configuration.ts'
import type { IndexDatabase } from '../index/database.ts'
import type { PeerStatus } from '../status.ts'
import type { Peers } from './peers.ts'
import type { RunningShare } from './shares.ts'
import { completion } from './views.ts'

export interface PeerStatusesDeps {
  readonly database: IndexDatabase
  readonly peers: Peers
}

/** How far the other devices of a share are. */
export class PeerStatuses {
  readonly #deps: PeerStatusesDeps

  constructor(deps: PeerStatusesDeps) {
    this.#deps = deps
  }

  of({ row, share }: RunningShare): readonly PeerStatus[] {
    const { database, peers } = this.#deps
    const known = new Map(configuration.allDevices(database.db).map((device) => [device.no, device]))
    return configuration.shareDevicesOf(database.db, row.no).flatMap(({ deviceNo, access }) => {
      const device = known.get(deviceNo)
      if (!device) return []
      const isConnected = share.peers.has(deviceNo)
      return [
        {
          device: device.id,
          name: device.name,
          client: device.client,
          access,
          connected: isConnected,
          address: isConnected ? (peers.get(device.id)?.connection.address ?? '') : '',
          via: 'direct',
          completion: completion(share.totals, share.lack.last(deviceNo)),
        } as const,
      ]
    })
  }
}
