/**
 * Who may author an entry: devices whose key the share's write key has certified, and nobody else (docs/protocol.md,
 * "Signatures").
 */
import type { ShareKeys } from '../secrets.ts'
import { canonicalBytes } from '../model/canonical.ts'
import { leafOf, rootAbove, treeOver } from '../model/entry-tree.ts'
import { bytesEqual } from '../model/entry.ts'
import type { Entry } from '../model/entry.ts'
import { Secret } from '../model/secret.ts'
import type { ShareSecret } from '../model/secret-text.ts'
import { keyMaterial, sealPasswordOf } from '../model/share-keys.ts'
import type { ShareKeyMaterial } from '../model/share-keys.ts'
import { SIGNED_TOGETHER, parseSignature, signatureToBytes, writerOf } from '../model/signature.ts'
import { textBytes } from '../model/text-bytes.ts'
import { certificateToBytes, certifiedBytes, parseCertificate, writerIn } from '../model/writer-certificate.ts'
import type { WriterCertificate } from '../model/writer-certificate.ts'
import type { Random } from '../ports.ts'
import { blindedKeyOf, blindedPublicKeyOf } from './blinded-key.ts'
import type { BlindedKey } from './blinded-key.ts'
import { SEED_BYTES, isSignedBy, publicKeyOf, sign } from './sodium.ts'

/** The keys of a share, ready for use. */
export type OpenShareKeys = ShareKeyMaterial &
  ShareKeys & {
    /** signs for the share; undefined where only others may */
    readonly writerKey: BlindedKey | undefined
  }

/** What this device signs entries with, in all of its shares. */
export interface DeviceKey {
  /** device id, 32 bytes */
  readonly id: Uint8Array
  /** 32 bytes */
  readonly seed: Secret
}

const DOMAIN = 'homeseed entries v1'
/** roots known to be signed: as many signatures as entries come would be checked otherwise */
const MAX_KNOWN = 256

export const newShareSecret = (random: Random): ShareSecret => ({
  access: 'read-write',
  key: new Secret(random.bytes(SEED_BYTES)),
})

/** @throws Error for a read-only secret that is no point of the curve: nobody can have made it */
export function openShareKeys(secret: ShareSecret, device: DeviceKey): OpenShareKeys {
  const { keys, writerKey } = derive(secret)
  const writers = new Writers(keys)
  const own = writerKey && certify(keys, writerKey, device)
  if (own) writers.admit(certificateToBytes(own))
  return {
    ...keys,
    writerKey,
    sealPassword: keys.publicKey && sealPasswordOf(keys.publicKey),
    sign(entries) {
      if (!own) throw new Error('a read-only device cannot sign an entry')
      return signAll(keys.id, entries, own, device.seed)
    },
    verify: (entry) => writers.verify(entry),
    admit: (certificate) => writers.admit(certificate),
    writerIn(bytes) {
      const certificate = parseCertificate(bytes)
      return certificate && writerIn(certificate)
    },
    certificateOf: (signature) => writers.certificateOf(signature),
  }
}

function derive({ access, key }: ShareSecret): { readonly keys: ShareKeyMaterial; readonly writerKey?: BlindedKey } {
  if (access === 'seed-only') return { keys: keyMaterial({ blindedKey: key, publicKey: undefined, seed: undefined }) }
  if (access === 'read-only') {
    const blindedKey = new Secret(blindedPublicKeyOf(key.reveal()))
    return { keys: keyMaterial({ blindedKey, publicKey: key, seed: undefined }) }
  }
  const writerKey = blindedKeyOf(key.reveal())
  const publicKey = new Secret(publicKeyOf(key.reveal()))
  return { keys: keyMaterial({ blindedKey: new Secret(writerKey.publicKey), publicKey, seed: key }), writerKey }
}

function certify({ id }: ShareKeyMaterial, writerKey: BlindedKey, device: DeviceKey): WriterCertificate {
  const writer = { device: device.id, publicKey: publicKeyOf(device.seed.reveal()) }
  return { ...writer, signed: writerKey.sign(certifiedBytes(id, writer)) }
}

/** @returns a signature for each entry, in their order: a few share one, each with its place below it */
function signAll(shareId: string, entries: readonly Entry[], own: WriterCertificate, seed: Secret): Uint8Array[] {
  const writer = writerIn(own)
  const signatures: Uint8Array[] = []
  for (let from = 0; from < entries.length; from += SIGNED_TOGETHER) {
    const some = entries.slice(from, from + SIGNED_TOGETHER)
    const { root, ways } = treeOver(some.map((entry) => leafOf(canonicalBytes(shareId, entry))))
    const signed = sign(signedBytes(root), seed.reveal(), own.publicKey)
    for (const way of ways) signatures.push(signatureToBytes({ writer, signed, ...way }))
  }
  return signatures
}

/** What a writer signs of a tree. */
const signedBytes = (root: Uint8Array): Uint8Array => Buffer.concat([textBytes(DOMAIN), root])

/** Those whose entries count in a share. */
class Writers {
  readonly #share: ShareKeyMaterial
  readonly #byName = new Map<string, { readonly publicKey: Uint8Array; readonly certificate: Uint8Array }>()
  /** signature and root, the oldest first */
  readonly #known = new Set<string>()

  constructor(share: ShareKeyMaterial) {
    this.#share = share
  }

  admit(bytes: Uint8Array): boolean {
    const certificate = parseCertificate(bytes)
    if (!certificate) return false
    const name = writerIn(certificate)
    const known = this.#byName.get(name)
    if (known && bytesEqual(known.certificate, bytes)) return true
    const { id, blindedKey } = this.#share
    if (!isSignedBy(certifiedBytes(id, certificate), certificate.signed, blindedKey.reveal())) return false
    // one and the same: peers that have been sent it know it by what they were sent
    if (!known) this.#byName.set(name, { publicKey: certificate.publicKey, certificate: bytes })
    return true
  }

  certificateOf(signature: Uint8Array): Uint8Array | undefined {
    return this.#byName.get(writerOf(signature))?.certificate
  }

  verify(entry: Entry): boolean {
    const signature = entry.signature && parseSignature(entry.signature)
    const writer = signature && this.#byName.get(signature.writer)
    // what is sealed is for those who cannot open it, and nothing else is
    if (!writer || (entry.sealed !== undefined) !== (this.#share.access === 'seed-only')) return false
    const root = rootAbove(leafOf(canonicalBytes(this.#share.id, entry)), signature)
    const known = Buffer.concat([Buffer.from(signature.writer), signature.signed, root]).toString('latin1')
    if (this.#known.has(known)) return true
    if (!isSignedBy(signedBytes(root), signature.signed, writer.publicKey)) return false
    this.#known.add(known)
    const [oldest] = this.#known
    if (this.#known.size > MAX_KNOWN && oldest !== undefined) this.#known.delete(oldest)
    return true
  }
}
