/** how many are under way at a time: what is put in place together shares its flushes */
const SIDE_BY_SIDE = 32

/** A few at a time, begun in their order; the first failure keeps the rest from starting. @throws what `work` throws */
export async function sideBySide<T>(items: readonly T[], work: (item: T) => Promise<void>): Promise<void> {
  let next = 0
  let hasFailed = false
  const one = async (): Promise<void> => {
    for (let item = items[next++]; item !== undefined && !hasFailed; item = items[next++]) {
      try {
        await work(item)
      } catch (error) {
        hasFailed = true
        throw error
      }
    }
  }
  const outcomes = await Promise.allSettled(Array.from({ length: SIDE_BY_SIDE }, one))
  for (const outcome of outcomes) if (outcome.status === 'rejected') throw outcome.reason
}
