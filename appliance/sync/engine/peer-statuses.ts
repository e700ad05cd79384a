import * as configuration from '../index/configuration.ts'
import type { IndexDatabase } from '../index/database.ts'
import type { Clock } from '../ports.ts'
import type { PeerStatus } from '../status.ts'
import type { Peers } from './peers.ts'
import type { Share } from './share.ts'
import type { RunningShare } from './shares.ts'
import { completion } from './views.ts'

/** counting what a peer lacks reads the whole index: not more often than this */
const COMPLETION_EVERY_MS = 2000

export interface PeerStatusesDeps {
  readonly clock: Clock
  readonly database: IndexDatabase
  readonly peers: Peers
}

/** How far the other devices of a share are. */
export class PeerStatuses {
  readonly #deps: PeerStatusesDeps
  /** by share and device */
  readonly #completions = new Map<string, { readonly value: number; readonly key: string; readonly atMs: number }>()

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
          completion: this.#completion(share, deviceNo),
        } as const,
      ]
    })
  }

  #completion(share: Share, deviceNo: number): number {
    const id = `${share.keys.id}/${deviceNo}`
    const key = `${share.sequence}/${share.peers.get(deviceNo)?.receivedSequence ?? ''}`
    const nowMs = this.#deps.clock.monotonic()
    const last = this.#completions.get(id)
    if (last && (last.key === key || nowMs - last.atMs < COMPLETION_EVERY_MS)) return last.value
    const value = completion(share.totals, share.index.missingAt(deviceNo))
    this.#completions.set(id, { value, key, atMs: nowMs })
    return value
  }
}
