import { chmodSync } from 'node:fs'
import Database from 'better-sqlite3'
import { drizzle } from 'drizzle-orm/better-sqlite3'
import { migrate } from 'drizzle-orm/better-sqlite3/migrator'
import type { BaseSQLiteDatabase } from 'drizzle-orm/sqlite-core'

/** The database or a transaction on it: a function over a table never cares which. */
export type Db = BaseSQLiteDatabase<'sync', Database.RunResult>

/**
 * Opens the panel's part of homeseed.db and brings its tables up to date.
 * @param file  `:memory:` for tests
 * @param migrationsFolder  `settings/migrations`, wherever the program keeps it
 */
export function openSettings(file: string, migrationsFolder: string): { readonly db: Db; close(): void } {
  using opening = new DisposableStack()
  const sqlite = opening.adopt(new Database(file), (opened) => void opened.close())
  if (file !== ':memory:') chmodSync(file, 0o600)
  sqlite.pragma('journal_mode = WAL')
  // losing the last session in a power cut costs one sign-in; the owner's choices are few and far between
  sqlite.pragma('synchronous = FULL')
  sqlite.pragma('busy_timeout = 5000')
  sqlite.pragma('cache_size = -1000')
  const db = drizzle({ client: sqlite })
  migrate(db, { migrationsFolder, migrationsTable: 'panel_migrations' })
  const opened = opening.move()
  return { db, close: () => opened.dispose() }
}
