/** How far a share is, and how long it will still take. Pure: time comes in. */

const SPEED_MEMORY_MS = 15_000
const STALL_MS = 10_000

export interface Progress {
  /** bytes that became needed since the share was last in sync */
  readonly batchBytes: number
  readonly neededBytes: number
  /** 0 to 1 of the batch: the most that was reached */
  readonly fraction: number
  readonly bytesPerSecond: number
  readonly startedMs: number
  readonly sampledMs: number
  readonly movedMs: number
}

export const idleProgress = (nowMs: number): Progress => ({
  batchBytes: 0,
  neededBytes: 0,
  fraction: 0,
  bytesPerSecond: 0,
  startedMs: nowMs,
  sampledMs: nowMs,
  movedMs: nowMs,
})

/**
 * The next sample. Speed is an exponentially weighted mean with a memory of 15 s; work that arrives
 * meanwhile makes the batch larger, never the share of it that is done smaller.
 * @param receivedBytes  verified and on disk since the last sample
 */
export function sampleProgress(last: Progress, neededBytes: number, receivedBytes: number, nowMs: number): Progress {
  if (neededBytes === 0) return idleProgress(nowMs)
  const isNewBatch = last.neededBytes === 0
  const elapsedMs = Math.max(1, nowMs - last.sampledMs)
  const weight = isNewBatch ? 1 : 1 - Math.exp(-elapsedMs / SPEED_MEMORY_MS)
  const speed = (receivedBytes * 1000) / elapsedMs
  const newWork = Math.max(0, neededBytes + receivedBytes - last.neededBytes)
  const batchBytes = isNewBatch ? neededBytes + receivedBytes : last.batchBytes + newWork
  return {
    batchBytes,
    neededBytes,
    fraction: Math.max(isNewBatch ? 0 : last.fraction, 1 - neededBytes / batchBytes),
    bytesPerSecond: last.bytesPerSecond + weight * (speed - last.bytesPerSecond),
    startedMs: isNewBatch ? nowMs : last.startedMs,
    sampledMs: nowMs,
    movedMs: receivedBytes > 0 || isNewBatch ? nowMs : last.movedMs,
  }
}

/** 0 to 1 of the batch; 1 when nothing is needed. */
export const fractionDone = ({ neededBytes, fraction }: Progress): number => (neededBytes === 0 ? 1 : fraction)

/** Seconds until nothing is needed; undefined until 3 s have shown a speed, and while nothing moves. */
export function etaSeconds(progress: Progress, nowMs: number): number | undefined {
  const { neededBytes, bytesPerSecond, startedMs, movedMs } = progress
  if (neededBytes === 0 || bytesPerSecond < 1) return undefined
  if (nowMs - startedMs < 3000 || nowMs - movedMs > STALL_MS) return undefined
  return Math.ceil(neededBytes / bytesPerSecond)
}
