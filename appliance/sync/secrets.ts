import type { Access } from './model/access.ts'
import type { Entry } from './model/entry.ts'
import type { Rotation } from './model/rotation.ts'
import type { Secret } from './model/secret.ts'
import type { OneTimeSecret } from './model/secret-text.ts'
import type { Connection } from './ports.ts'

/** What the secret of a share lets this device do, with the key itself out of sight. */
export interface ShareKeys {
  /** share id, text form: BEP's folder id */
  readonly id: string
  readonly access: Access
  /** what the share is sealed with for devices that must not read it; undefined on such a device */
  readonly sealPassword: Secret | undefined
  /**
   * @returns this device's signature of each, in their order
   * @throws Error on a read-only device, which has nothing to sign with
   */
  sign(entries: readonly Entry[]): readonly Uint8Array[]
  /** Whether the entry carries the signature of a device that is known to be a writer. */
  verify(entry: Entry): boolean
  /** Makes a writer known by its certificate. @returns false: it is none of this share */
  admit(certificate: Uint8Array): boolean
  /** What signatures call the device in a certificate; undefined: that is none. */
  writerIn(certificate: Uint8Array): string | undefined
  /** Of the device whose signature it is, for those who do not know it yet; undefined: it is not known here either. */
  certificateOf(signature: Uint8Array): Uint8Array | undefined
}

/** Everything the engine asks of secrets; their form and their cryptography are elsewhere. */
export interface Secrets {
  /** A read-write secret that nobody has had before. */
  create(): string
  /** What a person typed or pasted: a secret or a link. @throws UserError naming the kind of mistake */
  parse(typed: string): {
    readonly secret: string
    readonly name: string | undefined
    /** HOST:PORT, as a link says */
    readonly hosts: readonly string[]
    /** a secret that is to be redeemed first */
    readonly oneTime: OneTimeSecret | undefined
  }
  /** The one-time secret of this device with that token. */
  oneTime(token: Uint8Array): string
  /** Of a token, to know it by. */
  hashOf(token: Uint8Array): Buffer
  keys(secret: string): ShareKeys
  /** The same share's secret that lets do no more than that; undefined: it lets do more than the one at hand. */
  weaker(secret: string, access: Access): string | undefined
  /**
   * @param name  of the share; undefined: it is not to be told
   * @param hosts  HOST:PORT, where a device is that has the share
   */
  link(secret: string, name: string | undefined, hosts?: readonly string[]): string
  /**
   * A share has new secrets, signed by this device and, for those that it may write in, by the shares that it was.
   * @param former  the keys of those, as far as they are known here
   */
  signRotation(rotation: Rotation, former: readonly ShareKeys[]): Uint8Array
  /** @returns what was signed, and by which device; undefined for what is none */
  readRotation(signed: Uint8Array): SignedRotation | undefined
  /** For the hello: that this side holds these shares, to nobody but the other end of this connection. */
  makeProofs(shares: readonly ShareKeys[], connection: Connection): readonly Uint8Array[]
  /** Which of these shares the peer proves to hold, and how. */
  checkProofs(
    shares: readonly ShareKeys[],
    connection: Connection,
    proofs: readonly Uint8Array[],
  ): ReadonlyMap<string, Access>
}

/** What a device has said of a share's new secrets. */
export interface SignedRotation {
  readonly rotation: Rotation
  /** device id, text form */
  readonly issuer: string
  /** Whether it was a writer of the share that these keys are of. */
  isBy(keys: ShareKeys): boolean
}
