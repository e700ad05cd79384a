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
import type { Secret } from '../model/secret.ts'
import type { OpenShareKeys } from './share-signatures.ts'
import { SIGNATURE_BYTES, isSignedBy } from './sodium.ts'

/** Whose proof: that of the side that dialled, or of the side that was dialled. */
export type Direction = 'dialler' | 'listener'

const DOMAIN = 'homeseed share proof v2'
const MAC_BYTES = 16
/** the member's MAC, the reader's MAC, the writer's signature; chance in the place of what a device cannot make */
export const PROOF_BYTES = 2 * MAC_BYTES + SIGNATURE_BYTES
/** lists are filled up to a multiple of this */
const LIST_STEP = 8
/** what fits into a hello */
export const MAX_PROOFS = 256

const message = (exporter: Uint8Array, direction: Direction, shareId: string): Buffer =>
  Buffer.concat([textBytes(DOMAIN), exporter, Buffer.of(direction === 'dialler' ? 1 : 2), Buffer.from(shareId)])

const macOf = (key: Secret, bytes: Uint8Array): Buffer =>
  createHmac('sha256', key.reveal()).update(bytes).digest().subarray(0, MAC_BYTES)

/**
 * The proofs for one connection, in an order that tells nothing.
 * @param exporter  `Connection.exporter`
 * @param direction  of this side
 * @throws RangeError for more than 256 shares
 */
export function makeProofs(
  shares: readonly OpenShareKeys[],
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

function makeProof(share: OpenShareKeys, exporter: Uint8Array, direction: Direction, random: Random): Uint8Array {
  const bytes = message(exporter, direction, share.id)
  const { memberKey, readerKey, writerKey } = share
  return Uint8Array.of(
    ...macOf(memberKey, bytes),
    ...(readerKey ? macOf(readerKey, bytes) : random.bytes(MAC_BYTES)),
    ...(writerKey ? writerKey.sign(bytes) : random.bytes(SIGNATURE_BYTES)),
  )
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
    const mac = macOf(share.memberKey, bytes)
    const proof = sound.find((candidate) => timingSafeEqual(candidate.subarray(0, MAC_BYTES), mac))
    if (proof) proved.set(share.id, accessIn(proof, bytes, share))
  }
  return proved
}

/** A seed-only device takes readers for devices like itself: what it tells them is the same. */
function accessIn(proof: Uint8Array, bytes: Uint8Array, { blindedKey, readerKey }: ShareKeyMaterial): Access {
  if (isSignedBy(bytes, proof.subarray(2 * MAC_BYTES), blindedKey.reveal())) return 'read-write'
  const isReader = readerKey && timingSafeEqual(proof.subarray(MAC_BYTES, 2 * MAC_BYTES), macOf(readerKey, bytes))
  return isReader ? 'read-only' : 'seed-only'
}
