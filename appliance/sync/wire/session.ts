/**
 * One BEP session over an authenticated connection. Messages are handled strictly in their order, each before the
 * next is read, so a peer waits while its index is being taken in. Only requests are answered beside that, some at a
 * time: answering needs the peer to read, and two peers that both waited for each other to read would wait for ever.
 * For the same reason no handler may wait for anything from this same peer (peer-session.ts).
 */
import { noBytes } from '../model/entry.ts'
import { messageOf } from '../model/error-code.ts'
import type { Clock, Connection, Log } from '../ports.ts'
import { Answers } from './answers.ts'
import { displayText } from './display-text.ts'
import { FrameSplitter, encodeFrame, maxMessageBytes } from './frames.ts'
import type { Frame } from './frames.ts'
import { HelloReader, encodeHello } from './hello.ts'
import { IdleTimer } from './idle-timer.ts'
import { IndexReader, isIndex, takeInParts } from './index-reader.ts'
import { decodeMessage, encodeMessage, inMessages, messageType } from './messages.ts'
import type { EncodedMessage, Message } from './messages.ts'
import { Outstanding } from './outstanding.ts'
import type {
  BlockRequest,
  PeerHello,
  PeerSession,
  SessionEvents,
  TellOptions,
  WireEntry,
  WireFolder,
} from './peer-session.ts'
import { SharedMemory } from './shared-memory.ts'

const HELLO_TIMEOUT_MS = 10_000
const PING_AFTER_MS = 90_000
const RECEIVE_TIMEOUT_MS = 300_000
/** any message before the peer's cluster config, which cannot be meant well */
const EARLY_MESSAGE_BYTES = 1024

export interface SessionDeps {
  readonly clock: Clock
  readonly log: Log
  /** what to tell the peer */
  readonly hello: PeerHello
  /** of all sessions of this device */
  readonly shared?: SharedMemory
}

/**
 * Says hello and waits for the peer's, at most 10 s. The session hands nothing over before `sendClusterConfig`, so
 * there is time to decide about the peer.
 * @throws Error with one line for people when no hello comes; the connection is closed then, and `onClose` not called
 */
export async function openSession(
  connection: Connection,
  deps: SessionDeps,
  events: SessionEvents,
): Promise<PeerSession> {
  const bytes = encodeHello(deps.hello)
  return new Promise((resolve, reject) => {
    let isOver = false
    const fail = (reason: string) => {
      if (isOver) return
      isOver = true
      cancelTimeout()
      connection.close()
      reject(new Error(reason))
    }
    const cancelTimeout = deps.clock.after(HELLO_TIMEOUT_MS, () => fail('the peer did not say hello in time'))
    const reader = new HelloReader()
    let session: Session | undefined
    connection.onData((chunk) => {
      if (session) return session.take(chunk)
      if (isOver) return
      const read = reader.push(chunk)
      if (!read.ok) return fail(read.error)
      if (!read.value) return
      cancelTimeout()
      session = new Session(connection, deps, events, read.value.hello)
      resolve(session)
      return session.take(read.value.rest)
    })
    connection.onClose((error) => {
      if (session) session.lost(error)
      else fail(closedBecause(error))
    })
    post(connection, [bytes])
  })
}

const closedBecause = (error: Error | undefined): string =>
  error ? `the connection broke: ${displayText(error.message)}` : 'the peer closed the connection'

/** Small messages go out at once. When that fails the connection is closed, which it tells by itself. */
const post = (connection: Connection, parts: readonly Uint8Array[]): void => {
  connection.write(parts).catch(() => undefined)
}

class Session implements PeerSession {
  readonly hello: PeerHello
  readonly #connection: Connection
  readonly #clock: Clock
  readonly #log: Log
  readonly #shared: SharedMemory
  readonly #events: SessionEvents
  readonly #splitter: FrameSplitter
  readonly #outstanding: Outstanding
  readonly #answers: Answers
  readonly #pingTimer: IdleTimer
  readonly #receiveTimer: IdleTimer
  readonly #started: Promise<void>
  #start: () => void = () => undefined
  /** whether the peer waits for one of our handlers: then its silence is our doing */
  #isBusy = false
  /** whether it has asked for so much that we read nothing more until an answer is out */
  #isBacklogged = false
  #isConfigured = false
  #endReason: string | undefined
  /** responses and indexes leave one after the other, at the peer's pace, so that requests and pings can pass them */
  #bulk: Promise<void> = Promise.resolve()

  constructor(connection: Connection, deps: SessionDeps, events: SessionEvents, hello: PeerHello) {
    const { clock, log, shared = new SharedMemory(clock) } = deps
    this.hello = hello
    this.#connection = connection
    this.#clock = clock
    this.#log = log
    this.#shared = shared
    this.#events = events
    this.#started = new Promise((resolve) => (this.#start = resolve))
    this.#splitter = new FrameSplitter((type) => this.#maxBytes(type))
    const [isStuck, isStuckForLong] = [stuckness(connection), stuckness(connection)]
    this.#outstanding = new Outstanding({
      clock,
      send: (id, request) => this.#post(encodeMessage({ type: 'request', id, request })),
      onSilent: () => {
        if (this.#isOurDoing(isStuck)) return
        this.close('the peer answered no request for a minute')
      },
    })
    this.#answers = new Answers({
      // Syncthing asks for the block of no bytes that an empty file has on the wire
      find: (request) => (request.sizeBytes === 0 ? Promise.resolve(noBytes) : events.onRequest(request)),
      send: (id, data) => this.#sendBulk(encodeMessage({ type: 'response', id, data })),
      fail: (error) => this.#fail(error),
      room: shared.answers,
      stuckAt: () => connection.stuckAt,
      drop: () => this.close('the peer does not read what it asked for'),
    })
    this.#pingTimer = new IdleTimer(clock, PING_AFTER_MS, () => this.#post(encodeMessage({ type: 'ping' })))
    this.#receiveTimer = new IdleTimer(clock, RECEIVE_TIMEOUT_MS, () => {
      if (!this.#isOurDoing(isStuckForLong)) this.close('nothing was heard from the peer for five minutes')
    })
  }

  sendClusterConfig(folders: readonly WireFolder[]): Promise<void> {
    if (this.#endReason !== undefined) return Promise.reject(new Error(this.#endReason))
    this.#pingTimer.touch()
    const sent = this.#connection.write(encodeFrame(encodeMessage({ type: 'cluster-config', folders })))
    this.#start()
    return sent
  }

  async sendIndex(folder: string, entries: readonly WireEntry[], options: TellOptions = {}): Promise<void> {
    const { isMore } = options
    let isFirst = options.full === true
    let writers = options.writers
    for (const group of inMessages(entries)) {
      if (group.length === 0 && !isFirst) return
      const message = encodeMessage({ type: 'index', folder, entries: group, full: isFirst, isMore, writers })
      if (lengthOf(message) > maxMessageBytes(message.type)) {
        // one file alone, of several terabytes: no Homeseed peer would take its list of blocks
        this.#log.error('entry-too-large', { folder, path: group[0]?.entry.path })
        if (!isFirst) continue
        await this.#sendBulk(encodeMessage({ type: 'index', folder, entries: [], full: true, isMore, writers }))
      } else await this.#sendBulk(message)
      isFirst = false
      writers = undefined
    }
  }

  request(request: BlockRequest): Promise<Uint8Array | undefined> {
    return this.#outstanding.request(request)
  }

  close(reason: string): void {
    if (this.#endReason !== undefined) return
    this.#post(encodeMessage({ type: 'close', reason: displayText(reason) }))
    this.#end(reason)
  }

  /** Takes bytes from the connection. @returns what to wait for before taking more, if anything; never rejects */
  take(chunk: Uint8Array): void | Promise<void> {
    if (this.#endReason !== undefined) return
    this.#receiveTimer.touch()
    this.#splitter.push(chunk)
    return this.#handleAll()
  }

  /** The connection is gone. */
  lost(error: Error | undefined): void {
    this.#end(closedBecause(error))
  }

  #handleAll(): void | Promise<void> {
    while (this.#endReason === undefined) {
      const frame = this.#splitter.next()
      if (!frame.ok) return this.#fail(frame.error)
      if (!frame.value) return this.#noteArriving()
      const waiting = this.#handleFrame(frame.value)
      if (waiting) return this.#goOnAfter(waiting)
    }
  }

  async #goOnAfter(waiting: Promise<void>): Promise<void> {
    this.#isBusy = true
    const beganMs = this.#clock.monotonic()
    try {
      await waiting
    } catch (error) {
      this.#fail(error)
    }
    this.#isBusy = false
    this.#isBacklogged = false
    this.#receiveTimer.touch()
    this.#outstanding.forgive(this.#clock.monotonic() - beganMs)
    return this.#handleAll()
  }

  /** What of a message is here already. */
  #noteArriving(): void {
    const arriving = this.#splitter.arriving
    if (!arriving) return
    if (arriving.type === messageType.response) this.#outstanding.touch()
    else if (!this.#shared.keep(this, arriving.length)) this.#fail(TOO_LARGE_NOW)
  }

  /** Whether silence is our doing: the peer waits for us. @param isStuck  whether we wait for it, too */
  #isOurDoing(isStuck: () => boolean): boolean {
    return this.#isBusy && !(isStuck() && this.#isBacklogged)
  }

  #handleFrame({ type, body }: Frame): void | Promise<void> {
    if (this.#isConfigured && isIndex(type)) return this.#takeIndex(type, body)
    const message = decodeMessage(type, body)
    if (!message.ok) return this.#fail(message.error)
    try {
      if (this.#isConfigured) return this.#handle(message.value)
      if (message.value.type === 'close') return this.#handle(message.value)
      if (message.value.type !== 'cluster-config') return this.#fail(`the peer began with a message of type ${type}`)
      this.#isConfigured = true
      const { folders } = message.value
      return this.#started.then(() =>
        this.#endReason === undefined ? this.#events.onClusterConfig(folders) : undefined,
      )
    } catch (error) {
      this.#fail(error)
    }
  }

  #handle(message: Message): void | Promise<void> {
    switch (message.type) {
      case 'cluster-config':
        return this.#events.onClusterConfig(message.folders)
      case 'request': {
        const waiting = this.#answers.add(message.id, message.request)
        this.#isBacklogged = waiting !== undefined
        return waiting
      }
      case 'response': {
        const nonsense = this.#outstanding.answer(message.id, message.data)
        return nonsense === undefined ? undefined : this.#fail(nonsense)
      }
      case 'close':
        return this.#end(`the peer closed the session: ${message.reason || 'it gave no reason'}`)
      case 'ping':
      case 'download-progress':
      case 'unknown': // from a later BEP, to be passed over
        return
    }
  }

  async #takeIndex(type: number, body: Uint8Array): Promise<void> {
    if (!this.#shared.keep(this, body.length)) return this.#fail(TOO_LARGE_NOW)
    try {
      const index = IndexReader.open(type, body, this.#clock.now() / 1000)
      if (!index.ok) return this.#fail(index.error)
      const { folder } = index.value
      const taken = await takeInParts(index.value, {
        turns: this.#shared.indexTurns,
        isOver: () => this.#endReason !== undefined,
        onPart: (part) => this.#events.onIndex(folder, part),
      })
      if (!taken.ok) return this.#fail(taken.error)
      for (const why of ['name', 'version'] as const) {
        const count = taken.value[why]
        if (count > 0) this.#log.warn('entries-left-out', { folder, count, why: whyLeftOut[why] })
      }
    } finally {
      this.#shared.keep(this, 0)
    }
  }

  #maxBytes(type: number): number {
    if (type === messageType.response) return Math.min(maxMessageBytes(type), this.#outstanding.maxResponseBytes)
    const isEarly = !this.#isConfigured && type !== messageType.clusterConfig
    return isEarly ? EARLY_MESSAGE_BYTES : maxMessageBytes(type)
  }

  #post(message: EncodedMessage): void {
    if (this.#endReason !== undefined) return
    this.#pingTimer.touch()
    post(this.#connection, encodeFrame(message))
  }

  #sendBulk(message: EncodedMessage): Promise<void> {
    const sent = this.#bulk.then(() => {
      if (this.#endReason !== undefined) throw new Error(this.#endReason)
      this.#pingTimer.touch()
      return this.#connection.write(encodeFrame(message))
    })
    this.#bulk = sent.catch(() => undefined) // whoever sends it learns of it
    return sent
  }

  /** Something is wrong with what the peer sent, or one of our handlers failed. */
  #fail(error: unknown): void {
    this.close(messageOf(error))
  }

  #end(reason: string): void {
    if (this.#endReason !== undefined) return
    this.#endReason = reason
    this.#pingTimer.stop()
    this.#receiveTimer.stop()
    this.#start()
    this.#answers.end()
    this.#outstanding.end(new Error(reason))
    this.#shared.keep(this, 0)
    this.#connection.close()
    this.#events.onClose(reason)
  }
}

const TOO_LARGE_NOW = 'there is no memory left for messages of this length; try again later'
const whyLeftOut = {
  name: 'their names are too long here',
  version: 'their versions leave no room for later changes',
}

/** Tells whether nothing has gone out since it was last asked, though something waits to. */
function stuckness(connection: Connection): () => boolean {
  let last: number | undefined
  return () => {
    const before = last
    last = connection.stuckAt
    return last !== undefined && last === before
  }
}

const lengthOf = ({ parts }: EncodedMessage): number => parts.reduce((sum, part) => sum + part.length, 0)
