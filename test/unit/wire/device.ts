import { Secret } from '../../../appliance/sync/model/secret.ts'
import type { DeviceKey } from '../../../appliance/sync/wire/share-signatures.ts'

/** A device that signs. @param number  whatever tells it from others */
export const deviceOf = (number: number): DeviceKey => ({
  id: new Uint8Array(32).fill(number),
  seed: new Secret(new Uint8Array(32).fill(number)),
})
