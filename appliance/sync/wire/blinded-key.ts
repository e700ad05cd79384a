/**
 * A second public key for an Ed25519 key, which only those can make who know the first one, and which does not tell that
 * one (the blinding of Tor's onion services, rend-spec-v3, appendix A, with domains of ours). Signatures by it are
 * ordinary Ed25519 signatures.
 */
import { hash } from 'node:crypto'
import { ed25519 } from '@noble/curves/ed25519.js'
import { textBytes } from '../model/text-bytes.ts'

const FACTOR_DOMAIN = 'homeseed blinding factor v1'
const NONCE_DOMAIN = 'homeseed blinding nonce v1'
const { Point } = ed25519
const { Fn } = Point

const sha512 = (...parts: readonly Uint8Array[]): Buffer => hash('sha512', Buffer.concat(parts), 'buffer')

/** 64 bytes, little-endian, to a scalar. */
const toScalar = (bytes: Buffer): bigint => Fn.create(BigInt(`0x${Buffer.from(bytes).reverse().toString('hex')}`))

const factorOf = (publicKey: Uint8Array): bigint => toScalar(sha512(textBytes(FACTOR_DOMAIN), publicKey))

/** Whether these 32 bytes are a key that somebody can have the other half of. */
export function isPublicKey(bytes: Uint8Array): boolean {
  try {
    const point = Point.fromBytes(bytes)
    return point.isTorsionFree() && !point.is0()
  } catch {
    return false
  }
}

/**
 * @param publicKey  32 bytes
 * @throws Error for bytes that are no point of the curve
 */
export const blindedPublicKeyOf = (publicKey: Uint8Array): Uint8Array =>
  Point.fromBytes(publicKey).multiply(factorOf(publicKey)).toBytes()

/** Signs for whoever knows the blinded public key. */
export interface BlindedKey {
  /** 32 bytes */
  readonly publicKey: Uint8Array
  readonly sign: (message: Uint8Array) => Uint8Array
}

/** @param seed  32 bytes, of the key that is blinded */
export function blindedKeyOf(seed: Uint8Array): BlindedKey {
  const { scalar, prefix, pointBytes } = ed25519.utils.getExtendedPublicKey(seed)
  const blinded = Fn.mul(factorOf(pointBytes), Fn.create(scalar))
  const publicKey = Point.BASE.multiply(blinded).toBytes()
  return {
    publicKey,
    sign(message) {
      const nonce = toScalar(sha512(textBytes(NONCE_DOMAIN), prefix, message))
      const commitment = Point.BASE.multiply(nonce).toBytes()
      const challenge = toScalar(sha512(commitment, publicKey, message))
      return Uint8Array.of(...commitment, ...Fn.toBytes(Fn.add(nonce, Fn.mul(challenge, blinded))))
    },
  }
}
