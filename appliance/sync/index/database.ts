import { chmodSync } from 'node:fs'
import Database from 'better-sqlite3'
import { drizzle } from 'drizzle-orm/better-sqlite3'
import type { BetterSQLite3Database } from 'drizzle-orm/better-sqlite3'
import { migrate } from 'drizzle-orm/better-sqlite3/migrator'
import { plannedOnce } from './planned-once.ts'

export type Sqlite = Database.Database
export type Db = BetterSQLite3Database
/** One file, two faces: drizzle for what people configure, raw statements for the entries. */
export interface IndexDatabase {
  readonly sqlite: Sqlite
  readonly db: Db
}

/**
 * Opens the index and brings its tables up to date. Every commit is durable (`synchronous=FULL`), since peers
 * are told of what was committed.
 * @param file  `:memory:` for the simulation
 * @param migrationsFolder  `index/migrations`, wherever the program keeps it
 */
export function openDatabase(file: string, migrationsFolder: string): IndexDatabase {
  const sqlite = new Database(file)
  if (file !== ':memory:') chmodSync(file, 0o600)
  sqlite.pragma('journal_mode = WAL')
  sqlite.pragma('synchronous = FULL')
  sqlite.pragma('busy_timeout = 5000')
  sqlite.pragma('cache_size = -8000')
  const prepare = (statement: string) => sqlite.prepare(plannedOnce(statement))
  const client = Object.create(sqlite, { prepare: { value: prepare } }) as Sqlite
  const db = drizzle({ client })
  migrate(db, { migrationsFolder, migrationsTable: 'sync_migrations' })
  return { sqlite, db }
}
