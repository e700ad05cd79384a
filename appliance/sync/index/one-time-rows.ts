import { and, desc, eq, isNull, lt, notInArray, sql } from 'drizzle-orm'
import type { Access } from '../model/access.ts'
import type { IndexDatabase } from './database.ts'
import { onceEach } from './once-each.ts'
import { oneTimeSecrets } from './schema.ts'

export type OneTimeRow = typeof oneTimeSecrets.$inferSelect
type Db = IndexDatabase['db']

/** of one share, whatever became of them */
const MOST_KEPT = 50

const isOpen = and(isNull(oneTimeSecrets.usedAt), isNull(oneTimeSecrets.revokedAt))

/** The oldest of those that are over make room. */
export function addOneTime(
  db: Db,
  row: { shareNo: number; tokenHash: Buffer; access: Access; madeAt: number; validMs: number },
): OneTimeRow {
  return db.transaction((tx) => {
    const kept = tx
      .select({ no: oneTimeSecrets.no })
      .from(oneTimeSecrets)
      .where(eq(oneTimeSecrets.shareNo, row.shareNo))
      .orderBy(desc(oneTimeSecrets.no))
      .limit(MOST_KEPT)
    const isOver = sql`${oneTimeSecrets.madeAt} + ${oneTimeSecrets.validMs} < ${row.madeAt}`
    tx.delete(oneTimeSecrets)
      .where(and(eq(oneTimeSecrets.shareNo, row.shareNo), notInArray(oneTimeSecrets.no, kept), isOver))
      .run()
    return tx
      .insert(oneTimeSecrets)
      .values({ ...row, seenAt: row.madeAt })
      .returning()
      .get()
  })
}

/** The newest first. */
export const oneTimeOf = (db: Db, shareNo: number): readonly OneTimeRow[] =>
  db.select().from(oneTimeSecrets).where(eq(oneTimeSecrets.shareNo, shareNo)).orderBy(desc(oneTimeSecrets.no)).all()

export const oneTimeByToken = (db: Db, tokenHash: Buffer): OneTimeRow | undefined =>
  db.select().from(oneTimeSecrets).where(eq(oneTimeSecrets.tokenHash, tokenHash)).get()

/** Asked all the time, and nearly always in vain. */
const anyOpen = onceEach((db) => db.select({ no: oneTimeSecrets.no }).from(oneTimeSecrets).where(isOpen).prepare())

export const isAnyOneTimeOpen = (db: Db): boolean => anyOpen(db).get() !== undefined

/** Lets the program's time go on for all that are open. */
export function tickOneTime(db: Db, elapsedMs: number, nowAt: number): void {
  db.update(oneTimeSecrets)
    .set({ elapsedMs: sql`${oneTimeSecrets.elapsedMs} + ${elapsedMs}` })
    .where(isOpen)
    .run()
  db.update(oneTimeSecrets)
    .set({ seenAt: nowAt })
    .where(and(isOpen, lt(oneTimeSecrets.seenAt, nowAt)))
    .run()
}

/** @returns whether it was open; durable then */
export const useOneTime = (
  db: Db,
  no: number,
  used: { readonly usedAt: number; readonly usedBy: string; readonly usedByName: string },
): boolean =>
  db
    .update(oneTimeSecrets)
    .set(used)
    .where(and(eq(oneTimeSecrets.no, no), isOpen))
    .run().changes === 1

/** @returns whether it was open */
export const revokeOneTime = (db: Db, no: number, revokedAt: number): boolean =>
  db
    .update(oneTimeSecrets)
    .set({ revokedAt })
    .where(and(eq(oneTimeSecrets.no, no), isOpen))
    .run().changes === 1
