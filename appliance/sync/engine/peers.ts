/**
 * The connected peers: who a connection turns out to be, which shares it may take part in, and what of it survives when
 * two devices dial each other at once.
 */
import type { IndexDatabase } from '../index/database.ts'
import {
  approveShareDevice,
  deviceOf,
  noteDevice,
  noteShareDevice,
  seeShareDevice,
  sharesOfDevice,
} from '../index/configuration.ts'
import { noteSource } from '../index/rotation-rows.ts'
import type { Access } from '../model/access.ts'
import { deviceIdToText } from '../model/device-id.ts'
import { bytesEqual, compareBytes } from '../model/entry.ts'
import { messageOf } from '../model/error-code.ts'
import type { Clock, Connection, Log } from '../ports.ts'
import type { PeerHello, PeerSession, SessionEvents } from '../wire/peer-session.ts'
import { openSession } from '../wire/session.ts'
import { SharedMemory } from '../wire/shared-memory.ts'
import type { Secrets } from '../secrets.ts'
import type { OneTimeSecrets } from './one-time-secrets.ts'
import { Granting, SHUTTING_DOWN } from './granting.ts'
import type { FormerShare, Rotations } from './rotations.ts'
import type { Grant, Peer } from './peer.ts'
import { RememberedDevices } from './remembered-devices.ts'
import { ShareLinks, endLinks, serve, takeIndex } from './share-links.ts'
import type { RunningShare } from './shares.ts'
import { WaitingDevices } from './waiting-devices.ts'

/**
 * Devices that are let in for a secret alone. Readers and writers are counted apart, so that those who may only read
 * cannot keep out who may write; devices that the owner linked always come in.
 */
const MAX_PROVEN = 64
/** that can be proven in one hello */
const MAX_SHARES = 256
const WAITING = 'this device waits to be let in by the owner of the other one'

export interface PeersDeps {
  readonly clock: Clock
  readonly log: Log
  readonly database: IndexDatabase
  readonly secrets: Secrets
  /** this device */
  readonly self: { readonly id: Uint8Array; readonly name: string; readonly clientVersion: string }
  readonly shares: () => Iterable<RunningShare>
  readonly oneTime: OneTimeSecrets
  readonly rotations: Rotations
  /** Whether devices that are new to a share wait until its owner lets them in. @param id share id */
  readonly mustWait: (id: string) => boolean
  readonly changed: () => void
  /** A peer is gone: who wants it back may dial. */
  readonly lost: () => void
}

export class Peers {
  readonly #deps: PeersDeps
  /** by device id, text form */
  readonly #peers = new Map<string, Peer>()
  /** connections that nobody has been let in on yet */
  readonly #opening = new Set<Connection>()
  readonly #granting: Granting
  readonly #waiting: WaitingDevices
  #isStopped = false
  readonly #shared: SharedMemory
  readonly #remembered: RememberedDevices
  readonly #links: ShareLinks

  constructor(deps: PeersDeps) {
    this.#deps = deps
    this.#granting = new Granting(deps)
    this.#waiting = new WaitingDevices(deps)
    this.#links = new ShareLinks({ ...deps, isConnected: (peer) => this.#peers.get(peer.device) === peer })
    this.#shared = new SharedMemory(deps.clock)
    this.#remembered = new RememberedDevices(deps.database)
  }

  get(device: string): Peer | undefined {
    return this.#peers.get(device)
  }

  all(): Iterable<Peer> {
    return this.#peers.values()
  }

  /**
   * Takes a connection over, dialled or accepted. Resolves with the device at the other end once the peer is
   * known and let in; rejects with one line for people when it is not.
   */
  async add(connection: Connection): Promise<string> {
    const { clock, log, secrets, self } = this.#deps
    const device = deviceIdToText(connection.peerId)
    if (bytesEqual(connection.peerId, self.id)) {
      connection.close()
      throw new Error('that is this device itself')
    }
    const shares = [...this.#deps.shares()].filter(({ share }) => !share.paused)
    const former = this.#deps.rotations.formerFor(device, shares)
    const held = [...shares.map(({ share }) => share.keys), ...former.map(({ keys }) => keys)]
    const proofs = secrets.makeProofs(held.slice(0, MAX_SHARES), connection)
    const hello: PeerHello = {
      deviceName: self.name,
      clientName: 'homeseed',
      clientVersion: self.clientVersion,
      proofs,
    }
    if (this.#isStopped) {
      connection.close()
      throw new Error(SHUTTING_DOWN)
    }
    let peer: Peer | undefined
    let letIn: (peer: Peer | undefined) => void = () => undefined
    const admitted = new Promise<Peer | undefined>((resolve) => (letIn = resolve))
    this.#opening.add(connection)
    const session = await openSession(
      connection,
      { clock, log, hello, shared: this.#shared },
      this.#events(admitted, device),
    ).finally(() => this.#opening.delete(connection))
    if (session.hello.token) {
      letIn(undefined)
      await this.#granting.grant(session, session.hello.token, connection)
      return device
    }
    try {
      peer = this.#admit(connection, session, shares, former)
    } finally {
      letIn(peer)
    }
    await session.sendClusterConfig(await this.#links.folders(peer))
    return device
  }

  /** Lets everybody go, and nobody in any more. */
  stop(): void {
    this.#isStopped = true
    for (const connection of this.#opening) connection.close()
    this.#granting.stop()
    this.close(SHUTTING_DOWN)
  }

  close(reason: string, isMeant: (peer: Peer) => boolean = () => true): void {
    for (const peer of [...this.#peers.values()]) if (isMeant(peer)) peer.session.close(reason)
  }

  /** What a session tells waits until its owner has decided whether to let the peer in. */
  #events(admitted: Promise<Peer | undefined>, device: string): SessionEvents {
    const { log, changed, lost } = this.#deps
    return {
      onClusterConfig: async (folders) => {
        const peer = await admitted
        if (peer) await this.#links.take(peer, folders)
      },
      onIndex: async (folder, part) => {
        const link = (await admitted)?.links.get(folder)
        if (link) await takeIndex(link, part)
      },
      onRequest: async (request) => {
        const link = (await admitted)?.links.get(request.folder)
        return link && serve(link, request)
      },
      onClose: (reason) => {
        void admitted.then((peer) => {
          if (!peer) return
          log.info('peer-disconnected', { device, reason })
          this.#noteSeen(peer)
          endLinks(peer)
          if (this.#peers.get(device) === peer) this.#peers.delete(device)
          changed()
          lost()
        })
      },
    }
  }

  /** @throws Error when there is no share in common, or the device is connected already */
  #admit(
    connection: Connection,
    session: PeerSession,
    shares: readonly RunningShare[],
    former: readonly FormerShare[],
  ): Peer {
    const { database, log, changed, secrets, clock, rotations } = this.#deps
    const { hello } = session
    const device = deviceIdToText(connection.peerId)
    const held = [...shares.map(({ share }) => share.keys), ...former.map(({ keys }) => keys)]
    const proven = secrets.checkProofs(held, connection, hello.proofs)
    const before = deviceOf(database.db, device)
    const linked = before ? sharesOfDevice(database.db, before.no).filter((row) => row.linked) : []
    const grants = new Map<string, Grant>()
    for (const running of this.#current(shares)) {
      const link = linked.find(({ shareNo }) => shareNo === running.row.no)
      const access = link?.access ?? proven.get(running.share.keys.id)
      if (access) grants.set(running.share.keys.id, { running, access, linked: link !== undefined })
    }
    const waiting = this.#waiting.keepBack(grants, before?.no)
    const handedOver = former.flatMap((each) => {
      const access = proven.get(each.keys.id)
      const isIn = grants.has(each.running.row.id) || grants.has(each.keys.id)
      return (access && !isIn && rotations.handedOver(each, access)) || []
    })
    const refused = this.#isStopped
      ? SHUTTING_DOWN
      : grants.size + handedOver.length === 0
        ? waiting.length > 0
          ? WAITING
          : 'no share in common'
        : this.#isSurplus(connection, device, hello)
          ? 'connected already'
          : this.#isFull(device, grants)
            ? 'too many devices are connected'
            : undefined
    if (refused === WAITING) this.#waiting.note(connection, device, hello, waiting)
    if (refused) {
      session.close(refused)
      throw new Error(`${hello.deviceName || device} (${connection.address}): ${refused}`)
    }
    // a stranger leaves no trace: only who is let in is noted
    const { no: deviceNo } = noteDevice(database.db, device, {
      name: before?.linked && before.name !== '' ? before.name : hello.deviceName,
      client: `${hello.clientName} ${hello.clientVersion}`.trim(),
    })
    this.#peers.get(device)?.session.close('replaced by a newer connection')
    const peer: Peer = {
      id: connection.peerId,
      device,
      deviceNo,
      hello,
      session,
      connection,
      grants,
      handedOver,
      told: new Map(),
      rolledBack: new Set(),
      links: new Map(),
    }
    this.#peers.set(device, peer)
    const isConnected = (no: number) => [...this.#peers.values()].some((other) => other.deviceNo === no)
    try {
      this.#remembered.noteSeen(deviceNo)
      for (const { running, access, linked: isLinked } of grants.values()) {
        const { no: shareNo, id } = running.row
        const { firstSeenAt, approved } = noteShareDevice(database.db, shareNo, deviceNo, isLinked, access)
        if (!approved) approveShareDevice(database.db, shareNo, deviceNo)
        if (running.row.source === '' && !isLinked && access === 'read-write') noteSource(database.db, shareNo, device)
        if (!isLinked) rotations.noteFollows(device, running)
        if (firstSeenAt === null) log.info('device-new', { share: id, device, name: hello.deviceName, access })
        seeShareDevice(database.db, { shareNo, deviceNo, at: clock.now(), address: connection.address })
        this.#remembered.forgetSurplus(running, isConnected)
      }
      if (waiting.length > 0) this.#waiting.note(connection, device, hello, waiting)
    } catch (error) {
      // who could not be noted is not there: it is to be let in when it comes again
      if (this.#peers.get(device) === peer) this.#peers.delete(device)
      session.close(messageOf(error))
      throw error
    }
    log.info('peer-connected', {
      device,
      name: hello.deviceName,
      client: hello.clientName,
      address: connection.address,
    })
    changed()
    return peer
  }

  /** Those that others may take part in still: one may have ended, begun anew or been paused since a connection came. */
  #current(shares: readonly RunningShare[]): readonly RunningShare[] {
    const now = [...this.#deps.shares()].filter(({ share }) => !share.paused)
    return now.filter(({ row }) => shares.some((before) => before.row.id === row.id))
  }

  #noteSeen({ deviceNo, connection: { address }, grants }: Peer): void {
    if (this.#isStopped) return // the index is about to be closed
    const { database, clock, log } = this.#deps
    try {
      for (const { running } of grants.values())
        seeShareDevice(database.db, { shareNo: running.row.no, deviceNo, at: clock.now(), address })
    } catch (error) {
      // the disk of the index may be full: when somebody was last seen is worth no more than a line
      log.warn('device-not-noted', { deviceNo, error: messageOf(error) })
    }
  }

  /**
   * Of two connections with the same device, the newer one replaces one that the same side dialled, which must
   * be dead then. Crossed dials: of two Homeseed devices the one that the lower id dialled stays; with any other
   * program the first one stays, as that is what those do.
   */
  #isSurplus(connection: Connection, device: string, hello: PeerHello): boolean {
    const existing = this.#peers.get(device)
    if (!existing || existing.connection.dialled === connection.dialled) return false
    if (hello.clientName !== 'homeseed') return true
    const isLower = compareBytes(this.#deps.self.id, connection.peerId) < 0
    return connection.dialled !== isLower
  }

  #isFull(device: string, grants: ReadonlyMap<string, Grant>): boolean {
    const kind = kindOf(grants)
    if (kind === 'linked') return false
    const others = [...this.#peers.values()].filter((peer) => peer.device !== device && kindOf(peer.grants) === kind)
    return others.length >= MAX_PROVEN
  }
}

/** The most that a device may, in any share. */
function kindOf(grants: ReadonlyMap<string, Grant>): Access | 'linked' {
  const all = [...grants.values()]
  if (all.some(({ linked }) => linked)) return 'linked'
  return all.some(({ access }) => access === 'read-write') ? 'read-write' : 'read-only'
}
