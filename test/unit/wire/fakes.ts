/** A log to look into, and connections in memory. */
import type { Connection, Log } from '../../../appliance/sync/ports.ts'

export class FakeLog implements Log {
  readonly events: { readonly level: string; readonly event: string; readonly data: unknown }[] = []
  readonly #at = (level: string) => (event: string, data?: unknown) => void this.events.push({ level, event, data })
  readonly error = this.#at('error')
  readonly warn = this.#at('warn')
  readonly info = this.#at('info')
  readonly debug = this.#at('debug')
}

/** One end of a connection. Bytes arrive in pieces of `pieceBytes`, a turn later; `write` waits beyond `bufferBytes`. */
export class FakeConnection implements Connection {
  readonly peerId: Uint8Array
  readonly dialled: boolean
  readonly address = 'test:1'
  readonly exporter: Uint8Array
  /** bytes this end wrote, all of them */
  readonly sent: Uint8Array[] = []
  peer: FakeConnection | undefined
  isClosed = false
  readonly #pieceBytes: number
  readonly #bufferBytes: number
  #inbox: Uint8Array[] = []
  #inboxBytes = 0
  #isReading = false
  #isEnding = false
  #room: (() => void)[] = []
  #data: (bytes: Uint8Array) => void | Promise<void> = () => undefined
  #close: (error: Error | undefined) => void = () => undefined

  constructor(dialled: boolean, { pieceBytes = Infinity, bufferBytes = 65_536 } = {}) {
    this.dialled = dialled
    this.peerId = new Uint8Array(32).fill(dialled ? 2 : 1)
    this.exporter = new Uint8Array(32).fill(3)
    this.#pieceBytes = pieceBytes
    this.#bufferBytes = bufferBytes
  }

  write(parts: readonly Uint8Array[]): Promise<void> {
    const { peer } = this
    if (this.isClosed || !peer) return Promise.reject(new Error('closed'))
    const bytes = new Uint8Array(Buffer.concat(parts))
    this.sent.push(bytes)
    peer.#inbox.push(bytes)
    peer.#inboxBytes += bytes.length
    peer.#read()
    if (peer.#inboxBytes <= this.#bufferBytes) return Promise.resolve()
    return new Promise((resolve) => peer.#room.push(resolve))
  }

  onData(handler: (bytes: Uint8Array) => void | Promise<void>): void {
    this.#data = handler
  }

  onClose(handler: (error: Error | undefined) => void): void {
    this.#close = handler
  }

  close(): void {
    if (this.isClosed) return
    this.#closed(undefined)
    if (this.peer) {
      this.peer.#isEnding = true
      this.peer.#read()
    }
  }

  /** Cuts the wire. */
  break(): void {
    this.#closed(new Error('cable cut'))
    if (this.peer) this.peer.#closed(new Error('cable cut'))
  }

  #closed(error: Error | undefined): void {
    if (this.isClosed) return
    this.isClosed = true
    setImmediate(() => this.#close(error))
  }

  #read(): void {
    if (this.#isReading) return
    this.#isReading = true
    setImmediate(() => void this.#readAll())
  }

  async #readAll(): Promise<void> {
    for (;;) {
      const chunk = this.#inbox.shift()
      if (!chunk || this.isClosed) break
      const piece = chunk.subarray(0, this.#pieceBytes)
      if (piece.length < chunk.length) this.#inbox.unshift(chunk.subarray(piece.length))
      await this.#data(piece.slice())
      this.#inboxBytes -= piece.length
      if (this.#inboxBytes <= this.#bufferBytes) for (const resolve of this.#room.splice(0)) resolve()
    }
    this.#isReading = false
    if (this.#isEnding) this.#closed(undefined)
  }
}

/** Both ends: the one that dialled, and the one that was dialled. */
export function connectionPair(
  options: { pieceBytes?: number; bufferBytes?: number } = {},
): [FakeConnection, FakeConnection] {
  const dialler = new FakeConnection(true, options)
  const listener = new FakeConnection(false, options)
  dialler.peer = listener
  listener.peer = dialler
  return [dialler, listener]
}
