import { eq, lt, ne } from 'drizzle-orm'
import type { Db } from './database.ts'
import { sessions } from './schema.ts'

export type SessionRow = typeof sessions.$inferSelect

/** Browsers that may be signed in at once; the one unseen for longest makes room. */
const maxSessions = 50

export const sessionByHash = (db: Db, idHash: string): SessionRow | undefined =>
  db.select().from(sessions).where(eq(sessions.idHash, idHash)).get()

export const listSessions = (db: Db, now: number): readonly SessionRow[] =>
  db
    .select()
    .from(sessions)
    .orderBy(sessions.seenAt)
    .all()
    .filter(({ expiresAt }) => expiresAt > now)

export const addSession = (db: Db, row: SessionRow): void =>
  db.transaction((tx) => {
    tx.delete(sessions).where(lt(sessions.expiresAt, row.createdAt)).run()
    const others = tx.select({ idHash: sessions.idHash }).from(sessions).orderBy(sessions.seenAt).all()
    for (const { idHash } of others.slice(0, Math.max(0, others.length + 1 - maxSessions)))
      tx.delete(sessions).where(eq(sessions.idHash, idHash)).run()
    tx.insert(sessions).values(row).run()
  })

export const updateSession = (
  db: Db,
  idHash: string,
  change: Partial<Pick<SessionRow, 'seenAt' | 'expiresAt' | 'confirmedAt'>>,
): void => {
  db.update(sessions).set(change).where(eq(sessions.idHash, idHash)).run()
}

export const removeSession = (db: Db, idHash: string): void => {
  db.delete(sessions).where(eq(sessions.idHash, idHash)).run()
}

/** Signs every browser out, save the one given. */
export const removeOtherSessions = (db: Db, except: string | undefined): void => {
  const all = db.delete(sessions)
  if (except === undefined) all.run()
  else all.where(ne(sessions.idHash, except)).run()
}
