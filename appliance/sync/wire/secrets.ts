import { hash } from 'node:crypto'
import { Secret } from '../model/secret.ts'
import type { Secrets, ShareKeys } from '../secrets.ts'
import { secretLink, secretToText, parseSecret } from '../model/secret-text.ts'
import { mistakeIn } from '../model/secret-mistake.ts'
import type { AnySecret, OneTimeSecret, ShareSecret } from '../model/secret-text.ts'
import { secretOf } from '../model/share-keys.ts'
import type { Connection, Random } from '../ports.ts'
import { UserError } from '../status.ts'
import { isPublicKey } from './blinded-key.ts'
import { readRotation, signRotation } from './signed-rotation.ts'
import type { DeviceSigner } from './signed-rotation.ts'
import { checkProofs, makeProofs } from './share-proof.ts'
import type { Direction } from './share-proof.ts'
import { newShareSecret, openShareKeys } from './share-signatures.ts'
import type { DeviceKey, OpenShareKeys } from './share-signatures.ts'

/** Secrets as the engine uses them. @param signer  this device, to those who are not connected to it */
export function secrets(random: Random, device: DeviceKey, signer: DeviceSigner): Secrets {
  /** by what was handed out: another secret of the same share, tried meanwhile, proves nothing */
  const opened = new WeakMap<object, OpenShareKeys>()
  const keysOf = (secret: ShareSecret): OpenShareKeys => {
    const keys = openShareKeys(secret, device)
    opened.set(keys, keys)
    return keys
  }
  const parse = (typed: string) => {
    const parsed = parseSecret(typed)
    if (!parsed.ok) {
      const { type: kind, ...details } = parsed.error
      throw new UserError('secret-mistyped', mistakeIn(parsed.error), { kind, ...details })
    }
    // whoever made up a checksum made no key
    if (!isKey(parsed.value.secret))
      throw new UserError('secret-mistyped', mistakeIn({ type: 'checksum' }), { kind: 'checksum' })
    return parsed.value
  }
  /** @throws Error for a one-time secret: it is to be redeemed first */
  const ofShare = (typed: string): ShareSecret => {
    const { secret } = parse(typed)
    if (isOneTime(secret)) throw new Error('a one-time secret is none of a share')
    return secret
  }
  const material = (shares: readonly ShareKeys[]) => shares.flatMap((keys) => opened.get(keys) ?? [])
  return {
    create: () => secretToText(newShareSecret(random)),
    parse: (typed) => {
      const { secret, name, hosts } = parse(typed)
      return { secret: secretToText(secret), name, hosts, oneTime: isOneTime(secret) ? secret : undefined }
    },
    oneTime: (token) => secretToText({ issuer: device.id, token: new Secret(token) }),
    hashOf: (token) => hash('sha256', token, 'buffer'),
    keys: (secret) => keysOf(ofShare(secret)),
    weaker: (secret, access) => {
      const weaker = secretOf(keysOf(ofShare(secret)), access)
      return weaker && secretToText(weaker)
    },
    link: (secret, name, hosts) => secretLink(parse(secret).secret, name, hosts),
    signRotation: (rotation, former) =>
      signRotation(rotation, new Map(material(former).map((keys) => [keys.id, keys])), signer),
    readRotation(signed) {
      const opened = readRotation(signed)
      return opened && { ...opened, isBy: (keys) => material([keys]).some((known) => opened.isBy(known)) }
    },
    makeProofs: (shares, connection) => makeProofs(material(shares), connection.exporter, ours(connection), random),
    checkProofs: (shares, connection, proofs) =>
      checkProofs(material(shares), connection.exporter, theirs(connection), proofs),
  }
}

function isKey(secret: AnySecret): boolean {
  return isOneTime(secret) || secret.access === 'read-write' || isPublicKey(secret.key.reveal())
}

const isOneTime = (secret: AnySecret): secret is OneTimeSecret => 'token' in secret

const ours = ({ dialled }: Connection): Direction => (dialled ? 'dialler' : 'listener')
const theirs = ({ dialled }: Connection): Direction => (dialled ? 'listener' : 'dialler')
