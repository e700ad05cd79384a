import { hash } from 'node:crypto'
import type { TLSSocket } from 'node:tls'
import { hostPortText, plainAddress } from '../model/host-port.ts'
import type { Connection } from '../ports.ts'
import { WriteQueue } from './write-queue.ts'

export const ALPN = 'bep/1.0'
const EXPORTER_LABEL = 'EXPORTER-homeseed-share-proof'
const EXPORTER_BYTES = 32
/** Syncthing forgets the last words of a peer whose connection ends right after them. */
const LAST_WORDS_MS = 100
/** for all that is still to go out, and for the peer to close its side */
const LINGER_MS = 2000

/** A TLS connection after its handshake, as the engine sees it. */
export class TlsConnection implements Connection {
  readonly peerId: Uint8Array
  readonly dialled: boolean
  readonly address: string
  readonly exporter: Uint8Array
  readonly #socket: TLSSocket
  readonly #queue: WriteQueue
  #error: Error | undefined
  #isClosing = false
  #onClose: ((error: Error | undefined) => void) | undefined

  /** @throws Error when the peer shows no certificate or speaks no BEP */
  constructor(socket: TLSSocket, dialled: boolean) {
    const certificate = socket.getPeerX509Certificate()
    if (!certificate) throw new Error('the peer shows no certificate')
    if (socket.alpnProtocol !== ALPN) throw new Error('the peer does not speak bep/1.0')
    this.peerId = new Uint8Array(hash('sha256', certificate.raw, 'buffer'))
    this.dialled = dialled
    this.address = hostPortText({ host: plainAddress(socket.remoteAddress ?? ''), port: socket.remotePort ?? 0 })
    this.exporter = new Uint8Array(socket.exportKeyingMaterial(EXPORTER_BYTES, EXPORTER_LABEL, Buffer.alloc(0)))
    this.#socket = socket
    this.#queue = new WriteQueue(socket)
    socket.setNoDelay(true)
    socket.on('error', (error: Error) => {
      this.#error ??= error
    })
    socket.on('close', () => this.#closed())
  }

  get stuckAt(): number | undefined {
    return this.#queue.stuckAt
  }

  write(parts: readonly Uint8Array[]): Promise<void> {
    if (this.#isClosing || !this.#socket.writable) return Promise.reject(new Error('the connection is closed'))
    return this.#queue.add(parts)
  }

  onData(handler: (bytes: Uint8Array) => void | Promise<void>): void {
    const socket = this.#socket
    socket.on('data', (chunk: Buffer) => {
      if (this.#isClosing) return
      try {
        const waiting = handler(chunk)
        if (!waiting) return
        socket.pause()
        waiting.then(
          () => socket.resume(),
          (error: unknown) => socket.destroy(asError(error)),
        )
      } catch (error) {
        socket.destroy(asError(error))
      }
    })
  }

  onClose(handler: (error: Error | undefined) => void): void {
    if (this.#socket.closed) queueMicrotask(() => handler(this.#error))
    else this.#onClose = handler
  }

  /** What was written before still goes out. What arrives is thrown away: unread, it would break the connection. */
  close(): void {
    if (this.#isClosing || this.#socket.destroyed) return
    this.#isClosing = true
    const timer = setTimeout(() => this.#socket.destroy(), LINGER_MS)
    this.#socket.on('close', () => clearTimeout(timer))
    this.#queue.whenEmpty(() => setTimeout(() => this.#socket.end(), LAST_WORDS_MS))
    this.#socket.resume()
  }

  #closed(): void {
    this.#queue.end(this.#error ?? new Error('the connection is closed'))
    this.#onClose?.(this.#isClosing ? undefined : this.#error)
  }
}

const asError = (error: unknown): Error => (error instanceof Error ? error : new Error(String(error)))
