import type { AnswerRoom, Seat } from './answer-room.ts'
import type { BlockRequest } from './peer-session.ts'

const MAX_RUNNING = 16
/** Beyond these the peer's further messages wait. Requests are small; a Syncthing peer may have thousands open. */
const MAX_QUEUED = 1024

interface Asked {
  readonly id: number
  readonly request: BlockRequest
}

export interface AnswersDeps {
  /** undefined: not to be had here */
  readonly find: (request: BlockRequest) => Promise<Uint8Array | undefined>
  /** Resolves when the peer's pace allows more. */
  readonly send: (id: number, data: Uint8Array | undefined) => Promise<void>
  readonly fail: (error: unknown) => void
  /** for the answers of all sessions */
  readonly room: AnswerRoom
  readonly stuckAt: Seat['stuckAt']
  /** The session is to end: it does not read what it asked for. */
  readonly drop: () => void
}

/** Answers a peer's requests: a few at a time, so that a peer that takes its time fills no memory. */
export class Answers {
  readonly #deps: AnswersDeps
  #queue: Asked[] = []
  #running = 0
  readonly #seat: Seat
  #makeRoom: (() => void) | undefined

  constructor(deps: AnswersDeps) {
    this.#deps = deps
    this.#seat = { go: () => this.#startNext(), stuckAt: deps.stuckAt, drop: deps.drop }
  }

  /** @returns what to wait for before reading on, if anything */
  add(id: number, request: BlockRequest): void | Promise<void> {
    this.#queue.push({ id, request })
    this.#startNext()
    if (this.#queue.length >= MAX_QUEUED) return new Promise((resolve) => (this.#makeRoom = resolve))
  }

  /** Forgets what was not begun. */
  end(): void {
    this.#queue = []
    this.#deps.room.forget(this.#seat)
    this.#makeRoom?.()
  }

  #startNext(): void {
    for (;;) {
      const next = this.#queue[0]
      if (!next || this.#running >= MAX_RUNNING) return
      if (!this.#deps.room.enter(this.#seat, next.request.sizeBytes)) return
      this.#queue.shift()
      void this.#answer(next)
    }
  }

  async #answer({ id, request }: Asked): Promise<void> {
    this.#running++
    try {
      await this.#deps.send(id, await this.#deps.find(request))
    } catch (error) {
      this.#deps.fail(error)
    }
    this.#running--
    this.#deps.room.leave(this.#seat, request.sizeBytes)
    this.#startNext()
    if (this.#queue.length < MAX_QUEUED) this.#makeRoom?.()
  }
}
