/**
 * A rotation with what shows who says so: the device's own certificate and a signature by its key, and signatures by the
 * write keys of the shares that it was (docs/protocol.md, "New secrets").
 *
 *     u32 length ‖ rotation ‖ 64 bytes for each former id ‖ u16 length ‖ certificate (DER) ‖ signature (DER)
 */
import { X509Certificate, createPrivateKey, hash, sign as signWith, verify as verifyWith } from 'node:crypto'
import { deviceIdToText, parseDeviceId } from '../model/device-id.ts'
import { parseRotation, rotationToBytes } from '../model/rotation.ts'
import type { Rotation } from '../model/rotation.ts'
import type { ShareKeyMaterial } from '../model/share-keys.ts'
import { textBytes } from '../model/text-bytes.ts'
import type { DeviceCertificate } from './certificate.ts'
import { SIGNATURE_BYTES, isSignedBy, sign } from './sodium.ts'

const BY_DEVICE = 'homeseed new secrets by device v1'
const BY_SHARE = 'homeseed new secrets by share v1'
const MAX_CERTIFICATE_BYTES = 4096

/** What a device shows itself with to those who are not connected to it. */
export interface DeviceSigner {
  /** DER: its hash is the device id */
  readonly certificate: Uint8Array
  sign(bytes: Uint8Array): Uint8Array
}

/** @throws Error for what is no key and certificate in PEM */
export function deviceSigner({ key, certificate }: DeviceCertificate): DeviceSigner {
  const privateKey = createPrivateKey(key)
  return {
    certificate: new Uint8Array(new X509Certificate(certificate).raw),
    sign: (bytes) => new Uint8Array(signWith('sha256', bytes, privateKey)),
  }
}

/** @param former  keys of the shares that it was; of those that this device may only read it cannot speak */
export function signRotation(
  rotation: Rotation,
  former: ReadonlyMap<string, ShareKeyMaterial>,
  signer: DeviceSigner,
): Uint8Array {
  const bytes = rotationToBytes(rotation, idOf)
  const signatures = rotation.former.map((id) => {
    const keys = former.get(id)
    if (!keys?.seed || !keys.publicKey) return new Uint8Array(SIGNATURE_BYTES)
    return sign(signedByShare(id, bytes), keys.seed.reveal(), keys.publicKey.reveal())
  })
  const head = Buffer.alloc(4)
  head.writeUInt32BE(bytes.length)
  const length = Buffer.alloc(2)
  length.writeUInt16BE(signer.certificate.length)
  const signature = signer.sign(signedByDevice(bytes))
  return new Uint8Array(Buffer.concat([head, bytes, ...signatures, length, signer.certificate, signature]))
}

/** @returns undefined for what is none; nothing but the signature of the device is looked at */
export function readRotation(
  signed: Uint8Array,
): { readonly rotation: Rotation; readonly issuer: string; isBy(keys: ShareKeyMaterial): boolean } | undefined {
  const buffer = Buffer.from(signed)
  if (buffer.length < 4) return undefined
  const end = 4 + buffer.readUInt32BE()
  const bytes = new Uint8Array(buffer.subarray(4, end))
  const rotation = end <= buffer.length ? parseRotation(bytes) : undefined
  if (!rotation) return undefined
  const certificateAt = end + rotation.former.length * SIGNATURE_BYTES + 2
  if (certificateAt > buffer.length) return undefined
  const certificateEnd = certificateAt + buffer.readUInt16BE(certificateAt - 2)
  const certificate = buffer.subarray(certificateAt, certificateEnd)
  if (certificateEnd > buffer.length || certificate.length > MAX_CERTIFICATE_BYTES) return undefined
  if (!isByDevice(bytes, certificate, buffer.subarray(certificateEnd))) return undefined
  return {
    rotation,
    issuer: deviceIdToText(new Uint8Array(hash('sha256', certificate, 'buffer'))),
    isBy(keys) {
      const at = rotation.former.indexOf(keys.id)
      if (at < 0 || !keys.publicKey) return false
      const signature = new Uint8Array(buffer.subarray(end + at * SIGNATURE_BYTES, end + (at + 1) * SIGNATURE_BYTES))
      return isSignedBy(signedByShare(keys.id, bytes), signature, keys.publicKey.reveal())
    },
  }
}

const signedByDevice = (bytes: Uint8Array): Uint8Array => Buffer.concat([textBytes(BY_DEVICE), bytes])
const signedByShare = (id: string, bytes: Uint8Array): Uint8Array =>
  Buffer.concat([textBytes(BY_SHARE), textBytes(id), bytes])

function isByDevice(bytes: Uint8Array, certificate: Uint8Array, signature: Uint8Array): boolean {
  try {
    return verifyWith('sha256', signedByDevice(bytes), new X509Certificate(certificate).publicKey, signature)
  } catch {
    return false // no certificate, or a key that signs otherwise
  }
}

/** @throws Error for a bug: ids come from where they were checked */
function idOf(device: string): Uint8Array {
  const parsed = parseDeviceId(device)
  if (!parsed.ok) throw new Error(`"${device}" is no device id`)
  return parsed.value
}
