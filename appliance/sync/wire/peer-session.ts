/**
 * One BEP session with one peer, above an authenticated `Connection`: hello, cluster config, index exchange,
 * requests. Decides nothing about shares; the engine does, through `SessionEvents`.
 */
import type { Entry } from '../model/entry.ts'
import type { RelPath } from '../model/rel-path.ts'

/** One entry as a peer tells it. */
export interface WireEntry {
  readonly entry: Entry
  /** the peer's own order of change, 1 or greater */
  readonly sequence: number
  /** the peer knows of it but cannot serve it */
  readonly invalid: boolean
  /** the peer's owner has let it through, though it was part of a mass of changes */
  readonly letThrough?: boolean
}

/** A device's line in a folder of a cluster config. */
export interface WireDevice {
  /** 32 bytes */
  readonly id: Uint8Array
  readonly name: string
  readonly addresses: readonly string[]
  readonly maxSequence: number
  /** 64 bits */
  readonly indexId: bigint
  /**
   * the sender encrypts what it sends this device, as Syncthing does for devices that it does not trust, or is such a
   * device: `SealKeys.token` of the password
   */
  readonly sealToken?: Uint8Array
}

export interface WireFolder {
  readonly id: string
  readonly label: string
  /** `read-only`: the sender's own changes stay with it (BEP: receive only) */
  readonly access: 'read-write' | 'read-only'
  /** the sender holds only ciphertext of this folder, and serves that */
  readonly encrypted?: boolean
  readonly paused: boolean
  /** what grants the share, in text: only in answer to a one-time secret, or because the share has new secrets */
  readonly secret?: string
  /** who says that it has new secrets (signed-rotation.ts) */
  readonly rotation?: Uint8Array
  readonly devices: readonly WireDevice[]
}

export interface PeerHello {
  readonly deviceName: string
  readonly clientName: string
  readonly clientVersion: string
  /** share proofs, as bytes (share-proof.ts); empty from a Syncthing device */
  readonly proofs: readonly Uint8Array[]
  /** 16 bytes: of a one-time secret that the other side is said to have made */
  readonly token?: Uint8Array
}

export interface BlockRequest {
  readonly folder: string
  readonly path: RelPath
  readonly offset: number
  readonly sizeBytes: number
  /** SHA-256 of the block, 32 bytes; empty in requests of some Syncthing devices */
  readonly hash: Uint8Array
}

/** A part of what a peer tells of a folder's index, up to 1,000 entries. */
export interface IndexPart {
  readonly entries: readonly WireEntry[]
  /** everything known before about this folder at this peer is void */
  readonly full: boolean
  /** how far the peer's index is told now: also of entries that were left out; 0: no further */
  readonly maxSequence: number
  /** the peer has more to tell already: what belongs together may not be whole */
  readonly isMore: boolean
  /** certificates of those who signed these entries, unless they came before; not verified */
  readonly writers: readonly Uint8Array[]
}

/** How entries are told. */
export interface TellOptions {
  /** everything told before about this folder is void */
  readonly full?: boolean
  /** further entries are known, and follow with the next call */
  readonly isMore?: boolean
  /** certificates of those who signed the entries, as far as the peer may not know them */
  readonly writers?: readonly Uint8Array[]
}

/**
 * What a session tells its owner, message by message in the peer's order, and not before `sendClusterConfig` was
 * called. A handler that rejects ends the session with its message as the reason.
 *
 * The peer waits while `onClusterConfig` or `onIndex` is at work: nothing more is read, not even responses. So neither
 * may wait for a `request`, a `sendIndex` or a `sendClusterConfig` of the same session, nor for a lock that is held
 * while something else waits for one; what is to be sent or fetched because of an index, they only set going.
 */
export interface SessionEvents {
  onClusterConfig(folders: readonly WireFolder[]): void | Promise<void>
  /** Part by part; further parts of the message come once this one is taken in. */
  onIndex(folder: string, part: IndexPart): void | Promise<void>
  /**
   * Up to 16 at a time, beside the other handlers. The bytes are given away: they go out uncopied, and memory that
   * they fill alone is freed then.
   * @returns undefined: not to be had here
   */
  onRequest(request: BlockRequest): Promise<Uint8Array | undefined>
  /** Exactly once, during `close` too. `reason` is one line for people. Not called when `openSession` rejects. */
  onClose(reason: string): void
}

export interface PeerSession {
  readonly hello: PeerHello
  /** The first message of either side; from then on the peer's messages are handed over. */
  sendClusterConfig(folders: readonly WireFolder[]): Promise<void>
  /**
   * Goes out as messages of about 1 MiB, in the order of the calls; resolves when the peer's pace allows more.
   * Rejects when the session ends.
   */
  sendIndex(folder: string, entries: readonly WireEntry[], options?: TellOptions): Promise<void>
  /**
   * At most 256 are under way; further ones wait their turn.
   * @returns the block as sent, unverified, in memory of its own that may be handed to a worker; undefined when the
   * peer has it not. Rejects when the session ends.
   */
  request(request: BlockRequest): Promise<Uint8Array | undefined>
  /** Tells the peer why, and closes the connection. @param reason  one line for people, here and there */
  close(reason: string): void
}
