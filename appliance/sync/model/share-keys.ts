/**
 * What a device derives from the secret of a share (docs/protocol.md, "Secrets"): seed, public key, blinded key, share
 * id, each from the one before it and none backwards. A share id on the wire tells nobody a secret.
 */
import { createHmac, hash } from 'node:crypto'
import type { Access } from './access.ts'
import { toBase32 } from './base32.ts'
import { Secret } from './secret.ts'
import type { ShareSecret } from './secret-text.ts'

const ID_DOMAIN = 'homeseed share id v2'
const MEMBER_DOMAIN = 'homeseed member proof key v1'
const READER_DOMAIN = 'homeseed reader proof key v1'
const SEAL_DOMAIN = 'homeseed seal password v1'
const ID_BYTES = 20

export interface ShareKeyMaterial {
  /** share id, text form: BEP's folder id */
  readonly id: string
  readonly access: Access
  /** 32 bytes: the seed-only secret; what writers sign is checked with it */
  readonly blindedKey: Secret
  /** 32 bytes: the read-only secret; undefined on a seed-only device */
  readonly publicKey: Secret | undefined
  /** 32 bytes: the read-write secret; undefined on any other device */
  readonly seed: Secret | undefined
  /** 32 bytes: proves membership of whatever kind */
  readonly memberKey: Secret
  /** 32 bytes: proves that the share can be read */
  readonly readerKey: Secret | undefined
}

const derived = (key: Secret, domain: string): Secret =>
  new Secret(createHmac('sha256', key.reveal()).update(domain).digest())

/** 32 characters, lower-case base32. */
function shareIdOf(blindedKey: Secret): string {
  const digest = hash('sha256', Buffer.concat([Buffer.from(ID_DOMAIN), blindedKey.reveal()]), 'buffer')
  return toBase32(digest.subarray(0, ID_BYTES)).toLowerCase()
}

/** @param known  of the secret that the device holds, and of what follows from it */
export function keyMaterial({
  blindedKey,
  publicKey,
  seed,
}: Pick<ShareKeyMaterial, 'blindedKey' | 'publicKey' | 'seed'>): ShareKeyMaterial {
  return {
    id: shareIdOf(blindedKey),
    access: seed ? 'read-write' : publicKey ? 'read-only' : 'seed-only',
    blindedKey,
    publicKey,
    seed,
    memberKey: derived(blindedKey, MEMBER_DOMAIN),
    readerKey: publicKey && derived(publicKey, READER_DOMAIN),
  }
}

/** What a Syncthing device that shares this folder calls its password: 52 characters, for those who may read. */
export const sealPasswordOf = (publicKey: Secret): Secret =>
  new Secret(Buffer.from(toBase32(derived(publicKey, SEAL_DOMAIN).reveal()).toLowerCase()))

/**
 * The secret to show or pass on.
 * @returns undefined for a stronger secret than the device has
 */
export function secretOf(keys: ShareKeyMaterial, access: Access): ShareSecret | undefined {
  const key = { 'read-write': keys.seed, 'read-only': keys.publicKey, 'seed-only': keys.blindedKey }[access]
  return key && { access, key }
}
