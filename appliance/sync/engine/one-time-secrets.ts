/** One-time secrets that were made here: each grants a share to the first device that brings it, within its time. */
import type { IndexDatabase } from '../index/database.ts'
import { approveShareDevice, noteDevice, noteShareDevice, shareDevicesOf } from '../index/configuration.ts'
import * as rows from '../index/one-time-rows.ts'
import type { OneTimeRow } from '../index/one-time-rows.ts'
import { endOf } from '../model/one-time.ts'
import type { OneTimeEnd } from '../model/one-time.ts'
import { messageOf } from '../model/error-code.ts'
import { networkOf } from '../model/network-of.ts'
import { TOKEN_BYTES } from '../model/secret-text.ts'
import { includesAccess } from '../model/access.ts'
import type { Access } from '../model/access.ts'
import type { Clock, Log, Random } from '../ports.ts'
import type { Secrets } from '../secrets.ts'
import { UserError } from '../status.ts'
import type { OneTimeStatus } from '../status.ts'
import type { RunningShare } from './shares.ts'

/** how often the time that the program runs is noted, while any of them is open */
const TICK_MS = 10 * 60_000
/** wrong tokens from one network, and from all, within an hour: then nobody from there, or nobody, may try */
const MAX_WRONG = 10
const MAX_WRONG_IN_ALL = 100
const HOUR_MS = 60 * 60_000

export interface OneTimeDeps {
  readonly clock: Clock
  readonly random: Random
  readonly log: Log
  readonly database: IndexDatabase
  readonly secrets: Secrets
  readonly shares: () => Iterable<RunningShare>
  readonly changed: () => void
}

/** What a device is handed that brought a good one. */
export interface Granted {
  /** share id */
  readonly id: string
  readonly secret: string
  readonly name: string
}

interface Redeemer {
  readonly device: string
  readonly name: string
  /** HOST:PORT */
  readonly address: string
  readonly holds: ReadonlyMap<string, Access>
}

const words: Readonly<Record<OneTimeEnd, string>> = {
  used: 'this one-time secret was used already',
  revoked: 'this one-time secret was taken back',
  expired: 'this one-time secret has expired',
}

export class OneTimeSecrets {
  readonly #deps: OneTimeDeps
  #tickedMs: number
  #cancelTick: (() => void) | undefined
  /** of wrong tokens */
  #wrong: { readonly atMs: number; readonly network: string }[] = []

  constructor(deps: OneTimeDeps) {
    this.#deps = deps
    this.#tickedMs = deps.clock.monotonic()
  }

  start(): void {
    this.#tickedMs = this.#deps.clock.monotonic()
    this.#schedule()
  }

  stop(): void {
    this.#cancelTick?.()
    if (rows.isAnyOneTimeOpen(this.#deps.database.db)) this.#tickInPassing()
  }

  /** @returns its token, which is kept nowhere, and how it stands */
  make(
    shareNo: number,
    access: Access,
    validMs: number,
  ): { readonly token: Uint8Array; readonly status: OneTimeStatus } {
    const { random, secrets, database, clock } = this.#deps
    const token = random.bytes(TOKEN_BYTES)
    const madeAt = clock.now()
    this.#tick()
    const made = { shareNo, tokenHash: secrets.hashOf(token), access, madeAt, validMs }
    const status = this.#status(rows.addOneTime(database.db, made))
    this.#schedule()
    return { token, status }
  }

  list(shareNo: number): readonly OneTimeStatus[] {
    return rows.oneTimeOf(this.#deps.database.db, shareNo).map((row) => this.#status(row))
  }

  /** @throws UserError when there is none, or it is over */
  revoke(shareNo: number, id: string): void {
    const { database, clock } = this.#deps
    const row = rows.oneTimeOf(database.db, shareNo).find(({ no }) => String(no) === id)
    if (!row) throw new UserError('no-such-one-time', `There is no one-time secret ${id} here.`, { id })
    if (!rows.revokeOneTime(database.db, row.no, clock.now()))
      throw new UserError('one-time-over', `The one-time secret ${id} is over already: it cannot be used any more.`, {
        id,
      })
    this.#deps.changed()
  }

  /**
   * Marks it used, durably, before it is handed over: whatever happens then, nobody is granted it again.
   * @param device  text form
   * @param name  what it calls itself
   * @param holds  what it proves to hold already, by share id
   * @returns else why not, one line for people
   */
  redeem(token: Uint8Array, { device, name, address, holds }: Redeemer): Granted | string {
    const { database, clock, secrets, log } = this.#deps
    if (this.#isThrottled(address)) return 'too many one-time secrets were wrong; try again in an hour'
    const row = rows.oneTimeByToken(database.db, secrets.hashOf(token))
    const running = row && [...this.#deps.shares()].find(({ row: { no } }) => no === row.shareNo)
    if (!row || !running) {
      this.#wrong.push({ atMs: clock.monotonic(), network: networkOf(address) })
      return 'this one-time secret is not known here'
    }
    const end = this.#endOf(row)
    if (end) return words[end]
    const held = holds.get(running.row.id)
    if (held && includesAccess(held, row.access)) return 'this device has that share already'
    const used = { usedAt: clock.now(), usedBy: device, usedByName: name }
    if (!rows.useOneTime(database.db, row.no, used)) return words.used
    // it was made for this device: nobody need let it in once more
    const { no: deviceNo } = noteDevice(database.db, device, { name })
    const isKnown = shareDevicesOf(database.db, row.shareNo).some((known) => known.deviceNo === deviceNo)
    if (!isKnown) noteShareDevice(database.db, row.shareNo, deviceNo, false, row.access)
    approveShareDevice(database.db, row.shareNo, deviceNo)
    log.info('one-time-secret-used', { share: running.row.id, device, name, address, access: row.access })
    this.#deps.changed()
    const { secret } = running.row
    const granted = secrets.weaker(secret, row.access)
    if (granted === undefined) return 'this device may not grant that any more'
    // a share's name is none of the business of who must not read it
    const told = row.access === 'seed-only' ? '' : running.row.name
    return { id: running.row.id, secret: granted, name: told }
  }

  #isThrottled(address: string): boolean {
    const sinceMs = this.#deps.clock.monotonic() - HOUR_MS
    this.#wrong = this.#wrong.filter(({ atMs }) => atMs > sinceMs)
    const near = this.#wrong.filter(({ network }) => network === networkOf(address))
    return near.length >= MAX_WRONG || this.#wrong.length >= MAX_WRONG_IN_ALL
  }

  #schedule(): void {
    const { clock, database } = this.#deps
    this.#cancelTick?.()
    this.#cancelTick = undefined
    if (!rows.isAnyOneTimeOpen(database.db)) return
    this.#cancelTick = clock.after(TICK_MS, () => {
      this.#tickInPassing()
      this.#schedule()
    })
  }

  #tick(): void {
    const { clock, database } = this.#deps
    rows.tickOneTime(database.db, this.#sinceTickMs(), clock.now())
    this.#tickedMs = clock.monotonic()
  }

  /** What cannot be noted now, on a full disk, is noted with the next. */
  #tickInPassing(): void {
    try {
      this.#tick()
    } catch (error) {
      this.#deps.log.warn('one-time-not-noted', { error: messageOf(error) })
    }
  }

  #sinceTickMs(): number {
    return Math.round(this.#deps.clock.monotonic() - this.#tickedMs)
  }

  #endOf(row: OneTimeRow): OneTimeEnd | undefined {
    return endOf({ ...row, elapsedMs: row.elapsedMs + this.#sinceTickMs() }, this.#deps.clock.now())
  }

  #status(row: OneTimeRow): OneTimeStatus {
    const text = (at: number | null) => (at === null ? null : new Date(at).toISOString())
    const end = this.#endOf(row)
    return {
      id: String(row.no),
      access: row.access,
      state: end ?? 'open',
      made: new Date(row.madeAt).toISOString(),
      expires: new Date(row.madeAt + row.validMs).toISOString(),
      used: text(row.usedAt),
      usedBy: row.usedByName || row.usedBy,
    }
  }
}
