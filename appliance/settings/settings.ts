import { and, eq, isNull } from 'drizzle-orm'
import type { Db } from './database.ts'
import { settings } from './schema.ts'

const theRow = 1
const here = eq(settings.id, theRow)

export interface Settings {
  readonly deviceName: string | null
  readonly language: string | null
  /** ms since 1970; null while nobody has claimed the appliance */
  readonly claimedAt: number | null
  readonly claimedFrom: string | null
}

const nothingChosen: Settings = { deviceName: null, language: null, claimedAt: null, claimedFrom: null }

export const readSettings = (db: Db): Settings =>
  db
    .select({
      deviceName: settings.deviceName,
      language: settings.language,
      claimedAt: settings.claimedAt,
      claimedFrom: settings.claimedFrom,
    })
    .from(settings)
    .where(here)
    .get() ?? nothingChosen

/** Apart from the rest, so that the hash goes nowhere but to the check of a password. */
export const passwordHash = (db: Db): string | null =>
  db.select({ hash: settings.passwordHash }).from(settings).where(here).get()?.hash ?? null

const ensureRow = (db: Db) => db.insert(settings).values({ id: theRow }).onConflictDoNothing().run()

export interface Claim {
  readonly passwordHash: string
  readonly at: number
  readonly from: string
}

/** Sets the first password. Of several at once one wins: @returns false for the others, who change nothing. */
export function claim(db: Db, { passwordHash: hash, at, from }: Claim): boolean {
  ensureRow(db)
  const unclaimed = and(here, isNull(settings.passwordHash))
  const claimed = { passwordHash: hash, claimedAt: at, claimedFrom: from }
  return db.update(settings).set(claimed).where(unclaimed).run().changes === 1
}

/** Changes the password of a claimed appliance. */
export const setPasswordHash = (db: Db, hash: string): void => {
  db.update(settings).set({ passwordHash: hash }).where(here).run()
}

export const setDeviceName = (db: Db, deviceName: string): void => {
  ensureRow(db)
  db.update(settings).set({ deviceName }).where(here).run()
}

export const setLanguage = (db: Db, language: string): void => {
  ensureRow(db)
  db.update(settings).set({ language }).where(here).run()
}
