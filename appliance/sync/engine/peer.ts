/** A device that is connected, what it may take part in, and what it does. */
import type { Access } from '../model/access.ts'
import type { Connection } from '../ports.ts'
import type { SealedLink } from '../seal/sealed-link.ts'
import type { PeerHello, PeerSession, WireFolder } from '../wire/peer-session.ts'
import type { Share } from './share.ts'
import type { SharePeer } from './share-peer.ts'
import type { RunningShare } from './shares.ts'

export interface Grant {
  readonly running: RunningShare
  readonly access: Access
  readonly linked: boolean
}

/** Where a peer takes part in a share. */
export interface ShareLink {
  readonly peer: SharePeer
  readonly share: Share
  readonly announced: number
  /** what it is told and asked through where it must not read the share */
  readonly sealed: SealedLink | undefined
}

export interface Peer {
  readonly id: Uint8Array
  readonly device: string
  readonly deviceNo: number
  readonly hello: PeerHello
  readonly session: PeerSession
  readonly connection: Connection
  /** by share id: what this peer may take part in */
  readonly grants: ReadonlyMap<string, Grant>
  /** new secrets of shares that it holds the old ones of */
  readonly handedOver: readonly WireFolder[]
  /** by share id: the sequence that we said, at the start, our index reaches to */
  readonly told: Map<string, number>
  /** ids of shares of which it has told older versions than it did before */
  readonly rolledBack: Set<string>
  /** by share id: what it takes part in */
  readonly links: Map<string, ShareLink>
}
