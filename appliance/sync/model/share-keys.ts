/**
 * What a device derives from the secret of a share (docs/protocol.md, "Secrets"). Everything below the public key
 * is one-way: a share id on the wire tells nobody the secret.
 */
import { createHmac, hash } from 'node:crypto'
import type { Access } from './access.ts'
import { toBase32 } from './base32.ts'
import { Secret } from './secret.ts'
import type { ShareSecret } from './secret-text.ts'

const SEED_ONLY_DOMAIN = 'homeseed seed-only key v1'
const ID_DOMAIN = 'homeseed share id v1'
const PROOF_KEY_DOMAIN = 'homeseed share proof key v1'
const ID_BYTES = 20

export interface ShareKeyMaterial {
  /** share id, text form: BEP's folder id */
  readonly id: string
  readonly access: Access
  /** 32 bytes: the read-only secret */
  readonly publicKey: Secret
  /** 32 bytes: the read-write secret; undefined on a read-only device */
  readonly seed: Secret | undefined
  /** 32 bytes: keys the proof of membership */
  readonly proofKey: Secret
}

/** 32 bytes: what a device may know that keeps the share, and can read nothing of it. */
const seedOnlyKeyOf = (publicKey: Secret): Secret =>
  new Secret(createHmac('sha256', publicKey.reveal()).update(SEED_ONLY_DOMAIN).digest())

/** 32 characters, lower-case base32. */
function shareIdOf(seedOnlyKey: Secret): string {
  const digest = hash('sha256', Buffer.concat([Buffer.from(ID_DOMAIN), seedOnlyKey.reveal()]), 'buffer')
  return toBase32(digest.subarray(0, ID_BYTES)).toLowerCase()
}

const proofKeyOf = (publicKey: Secret): Secret =>
  new Secret(createHmac('sha256', publicKey.reveal()).update(PROOF_KEY_DOMAIN).digest())

/** @param seed  undefined for a read-only device */
export const keyMaterial = (publicKey: Secret, seed: Secret | undefined): ShareKeyMaterial => ({
  id: shareIdOf(seedOnlyKeyOf(publicKey)),
  access: seed ? 'read-write' : 'read-only',
  publicKey,
  seed,
  proofKey: proofKeyOf(publicKey),
})

/**
 * The secret to show or pass on.
 * @returns undefined for a read-write secret on a read-only device, which has none
 */
export function secretOf(keys: ShareKeyMaterial, access: Access): ShareSecret | undefined {
  const key = access === 'read-only' ? keys.publicKey : keys.seed
  return key && { access, key }
}
