/** What makes a device itself: its key, its shares' secrets, the devices it knows. Read from a home, or put into a new one. */
import { randomBytes } from 'node:crypto'
import {
  existsSync,
  fsyncSync,
  mkdirSync,
  readdirSync,
  openSync,
  closeSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import Database from 'better-sqlite3'
import { drizzle } from 'drizzle-orm/better-sqlite3'
import { openSettings } from '../../appliance/settings/database.ts'
import type { Claim } from '../../appliance/settings/settings.ts'
import { claim, passwordHash, readSettings, setDeviceName } from '../../appliance/settings/settings.ts'
import * as configuration from '../../appliance/sync/index/configuration.ts'
import { openDatabase } from '../../appliance/sync/index/database.ts'
import { formerOf, restoreRotation, rotationOf, sourceOf } from '../../appliance/sync/index/rotation-rows.ts'
import type { Access } from '../../appliance/sync/model/access.ts'
import type { Choice } from '../../appliance/sync/model/scope.ts'
import type { StoredSettings } from '../../appliance/sync/model/share-settings.ts'
import { UserError } from '../../appliance/sync/status.ts'

export interface KeysBackup {
  readonly version: 1
  /** PEM, both */
  readonly key: string
  readonly certificate: string
  readonly deviceName: string | null
  /** null: nobody has claimed the panel yet */
  readonly panel: Claim | null
  readonly shares: readonly SharedFolder[]
  /** those that the owner has linked, and those that are in */
  readonly devices: readonly KnownDevice[]
}

export interface SharedFolder {
  readonly id: string
  readonly name: string
  readonly path: string
  readonly secret: string
  readonly paused: boolean
  readonly hosts: readonly string[]
  readonly settings: StoredSettings
  readonly choice: Choice
  /** id of the device that it is from; empty: nobody knows */
  readonly source: string
  /** who said that it has this secret, in base64; null: it never had another one */
  readonly rotation: string | null
  /** ids of devices that are told no new secrets */
  readonly withheld: readonly string[]
  /** secrets that it had before, the last one at the end */
  readonly former: readonly { readonly id: string; readonly secret: string; readonly place: number }[]
}

export interface KnownDevice {
  readonly id: string
  readonly name: string
  readonly addresses: readonly string[]
  readonly linked: boolean
  /** ids of the shares it is linked with */
  readonly shares: readonly string[]
  /** those that it is in with a secret, and need not wait to be let into again */
  readonly approved: readonly { readonly share: string; readonly access: Access }[]
}

const NEW = 'import.new'
const DATABASE = 'homeseed.db'
const CERTIFICATE = 'cert.pem'
const FILES = ['key.pem', DATABASE, CERTIFICATE] as const
const migrations = {
  index: fileURLToPath(new URL('../../appliance/sync/index/migrations', import.meta.url)),
  settings: fileURLToPath(new URL('../../appliance/settings/migrations', import.meta.url)),
}

/** Also while the program runs. @throws UserError when there is nothing to keep there yet */
export function readBackup(home: string): KeysBackup {
  const [keyFile, databaseFile, certificateFile] = FILES.map((name) => join(home, name))
  if (!keyFile || !certificateFile || !databaseFile || !existsSync(certificateFile) || !existsSync(databaseFile))
    throw new UserError(
      'no-keys',
      `There are no keys in ${home} yet. Start Homeseed once, or name its home with --home DIR.`,
    )
  const sqlite = new Database(databaseFile, { readonly: true, fileMustExist: true })
  try {
    const db = drizzle({ client: sqlite })
    const rows = configuration.allShares(db).filter(({ unfinished }) => unfinished !== 'all')
    const { deviceName, claimedAt, claimedFrom } = readSettings(db)
    const hash = passwordHash(db)
    const idOf = new Map(rows.map(({ no, id }) => [no, id]))
    return {
      version: 1,
      key: readFileSync(keyFile, 'utf8'),
      certificate: readFileSync(certificateFile, 'utf8'),
      deviceName,
      panel: hash === null ? null : { passwordHash: hash, at: claimedAt ?? 0, from: claimedFrom ?? '' },
      shares: rows.map(({ no, id, name, path, secret, paused, settings, choice }) => {
        const hosts = configuration.hostsOf(db, no)
        const { rotation, withheld } = rotationOf(db, no)
        return {
          ...{ id, name, path, secret, paused, hosts, settings, choice, withheld },
          source: sourceOf(db, no),
          rotation: rotation?.toString('base64') ?? null,
          former: formerOf(db, no).map(({ shareNo: _, ...former }) => former),
        }
      }),
      devices: configuration
        .allDevices(db)
        .map(({ no, id, name, addresses, linked }) => {
          const its = configuration.sharesOfDevice(db, no).flatMap((row) => {
            const share = idOf.get(row.shareNo)
            return share === undefined ? [] : [{ ...row, share }]
          })
          const approved = its.filter((row) => !row.linked && row.approved)
          return {
            ...{ id, name, addresses, linked },
            shares: its.flatMap((row) => (row.linked ? [row.share] : [])),
            approved: approved.map(({ share, access }) => ({ share, access })),
          }
        })
        .filter(({ linked, approved }) => linked || approved.length > 0),
    }
  } finally {
    sqlite.close()
  }
}

/** @throws UserError for a home in which an import was cut short: whoever starts there would be another device */
export function refuseHalfImported(home: string): void {
  if (existsSync(join(home, NEW)) && !existsSync(join(home, CERTIFICATE)))
    throw new UserError(
      'import-unfinished',
      `Keys were being imported into ${home}, and that was cut short. Run "homeseed keys import" again.`,
    )
}

/**
 * Makes a home of it: the same device, whose indexes are new. What lies in its folders counts as found just now, so
 * nothing is taken for deleted and no number is given twice.
 * @param home  exists, and nobody runs there
 * @throws UserError when there is a device in that home already; nothing is changed then
 */
export function writeBackup(home: string, backup: KeysBackup): void {
  const there = readdirSync(home).filter(
    (name) => name === 'key.pem' || name === CERTIFICATE || name.startsWith(DATABASE),
  )
  // what one that was cut short has put there may go: the certificate comes to its place last
  if (there.includes(CERTIFICATE) || (there.length > 0 && !existsSync(join(home, NEW))))
    throw new UserError(
      'home-in-use',
      `There are keys in ${home} already. Import into an empty home: --home DIR. To replace these, move that folder away first.`,
    )
  for (const name of there) rmSync(join(home, name))
  rmSync(join(home, NEW), { recursive: true, force: true })
  mkdirSync(join(home, NEW), { mode: 0o700 })
  const fresh = (name: string) => join(home, NEW, name)
  writeFileSync(fresh('key.pem'), backup.key, { mode: 0o600 })
  writeFileSync(fresh('cert.pem'), backup.certificate, { mode: 0o600 })
  writeDatabase(fresh('homeseed.db'), backup)
  for (const name of FILES) sync(fresh(name))
  for (const name of FILES) renameSync(fresh(name), join(home, name))
  rmSync(join(home, NEW), { recursive: true })
  sync(home)
}

function writeDatabase(file: string, { shares, devices, deviceName, panel }: KeysBackup): void {
  const { sqlite, db } = openDatabase(file, migrations.index)
  const settings = openSettings(file, migrations.settings)
  try {
    const noOf = new Map<string, number>()
    for (const share of shares) {
      const { id, name, path, secret, hosts, source } = share
      const { no } = configuration.addShare(
        db,
        { id, name, path, secret, source, indexId: randomBytes(8).toString('hex') },
        hosts,
      )
      configuration.setShareSettings(db, no, share.settings)
      configuration.setChoice(db, no, share.choice)
      const rotation = share.rotation === null ? null : Buffer.from(share.rotation, 'base64')
      restoreRotation(db, no, { rotation, withheld: share.withheld, former: share.former })
      if (share.paused) configuration.setSharePaused(db, no, true)
      noOf.set(id, no)
    }
    for (const { id, name, addresses, linked, shares: its, approved } of devices) {
      const { no } = configuration.noteDevice(db, id, { name, addresses, linked })
      for (const share of its) {
        const shareNo = noOf.get(share)
        if (shareNo !== undefined) configuration.noteShareDevice(db, shareNo, no, true, 'read-write')
      }
      for (const { share, access } of approved) {
        const shareNo = noOf.get(share)
        if (shareNo !== undefined) configuration.noteShareDevice(db, shareNo, no, false, access)
      }
    }
    if (deviceName !== null) setDeviceName(settings.db, deviceName)
    if (panel !== null) claim(settings.db, panel)
  } finally {
    settings.close()
    sqlite.close() // the last one out: all of it is in the one file then
  }
}

function sync(path: string): void {
  const file = openSync(path, 'r')
  try {
    fsyncSync(file)
  } finally {
    closeSync(file)
  }
}
