/** Bounds what all shares together hold in memory of blocks asked for but not yet on disk. */
export class FetchWindow {
  readonly #maxBytes: number
  readonly #maxBlocks: number
  #bytes = 0
  #blocks = 0
  readonly #waiting: { readonly bytes: number; readonly go: () => void }[] = []

  constructor(maxBytes: number, maxBlocks: number) {
    this.#maxBytes = maxBytes
    this.#maxBlocks = maxBlocks
  }

  /** Resolves when there is room, first come first served; the answer gives the room back, once. */
  async enter(bytes: number): Promise<() => void> {
    if (this.#waiting.length > 0 || !this.#hasRoom(bytes)) {
      await new Promise<void>((go) => this.#waiting.push({ bytes, go }))
    } else {
      this.#take(bytes)
    }
    let inside = true
    return () => {
      if (!inside) return
      inside = false
      this.#bytes -= bytes
      this.#blocks -= 1
      this.#admit()
    }
  }

  /** One block always fits, however large. */
  #hasRoom(bytes: number): boolean {
    return this.#blocks === 0 || (this.#bytes + bytes <= this.#maxBytes && this.#blocks < this.#maxBlocks)
  }

  #take(bytes: number): void {
    this.#bytes += bytes
    this.#blocks += 1
  }

  #admit(): void {
    for (let next = this.#waiting[0]; next && this.#hasRoom(next.bytes); next = this.#waiting[0]) {
      this.#waiting.shift()
      this.#take(next.bytes)
      next.go()
    }
  }
}
