/** Secrets whose signatures and proofs are hashes: as good as the real ones among devices that do not cheat, and quick. */
import { hash } from 'node:crypto'
import type { Access } from '../../appliance/sync/model/access.ts'
import { canonicalBytes } from '../../appliance/sync/model/canonical.ts'
import { deviceIdToText } from '../../appliance/sync/model/device-id.ts'
import { bytesEqual } from '../../appliance/sync/model/entry.ts'
import type { Entry } from '../../appliance/sync/model/entry.ts'
import { Secret } from '../../appliance/sync/model/secret.ts'
import { signatureToBytes, writerOf } from '../../appliance/sync/model/signature.ts'
import type { Connection, Random } from '../../appliance/sync/ports.ts'
import type { SignedRotation, Secrets, ShareKeys } from '../../appliance/sync/secrets.ts'
import { secrets } from '../../appliance/sync/wire/secrets.ts'
import { noSigner } from '../unit/wire/device.ts'

const always = { bytes: (count: number) => new Uint8Array(count) }

/** The first secret that is made is the same in all worlds: what is derived from it takes longer than all else here. */
const created = (() => {
  const some = secrets(always, { id: new Uint8Array(32), seed: new Secret(new Uint8Array(32)) }, noSigner)
  const write = some.create()
  const read = some.weaker(write, 'read-only') ?? ''
  return { write, read, keys: new Map([write, read].map((secret) => [secret, some.keys(secret)])) }
})()

/**
 * @param known  keys by secret, for all devices of a world
 * @param device  device id
 */
export function simSecrets(random: Random, known: Map<string, ShareKeys>, device: Uint8Array): Secrets {
  const real = secrets(random, { id: device, seed: new Secret(new Uint8Array(32)) }, noSigner)
  const ofDevice = new Map<string, ShareKeys>()
  const keys = (secret: string): ShareKeys => {
    const shared = known.get(secret) ?? created.keys.get(secret) ?? real.keys(secret)
    known.set(secret, shared)
    const found = ofDevice.get(secret) ?? hashing(shared, device)
    ofDevice.set(secret, found)
    return found
  }
  return {
    ...real,
    create() {
      const another = real.create()
      return known.size === 0 ? created.write : another
    },
    weaker: (secret, access) =>
      secret === created.write && access === 'read-only' ? created.read : real.weaker(secret, access),
    keys,
    signRotation(rotation, former) {
      const by = former.filter(({ access }) => access === 'read-write').map(({ id }) => id)
      return new Uint8Array(Buffer.from(JSON.stringify({ rotation, by, issuer: deviceIdToText(device) })))
    },
    readRotation(signed) {
      const said = JSON.parse(Buffer.from(signed).toString()) as Omit<SignedRotation, 'isBy'> & { by: string[] }
      return { ...said, isBy: ({ id }) => said.by.includes(id) }
    },
    makeProofs: (shares, connection) =>
      shares.map(({ id, access }) => proof(id, access, connection, connection.dialled)),
    checkProofs: (shares, connection, proofs) => {
      const proved = new Map<string, Access>()
      for (const { id } of shares)
        for (const access of ['seed-only', 'read-only', 'read-write'] as const) {
          const expected = proof(id, access, connection, !connection.dialled)
          if (proofs.some((each) => bytesEqual(each, expected))) proved.set(id, access)
        }
      return proved
    },
  }
}

/** A writer's certificate is its device id. */
function hashing({ id, access }: ShareKeys, device: Uint8Array): ShareKeys {
  const certificates = new Map<string, Uint8Array>()
  const admit = (certificate: Uint8Array) => {
    certificates.set(writerOf(certificate), certificate)
    return true
  }
  if (access === 'read-write') admit(device)
  const signatureOf = (entry: Entry, writer: string): Uint8Array => {
    const signed = hash('sha512', Buffer.concat([Buffer.from(writer), canonicalBytes(id, entry)]), 'buffer')
    return signatureToBytes({ writer, signed, place: 0, beside: [] })
  }
  return {
    id,
    access,
    sealPassword: undefined,
    sign(entries) {
      if (access !== 'read-write') throw new Error('a read-only device cannot sign an entry')
      return entries.map((entry) => signatureOf(entry, writerOf(device)))
    },
    verify(entry) {
      const { signature } = entry
      if (!signature || !certificates.has(writerOf(signature))) return false
      return bytesEqual(signature, signatureOf(entry, writerOf(signature)))
    },
    admit,
    writerIn: writerOf,
    certificateOf: (signature) => certificates.get(writerOf(signature)),
  }
}

/** Of the length that real ones have. */
function proof(id: string, access: Access, { exporter }: Connection, byDialler: boolean): Uint8Array {
  const text = `${id} ${access} ${byDialler} ${Buffer.from(exporter).toString('hex')}`
  return new Uint8Array(Buffer.concat([hash('sha512', text, 'buffer'), hash('sha256', text, 'buffer')]))
}
