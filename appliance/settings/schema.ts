/** The panel's tables, in the same file as the sync index but with migrations of their own. Times are ms since 1970. */
import { integer, sqliteTable, text } from 'drizzle-orm/sqlite-core'

/** One row: what the owner chose. */
export const settings = sqliteTable('panel_settings', {
  id: integer().primaryKey(),
  /** PHC string; null until somebody claims the appliance */
  passwordHash: text('password_hash'),
  /** null: the computer's own name */
  deviceName: text('device_name'),
  /** null: what the browser asks for */
  language: text(),
  claimedAt: integer('claimed_at'),
  /** address of the browser, or `command-line` */
  claimedFrom: text('claimed_from'),
})

/** Browsers that are signed in. */
export const sessions = sqliteTable('panel_sessions', {
  /** SHA-256 of the cookie's value as hex: whoever reads this file cannot sign in with it */
  idHash: text('id_hash').primaryKey(),
  createdAt: integer('created_at').notNull(),
  /** last request, give or take a few minutes */
  seenAt: integer('seen_at').notNull(),
  expiresAt: integer('expires_at').notNull(),
  /** when the password was last typed */
  confirmedAt: integer('confirmed_at').notNull(),
  /** address the browser signed in from */
  address: text().notNull(),
})
