import type { DeviceSigner } from '../../../appliance/sync/wire/signed-rotation.ts'
import { Secret } from '../../../appliance/sync/model/secret.ts'
import type { DeviceKey } from '../../../appliance/sync/wire/share-signatures.ts'

/** A device that signs. @param number  whatever tells it from others */
export const deviceOf = (number: number): DeviceKey => ({
  id: new Uint8Array(32).fill(number),
  seed: new Secret(new Uint8Array(32).fill(number)),
})

/** Of a device that has no certificate. */
export const noSigner: DeviceSigner = {
  certificate: new Uint8Array(),
  sign() {
    throw new Error('this device cannot sign')
  },
}
