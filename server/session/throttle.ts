import { isIPv6 } from 'node:net'
import { bareAddress } from '../guard/addresses.ts'

const freeTries = 5
const longestWaitMs = 60_000
const forgottenAfterMs = 60 * 60_000
const maxSources = 1000

/** Who tries: an IPv4 address, or the /64 that one IPv6 device chooses its addresses from. */
export function sourceOf(address: string): string {
  const plain = bareAddress(address) ?? 'unknown'
  if (!isIPv6(plain)) return plain
  const [head = '', tail] = plain.split('::')
  const left = head.split(':').filter((group) => group !== '')
  const right = (tail ?? '').split(':').filter((group) => group !== '')
  const zeros = tail === undefined ? 0 : 8 - left.length - right.length
  return [...left, ...Array<string>(Math.max(0, zeros)).fill('0'), ...right].slice(0, 4).join(':')
}

/**
 * Slows down who guesses passwords: five tries are free, then each wrong one doubles the wait, up to a minute. Per
 * source, so that nobody locks the owner out.
 */
export class Throttle {
  readonly #tries = new Map<string, { count: number; last: number }>()

  /** Counts a try before it is checked, so that many at once gain nothing. @returns ms to wait; 0: go ahead */
  attempt(address: string, now: number): number {
    const source = sourceOf(address)
    const known = this.#tries.get(source)
    const tries = known && now - known.last < forgottenAfterMs ? known : { count: 0, last: now }
    const waitMs = tries.count < freeTries ? 0 : Math.min(longestWaitMs, 1000 * 2 ** (tries.count - freeTries))
    const leftMs = tries.last + waitMs - now
    if (tries.count > 0 && leftMs > 0) return leftMs
    this.#tries.delete(source)
    this.#tries.set(source, { count: tries.count + 1, last: now })
    if (this.#tries.size > maxSources)
      for (const oldest of this.#tries.keys()) {
        this.#tries.delete(oldest)
        break
      }
    return 0
  }

  succeeded(address: string): void {
    this.#tries.delete(sourceOf(address))
  }
}
