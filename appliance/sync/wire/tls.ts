/**
 * TLS 1.3 with a certificate on each side (docs/protocol.md, "Transport"). Any certificate is let in: who it belongs
 * to is known by its hash, and whether that one may stay is for the engine to say.
 */
import { constants } from 'node:crypto'
import { createServer } from 'node:net'
import type { Socket } from 'node:net'
import { connect, createServer as createTlsServer } from 'node:tls'
import type { TLSSocket } from 'node:tls'
import { hostPortText, parseHostPort, plainAddress } from '../model/host-port.ts'
import type { Connection, Dialer } from '../ports.ts'
import type { DeviceCertificate } from './certificate.ts'
import { cipherOrder } from './cipher-order.ts'
import { ALPN, TlsConnection } from './tls-connection.ts'

const HANDSHAKE_TIMEOUT_MS = 10_000
/** connections of strangers, whom the engine has not let in yet */
const MAX_STRANGERS = 64
const MAX_STRANGERS_PER_ADDRESS = 8

export interface TlsIdentity extends DeviceCertificate {
  /** SHA-256 of the certificate, 32 bytes */
  readonly id: Uint8Array
}

export interface Listener extends AsyncDisposable {
  /** HOST:PORT, with the port that was given where 0 was asked for */
  readonly address: string
  /** Takes no more connections. Those that were handed over stay, those that were not are cut off. */
  close(): Promise<void>
}

/** `code`: `port-in-use`, `port-forbidden`, `bad-address`, or node's own. */
export class ListenError extends Error {
  readonly code: string
  constructor(code: string, message: string) {
    super(message)
    this.name = 'ListenError'
    this.code = code
  }
}

const optionsOf = ({ key, certificate }: TlsIdentity) => ({
  key,
  cert: certificate,
  minVersion: 'TLSv1.3' as const,
  ciphers: cipherOrder(),
  honorCipherOrder: true,
  // a peer that puts ChaCha20 first has no instructions for AES; no tickets: every session proves who it is
  secureOptions: constants.SSL_OP_PRIORITIZE_CHACHA | constants.SSL_OP_NO_TICKET,
  ALPNProtocols: [ALPN],
  requestCert: true,
  rejectUnauthorized: false,
})

/**
 * @param address  HOST:PORT; `:PORT` for all of this device's addresses
 * @param onConnection  as long as what it returns is pending, the peer counts as a stranger, of whom only so many
 * are let in
 * @param onRefused  told of whoever speaks something else than TLS with a certificate
 * @throws ListenError with a message for people
 */
export async function listen(
  address: string,
  identity: TlsIdentity,
  onConnection: (connection: Connection) => unknown,
  onRefused: (address: string, error: Error) => void = () => undefined,
): Promise<Listener> {
  const at = parseHostPort(address)
  if (!at) throw new ListenError('bad-address', `"${address}" is no HOST:PORT`)
  const strangers = new Strangers()
  const tls = createTlsServer({ ...optionsOf(identity), handshakeTimeout: HANDSHAKE_TIMEOUT_MS })
  tls.on('secureConnection', (socket) => void handOver(socket, onConnection).finally(() => strangers.forget(socket)))
  // who fails the handshake, or sends what is none, is nobody that we know
  tls.on('tlsClientError', (error: Error, socket) => {
    onRefused(remoteOf(socket), error)
    socket.destroy()
  })
  const server = createServer((socket) => {
    socket.on('error', () => socket.destroy())
    if (strangers.add(socket)) tls.emit('connection', socket)
    else socket.destroy()
  })
  await new Promise<void>((resolve, reject) => {
    server.once('error', (error: NodeJS.ErrnoException) => reject(listenError(error, address)))
    server.listen({ port: at.port, ...(at.host === '' ? {} : { host: at.host }) }, resolve)
  })
  server.on('error', () => undefined) // of a single connection that could not be accepted: the next one may be
  const close = () => {
    server.close()
    strangers.cutOff()
    return Promise.resolve()
  }
  const bound = server.address()
  const port = typeof bound === 'object' && bound ? bound.port : at.port
  return { address: hostPortText({ host: at.host, port }), close, [Symbol.asyncDispose]: close }
}

async function handOver(socket: TLSSocket, onConnection: (connection: Connection) => unknown): Promise<void> {
  try {
    await onConnection(new TlsConnection(socket, false))
  } catch {
    socket.destroy() // no certificate, no BEP, or turned away: told where it was decided
  }
}

function listenError(error: NodeJS.ErrnoException, address: string): ListenError {
  if (error.code === 'EADDRINUSE')
    return new ListenError('port-in-use', `another program listens at ${address} already`)
  if (error.code === 'EACCES')
    return new ListenError('port-forbidden', `only root may listen at ${address}: choose a port above 1023`)
  if (error.code === 'EADDRNOTAVAIL' || error.code === 'ENOTFOUND')
    return new ListenError('bad-address', `this device has no address ${address}`)
  return new ListenError(error.code ?? 'unknown', `listening at ${address} failed: ${error.message}`)
}

/** Connections that nobody has vouched for. Programs on this same device are not counted by address. */
class Strangers {
  /** by remote address and port, which the encrypted socket has too */
  readonly #sockets = new Map<string, Socket>()

  /** @returns whether there is room for one more */
  add(socket: Socket): boolean {
    const address = remoteOf(socket)
    const fromThere = [...this.#sockets.values()].filter((other) => remoteOf(other) === address)
    if (this.#sockets.size >= MAX_STRANGERS) return false
    if (fromThere.length >= MAX_STRANGERS_PER_ADDRESS && !isThisDevice(address)) return false
    const name = nameOf(socket)
    this.#sockets.set(name, socket)
    socket.on('close', () => this.#sockets.delete(name))
    return true
  }

  forget(socket: Socket): void {
    this.#sockets.delete(nameOf(socket))
  }

  cutOff(): void {
    for (const socket of this.#sockets.values()) socket.destroy()
  }
}

const isThisDevice = (address: string): boolean => address.startsWith('127.') || address === '::1'
/** Empty once the connection has ended. */
const remoteOf = ({ remoteAddress = '' }: Socket): string => plainAddress(remoteAddress)
const nameOf = ({ remoteAddress, remotePort }: Socket): string => `${remoteAddress}:${remotePort}`

export function dialer(identity: TlsIdentity): Dialer {
  return { dial: (address, signal) => dial(address, identity, signal) }
}

async function dial(address: string, identity: TlsIdentity, signal?: AbortSignal): Promise<Connection> {
  const at = parseHostPort(address)
  if (!at || at.host === '') throw new Error(`"${address}" is no HOST:PORT`)
  // no server name: who listens on the way need not know whom we mean
  const socket = connect({ ...optionsOf(identity), ...at, servername: '', checkServerIdentity: () => undefined })
  const giveUp = () => socket.destroy(new Error('given up'))
  signal?.addEventListener('abort', giveUp, { once: true })
  try {
    signal?.throwIfAborted()
    await secured(socket, address)
    return new TlsConnection(socket, true)
  } catch (error) {
    socket.destroy()
    throw error
  } finally {
    signal?.removeEventListener('abort', giveUp)
  }
}

function secured(socket: TLSSocket, address: string): Promise<void> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => reject(new Error(`${address} does not answer`)), HANDSHAKE_TIMEOUT_MS)
    socket.on('error', (error: NodeJS.ErrnoException) => reject(new Error(dialProblem(error, address))))
    socket.once('close', () => {
      clearTimeout(timer)
      reject(new Error(`${address} closed the connection`))
    })
    socket.once('secureConnect', () => {
      clearTimeout(timer)
      resolve()
    })
  })
}

function dialProblem({ code = '', message }: NodeJS.ErrnoException, address: string): string {
  if (code === 'ECONNREFUSED') return `nothing listens at ${address}`
  if (['ENOTFOUND', 'EAI_AGAIN', 'EAI_NODATA'].includes(code)) return `there is no host ${address}`
  if (['ETIMEDOUT', 'EHOSTUNREACH', 'ENETUNREACH', 'EHOSTDOWN'].includes(code)) return `${address} cannot be reached`
  if (code === 'ECONNRESET') return `${address} broke off the connection`
  return code.startsWith('ERR_SSL') ? `${address} does not speak our protocol` : `${address}: ${message}`
}
