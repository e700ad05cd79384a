import type { Clock } from '../appliance/sync/ports.ts'

/** What panel and command line need of a clock. */
export type PanelClock = Pick<Clock, 'now' | 'monotonic' | 'after'>

export const systemClock: PanelClock = {
  now: () => Date.now(),
  monotonic: () => performance.now(),
  after: (delayMs, action) => {
    const timer = setTimeout(action, delayMs)
    return () => clearTimeout(timer)
  },
}
