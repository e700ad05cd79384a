/** Where peers take part in shares: what each side tells of them at first, and what goes between the two after that. */
import { setReceived, shareDevicesOf } from '../index/configuration.ts'
import type { ShareDeviceRow } from '../index/configuration.ts'
import type { IndexDatabase } from '../index/database.ts'
import { bytesEqual } from '../model/entry.ts'
import { messageOf } from '../model/error-code.ts'
import type { Clock, Log } from '../ports.ts'
import type { SealKeys } from '../seal/seal-keys.ts'
import { SealedLink } from '../seal/sealed-link.ts'
import type { BlockRequest, IndexPart, WireDevice, WireFolder } from '../wire/peer-session.ts'
import { FORGOTTEN } from './given-numbers.ts'
import { AWAIT } from './hearing.ts'
import type { Grant, Peer, ShareLink } from './peer.ts'
import type { Rotations } from './rotations.ts'
import { Seals } from './seals.ts'
import { SharePeer } from './share-peer.ts'
import { signedToTell } from './signed-entries.ts'
import type { RunningShare } from './shares.ts'

export interface ShareLinksDeps {
  readonly clock: Clock
  readonly log: Log
  readonly database: IndexDatabase
  /** this device */
  readonly self: { readonly id: Uint8Array; readonly name: string }
  readonly rotations: Rotations
  /** Whether it is connected still. */
  readonly isConnected: (peer: Peer) => boolean
}

export class ShareLinks {
  readonly #deps: ShareLinksDeps
  readonly #seals = new Seals()

  constructor(deps: ShareLinksDeps) {
    this.#deps = deps
  }

  /** What a peer is told first: the shares that it may take part in, and how far each side's index reaches. */
  async folders(peer: Peer): Promise<readonly WireFolder[]> {
    const { database, self } = this.#deps
    const folders = [...peer.grants.values()].map(async ({ running: { row, share }, access }): Promise<WireFolder> => {
      const { keys } = share
      const sealToken = (await this.#seals.of(keys, access))?.token
      const known = shareDevicesOf(database.db, row.no).find(({ deviceNo }) => deviceNo === peer.deviceNo)
      const maxSequence = share.index.maxAnnounced()
      peer.told.set(row.id, maxSequence)
      const devices: readonly WireDevice[] = [
        {
          id: self.id,
          name: self.name,
          addresses: [],
          maxSequence,
          indexId: BigInt(`0x${row.indexId}`),
        },
        {
          id: peer.id,
          name: peer.hello.deviceName,
          addresses: [],
          maxSequence: known?.maxSequence ?? 0,
          indexId: BigInt(`0x${known?.indexId || '0'}`),
          ...(sealToken && { sealToken }),
        },
      ]
      const encrypted = keys.access === 'seed-only'
      // a share's name is none of the business of who must not read it
      const label = sealToken ? '' : row.name
      const may = keys.access === 'read-write' ? 'read-write' : 'read-only'
      return { id: keys.id, label, access: may, encrypted, paused: false, devices }
    })
    return [...(await Promise.all(folders)), ...peer.handedOver]
  }

  /** A peer has told the same: it takes part from now on in what both have. */
  async take(peer: Peer, folders: readonly WireFolder[]): Promise<void> {
    const { clock, database, self, rotations, isConnected } = this.#deps
    for (const folder of folders) {
      const grant = peer.grants.get(folder.id)
      if (folder.secret !== undefined) {
        if (grant || peer.handedOver.some(({ id }) => id === folder.id)) rotations.hear(peer.device, folder)
        continue
      }
      if (!grant || folder.paused || peer.links.has(folder.id)) continue
      const { row, share } = grant.running
      const theirs = folder.devices.find(({ id }) => bytesEqual(id, peer.id))
      const ours = folder.devices.find(({ id }) => bytesEqual(id, self.id))
      const seals = await this.#seals.of(share.keys, grant.access)
      // names and contents would be ciphertext to us
      const isSealed = folder.encrypted === true || ours?.sealToken !== undefined
      if (isSealed && !seals && share.keys.access !== 'seed-only') continue
      const doubt = doubtOf(grant, ours)
      // who may write is believed; a reader is listened to first: what it holds is signed
      if (doubt === 'forgotten' && (grant.linked || grant.access === 'read-write')) {
        share.loseHistory(FORGOTTEN)
        continue
      }
      const receivedSequence = await this.#received(grant.running, peer, theirs)
      if (!isConnected(peer)) return
      const sealed = seals && this.#sealedLink(peer, grant.running, seals)
      const sharePeer = new SharePeer({
        clock,
        deviceNo: peer.deviceNo,
        device: peer.device,
        session: sealed?.session ?? peer.session,
        index: share.index,
        access: grant.access,
        linked: grant.linked,
        receivedSequence,
        newest: () => share.sequence,
        isStoring: () => share.isStoring,
        letThrough: () => share.hold.letThrough,
        certificateOf: (signature) => share.keys.certificateOf(signature),
        // a Syncthing device could do nothing with signatures, but keeps those that are sealed
        prepare: (changes) => (sealed || peer.hello.proofs.length > 0 ? signedToTell(changes, share) : changes),
        saveReceived: (maxSequence) => setReceived(database.db, row.no, peer.deviceNo, { maxSequence }),
      })
      const isKnown =
        ours !== undefined &&
        ours.indexId === BigInt(`0x${row.indexId}`) &&
        ours.maxSequence > 0 &&
        share.hasGiven(ours.maxSequence) &&
        // to a peer that knows of more than we told of (#received) all is told anew
        ours.maxSequence <= (peer.told.get(folder.id) ?? 0)
      peer.links.set(folder.id, { peer: sharePeer, share, announced: theirs?.maxSequence ?? 0, sealed })
      share.addPeer(sharePeer, isKnown ? ours.maxSequence : 0)
      const listenTo = doubt === 'none' ? 0 : (theirs?.maxSequence ?? 0)
      sharePeer.sendIndex(folder.id, isKnown ? ours.maxSequence : undefined, listenTo).catch((error: unknown) => {
        // the session's end is reported by the session; anything else must not be silent
        peer.session.close(`sending the index failed: ${messageOf(error)}`)
      })
    }
  }

  #sealedLink(peer: Peer, { row, share }: RunningShare, seals: SealKeys): SealedLink {
    const { clock, log } = this.#deps
    const { device, deviceNo, session } = peer
    return new SealedLink({
      clock,
      log,
      session,
      keys: share.keys,
      seals,
      index: share.index,
      deviceNo,
      isHomeseed: session.hello.proofs.length > 0,
      read: (block) => share.read(block),
      isPlain: ({ path }) => path === AWAIT,
      onRolledBack: () => {
        log.warn('device-rolled-back', { share: row.id, device })
        peer.rolledBack.add(row.id)
      },
    })
  }

  /** How far our copy of the peer's index reaches; a copy of another index than it has now is void. */
  async #received({ row, share }: RunningShare, peer: Peer, theirs: WireDevice | undefined): Promise<number> {
    const { database } = this.#deps
    const known: ShareDeviceRow | undefined = shareDevicesOf(database.db, row.no).find(
      ({ deviceNo }) => deviceNo === peer.deviceNo,
    )
    const indexId = (theirs?.indexId ?? 0n).toString(16).padStart(16, '0')
    // an index that goes back is told anew as a whole. Until then it stays known how far it was: the peer has to hear it
    if (known?.indexId === indexId) return known.maxSequence <= (theirs?.maxSequence ?? 0) ? known.maxSequence : 0
    // first of all: after a crash in the middle it is void still
    setReceived(database.db, row.no, peer.deviceNo, { indexId: '', maxSequence: 0 })
    await share.dropDevice(peer.deviceNo)
    setReceived(database.db, row.no, peer.deviceNo, { indexId, maxSequence: 0 })
    return 0
  }
}

/** What a peer tells of its index. */
export const takeIndex = ({ peer, share, sealed }: ShareLink, part: IndexPart): Promise<void> =>
  share.takeIndex(peer, sealed?.open(part) ?? part)

/** What a peer asks for; undefined: it is not here, or not for it. */
export async function serve(
  { peer, share, sealed }: ShareLink,
  request: BlockRequest,
): Promise<Uint8Array | undefined> {
  return sealed && request.path !== AWAIT ? sealed.serve(request) : share.serve(request, peer)
}

/** A peer is gone. */
export function endLinks({ links }: Peer): void {
  for (const { peer, share, sealed } of links.values()) {
    peer.stop()
    sealed?.stop()
    share.removePeer(peer)
  }
  links.clear()
}

/**
 * Whether what a peer says that it has of our index may be of another life of it than ours: of the future of an older
 * copy (`forgotten`), or of one that is over or goes on elsewhere (`other`). Who only reads makes nothing, and need not care.
 */
function doubtOf({ running }: Grant, ours: WireDevice | undefined): 'none' | 'forgotten' | 'other' {
  const { row, share } = running
  if (!ours || ours.indexId === 0n || ours.maxSequence === 0 || share.keys.access !== 'read-write') return 'none'
  if (ours.indexId !== BigInt(`0x${row.indexId}`)) return 'other'
  return share.hasGiven(ours.maxSequence) ? 'none' : 'forgotten'
}
