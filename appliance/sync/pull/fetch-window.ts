/** a block that every peer may have under way even when all room is taken */
const SMALL_BYTES = 1024 * 1024
/** what a peer may have under way before it has given us anything */
const UNPROVEN_BLOCKS = 16
const UNPROVEN_BYTES = 4 * 1024 * 1024

/** Who can give a block: a peer by its session, whichever shares it is in, or this device itself. */
export interface Giver {
  readonly session: object
}

export interface Slot<G extends Giver> {
  readonly giver: G
  /** Gives the room back, once. @param hasGiven  whether the block came */
  release(hasGiven: boolean): void
}

interface Part {
  bytes: number
  blocks: number
  hasGiven: boolean
}

interface Waiting {
  readonly bytes: number
  readonly givers: readonly Giver[]
  readonly go: (giver: Giver) => void
}

/**
 * Bounds what all shares together hold in memory of blocks asked for but not yet on disk. Nobody gets more than twice
 * what is left for the others: a peer that never answers cannot stop the rest, nor can several of them.
 */
export class FetchWindow {
  readonly #maxBytes: number
  readonly #maxBlocks: number
  #bytes = 0
  #blocks = 0
  readonly #parts = new WeakMap<object, Part>()
  /** in the order of asking */
  readonly #waiting = new Set<Waiting>()
  /** by session: how many wait that could have it from there */
  readonly #wanted = new Map<object, number>()

  /** What a peer may have under way when it is the only one; all together half as much again. */
  constructor(peerBytes: number, peerBlocks: number) {
    this.#maxBytes = peerBytes * 1.5
    this.#maxBlocks = peerBlocks * 1.5
  }

  /** Resolves when one of the givers has room: the one with least under way, and at each, first come first served. */
  async enter<G extends Giver>(bytes: number, givers: readonly [G, ...G[]]): Promise<Slot<G>> {
    const free = this.#freest(
      bytes,
      givers.filter(({ session }) => !this.#wanted.has(session)),
    )
    if (free) this.#take(free, bytes)
    const giver = free ?? (await this.#wait(bytes, givers))
    let inside = true
    const release = (hasGiven: boolean) => {
      if (!inside) return
      inside = false
      this.#leave(giver, bytes, hasGiven)
    }
    return { giver, release }
  }

  #wait<G extends Giver>(bytes: number, givers: readonly G[]): Promise<G> {
    return new Promise((resolve) => {
      this.#waiting.add({ bytes, givers, go: (giver) => resolve(giver as G) })
      for (const { session } of givers) this.#wanted.set(session, (this.#wanted.get(session) ?? 0) + 1)
    })
  }

  #take(giver: Giver, bytes: number): void {
    const part = this.#partOf(giver)
    part.bytes += bytes
    part.blocks += 1
    this.#bytes += bytes
    this.#blocks += 1
  }

  #leave(giver: Giver, bytes: number, hasGiven: boolean): void {
    const part = this.#partOf(giver)
    part.bytes -= bytes
    part.blocks -= 1
    part.hasGiven ||= hasGiven
    this.#bytes -= bytes
    this.#blocks -= 1
    this.#admit()
  }

  /** Lets in whoever can go; stops looking when every peer that somebody waits for has no room. */
  #admit(): void {
    const full = new Set<object>()
    for (const waiting of this.#waiting) {
      if (full.size === this.#wanted.size) return
      const { bytes, givers, go } = waiting
      const left = givers.filter(({ session }) => !full.has(session))
      const giver = this.#freest(bytes, left)
      if (giver) {
        this.#take(giver, bytes)
        this.#waiting.delete(waiting)
        for (const { session } of givers) if (this.#wantLess(session)) full.delete(session)
        go(giver)
      } else for (const { session } of left) full.add(session)
    }
  }

  /** @returns whether nobody wants it any more */
  #wantLess(session: object): boolean {
    const count = (this.#wanted.get(session) ?? 0) - 1
    if (count > 0) this.#wanted.set(session, count)
    else this.#wanted.delete(session)
    return count <= 0
  }

  #freest<G extends Giver>(bytes: number, givers: readonly G[]): G | undefined {
    let best: G | undefined
    for (const giver of givers) {
      const part = this.#partOf(giver)
      if (this.#hasRoom(part, bytes) && (!best || part.bytes < this.#partOf(best).bytes)) best = giver
    }
    return best
  }

  #hasRoom(part: Part, bytes: number): boolean {
    if (this.#blocks === 0) return true // one block always fits, however large
    const freeBytes = this.#maxBytes - this.#bytes - bytes
    const freeBlocks = this.#maxBlocks - this.#blocks - 1
    if (part.blocks === 0) return bytes <= SMALL_BYTES || freeBytes >= 0
    if (part.bytes + bytes > freeBytes * 2 || part.blocks + 1 > freeBlocks * 2) return false
    return part.hasGiven || (part.blocks < UNPROVEN_BLOCKS && part.bytes + bytes <= UNPROVEN_BYTES)
  }

  #partOf({ session }: Giver): Part {
    let part = this.#parts.get(session)
    if (!part) this.#parts.set(session, (part = { bytes: 0, blocks: 0, hasGiven: false }))
    return part
  }
}
