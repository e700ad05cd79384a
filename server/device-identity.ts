import { open, readFile, rename } from 'node:fs/promises'
import { join } from 'node:path'
import { deviceIdOf, makeCertificate } from '../appliance/sync/wire/certificate.ts'
import type { TlsIdentity } from '../appliance/sync/wire/tls.ts'

/**
 * This device's key and certificate, kept in the home as `key.pem` and `cert.pem`, readable by its owner alone. Made
 * on the first start: from then on they are what peers know this device by.
 * @param home  exists
 */
export async function deviceIdentity(home: string): Promise<TlsIdentity> {
  const paths = { key: join(home, 'key.pem'), certificate: join(home, 'cert.pem') }
  const known = await readBoth(paths.key, paths.certificate)
  const { key, certificate } = known ?? (await makeCertificate())
  if (!known) {
    // the certificate last: a key without one is made anew, a certificate without its key never exists
    await writeSecret(paths.key, key)
    await writeSecret(paths.certificate, certificate)
  }
  return { key, certificate, id: deviceIdOf(certificate) }
}

async function readBoth(key: string, certificate: string): Promise<{ key: string; certificate: string } | undefined> {
  const [keyText, certificateText] = await Promise.all([readIfThere(key), readIfThere(certificate)])
  return keyText === undefined || certificateText === undefined
    ? undefined
    : { key: keyText, certificate: certificateText }
}

async function readIfThere(path: string): Promise<string | undefined> {
  try {
    return await readFile(path, 'utf8')
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined
    throw error
  }
}

/** Whole and durable, or not at all. */
async function writeSecret(path: string, text: string): Promise<void> {
  const file = await open(`${path}.new`, 'w', 0o600)
  try {
    await file.writeFile(text)
    await file.sync()
  } finally {
    await file.close()
  }
  await rename(`${path}.new`, path)
}
