/** Secrets whose signatures and proofs are hashes: as good as the real ones among devices that do not cheat, and quick. */
import { hash } from 'node:crypto'
import type { Access } from '../../appliance/sync/model/access.ts'
import { canonicalBytes } from '../../appliance/sync/model/canonical.ts'
import { bytesEqual } from '../../appliance/sync/model/entry.ts'
import type { Connection, Random } from '../../appliance/sync/ports.ts'
import type { Secrets, ShareKeys } from '../../appliance/sync/secrets.ts'
import { secrets } from '../../appliance/sync/wire/secrets.ts'

/** @param known  keys by secret, for all devices of a world */
export function simSecrets(random: Random, known: Map<string, ShareKeys>): Secrets {
  const real = secrets(random)
  const keys = (secret: string): ShareKeys => {
    const found = known.get(secret) ?? hashing(real.keys(secret))
    known.set(secret, found)
    return found
  }
  return {
    ...real,
    keys,
    makeProofs: (shares, connection) =>
      shares.map(({ id, access }) => proof(id, access, connection, connection.dialled)),
    checkProofs: (shares, connection, proofs) => {
      const proved = new Map<string, Access>()
      for (const { id } of shares)
        for (const access of ['read-only', 'read-write'] as const) {
          const expected = proof(id, access, connection, !connection.dialled)
          if (proofs.some((each) => bytesEqual(each, expected))) proved.set(id, access)
        }
      return proved
    },
  }
}

function hashing({ id, access }: ShareKeys): ShareKeys {
  const signature = (entry: Parameters<ShareKeys['sign']>[0]) => hash('sha512', canonicalBytes(id, entry), 'buffer')
  return {
    id,
    access,
    sign(entry) {
      if (access === 'read-only') throw new Error('a read-only device cannot sign an entry')
      return new Uint8Array(signature(entry))
    },
    verify: (entry) => entry.signature !== undefined && bytesEqual(entry.signature, signature(entry)),
  }
}

/** Of the length that real ones have. */
function proof(id: string, access: Access, { exporter }: Connection, byDialler: boolean): Uint8Array {
  const text = `${id} ${access} ${byDialler} ${Buffer.from(exporter).toString('hex')}`
  return new Uint8Array(Buffer.concat([hash('sha512', text, 'buffer'), hash('sha256', text, 'buffer')]))
}
