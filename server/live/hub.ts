import type { Clock } from '../../appliance/sync/ports.ts'
import { eventText } from './topic.ts'
import type { Topic } from './topic.ts'

const tickMs = 1000
const heartbeatMs = 15_000
/** A client that reads slower than this gets no more changes, but all of it once it has caught up. */
const bufferBytes = 64 * 1024
const maxStreams = 32
/** A browser opens six connections to one server; pages must stay loadable beside their streams. */
const maxPerSession = 4

interface StreamOptions {
  /** what two streams share that tell the same in the same words */
  readonly key: string
  readonly topic: () => Topic
  readonly session: string
  /** Asked now and then; once false, the stream ends. */
  readonly isStillSignedIn: () => boolean
}

interface Client {
  readonly session: string
  readonly isStillSignedIn: () => boolean
  readonly channel: Channel
  readonly controller: ReadableStreamDefaultController<Uint8Array>
  /** missed changes, so it needs a snapshot */
  isBehind: boolean
}

interface Channel {
  readonly key: string
  readonly topic: Topic
  readonly clients: Set<Client>
}

/**
 * Tells pages what changed, at most once a second, each text made once for all that want it. Without anybody who
 * listens it neither ticks nor renders.
 */
export class LiveHub {
  readonly #clock: Clock
  readonly #onChange: (listener: () => void) => () => void
  readonly #channels = new Map<string, Channel>()
  /** oldest first */
  readonly #clients = new Set<Client>()
  readonly #encoder = new TextEncoder()
  #stopListening: (() => void) | undefined
  #cancelTick: (() => void) | undefined
  #cancelHeartbeat: (() => void) | undefined
  #lastTick = -Infinity
  #isClosed = false

  constructor(clock: Clock, onChange: (listener: () => void) => () => void) {
    this.#clock = clock
    this.#onChange = onChange
  }

  /** Streams open now. */
  get size(): number {
    return this.#clients.size
  }

  /** @throws what the topic throws when there is nothing to tell of */
  open({ key, topic, session, isStillSignedIn }: StreamOptions): ReadableStream<Uint8Array> {
    const channel = this.#channels.get(key) ?? { key, topic: topic(), clients: new Set() }
    const first = channel.topic.snapshot()
    let client: Client
    return new ReadableStream<Uint8Array>(
      {
        start: (controller) => {
          client = { session, isStillSignedIn, channel, controller, isBehind: false }
          if (this.#isClosed) return controller.close()
          this.#makeRoom(session)
          this.#channels.set(key, channel)
          channel.clients.add(client)
          this.#clients.add(client)
          this.#send(client, first)
          this.#start()
        },
        pull: () => {
          if (!client.isBehind) return
          client.isBehind = false
          try {
            this.#send(client, channel.topic.snapshot())
          } catch {
            this.#end(client, 'gone') // what it told of is no more
          }
        },
        cancel: () => this.#forget(client),
      },
      new ByteLengthQueuingStrategy({ highWaterMark: bufferBytes }),
    )
  }

  close(): void {
    this.#isClosed = true
    for (const client of [...this.#clients]) this.#end(client)
  }

  #makeRoom(session: string): void {
    const ofSession = [...this.#clients].filter((client) => client.session === session)
    if (ofSession.length >= maxPerSession && ofSession[0]) this.#end(ofSession[0], 'moved')
    const [oldest] = this.#clients
    if (this.#clients.size >= maxStreams && oldest) this.#end(oldest, 'moved')
  }

  #start(): void {
    this.#stopListening ??= this.#onChange(() => this.#wake())
    this.#cancelHeartbeat ??= this.#clock.after(heartbeatMs, () => this.#heartbeat())
  }

  /** Something changed: tell it now, or a second after what was told last. */
  #wake(): void {
    if (this.#cancelTick || this.#clients.size === 0) return
    const delayMs = Math.max(0, this.#lastTick + tickMs - this.#clock.monotonic())
    this.#cancelTick = this.#clock.after(delayMs, () => this.#tick())
  }

  #tick(): void {
    this.#cancelTick = undefined
    this.#lastTick = this.#clock.monotonic()
    for (const channel of [...this.#channels.values()]) {
      try {
        const text = channel.topic.changes()
        if (text !== undefined) for (const client of [...channel.clients]) this.#send(client, text)
      } catch {
        for (const client of [...channel.clients]) this.#end(client, 'gone') // what it told of is no more
      }
    }
  }

  #heartbeat(): void {
    this.#cancelHeartbeat = this.#clock.after(heartbeatMs, () => this.#heartbeat())
    for (const client of [...this.#clients]) {
      if (client.isStillSignedIn()) this.#send(client, ': hb\n\n')
      else this.#end(client, 'signed-out')
    }
  }

  #send(client: Client, text: string): void {
    if ((client.controller.desiredSize ?? 0) <= 0) client.isBehind = true
    else client.controller.enqueue(this.#encoder.encode(text))
  }

  #end(client: Client, event?: string): void {
    this.#forget(client)
    if (event !== undefined) client.controller.enqueue(this.#encoder.encode(eventText('', event)))
    client.controller.close()
  }

  #forget(client: Client): void {
    this.#clients.delete(client)
    client.channel.clients.delete(client)
    if (client.channel.clients.size === 0 && this.#channels.get(client.channel.key) === client.channel)
      this.#channels.delete(client.channel.key)
    if (this.#clients.size > 0) return
    for (const cancel of [this.#stopListening, this.#cancelTick, this.#cancelHeartbeat]) cancel?.()
    this.#stopListening = this.#cancelTick = this.#cancelHeartbeat = undefined
  }
}
