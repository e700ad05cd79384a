import type { ShareIndex } from './index/share-index.ts'
import type { Clock } from './ports.ts'

/** Nothing else has its turn for so long; the commit to disk comes on top. */
const SLICE_MS = 10

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
