import { Worker } from 'node:worker_threads'
import type { Found, ScanEnd, ShareRoot } from './disk-work.ts'
import type { RelPath } from './model/rel-path.ts'
import type { Answer, Args, FromWorker, Method, ToWorker, WorkerSettings } from './worker-protocol.ts'

/** What a call is rejected with when the disk that it is about hangs. */
export const HUNG = 'EHUNG'
/** So often in a row a worker may be found without having moved, before its disk counts as hung. */
const MAX_MISSES = 8
const CLOSE_MS = 3000
/** Of use is a thread that works for its next piece of work; one that was only asked how its disk is, for nothing. */
const REST_AFTER = { workMs: 60_000, probeMs: 5000 }

/** A worker that keeps dying is not started for ever. */
const MAX_DEATHS = 5
const DEATHS_WITHIN_MS = 5 * 60_000

interface Pending {
  readonly settle: (value: unknown) => void
  readonly fail: (error: unknown) => void
  readonly onBatch?: (found: readonly Found[]) => Promise<void>
}

const abandoned = new Set<Worker>()

// Node waits for all threads when it ends: with one that hangs it would never. Everything else is put away by now.
process.on('exit', () => {
  if (abandoned.size > 0) process.kill(process.pid, 'SIGKILL')
})

/** One worker, started when it is first needed and again after it died. */
export class WorkerThread {
  readonly #url: URL
  readonly #settings: WorkerSettings
  readonly #onDeath: (error: Error) => void
  readonly #pending = new Map<number, Pending>()
  readonly #pings = new Set<number>()
  #worker: Worker | undefined
  #lastId = 0
  #deathsMs: number[] = []
  #isClosed = false
  /** what the worker shows of itself, as it was seen last */
  #pulse = new Int32Array(new SharedArrayBuffer(8))
  #lastBeat = 0
  #isPinged = false
  #misses = 0
  #lastUsedMs = 0
  /** whether it has been asked for more than how its disk is */
  #hasWorked = false

  readonly #restAfter: typeof REST_AFTER

  /** @param onDeath what the worker knew, such as the temps it held, is lost */
  constructor(url: URL, settings: WorkerSettings, onDeath: (error: Error) => void, restAfter = REST_AFTER) {
    this.#restAfter = restAfter
    this.#url = url
    this.#settings = settings
    this.#onDeath = onDeath
  }

  /** how many answers are waited for */
  get load(): number {
    return this.#pending.size
  }

  /**
   * To be asked every few seconds. @returns the number of the folder (pulse.ts) whose disk it has been waiting for too
   * long; undefined: it moves, or has nothing to do
   */
  stuckAt(): number | undefined {
    const worker = this.#worker
    if (!worker || this.load === 0) return undefined
    const beat = Atomics.load(this.#pulse, 0)
    const moves = beat !== this.#lastBeat || !this.#isPinged
    this.#lastBeat = beat
    this.#misses = moves ? 0 : this.#misses + 1
    if (!this.#isPinged) {
      this.#isPinged = true
      this.#pings.add(++this.#lastId)
      worker.postMessage({ type: 'ping', id: this.#lastId } satisfies ToWorker)
    }
    return this.#misses >= MAX_MISSES ? Atomics.load(this.#pulse, 1) : undefined
  }

  /**
   * To be asked now and then, of one that holds nothing for anybody: ends a thread that has had nothing to do for a while,
   * as each takes some 20 MB. The next question starts another.
   */
  rest(): void {
    const { workMs, probeMs } = this.#restAfter
    const restAfterMs = this.#hasWorked ? workMs : probeMs
    if (!this.#worker || this.load > 0 || performance.now() - this.#lastUsedMs < restAfterMs) return
    const worker = this.#worker
    this.#worker = undefined
    void worker.terminate()
  }

  /**
   * Gives up the thread, which can be neither stopped nor waited for: it ends once its disk answers. What it was asked
   * is rejected, and the next question starts another.
   * @returns resolves when it has ended
   */
  abandon(): Promise<unknown> {
    const worker = this.#worker
    if (!worker) return Promise.resolve()
    this.#worker = undefined
    const error = Object.assign(new Error('the disk does not answer'), { code: HUNG })
    this.#failAll(error)
    this.#onDeath(error)
    worker.unref()
    const ended = worker.terminate()
    abandoned.add(worker)
    return ended.finally(() => abandoned.delete(worker))
  }

  call<M extends Method>(method: M, args: Args<M>, transfer: readonly ArrayBuffer[] = []): Promise<Answer<M>> {
    return this.#ask((id) => ({ type: 'call', id, method, args }), transfer, method !== 'probe') as Promise<Answer<M>>
  }

  async scan(
    root: ShareRoot,
    within: readonly RelPath[] | undefined,
    onBatch: (found: readonly Found[]) => Promise<void>,
    signal: AbortSignal,
    rules?: readonly string[],
  ): Promise<ScanEnd> {
    signal.throwIfAborted()
    let id = 0
    const stop = () => this.#post({ type: 'stop', id })
    signal.addEventListener('abort', stop, { once: true })
    try {
      const ask = (given: number): ToWorker => ({ type: 'scan', id: (id = given), root, within, rules })
      return (await this.#ask(ask, [], true, onBatch)) as ScanEnd
    } catch (error) {
      signal.throwIfAborted()
      throw error
    } finally {
      signal.removeEventListener('abort', stop)
    }
  }

  /** Ends the thread. What is still waited for is rejected. */
  async close(): Promise<void> {
    const worker = this.#worker
    let isLate = false
    const late = new Promise<void>((resolve) => setTimeout(() => resolve(void (isLate = true)), CLOSE_MS).unref())
    if (worker) await Promise.race([this.call('close', []), late]).catch(() => undefined) // it died: nothing to close
    this.#isClosed = true
    if (isLate) return void this.abandon()
    this.#failAll(new Error('the disk worker is closed'))
    await worker?.terminate()
  }

  #ask(
    message: (id: number) => ToWorker,
    transfer: readonly ArrayBuffer[],
    isWork: boolean,
    onBatch?: (found: readonly Found[]) => Promise<void>,
  ): Promise<unknown> {
    return new Promise((settle, fail) => {
      const worker = this.#start()
      if (isWork || !this.#hasWorked) this.#lastUsedMs = performance.now()
      this.#hasWorked ||= isWork
      const id = ++this.#lastId
      worker.postMessage(message(id), transfer)
      this.#pending.set(id, { settle, fail, ...(onBatch ? { onBatch } : {}) })
    })
  }

  #post(message: ToWorker): void {
    this.#worker?.postMessage(message)
  }

  /** @throws Error once the worker has died too often */
  #start(): Worker {
    if (this.#worker) return this.#worker
    if (this.#isClosed) throw new Error('the disk worker is closed')
    const now = performance.now()
    this.#deathsMs = this.#deathsMs.filter((at) => now - at < DEATHS_WITHIN_MS)
    if (this.#deathsMs.length >= MAX_DEATHS) throw new Error('the disk worker keeps failing')
    this.#pulse = new Int32Array(new SharedArrayBuffer(8))
    this.#pings.clear()
    this.#isPinged = false
    this.#misses = 0
    this.#hasWorked = false
    const worker = new Worker(this.#url, { workerData: { ...this.#settings, pulse: this.#pulse } })
    worker.on('message', (message: FromWorker) => this.#receive(message))
    worker.on('error', (error: unknown) =>
      this.#died(worker, error instanceof Error ? error : new Error(String(error))),
    )
    worker.on('exit', (code) => this.#died(worker, new Error(`the disk worker ended with code ${code}`)))
    this.#worker = worker
    return worker
  }

  #died(worker: Worker, error: Error): void {
    if (this.#worker !== worker) return // 'exit' follows 'error'
    this.#worker = undefined
    if (this.#isClosed) return
    this.#deathsMs.push(performance.now())
    this.#failAll(error)
    this.#onDeath(error)
  }

  #failAll(error: Error): void {
    const all = [...this.#pending.values()]
    this.#pending.clear()
    for (const { fail } of all) fail(error)
  }

  #receive(message: FromWorker): void {
    if (this.#pings.delete(message.id)) this.#isPinged = false
    const pending = this.#pending.get(message.id)
    if (!pending) return
    if (message.type === 'found') {
      pending.onBatch?.(message.found).then(
        () => this.#post({ type: 'go-on', id: message.id }),
        (error: unknown) => {
          this.#pending.delete(message.id)
          this.#post({ type: 'stop', id: message.id })
          pending.fail(error)
        },
      )
      return
    }
    this.#pending.delete(message.id)
    if (message.type === 'answer') pending.settle(message.value)
    else if (message.type === 'scanned') pending.settle(message.end)
    else pending.fail(Object.assign(new Error(message.message), { code: message.code }))
  }
}
