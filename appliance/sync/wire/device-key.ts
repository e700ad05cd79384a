import { createHmac, createPrivateKey } from 'node:crypto'
import { Secret } from '../model/secret.ts'
import type { DeviceKey } from './share-signatures.ts'
import type { TlsIdentity } from './tls.ts'

const DOMAIN = 'homeseed device key for entries v1'

/**
 * What a device signs entries with, derived from the key that it is known by: whoever has the one has the other.
 * @throws Error for a key that is none in PEM
 */
export function deviceKeyOf({ id, key }: TlsIdentity): DeviceKey {
  const der = createPrivateKey(key).export({ format: 'der', type: 'pkcs8' })
  return { id, seed: new Secret(createHmac('sha256', der).update(DOMAIN).digest()) }
}
