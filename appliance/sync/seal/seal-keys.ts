/** The keys of Syncthing's scheme for devices that are not trusted (docs/protocol.md, "Sealed"). */
import { createHmac, createSecretKey, hkdfSync, scrypt } from 'node:crypto'
import { promisify } from 'node:util'
import { aessiv } from '@noble/ciphers/aes.js'
import { noBytes } from '../model/entry.ts'
import type { Secret } from '../model/secret.ts'

const KEY_BYTES = 32
const KNOWN = 'syncthing'
const SALT = Buffer.from('syncthing')
const COST = { N: 32_768, r: 8, p: 1, maxmem: 64 * 1024 * 1024 }
const NONCE_DOMAIN = 'homeseed seal nonce v1'
const NONCE_BYTES = 24
/** of the files that are at work: what is told is asked for soon after */
const MAX_KNOWN = 1024

const stretch = promisify<Uint8Array, Uint8Array, number, typeof COST, Buffer>(scrypt)

/** What opens one file. */
export interface FileKey {
  readonly key: Uint8Array
  /**
   * The same for the same content at the same place, on every device: so sealed content is the same everywhere, and has a
   * hash that a device which cannot open it can check. @param what  tells the sealed texts of a file apart
   */
  readonly nonce: (what: Uint8Array) => Uint8Array
}

export class SealKeys {
  /** shows another device that both mean the same password */
  readonly token: Uint8Array
  readonly #folder: Uint8Array
  readonly #files = new Map<string, FileKey>()

  private constructor(folder: Uint8Array, shareId: string) {
    this.#folder = folder
    this.token = this.sealFixed(Buffer.from(KNOWN + shareId))
  }

  /** Takes 32 MiB and a tenth of a second, on purpose. @param password  `sealPasswordOf` the share */
  static async derive(shareId: string, password: Secret): Promise<SealKeys> {
    return new SealKeys(await stretch(password.reveal(), Buffer.from(KNOWN + shareId), KEY_BYTES, COST), shareId)
  }

  /** AES-SIV, with an empty nonce: the same bytes give the same bytes. */
  sealFixed(bytes: Uint8Array): Uint8Array {
    return aessiv(this.#folder, noBytes).encrypt(bytes)
  }

  openFixed(bytes: Uint8Array): Uint8Array | undefined {
    try {
      return aessiv(this.#folder, noBytes).decrypt(bytes)
    } catch {
      return undefined // not sealed with this key, or not left as it was
    }
  }

  file(path: string): FileKey {
    const known = this.#files.get(path)
    if (known) return known
    const key = new Uint8Array(
      hkdfSync('sha256', Buffer.concat([this.#folder, Buffer.from(path)]), SALT, '', KEY_BYTES),
    )
    const nonceKey = createSecretKey(createHmac('sha256', key).update(NONCE_DOMAIN).digest())
    const made = {
      key,
      nonce: (what: Uint8Array) => createHmac('sha256', nonceKey).update(what).digest().subarray(0, NONCE_BYTES),
    }
    this.#files.set(path, made)
    const [oldest] = this.#files.keys()
    if (this.#files.size > MAX_KNOWN && oldest !== undefined) this.#files.delete(oldest)
    return made
  }
}
