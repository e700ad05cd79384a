import type { Clock } from '../ports.ts'
import { IdleTimer } from './idle-timer.ts'
import type { BlockRequest } from './peer-session.ts'

/**
 * Fewer than the 1,024 that a Homeseed peer takes on before it stops reading: if both sides could make each other
 * stop, neither would ever go on.
 */
const MAX_OPEN = 256
const MAX_ID = 2 ** 31 - 1
const OVERHEAD_BYTES = 1024
/** A peer that answers nothing at all for so long is asked in vain: its disk hangs, or it means no good. */
const SILENT_MS = 60_000

interface Open {
  readonly sizeBytes: number
  readonly resolve: (data: Uint8Array | undefined) => void
  readonly reject: (error: Error) => void
}

export interface OutstandingDeps {
  readonly clock: Clock
  readonly send: (id: number, request: BlockRequest) => void
  /** Requests are open, and for long nothing of an answer has come. */
  readonly onSilent: () => void
}

/** Requests that were sent and not answered yet, and those that wait for their turn. */
export class Outstanding {
  readonly #deps: OutstandingDeps
  readonly #open = new Map<number, Open>()
  readonly #waiting: (Open & { readonly request: BlockRequest })[] = []
  #nextId = 0
  #ended: Error | undefined
  #timer: IdleTimer | undefined

  constructor(deps: OutstandingDeps) {
    this.#deps = deps
  }

  /** Part of an answer came. */
  touch(): void {
    this.#timer?.touch()
  }

  /** For so long it was our doing that no answer came. */
  forgive(ms: number): void {
    this.#timer?.forgive(ms)
  }

  request(request: BlockRequest): Promise<Uint8Array | undefined> {
    if (this.#ended) return Promise.reject(this.#ended)
    return new Promise((resolve, reject) => {
      this.#waiting.push({ request, sizeBytes: request.sizeBytes, resolve, reject })
      this.#sendNext()
    })
  }

  /** What a response may have at the moment, for memory is set aside by the length it announces. */
  get maxResponseBytes(): number {
    let most = 0
    for (const { sizeBytes } of this.#open.values()) most = Math.max(most, sizeBytes)
    return most + OVERHEAD_BYTES
  }

  /** @returns why the response is nonsense; undefined when it is not */
  answer(id: number, data: Uint8Array | undefined): string | undefined {
    const open = this.#open.get(id)
    if (!open) return 'the peer answered a request that nobody made'
    if (data && data.length > open.sizeBytes)
      return `the peer sent ${data.length} bytes where ${open.sizeBytes} were asked for`
    this.#open.delete(id)
    this.touch()
    open.resolve(data)
    this.#sendNext()
    if (this.#open.size === 0) this.#stopTimer()
    return undefined
  }

  /** Rejects all of them, and all that come later. */
  end(error: Error): void {
    this.#ended = error
    for (const { reject } of [...this.#open.values(), ...this.#waiting.splice(0)]) reject(error)
    this.#open.clear()
    this.#stopTimer()
  }

  #stopTimer(): void {
    this.#timer?.stop()
    this.#timer = undefined
  }

  #sendNext(): void {
    while (this.#open.size < MAX_OPEN) {
      const next = this.#waiting.shift()
      if (!next) return
      const id = this.#freeId()
      this.#open.set(id, next)
      this.#timer ??= new IdleTimer(this.#deps.clock, SILENT_MS, this.#deps.onSilent)
      this.#deps.send(id, next.request)
    }
  }

  #freeId(): number {
    while (this.#open.has(this.#nextId)) this.#nextId = this.#nextId === MAX_ID ? 0 : this.#nextId + 1
    const id = this.#nextId
    this.#nextId = id === MAX_ID ? 0 : id + 1
    return id
  }
}
