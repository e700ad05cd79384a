import type { Clock } from '../ports.ts'
import type { Peer } from './peer.ts'
import type { RunningShare } from './shares.ts'

const POLL_MS = 200

/** Whether this device and at least `wanted` connected peers hold the same of a share, and all of it. */
export function isSynced({ row, share }: RunningShare, peers: Iterable<Peer>, wanted: number): boolean {
  if (!share.isSettled()) return false
  let synced = 0
  for (const { links } of peers) {
    const link = links.get(row.id)
    if (!link) continue
    // a peer that has told of less than it announced may still have something new for us
    const hasHeard = link.peer.receivedSequence >= link.announced
    if (
      hasHeard &&
      link.peer.hasSent(share.index.maxAnnounced()) &&
      share.lack.current(link.peer.deviceNo)?.files === 0
    )
      synced += 1
  }
  return synced >= wanted
}

/**
 * Looks at the folders once more, then waits. @returns false when the time was up first; the look goes on then
 * @throws the signal's reason when it is aborted
 */
export async function untilSynced(
  shares: readonly RunningShare[],
  isDone: () => boolean,
  { clock, timeoutMs, signal }: { clock: Clock; timeoutMs: number | undefined; signal: AbortSignal },
): Promise<boolean> {
  const endMs = timeoutMs === undefined ? Infinity : clock.monotonic() + timeoutMs
  let isLooking = true
  void Promise.all(shares.map(({ share }) => share.rescan())).then(() => (isLooking = false))
  for (;;) {
    signal.throwIfAborted()
    if (!isLooking && isDone()) return true
    const leftMs = endMs - clock.monotonic()
    if (leftMs <= 0) return false
    await new Promise<void>((resolve) => clock.after(Math.min(POLL_MS, leftMs), resolve))
  }
}
