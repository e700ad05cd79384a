import type { Clock } from '../appliance/sync/ports.ts'

/** who gives everything else its turn, and has not gone on yet */
const breathing: (() => void)[] = []

/** One goes on in each turn of the event loop: a few slices of work in a row would keep everybody waiting as one does. */
function goOn(): void {
  breathing.shift()?.()
  if (breathing.length > 0) setImmediate(goOn)
}

export const systemClock: Clock = {
  now: () => Date.now(),
  monotonic: () => performance.now(),
  after: (delayMs, action) => {
    const timer = setTimeout(action, delayMs)
    return () => clearTimeout(timer)
  },
  breathe: () =>
    new Promise((resolve) => {
      if (breathing.push(resolve) === 1) setImmediate(goOn)
    }),
}
