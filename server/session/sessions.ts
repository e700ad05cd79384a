import { hash, randomBytes } from 'node:crypto'
import type { Db } from '../../appliance/settings/database.ts'
import {
  addSession,
  listSessions,
  removeOtherSessions,
  removeSession,
  sessionByHash,
  updateSession,
} from '../../appliance/settings/sessions.ts'
import type { SessionRow } from '../../appliance/settings/sessions.ts'

const hourMs = 60 * 60_000
/** Without a request for so long, a browser is signed out. */
const idleMs = 12 * hourMs
/** "Stay signed in": counted from the sign-in, whatever happens. */
export const stayMs = 7 * 24 * hourMs
/** The time of the last request is written no more often: a memory card wears out. */
const seenEveryMs = 5 * 60_000
/** A secret is shown without asking for the password again for so long after it was typed. */
const confirmedForMs = 15 * 60_000

const hashOf = (token: string) => hash('sha256', token)

/** Browsers that are signed in. What they hold is random; what is stored is its hash. */
export class Sessions {
  readonly #db: Db
  readonly #now: () => number

  constructor(db: Db, now: () => number) {
    this.#db = db
    this.#now = now
  }

  /** @returns what goes into the cookie */
  open(address: string, stays: boolean): string {
    const token = randomBytes(32).toString('base64url')
    const now = this.#now()
    addSession(this.#db, {
      idHash: hashOf(token),
      createdAt: now,
      seenAt: now,
      expiresAt: now + (stays ? stayMs : idleMs),
      confirmedAt: now,
      address,
    })
    return token
  }

  /** The session of a cookie, if it still holds; being looked for counts as a sign of life. */
  find(token: string | undefined): SessionRow | undefined {
    if (token === undefined || token.length > 100) return undefined
    const session = sessionByHash(this.#db, hashOf(token))
    const now = this.#now()
    if (!session || session.expiresAt <= now || session.createdAt > now + hourMs) return undefined
    if (now - session.seenAt > seenEveryMs) {
      const expiresAt = Math.min(Math.max(session.expiresAt, now + idleMs), session.createdAt + stayMs)
      updateSession(this.#db, session.idHash, { seenAt: now, expiresAt })
    }
    return session
  }

  holds(idHash: string): boolean {
    const session = sessionByHash(this.#db, idHash)
    return session !== undefined && session.expiresAt > this.#now()
  }

  isConfirmed = (session: SessionRow): boolean => this.#now() - session.confirmedAt < confirmedForMs

  confirm(session: SessionRow): void {
    updateSession(this.#db, session.idHash, { confirmedAt: this.#now() })
  }

  close(idHash: string): void {
    removeSession(this.#db, idHash)
  }

  closeOthers(except: string | undefined): void {
    removeOtherSessions(this.#db, except)
  }

  count = (): number => listSessions(this.#db, this.#now()).length
}
