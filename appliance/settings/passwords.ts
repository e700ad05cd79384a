import { argon2, randomBytes, timingSafeEqual } from 'node:crypto'
import { promisify } from 'node:util'

const derive = promisify(argon2)

/** Argon2id, kept beside each hash, so that a later change leaves older passwords valid. 32 MiB: a Pi has 2 GB. */
const tuning = { memoryKiB: 32 * 1024, passes: 3, lanes: 1 }
const saltBytes = 16
const hashBytes = 32

const minPasswordLength = 8
const maxPasswordLength = 128

/** What an attacker tries first. Compared without case. */
const tooCommon = new Set([
  ...[
    'password',
    'passw0rd',
    'password1',
    'password123',
    'qwertyui',
    'qwertyuiop',
    'qwerty123',
    '1q2w3e4r',
    '1qaz2wsx',
  ],
  ...['iloveyou', 'sunshine', 'princess', 'football', 'baseball', 'superman', 'trustno1', 'starwars', 'whatever'],
  ...['abcdefgh', 'abc12345', 'abcd1234', 'letmein1', 'welcome1', 'changeme', 'computer', 'internet', 'contraseña'],
  ...['homeseed', 'homeseed1', 'homeseed123', 'syncthing', 'raspberry', 'raspberrypi', 'administrator'],
  ...['12345678', '123456789', '1234567890', '87654321', '0123456789', '11223344', '12341234'],
])

export type PasswordFault = 'too-short' | 'too-long' | 'too-common'

export function passwordFault(password: string): PasswordFault | undefined {
  const length = [...password].length
  if (length < minPasswordLength) return 'too-short'
  if (length > maxPasswordLength) return 'too-long'
  if (tooCommon.has(password.toLowerCase()) || new Set(password).size < 3) return 'too-common'
  return undefined
}

/** Too many passwords are being checked: the caller says "try again" rather than let memory and CPU go. */
export class TooBusyError extends Error {
  constructor() {
    super('too many passwords are being checked at once')
    this.name = 'TooBusyError'
  }
}

export interface Passwords {
  /** @returns a PHC string, which tells the tuning, the salt and the hash */
  hash(password: string): Promise<string>
  /** @throws Error when `phc` is no string made by `hash` */
  verify(phc: string, password: string): Promise<boolean>
}

/** At most `parallel` hashes run and `waiting` wait; more are refused with TooBusyError. */
export function createPasswords({ parallel = 2, waiting = 10 } = {}): Passwords {
  let running = 0
  const queue: (() => void)[] = []

  async function inTurn<T>(work: () => Promise<T>): Promise<T> {
    if (running >= parallel) {
      if (queue.length >= waiting) throw new TooBusyError()
      await new Promise<void>((resolve) => queue.push(resolve))
    } else running += 1
    try {
      return await work()
    } finally {
      const next = queue.shift()
      if (next) next()
      else running -= 1
    }
  }

  return {
    hash: (password) =>
      inTurn(async () => {
        const salt = randomBytes(saltBytes)
        return toPhc(tuning, salt, await hashWith(tuning, salt, password))
      }),
    verify: (phc, password) =>
      inTurn(async () => {
        const stored = fromPhc(phc)
        return timingSafeEqual(await hashWith(stored.tuning, stored.salt, password), stored.hash)
      }),
  }
}

const hashWith = ({ memoryKiB, passes, lanes }: typeof tuning, salt: Uint8Array, password: string): Promise<Buffer> =>
  derive('argon2id', {
    message: password.normalize('NFC'), // one keyboard's é is another's e + accent
    nonce: salt,
    parallelism: lanes,
    tagLength: hashBytes,
    memory: memoryKiB,
    passes,
  })

const base64 = (bytes: Uint8Array) => Buffer.from(bytes).toString('base64').replace(/=+$/, '')

const toPhc = ({ memoryKiB, passes, lanes }: typeof tuning, salt: Uint8Array, hash: Uint8Array) =>
  `$argon2id$v=19$m=${memoryKiB},t=${passes},p=${lanes}$${base64(salt)}$${base64(hash)}`

function fromPhc(phc: string) {
  const parts = /^\$argon2id\$v=19\$m=(\d{1,7}),t=(\d{1,3}),p=(\d{1,2})\$([\w+/]+)\$([\w+/]{43})$/.exec(phc)
  if (!parts) throw new Error('the stored password hash is damaged')
  const [, memoryKiB, passes, lanes, salt = '', hash = ''] = parts
  return {
    tuning: { memoryKiB: Number(memoryKiB), passes: Number(passes), lanes: Number(lanes) },
    salt: Buffer.from(salt, 'base64'),
    hash: Buffer.from(hash, 'base64'),
  }
}
