import type { ShareIndex } from './index/share-index.ts'
import { limits } from './limits.ts'
import type { Clock } from './ports.ts'

/** Nothing else has its turn for so long; the commit to disk comes on top. */
export const SLICE_MS = 10

/**
 * Does something for each item in transactions of at most `SLICE_MS`, so that thousands of them keep nobody waiting.
 * Each is done wholly or not at all; after an error those of earlier slices stay done.
 */
export async function inSlices<T>(
  items: readonly T[],
  { index, clock }: { readonly index: Pick<ShareIndex, 'transaction'>; readonly clock: Clock },
  work: (item: T) => void,
): Promise<void> {
  for (let at = 0; at < items.length;) {
    if (at > 0) await clock.breathe()
    const endMs = clock.monotonic() + SLICE_MS
    at = index.transaction(() => {
      let next = at
      for (const item of items.slice(at)) {
        work(item)
        next += 1
        if (clock.monotonic() >= endMs) break
      }
      return next
    })
  }
}

/**
 * Takes step after step, in transactions of at most `SLICE_MS`, each of which can be the last one.
 * @returns false: it was to stop before all was done
 */
export async function stepsInSlices(
  steps: Iterator<unknown>,
  {
    transaction,
    clock,
    goesOn,
  }: {
    readonly transaction: <T>(work: () => T) => T
    readonly clock: Clock
    readonly goesOn: () => boolean
  },
): Promise<boolean> {
  while (goesOn()) {
    const endMs = clock.monotonic() + SLICE_MS
    const isDone = transaction(() => {
      for (let taken = 0; taken < limits.forgetting && (taken === 0 || clock.monotonic() < endMs); taken++)
        if (steps.next().done === true) return true
      return false
    })
    if (isDone) return true
    await clock.breathe()
  }
  return false
}
