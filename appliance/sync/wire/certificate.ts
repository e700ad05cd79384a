/**
 * The key and the self-signed certificate that make a device itself: its id is the certificate's hash. Made once, on
 * the first start; the libraries that make it are loaded only then.
 */
import { X509Certificate, hash, webcrypto } from 'node:crypto'

/** Both in PEM. */
export interface DeviceCertificate {
  /** PKCS #8; whoever has it is this device */
  readonly key: string
  readonly certificate: string
}

/** What Syncthing demands of a peer's certificate: this name. */
const NAME = 'syncthing'
/** P-256 with SHA-256 is accepted by every Syncthing, and quick on a small computer. */
const ALGORITHM = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' }
/** Nobody looks at them: a computer without a clock of its own would trust nobody. */
const VALID_FROM = new Date('2020-01-01T00:00:00Z')
const VALID_UNTIL = new Date('2120-01-01T00:00:00Z')

/** A new identity: a key and its self-signed certificate, both in PEM. */
export async function makeCertificate(): Promise<DeviceCertificate> {
  await import('reflect-metadata')
  const x509 = await import('@peculiar/x509')
  const keys = await webcrypto.subtle.generateKey(ALGORITHM, true, ['sign', 'verify'])
  const made = await x509.X509CertificateGenerator.createSelfSigned({
    name: `CN=${NAME}`,
    keys,
    signingAlgorithm: ALGORITHM,
    notBefore: VALID_FROM,
    notAfter: VALID_UNTIL,
    extensions: [
      new x509.KeyUsagesExtension(x509.KeyUsageFlags.digitalSignature, true),
      new x509.ExtendedKeyUsageExtension([x509.ExtendedKeyUsage.serverAuth, x509.ExtendedKeyUsage.clientAuth]),
      new x509.BasicConstraintsExtension(false, undefined, true),
      new x509.SubjectAlternativeNameExtension([{ type: 'dns', value: NAME }]),
    ],
  })
  const key = Buffer.from(await webcrypto.subtle.exportKey('pkcs8', keys.privateKey))
  return { key: x509.PemConverter.encode(key, 'PRIVATE KEY'), certificate: made.toString('pem') }
}

/** 32 bytes: the device id. @throws Error for what is no certificate in PEM */
export const deviceIdOf = (certificate: string): Uint8Array =>
  new Uint8Array(hash('sha256', new X509Certificate(certificate).raw, 'buffer'))
