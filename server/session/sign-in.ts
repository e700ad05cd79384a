import type { Db } from '../../appliance/settings/database.ts'
import { TooBusyError } from '../../appliance/settings/passwords.ts'
import type { Passwords } from '../../appliance/settings/passwords.ts'
import { claim, passwordHash, setPasswordHash } from '../../appliance/settings/settings.ts'
import { err, ok } from '../../appliance/sync/model/result.ts'
import type { Result } from '../../appliance/sync/model/result.ts'
import type { Log } from '../../appliance/sync/ports.ts'
import { Throttle } from './throttle.ts'

export type Refusal =
  { readonly type: 'wrong' } | { readonly type: 'wait'; readonly seconds: number } | { readonly type: 'busy' }

/** The one place where passwords are checked and set. None is ever logged. */
export class SignIn {
  readonly #db: Db
  readonly #passwords: Passwords
  readonly #log: Log
  readonly #now: () => number
  readonly #throttle = new Throttle()

  constructor({ db, passwords, log, now }: { db: Db; passwords: Passwords; log: Log; now: () => number }) {
    this.#db = db
    this.#passwords = passwords
    this.#log = log
    this.#now = now
  }

  isClaimed = (): boolean => passwordHash(this.#db) !== null

  async check(password: string, address: string): Promise<Result<undefined, Refusal>> {
    const waitMs = this.#throttle.attempt(address, this.#now())
    if (waitMs > 0) return err({ type: 'wait', seconds: Math.ceil(waitMs / 1000) })
    const stored = passwordHash(this.#db)
    try {
      if (stored !== null && (await this.#passwords.verify(stored, password))) {
        this.#throttle.succeeded(address)
        this.#log.info('signed-in', { address })
        return ok(undefined)
      }
    } catch (error) {
      if (error instanceof TooBusyError) return err({ type: 'busy' })
      throw error
    }
    this.#log.warn('sign-in-refused', { address })
    return err({ type: 'wrong' })
  }

  /** The first password makes the owner. @returns false when somebody else was quicker */
  async claim(password: string, from: string): Promise<boolean> {
    const hash = await this.#passwords.hash(password)
    const isFirst = claim(this.#db, { passwordHash: hash, at: this.#now(), from })
    if (isFirst) this.#log.info('claimed', { from })
    return isFirst
  }

  async change(password: string): Promise<void> {
    setPasswordHash(this.#db, await this.#passwords.hash(password))
    this.#log.info('password-changed')
  }
}
