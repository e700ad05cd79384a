/** What of a share changes with its secrets, and what is kept of those that it had. */
import { and, asc, eq, isNull, notInArray, sql } from 'drizzle-orm'
import { MAX_FORMER } from '../model/rotation.ts'
import type { ShareDeviceRow } from './configuration.ts'
import type { Db } from './database.ts'
import { onceEach } from './once-each.ts'
import { formerSecrets, oneTimeSecrets, shareDevices, shareWriters, shares } from './schema.ts'

export type FormerRow = typeof formerSecrets.$inferSelect

export interface NewSecrets {
  /** share id that goes with the secret */
  readonly id: string
  readonly secret: string
  readonly rotation: Uint8Array
  readonly at: number
  /** Which of the devices stay. */
  readonly stays: (device: ShareDeviceRow) => boolean
}

/** What is asked for each connection. Put together once a database. */
const frequent = onceEach((db: Db) => {
  const { placeholder } = sql
  const isNo = eq(shares.no, placeholder('no'))
  return {
    former: db
      .select()
      .from(formerSecrets)
      .where(eq(formerSecrets.shareNo, placeholder('no')))
      .orderBy(asc(formerSecrets.place))
      .prepare(),
    rotation: db.select({ rotation: shares.rotation, withheld: shares.withheld }).from(shares).where(isNo).prepare(),
    noteSource: db
      .update(shares)
      .set({ source: sql`${placeholder('source')}` })
      .where(and(isNo, eq(shares.source, '')))
      .prepare(),
  }
})

/** The last one at the end. */
export const formerOf = (db: Db, shareNo: number): readonly FormerRow[] => frequent(db).former.all({ no: shareNo })

/**
 * The share is another one from now on, with the same entries. What was signed or certified for the old one is void, and
 * what others have told of it is to be told anew. `forgetSignatures` does the rest.
 */
export const renewShare = (db: Db, no: number, { id, secret, rotation, at, stays }: NewSecrets): void =>
  db.transaction((tx) => {
    const before = tx.select().from(shares).where(eq(shares.no, no)).get()
    if (!before) throw new Error(`there is no share ${no}`)
    const former = formerOf(tx, no).filter((row) => row.id !== id && row.id !== before.id)
    const place = (former.at(-1)?.place ?? 0) + 1
    tx.delete(formerSecrets)
      .where(
        and(
          eq(formerSecrets.shareNo, no),
          notInArray(
            formerSecrets.id,
            former.slice(1 - MAX_FORMER).map((row) => row.id),
          ),
        ),
      )
      .run()
    tx.insert(formerSecrets).values({ shareNo: no, id: before.id, secret: before.secret, place }).run()
    tx.delete(shareWriters).where(eq(shareWriters.shareNo, no)).run()
    tx.update(oneTimeSecrets)
      .set({ revokedAt: at })
      .where(and(eq(oneTimeSecrets.shareNo, no), isNull(oneTimeSecrets.usedAt), isNull(oneTimeSecrets.revokedAt)))
      .run()
    for (const device of tx.select().from(shareDevices).where(eq(shareDevices.shareNo, no)).all())
      if (!stays(device))
        tx.delete(shareDevices)
          .where(and(eq(shareDevices.shareNo, no), eq(shareDevices.deviceNo, device.deviceNo)))
          .run()
    tx.update(shareDevices).set({ indexId: '', maxSequence: 0 }).where(eq(shareDevices.shareNo, no)).run()
    tx.update(shares)
      .set({ id, secret, rotation: Buffer.from(rotation), withheld: [], unfinished: 'signatures' })
      .where(eq(shares.no, no))
      .run()
  })

/** Devices that have announced something, and are none of the share's any more. Reads through all that was announced. */
export const straysOf = (db: Db, shareNo: number): readonly number[] =>
  db
    .all<{ no: number }>(
      sql`SELECT DISTINCT device_no AS no FROM remote_entries WHERE share_no = ${shareNo}
          AND device_no NOT IN (SELECT device_no FROM share_devices WHERE share_no = ${shareNo})`,
    )
    .map(({ no }) => no)

/** The device from which this one has the share, unless it is known already. */
export const noteSource = (db: Db, no: number, source: string): void => void frequent(db).noteSource.run({ no, source })

export const sourceOf = (db: Db, no: number): string =>
  db.select({ source: shares.source }).from(shares).where(eq(shares.no, no)).get()?.source ?? ''

/** What a share has been told of its present secrets, and who is told nothing of them. */
export const rotationOf = (
  db: Db,
  no: number,
): { readonly rotation: Buffer | null; readonly withheld: readonly string[] } =>
  frequent(db).rotation.get({ no }) ?? { rotation: null, withheld: [] }

/** As it was before its home was lost. @param former  without gaps, the last one at the end */
export const restoreRotation = (
  db: Db,
  shareNo: number,
  {
    rotation,
    withheld,
    former,
  }: ReturnType<typeof rotationOf> & { readonly former: readonly Omit<FormerRow, 'shareNo'>[] },
): void =>
  db.transaction((tx) => {
    tx.update(shares).set({ rotation, withheld }).where(eq(shares.no, shareNo)).run()
    for (const row of former)
      tx.insert(formerSecrets)
        .values({ shareNo, ...row })
        .run()
  })

/** A device that was removed is told no new secrets. @param device text form */
export const withhold = (db: Db, device: string): void =>
  db.transaction((tx) => {
    for (const { no, withheld } of tx.select({ no: shares.no, withheld: shares.withheld }).from(shares).all())
      if (!withheld.includes(device))
        tx.update(shares)
          .set({ withheld: [...withheld, device] })
          .where(eq(shares.no, no))
          .run()
  })
