/** What the owner set up: shares, hosts, devices and who is linked with what. Read and written through drizzle. */
import { isDeepStrictEqual } from 'node:util'
import { and, eq, sql } from 'drizzle-orm'
import type { Access } from '../model/access.ts'
import type { ArchiveClock } from '../model/archive-clock.ts'
import type { Given } from '../model/given.ts'
import type { ScrubState } from '../model/scrub-state.ts'
import { everything } from '../model/scope.ts'
import type { Choice } from '../model/scope.ts'
import type { StoredSettings } from '../model/share-settings.ts'
import type { Db } from './database.ts'
import { onceEach } from './once-each.ts'
import {
  devices,
  formerSecrets,
  intents,
  oneTimeSecrets,
  shareDevices,
  shareHosts,
  shareWriters,
  shares,
} from './schema.ts'

export type HoldAnswer = 'release' | 'undo'
export type ShareRow = typeof shares.$inferSelect
export type DeviceRow = typeof devices.$inferSelect
export type ShareDeviceRow = typeof shareDevices.$inferSelect

/**
 * What is asked or written all the time. Put together once a database: that takes drizzle longer than it takes SQLite to
 * run it.
 */
const frequent = onceEach((db: Db) => {
  const { placeholder } = sql
  const isNo = eq(shares.no, placeholder('no'))
  return {
    share: db.select().from(shares).where(isNo).prepare(),
    shares: db.select().from(shares).prepare(),
    addShare: db
      .insert(shares)
      .values({
        id: placeholder('id'),
        name: placeholder('name'),
        path: placeholder('path'),
        secret: placeholder('secret'),
        indexId: placeholder('indexId'),
        source: placeholder('source'),
      })
      .returning()
      .prepare(),
    scope: db.select({ choice: shares.choice, scope: shares.scope }).from(shares).where(isNo).prepare(),
    setScope: db
      .update(shares)
      .set({ scope: sql`${placeholder('scope')}` })
      .where(isNo)
      .prepare(),
    lifeMarks: db.select({ current: shares.lifeMark, next: shares.nextLifeMark }).from(shares).where(isNo).prepare(),
    given: db.select({ given: shares.given }).from(shares).where(isNo).prepare(),
    setGiven: db
      .update(shares)
      .set({ given: sql`${sql.param(placeholder('given'), shares.given)}` })
      .where(isNo)
      .prepare(),
    scrub: db.select({ scrub: shares.scrub }).from(shares).where(isNo).prepare(),
    setScrub: db
      .update(shares)
      .set({ scrub: sql`${sql.param(placeholder('scrub'), shares.scrub)}` })
      .where(isNo)
      .prepare(),
    setChoice: db
      .update(shares)
      .set({ choice: sql`${sql.param(placeholder('choice'), shares.choice)}` })
      .where(isNo)
      .prepare(),
    setLifeMarks: db
      .update(shares)
      .set({ lifeMark: sql`${placeholder('current')}`, nextLifeMark: sql`${placeholder('next')}` })
      .where(isNo)
      .prepare(),
    hosts: db
      .select()
      .from(shareHosts)
      .where(eq(shareHosts.shareNo, placeholder('shareNo')))
      .prepare(),
    addHost: db
      .insert(shareHosts)
      .values({ shareNo: placeholder('shareNo'), address: placeholder('address') })
      .onConflictDoNothing()
      .prepare(),
    devices: db.select().from(devices).prepare(),
    putDevice: db
      .insert(devices)
      .values({
        id: placeholder('id'),
        name: placeholder('name'),
        client: placeholder('client'),
        addresses: placeholder('addresses'),
        linked: placeholder('linked'),
      })
      .onConflictDoUpdate({
        target: devices.id,
        set: {
          name: sql`excluded.name`,
          client: sql`excluded.client`,
          addresses: sql`excluded.addresses`,
          linked: sql`excluded.linked`,
        },
      })
      .returning()
      .prepare(),
    device: db
      .select()
      .from(devices)
      .where(eq(devices.id, placeholder('id')))
      .prepare(),
    shareDevices: db
      .select()
      .from(shareDevices)
      .where(eq(shareDevices.shareNo, placeholder('shareNo')))
      .prepare(),
    putShareDevice: db
      .insert(shareDevices)
      .values({
        shareNo: placeholder('shareNo'),
        deviceNo: placeholder('deviceNo'),
        linked: placeholder('linked'),
        access: placeholder('access'),
        approved: placeholder('approved'),
      })
      .onConflictDoUpdate({
        target: [shareDevices.shareNo, shareDevices.deviceNo],
        set: { linked: sql`excluded.linked`, access: sql`excluded.access` },
      })
      .returning()
      .prepare(),
    seeShareDevice: db
      .update(shareDevices)
      .set({
        lastSeenAt: sql`${placeholder('at')}`,
        firstSeenAt: sql`coalesce(${shareDevices.firstSeenAt}, ${placeholder('at')})`,
        address: sql`${placeholder('address')}`,
      })
      .where(and(eq(shareDevices.shareNo, placeholder('shareNo')), eq(shareDevices.deviceNo, placeholder('deviceNo'))))
      .prepare(),
    sharesOfDevice: db
      .select()
      .from(shareDevices)
      .where(eq(shareDevices.deviceNo, placeholder('deviceNo')))
      .prepare(),
    setReceived: db
      .update(shareDevices)
      .set({
        maxSequence: sql`${placeholder('maxSequence')}`,
        indexId: sql`coalesce(${placeholder('indexId')}, ${shareDevices.indexId})`,
      })
      .where(and(eq(shareDevices.shareNo, placeholder('shareNo')), eq(shareDevices.deviceNo, placeholder('deviceNo'))))
      .prepare(),
  }
})

const shareOf = (db: Db, no: number): ShareRow | undefined => frequent(db).share.get({ no })

export const allShares = (db: Db): readonly ShareRow[] => frequent(db).shares.all()

/** @param hosts where others of it are: with the share or not at all, as nobody would find it otherwise */
export const addShare = (
  db: Db,
  row: Pick<ShareRow, 'id' | 'name' | 'path' | 'secret' | 'indexId'> & { readonly source?: string },
  hosts: readonly string[],
): ShareRow =>
  db.transaction(() => {
    const added = frequent(db).addShare.get({ source: '', ...row })
    for (const address of hosts) addHost(db, added.no, address)
    return added
  })

/** From now on it is no share any more; `forgetRows` forgets the rest. Its files are not touched. */
export const removeShare = (db: Db, no: number): void =>
  db.transaction((tx) => {
    for (const table of [intents, oneTimeSecrets, formerSecrets, shareHosts, shareDevices, shareWriters])
      tx.delete(table).where(eq(table.shareNo, no)).run()
    // the same share may come back before all of it is forgotten
    const gone = { id: `removed ${no}`, name: '', path: '', secret: '', rotation: null, unfinished: 'all' } as const
    tx.update(shares).set(gone).where(eq(shares.no, no)).run()
  })

/** What of the shares' history ties disk and index together (engine/disk-life.ts). */
export const lifeMarksOf = (db: Db, no: number) => {
  const row = frequent(db).lifeMarks.get({ no })
  return { current: row?.current ?? undefined, next: row?.next ?? undefined }
}

export const setLifeMarks = (
  db: Db,
  no: number,
  { current, next }: { readonly current: string | undefined; readonly next: string | undefined },
): void => {
  frequent(db).setLifeMarks.run({ no, current: current ?? null, next: next ?? null })
}

/** What the owner has said to a mass of changes, and how far our own ones are let through. */
export const holdOf = (
  db: Db,
  no: number,
): { readonly answer: HoldAnswer | undefined; readonly letThrough: number } => {
  const row = shareOf(db, no)
  return { answer: row?.holdAnswer ?? undefined, letThrough: row?.letThrough ?? 0 }
}

export const setHold = (
  db: Db,
  no: number,
  { answer, letThrough }: { readonly answer?: HoldAnswer | null; readonly letThrough?: number },
): void => {
  const set = {
    ...(answer === undefined ? {} : { holdAnswer: answer }),
    ...(letThrough === undefined ? {} : { letThrough }),
  }
  db.update(shares).set(set).where(eq(shares.no, no)).run()
}

const noHold = { holdAnswer: null, letThrough: 0 }

/** A new life of a share's index begins: nothing of the old one counts. `forgetRows` forgets it. */
export const forgetHistory = (db: Db, no: number, indexId: string): void =>
  db.transaction((tx) => {
    tx.delete(intents).where(eq(intents.shareNo, no)).run()
    const marks = { lifeMark: null, nextLifeMark: null, scope: null, given: null, lastSequence: 0, ...noHold }
    tx.update(shares)
      .set({ indexId, ...marks, unfinished: 'history' })
      .where(eq(shares.no, no))
      .run()
  })

/** All of it is forgotten that was to be. @returns undefined: it is no share any more */
export const endForgetting = (
  db: Db,
  { no, unfinished }: Pick<ShareRow, 'no' | 'unfinished'>,
): ShareRow | undefined => {
  if (unfinished !== 'all')
    return db.update(shares).set({ unfinished: null }).where(eq(shares.no, no)).returning().get()
  db.delete(shares).where(eq(shares.no, no)).run()
  return undefined
}

/** What its index has numbered (model/given.ts). */
export const givenOf = (db: Db, no: number): Given | undefined => frequent(db).given.get({ no })?.given ?? undefined

export const setGiven = (db: Db, no: number, given: Given): void => {
  frequent(db).setGiven.run({ no, given })
}

export const setSharePaused = (db: Db, no: number, paused: boolean): void => {
  db.update(shares).set({ paused }).where(eq(shares.no, no)).run()
}

export const archiveClockOf = (db: Db, no: number): ArchiveClock => shareOf(db, no)?.archiveClock ?? []

export const setArchiveClock = (db: Db, no: number, archiveClock: ArchiveClock): void => {
  db.update(shares).set({ archiveClock }).where(eq(shares.no, no)).run()
}

export const setShareSettings = (db: Db, no: number, settings: StoredSettings): ShareRow =>
  db.update(shares).set({ settings }).where(eq(shares.no, no)).returning().get()

export const scrubStateOf = (db: Db, no: number): ScrubState | undefined =>
  frequent(db).scrub.get({ no })?.scrub ?? undefined

export const setScrubState = (db: Db, no: number, scrub: ScrubState): void => {
  frequent(db).setScrub.run({ no, scrub })
}

export const choiceOf = (db: Db, no: number): Choice => frequent(db).scope.get({ no })?.choice ?? everything

export const setChoice = (db: Db, no: number, choice: Choice): void => {
  frequent(db).setChoice.run({ no, choice })
}

/** Text of the scope that all entries are in step with; undefined: of none. */
export const scopeOf = (db: Db, no: number): string | undefined => frequent(db).scope.get({ no })?.scope ?? undefined

export const setScope = (db: Db, no: number, scope: string): void => {
  frequent(db).setScope.run({ no, scope })
}

export const hostsOf = (db: Db, shareNo: number): readonly string[] =>
  frequent(db)
    .hosts.all({ shareNo })
    .map(({ address }) => address)

export const addHost = (db: Db, shareNo: number, address: string): void => {
  frequent(db).addHost.run({ shareNo, address })
}

export const removeHost = (db: Db, shareNo: number, address: string): void => {
  db.delete(shareHosts)
    .where(and(eq(shareHosts.shareNo, shareNo), eq(shareHosts.address, address)))
    .run()
}

export const allDevices = (db: Db): readonly DeviceRow[] => frequent(db).devices.all()

export const deviceOf = (db: Db, id: string): DeviceRow | undefined => frequent(db).device.get({ id })

const unknownDevice = { name: '', client: '', addresses: [], linked: false } as const

/** Notes a device, new or known, with what is newly known of it. Where that is nothing, nothing is written. */
export function noteDevice(db: Db, id: string, known: Partial<Omit<DeviceRow, 'no' | 'id'>>): DeviceRow {
  const before = deviceOf(db, id)
  if (before && isDeepStrictEqual(before, { ...before, ...known })) return before
  const { name, client, addresses, linked } = { ...(before ?? unknownDevice), ...known }
  return frequent(db).putDevice.get({ id, name, client, addresses, linked })
}

export const shareDevicesOf = (db: Db, shareNo: number): readonly ShareDeviceRow[] =>
  frequent(db).shareDevices.all({ shareNo })

export const sharesOfDevice = (db: Db, deviceNo: number): readonly ShareDeviceRow[] =>
  frequent(db).sharesOfDevice.all({ deviceNo })

/** It is connected, or was until now. @param address HOST:PORT */
export const seeShareDevice = (
  db: Db,
  seen: { readonly shareNo: number; readonly deviceNo: number; readonly at: number; readonly address: string },
): void => void frequent(db).seeShareDevice.run(seen)

/** Lets in a device that waited. */
export const approveShareDevice = (db: Db, shareNo: number, deviceNo: number): void =>
  void db
    .update(shareDevices)
    .set({ approved: true })
    .where(and(eq(shareDevices.shareNo, shareNo), eq(shareDevices.deviceNo, deviceNo)))
    .run()

/**
 * A device is one of a share's: linked by the owner, or by proof of the secret. A link outlives a proof.
 * @param approved  of a device that is new; what holds of a known one stays
 */
export function noteShareDevice(
  db: Db,
  shareNo: number,
  deviceNo: number,
  linked: boolean,
  access: Access,
  approved = true,
): ShareDeviceRow {
  const before = shareDevicesOf(db, shareNo).find((row) => row.deviceNo === deviceNo)
  const isLinked = linked || before?.linked === true
  if (before?.linked === isLinked && before.access === access) return before
  return frequent(db).putShareDevice.get({ shareNo, deviceNo, linked: isLinked, access, approved })
}

/** A device is none of a share's any more; it is forgotten when it is in no other, and the owner did not link it. */
export const forgetShareDevice = (db: Db, shareNo: number, deviceNo: number): void =>
  db.transaction((tx) => {
    tx.delete(shareDevices)
      .where(and(eq(shareDevices.shareNo, shareNo), eq(shareDevices.deviceNo, deviceNo)))
      .run()
    if (sharesOfDevice(tx, deviceNo).length > 0) return
    tx.delete(devices)
      .where(and(eq(devices.no, deviceNo), eq(devices.linked, false)))
      .run()
  })

/** How far our copy of a peer's index reaches, and of which index it is a copy. */
export const setReceived = (
  db: Db,
  shareNo: number,
  deviceNo: number,
  { indexId, maxSequence }: { readonly indexId?: string; readonly maxSequence: number },
): void => {
  frequent(db).setReceived.run({ shareNo, deviceNo, maxSequence, indexId: indexId ?? null })
}

export const unlinkDevice = (db: Db, no: number): void =>
  db.transaction((tx) => {
    tx.delete(shareDevices).where(eq(shareDevices.deviceNo, no)).run()
    tx.update(devices).set({ linked: false, addresses: [] }).where(eq(devices.no, no)).run()
  })
