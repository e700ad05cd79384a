/** Who may author an entry: the holder of the share's write key, and nobody else. */
import type { ShareKeys } from '../secrets.ts'
import { canonicalBytes } from '../model/canonical.ts'
import type { Entry } from '../model/entry.ts'
import { Secret } from '../model/secret.ts'
import type { ShareSecret } from '../model/secret-text.ts'
import { keyMaterial } from '../model/share-keys.ts'
import type { ShareKeyMaterial } from '../model/share-keys.ts'
import type { Random } from '../ports.ts'
import { SEED_BYTES, isSignedBy, publicKeyOf, sign } from './sodium.ts'

/** The keys of a share, ready for use. */
export type OpenShareKeys = ShareKeyMaterial & ShareKeys

export const newShareSecret = (random: Random): ShareSecret => ({
  access: 'read-write',
  key: new Secret(random.bytes(SEED_BYTES)),
})

export function openShareKeys({ access, key }: ShareSecret): OpenShareKeys {
  const seed = access === 'read-write' ? key : undefined
  const keys = keyMaterial(seed ? new Secret(publicKeyOf(seed.reveal())) : key, seed)
  return {
    ...keys,
    sign: (entry) => signEntry(keys, keys.id, entry),
    verify: (entry) => verifyEntry(keys.publicKey, keys.id, entry),
  }
}

/**
 * @returns 64 bytes
 * @throws Error on a read-only device, which has nothing to sign with
 */
function signEntry({ seed, publicKey }: ShareKeyMaterial, shareId: string, entry: Entry): Uint8Array {
  if (!seed) throw new Error('a read-only device cannot sign an entry')
  return sign(canonicalBytes(shareId, entry), seed.reveal(), publicKey.reveal())
}

/** Whether the entry carries a signature of the share's write key over its canonical form. */
const verifyEntry = (publicKey: Secret, shareId: string, entry: Entry): boolean =>
  entry.signature !== undefined && isSignedBy(canonicalBytes(shareId, entry), entry.signature, publicKey.reveal())
