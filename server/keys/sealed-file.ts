/**
 * A file that only a passphrase opens: one line of JSON that says how, then the contents in base64. The key is made from
 * the passphrase by Argon2id, slow enough that a stolen file is not worth guessing at.
 */
import { argon2, createCipheriv, createDecipheriv, randomBytes } from 'node:crypto'
import { promisify } from 'node:util'
import { err, ok } from '../../appliance/sync/model/result.ts'
import type { Result } from '../../appliance/sync/model/result.ts'

const derive = promisify(argon2)

const FORMAT = 'homeseed keys'
/** of every such file */
const BEGINNING = `{"format":"${FORMAT}"`
const VERSION = 1
const CIPHER = 'chacha20-poly1305'
const SALT_BYTES = 16
const NONCE_BYTES = 12
const TAG_BYTES = 16
const KEY_BYTES = 32
const MAX_BYTES = 2 ** 31
/** 0.4 s on a PC of today and 64 MiB; what a file may ask for at most is in `parseHead` */
const standard = { memoryKiB: 65_536, passes: 6, lanes: 1 }

interface Head {
  readonly format: string
  readonly version: number
  readonly memoryKiB: number
  readonly passes: number
  readonly lanes: number
  readonly salt: string
  readonly nonce: string
  /** of what follows, with its tag */
  readonly bytes: number
}

export type OpenFault = 'no-keys-file' | 'newer-version' | 'damaged' | 'wrong-passphrase'

export async function seal(contents: Uint8Array, passphrase: string, tuning = standard): Promise<string> {
  const head: Head = {
    format: FORMAT,
    version: VERSION,
    ...tuning,
    salt: randomBytes(SALT_BYTES).toString('base64'),
    nonce: randomBytes(NONCE_BYTES).toString('base64'),
    bytes: contents.length + TAG_BYTES,
  }
  const first = JSON.stringify(head)
  const options = { authTagLength: TAG_BYTES } as const
  const cipher = createCipheriv(CIPHER, await keyOf(head, passphrase), Buffer.from(head.nonce, 'base64'), options)
  cipher.setAAD(Buffer.from(first), { plaintextLength: contents.length })
  const sealed = Buffer.concat([cipher.update(contents), cipher.final(), cipher.getAuthTag()])
  return `${first}\n${sealed.toString('base64').replace(/.{76}/g, '$&\n')}\n`
}

export async function unseal(file: string, passphrase: string): Promise<Result<Buffer, OpenFault>> {
  const end = file.indexOf('\n')
  const first = file.slice(0, end)
  const head = end < 0 ? undefined : parseHead(first)
  if (!head) return err(end < 0 && file.startsWith(BEGINNING) ? 'damaged' : 'no-keys-file')
  if (head.version > VERSION) return err('newer-version')
  const sealed = Buffer.from(file.slice(end), 'base64')
  if (sealed.length !== head.bytes) return err('damaged')
  const contents = sealed.subarray(0, -TAG_BYTES)
  const nonce = Buffer.from(head.nonce, 'base64')
  const decipher = createDecipheriv(CIPHER, await keyOf(head, passphrase), nonce, { authTagLength: TAG_BYTES })
  decipher.setAAD(Buffer.from(first), { plaintextLength: contents.length })
  decipher.setAuthTag(sealed.subarray(-TAG_BYTES))
  try {
    return ok(Buffer.concat([decipher.update(contents), decipher.final()]))
  } catch {
    return err('wrong-passphrase') // or somebody has changed the file: nobody can tell which
  }
}

const keyOf = ({ memoryKiB, passes, lanes, salt }: Head, passphrase: string): Promise<Buffer> =>
  derive('argon2id', {
    message: passphrase.normalize('NFC'), // one keyboard's é is another's e + accent
    nonce: Buffer.from(salt, 'base64'),
    parallelism: lanes,
    tagLength: KEY_BYTES,
    memory: memoryKiB,
    passes,
  })

/** Bounded, so that no file makes us take all memory or calculate for ever. */
function parseHead(text: string): Head | undefined {
  try {
    const head = JSON.parse(text) as Partial<Head>
    const isWhole = (value: unknown, min: number, max: number) =>
      Number.isInteger(value) && Number(value) >= min && Number(value) <= max
    const isBytes = (value: unknown, length: number) =>
      typeof value === 'string' && Buffer.from(value, 'base64').length === length
    const isSound =
      head.format === FORMAT &&
      isWhole(head.version, 1, 1000) &&
      isWhole(head.memoryKiB, 8, 1_048_576) &&
      isWhole(head.passes, 1, 100) &&
      isWhole(head.lanes, 1, 8) &&
      Number(head.memoryKiB) >= 8 * Number(head.lanes) &&
      isWhole(head.bytes, TAG_BYTES, MAX_BYTES) &&
      isBytes(head.salt, SALT_BYTES) &&
      isBytes(head.nonce, NONCE_BYTES)
    return isSound ? (head as Head) : undefined
  } catch {
    return undefined
  }
}
