/** A device that speaks our wire, holds a secret or is linked, and does with it whatever a test says. */
import type { WireEntry, WireFolder, BlockRequest, PeerSession } from '../../appliance/sync/wire/peer-session.ts'
import type { Connection, Log } from '../../appliance/sync/ports.ts'
import { deviceIdOf, makeCertificate } from '../../appliance/sync/wire/certificate.ts'
import { deviceIdToText } from '../../appliance/sync/model/device-id.ts'
import { deviceKeyOf } from '../../appliance/sync/wire/device-key.ts'
import { openSession } from '../../appliance/sync/wire/session.ts'
import { deviceSigner } from '../../appliance/sync/wire/signed-rotation.ts'
import { secrets } from '../../appliance/sync/wire/secrets.ts'
import { dialer } from '../../appliance/sync/wire/tls.ts'
import type { TlsIdentity } from '../../appliance/sync/wire/tls.ts'
import { systemClock } from '../../server/clock.ts'

const random = { bytes: (length: number) => crypto.getRandomValues(new Uint8Array(length)) }
const log: Log = { error: () => {}, warn: () => {}, info: () => {}, debug: () => {} }

export async function makeIdentity(): Promise<TlsIdentity> {
  const certificate = await makeCertificate()
  return { ...certificate, id: deviceIdOf(certificate.certificate) }
}

export interface HostilePeerOptions {
  /** HOST:PORT */
  readonly address: string
  readonly identity?: TlsIdentity
  /** a secret to prove; without one it counts on being linked */
  readonly secret?: string
  readonly shareId: string
  readonly clientName?: string
  readonly answer?: (request: BlockRequest) => Promise<Uint8Array | undefined>
  readonly maxSequence?: number
  /** of a one-time secret */
  readonly token?: Uint8Array
  readonly indexId?: bigint
  /** whether it reads on; asked at each piece of data */
  readonly isReading?: () => boolean
}

/** The same connection, of which nothing is read any more once the owner says so. */
function lazy(connection: Connection, isReading: () => boolean): Connection {
  return {
    peerId: connection.peerId,
    dialled: connection.dialled,
    address: connection.address,
    exporter: connection.exporter,
    write: (parts) => connection.write(parts),
    onData: (handler) => connection.onData((bytes) => (isReading() ? handler(bytes) : new Promise<void>(() => {}))),
    onClose: (handler) => connection.onClose(handler),
    close: () => connection.close(),
  }
}

export class HostilePeer implements Disposable {
  readonly identity: TlsIdentity
  readonly shareId: string
  session!: PeerSession
  connection!: Connection
  /** what it was told, by path */
  readonly told = new Map<string, WireEntry>()
  /** certificates of those who signed what it was told */
  readonly writers: Uint8Array[] = []
  folders: readonly WireFolder[] = []
  closed: string | undefined
  asked = 0

  private constructor(identity: TlsIdentity, shareId: string) {
    this.identity = identity
    this.shareId = shareId
  }

  get device(): string {
    return deviceIdToText(this.identity.id)
  }

  static async dial(options: HostilePeerOptions): Promise<HostilePeer> {
    const peer = new HostilePeer(options.identity ?? (await makeIdentity()), options.shareId)
    const { identity } = peer
    const connection = await dialer(identity).dial(options.address)
    peer.connection = connection
    const kit = secrets(random, deviceKeyOf(identity), deviceSigner(identity))
    const proofs = options.secret === undefined ? [] : kit.makeProofs([kit.keys(options.secret)], connection)
    peer.session = await openSession(
      lazy(connection, options.isReading ?? (() => true)),
      {
        clock: systemClock,
        log,
        hello: {
          deviceName: 'mallory',
          clientName: options.clientName ?? 'homeseed',
          clientVersion: '1',
          proofs,
          ...(options.token && { token: options.token }),
        },
      },
      {
        onClusterConfig: (folders) => void (peer.folders = folders),
        onIndex: (_folder, { entries, writers }) => {
          peer.writers.push(...writers)
          for (const wire of entries) peer.told.set(wire.entry.path, wire)
        },
        onRequest: (request) => {
          peer.asked += 1
          return options.answer?.(request) ?? Promise.resolve(undefined)
        },
        onClose: (reason) => void (peer.closed = reason),
      },
    )
    await peer.session.sendClusterConfig([
      {
        id: options.shareId,
        label: 'mallory',
        access: 'read-write',
        paused: false,
        devices: [
          {
            id: identity.id,
            name: 'mallory',
            addresses: [],
            maxSequence: options.maxSequence ?? 0,
            indexId: options.indexId ?? 77n,
          },
          { id: connection.peerId, name: 'victim', addresses: [], maxSequence: 0, indexId: 0n },
        ],
      },
    ])
    return peer
  }

  /** What it was told of a path. */
  known(path: string): WireEntry {
    const wire = this.told.get(path)
    if (!wire) throw new Error(`it was not told of "${path}"`)
    return wire
  }

  [Symbol.dispose](): void {
    this.session.close('enough')
    this.connection.close()
  }
}
