import type { Peer } from './peers.ts'
import type { Share } from './share.ts'

/** Whether this device and at least `wanted` connected peers hold the same of a share, and all of it. */
export function isSynced(shareId: string, share: Share, peers: Iterable<Peer>, wanted: number): boolean {
  if (!share.isSettled()) return false
  let synced = 0
  for (const { links } of peers) {
    const link = links.get(shareId)
    if (!link) continue
    // a peer that has told of less than it announced may still have something new for us
    const hasHeard = link.peer.receivedSequence >= link.announced
    if (
      hasHeard &&
      link.peer.hasSent(share.index.maxAnnounced()) &&
      share.index.missingAt(link.peer.deviceNo).files === 0
    )
      synced += 1
  }
  return synced >= wanted
}
