const EVERY_MS = 30_000
/** of a processor, within that time */
const AT_WORK_S = 3
const AT_REST_S = 0.3

/** @returns  to be told every half minute how much of a processor was used so far: whether work has come to its end */
export function restAfterWork(): (usedSeconds: number) => boolean {
  let beforeSeconds = 0
  let hasWorked = false
  return (usedSeconds) => {
    const used = usedSeconds - beforeSeconds
    beforeSeconds = usedSeconds
    if (used >= AT_WORK_S) hasWorked = true
    if (!hasWorked || used > AT_REST_S) return false
    hasWorked = false
    return true
  }
}

/**
 * Gives back the memory that work has left behind, once the program has come to rest: Node would keep it until there is
 * work again. That takes some tenths of a second, in which nobody waits for anything.
 * @returns  ends it
 */
export function clearUpAtRest(): () => void {
  const isAtRest = restAfterWork()
  const timer = setInterval(() => {
    const { user, system } = process.cpuUsage()
    if (isAtRest((user + system) / 1e6)) globalThis.gc?.({ type: 'major', execution: 'sync', flavor: 'last-resort' })
  }, EVERY_MS)
  timer.unref()
  return () => clearInterval(timer)
}
