/**
 * The sync engine's tables. The two entry tables are read and written by the statements in `share-index.ts`, as
 * are needs, intents and block lists; the rest goes through drizzle (docs/decisions/0003-raw-statements-on-the-hot-path.md).
 */
import type { Access } from '../model/access.ts'
import type { ArchiveClock } from '../model/archive-clock.ts'
import type { Given } from '../model/given.ts'
import type { ScrubState } from '../model/scrub-state.ts'
import { everything } from '../model/scope.ts'
import type { Choice } from '../model/scope.ts'
import type { StoredSettings } from '../model/share-settings.ts'
import { sql } from 'drizzle-orm'
import { blob, index, integer, primaryKey, sqliteTable, text } from 'drizzle-orm/sqlite-core'

export const shares = sqliteTable('shares', {
  no: integer().primaryKey({ autoIncrement: true }),
  id: text().notNull().unique(),
  name: text().notNull(),
  /** absolute folder */
  path: text().notNull(),
  /** the strongest secret this device holds, text form; the database file is the owner's alone (0600) */
  secret: text().notNull(),
  paused: integer({ mode: 'boolean' }).notNull().default(false),
  /** BEP index id of our index of this share: 16 hex digits, new whenever the share is added anew or its history lost */
  indexId: text('index_id').notNull(),
  /** what the owner has said to a mass of changes that was held, while that is being done */
  holdAnswer: text('hold_answer').$type<'release' | 'undo'>(),
  /** our changes up to this sequence the owner has let through: no other device needs to ask again */
  letThrough: integer('let_through').notNull().default(0),
  /** the numbers that this life of the index has given to versions and changes (model/given.ts) */
  given: text({ mode: 'json' }).$type<Given>(),
  /** of changes whose rows are gone, the newest one's sequence */
  lastSequence: integer('last_sequence').notNull().default(0),
  /** what a crash must not leave half done: to forget its history, its signatures, or all of it (index/forget-rows.ts) */
  unfinished: text().$type<'history' | 'signatures' | 'all'>(),
  /** device id, text form, of the device that this one has the share from; itself: it made it; empty: nobody has come yet */
  source: text().notNull().default(''),
  /** who said that the share has these secrets, and who is to have them (wire/signed-rotation.ts); null: nobody had others */
  rotation: blob({ mode: 'buffer' }),
  /** device ids, text form: removed since, they are told nothing of it */
  withheld: text({ mode: 'json' }).$type<readonly string[]>().notNull().default([]),
  /** the mark on its disk, and the one about to be written there (engine/disk-life.ts) */
  lifeMark: text('life_mark'),
  nextLifeMark: text('next_life_mark'),
  /** what of it is to lie on this device (model/scope.ts) */
  choice: text({ mode: 'json' }).$type<Choice>().notNull().default(everything),
  /** the rules and the choice that the entries have been gone through for, as text */
  scope: text(),
  /** by which the age of old versions goes (model/archive-clock.ts) */
  archiveClock: text('archive_clock', { mode: 'json' }).$type<ArchiveClock>().notNull().default([]),
  /** what its owner set, as it was typed; whatever is not in here is as it is by default (model/share-settings.ts) */
  settings: text({ mode: 'json' }).$type<StoredSettings>().notNull().default({}),
  /** how far reading it through has come (engine/scrub.ts) */
  scrub: text({ mode: 'json' }).$type<ScrubState>(),
})

/** Secrets that shares had before: who brings one and is to have the present ones is told them. */
export const formerSecrets = sqliteTable(
  'former_secrets',
  {
    shareNo: integer('share_no').notNull(),
    /** the share id that it was */
    id: text().notNull(),
    secret: text().notNull(),
    /** 1, 2, 3 …: the order in which they were the share's */
    place: integer().notNull(),
  },
  (table) => [primaryKey({ columns: [table.shareNo, table.id] })],
)

export const shareHosts = sqliteTable(
  'share_hosts',
  {
    shareNo: integer('share_no').notNull(),
    /** HOST:PORT */
    address: text().notNull(),
  },
  (table) => [primaryKey({ columns: [table.shareNo, table.address] })],
)

/** Every device ever met or linked. */
export const devices = sqliteTable('devices', {
  no: integer().primaryKey({ autoIncrement: true }),
  /** text form */
  id: text().notNull().unique(),
  name: text().notNull().default(''),
  client: text().notNull().default(''),
  /** JSON array of HOST:PORT given by the owner */
  addresses: text({ mode: 'json' }).$type<readonly string[]>().notNull().default([]),
  linked: integer({ mode: 'boolean' }).notNull().default(false),
})

/** Devices that the owner linked with a share by their id, and those that proved its secret. */
export const shareDevices = sqliteTable(
  'share_devices',
  {
    shareNo: integer('share_no').notNull(),
    deviceNo: integer('device_no').notNull(),
    /** linked by the owner: may send unsigned entries; others proved a secret */
    linked: integer({ mode: 'boolean' }).notNull(),
    access: text().$type<Access>().notNull(),
    /** index id of the peer's index that our copy of it was made from: 16 hex digits, or empty */
    indexId: text('index_id').notNull().default(''),
    maxSequence: integer('max_sequence').notNull().default(0),
    /** false: it waits for the owner to let it in, and is told nothing */
    approved: integer({ mode: 'boolean' }).notNull().default(true),
    /** milliseconds since 1970; null: a linked device that has not come yet */
    firstSeenAt: integer('first_seen_at'),
    lastSeenAt: integer('last_seen_at'),
    /** HOST:PORT where it was seen last */
    address: text().notNull().default(''),
  },
  (table) => [primaryKey({ columns: [table.shareNo, table.deviceNo] })],
)

/** Certificates of the devices that have signed entries (model/writer-certificate.ts). */
export const shareWriters = sqliteTable(
  'share_writers',
  {
    shareNo: integer('share_no').notNull(),
    certificate: blob({ mode: 'buffer' }).notNull(),
  },
  (table) => [primaryKey({ columns: [table.shareNo, table.certificate] })],
)

/** Secrets that grant a share once; when each of them ends: model/one-time.ts */
export const oneTimeSecrets = sqliteTable('one_time_secrets', {
  no: integer().primaryKey({ autoIncrement: true }),
  shareNo: integer('share_no').notNull(),
  /** SHA-256: who reads this table has no secret */
  tokenHash: blob('token_hash', { mode: 'buffer' }).notNull().unique(),
  access: text().$type<Access>().notNull(),
  /** milliseconds since 1970, as all that ends in At */
  madeAt: integer('made_at').notNull(),
  validMs: integer('valid_ms').notNull(),
  /** how long this program has run since it was made */
  elapsedMs: integer('elapsed_ms').notNull().default(0),
  /** the latest that the wall clock has shown since */
  seenAt: integer('seen_at').notNull(),
  usedAt: integer('used_at'),
  /** device id, text form, and what that device called itself */
  usedBy: text('used_by').notNull().default(''),
  usedByName: text('used_by_name').notNull().default(''),
  revokedAt: integer('revoked_at'),
})

const entryColumns = () => ({
  shareNo: integer('share_no').notNull(),
  path: text().notNull(),
  /** 0 file, 1 directory, 2 symlink */
  type: integer().notNull(),
  deleted: integer().notNull(),
  size: integer().notNull(),
  mode: integer(),
  /** decimal nanoseconds: more than a JavaScript number holds */
  mtimeNs: text('mtime_ns').notNull(),
  modifiedBy: text('modified_by').notNull(),
  version: text().notNull(),
  blockBytes: integer('block_bytes').notNull(),
  /** hash of the content: of the only block, or of the list of blocks; of a tombstone: of what was deleted */
  content: blob({ mode: 'buffer' }),
  linkTarget: text('link_target'),
  signature: blob({ mode: 'buffer' }),
  /** model/entry.ts, `sealed` */
  sealed: blob({ mode: 'buffer' }),
  /** owner and extended attributes (model/platform.ts) */
  platform: blob({ mode: 'buffer' }),
  sequence: integer().notNull(),
})

/** What this device holds: one row a path, tombstones included. */
export const localEntries = sqliteTable(
  'local_entries',
  {
    ...entryColumns(),
    /** fingerprint of the disk (model/seen.ts); empty when nothing lies there */
    seen: text().notNull(),
    /** a change on a read-only device, which stays here */
    localOnly: integer('local_only').notNull(),
    /** model/left-out.ts */
    leftOut: integer('left_out').notNull().default(0),
  },
  (table) => [
    primaryKey({ columns: [table.shareNo, table.path] }),
    index('local_entries_by_sequence').on(table.shareNo, table.sequence),
    index('local_entries_by_content').on(table.content),
    index('local_entries_changed_here')
      .on(table.shareNo)
      .where(sql`local_only = 1`),
    index('local_entries_conflicts')
      .on(table.shareNo, table.path)
      .where(sql`instr(path, '.sync-conflict-') > 0`),
    index('local_entries_held')
      .on(table.shareNo, table.path)
      .where(sql`substr(${table.seen}, -5) = ':held'`),
    // what goes from here (model/left-out.ts)
    index('local_entries_on_their_way_out')
      .on(table.shareNo, table.path)
      .where(sql`left_out IN (4, 5)`),
  ],
)

/** What each peer announced. */
export const remoteEntries = sqliteTable(
  'remote_entries',
  {
    ...entryColumns(),
    deviceNo: integer('device_no').notNull(),
    /** the peer knows of it but cannot serve it */
    invalid: integer().notNull(),
  },
  (table) => [
    primaryKey({ columns: [table.shareNo, table.path, table.deviceNo] }),
    // of those that have a block list
    index('remote_entries_by_content')
      .on(table.content)
      .where(sql`size > block_bytes`),
  ],
)

/** Block hashes of files of two blocks or more, once each, by the hash of the list. */
export const blockLists = sqliteTable('block_lists', {
  content: blob({ mode: 'buffer' }).primaryKey(),
  blocks: blob({ mode: 'buffer' }).notNull(),
})

/** Paths where a plan has something to do: derived from the entries, kept in step within each transaction. */
export const needs = sqliteTable(
  'needs',
  {
    shareNo: integer('share_no').notNull(),
    path: text().notNull(),
    /** order of work: 0 directories, 1 files and links, 2 removals */
    rank: integer().notNull(),
    /** bytes to receive */
    size: integer().notNull(),
    /** model/need.ts, needLoss */
    loss: integer().notNull().default(0),
  },
  (table) => [
    primaryKey({ columns: [table.shareNo, table.path] }),
    index('needs_by_rank').on(table.shareNo, table.rank, table.path),
    index('needs_with_loss')
      .on(table.shareNo, table.loss, table.path)
      .where(sql`${table.loss} > 0`),
  ],
)

/** Files that were removed or rewritten lately: how many it is that go at once (model/mass-change.ts). */
export const losses = sqliteTable(
  'losses',
  {
    shareNo: integer('share_no').notNull(),
    path: text().notNull(),
    /** by a peer; else by somebody here */
    incoming: integer().notNull(),
    /** removed; else rewritten */
    gone: integer().notNull(),
    /** milliseconds since 1970 */
    at: integer().notNull(),
  },
  (table) => [primaryKey({ columns: [table.shareNo, table.incoming, table.path] })],
)

/** Swaps under way (disk-work.ts, Intent): what to undo after a crash. */
export const intents = sqliteTable(
  'intents',
  {
    shareNo: integer('share_no').notNull(),
    path: text().notNull(),
    expected: text().notNull(),
    archived: text().notNull(),
  },
  (table) => [primaryKey({ columns: [table.shareNo, table.path] })],
)
