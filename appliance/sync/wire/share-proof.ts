/**
 * Proves to a peer, inside TLS, which shares this device holds the secret of, and learns the same of the peer
 * (docs/protocol.md, "Share proof"). A proof is bound to this very connection and to its direction, so it can neither
 * be replayed, nor passed on, nor sent back. It shows a peer nothing of shares that it does not hold itself: not their
 * number, not their ids, not what this device may do with them.
 */
import { createHmac, timingSafeEqual } from 'node:crypto'
import type { Access } from '../model/access.ts'
import { compareBytes } from '../model/entry.ts'
import type { ShareKeyMaterial } from '../model/share-keys.ts'
import { textBytes } from '../model/text-bytes.ts'
import type { Random } from '../ports.ts'
import { SIGNATURE_BYTES, isSignedBy, sign } from './sodium.ts'

/** Whose proof: that of the side that dialled, or of the side that was dialled. */
export type Direction = 'dialler' | 'listener'

const DOMAIN = 'homeseed share proof v1'
const MAC_BYTES = 32
/** the MAC, then the write key's signature; a read-only holder sends chance in its place */
export const PROOF_BYTES = MAC_BYTES + SIGNATURE_BYTES
/** lists are filled up to a multiple of this */
const LIST_STEP = 8
/** what fits into a hello */
export const MAX_PROOFS = 256

const message = (exporter: Uint8Array, direction: Direction, shareId: string): Buffer =>
  Buffer.concat([textBytes(DOMAIN), exporter, Buffer.of(direction === 'dialler' ? 1 : 2), Buffer.from(shareId)])

const macOf = ({ proofKey }: ShareKeyMaterial, bytes: Uint8Array): Buffer =>
  createHmac('sha256', proofKey.reveal()).update(bytes).digest()

/**
 * The proofs for one connection, in an order that tells nothing.
 * @param exporter  `Connection.exporter`
 * @param direction  of this side
 * @throws RangeError for more than 256 shares
 */
export function makeProofs(
  shares: readonly ShareKeyMaterial[],
  exporter: Uint8Array,
  direction: Direction,
  random: Random,
): Uint8Array[] {
  if (shares.length > MAX_PROOFS) throw new RangeError(`no more than ${MAX_PROOFS} shares can be offered to a peer`)
  const proofs = shares.map((share) => makeProof(share, exporter, direction, random))
  const padded = Math.max(1, Math.ceil(proofs.length / LIST_STEP)) * LIST_STEP
  while (proofs.length < padded) proofs.push(random.bytes(PROOF_BYTES))
  return proofs.sort(compareBytes) // they look like chance, so their order is
}

function makeProof(share: ShareKeyMaterial, exporter: Uint8Array, direction: Direction, random: Random): Uint8Array {
  const bytes = message(exporter, direction, share.id)
  const { seed, publicKey } = share
  const signature = seed ? sign(bytes, seed.reveal(), publicKey.reveal()) : random.bytes(SIGNATURE_BYTES)
  return Uint8Array.of(...macOf(share, bytes), ...signature)
}

/**
 * What the peer proved, by share id; shares that it proved nothing for are absent.
 * @param direction  of the peer
 */
export function checkProofs(
  shares: readonly ShareKeyMaterial[],
  exporter: Uint8Array,
  direction: Direction,
  proofs: readonly Uint8Array[],
): Map<string, Access> {
  const sound = proofs.filter(({ length }) => length === PROOF_BYTES).slice(0, MAX_PROOFS)
  const proved = new Map<string, Access>()
  for (const share of shares) {
    const bytes = message(exporter, direction, share.id)
    const mac = macOf(share, bytes)
    const proof = sound.find((candidate) => timingSafeEqual(candidate.subarray(0, MAC_BYTES), mac))
    if (!proof) continue
    const isWriter = isSignedBy(bytes, proof.subarray(MAC_BYTES), share.publicKey.reveal())
    proved.set(share.id, isWriter ? 'read-write' : 'read-only')
  }
  return proved
}
