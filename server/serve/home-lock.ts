import { chmodSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import Database from 'better-sqlite3'
import { UserError } from '../../appliance/sync/status.ts'

/**
 * Keeps a second process out of a home. The lock is one that the kernel holds for this process (through an empty
 * SQLite file: node itself offers none), so kill -9 and a power cut release it. @throws UserError naming who has it
 */
export function lockHome(home: string): { release(): void } {
  const pidFile = join(home, 'serve.pid')
  const lockFile = join(home, 'serve.lock')
  const lock = new Database(lockFile, { timeout: 0 })
  try {
    lock.pragma('journal_mode = MEMORY') // nothing is ever written, so no journal beside it
    lock.exec('BEGIN EXCLUSIVE')
    chmodSync(lockFile, 0o600) // who may open it could keep us from locking it
  } catch (error) {
    lock.close()
    if (!/^SQLITE_(BUSY|LOCKED)/.test((error as { code?: string }).code ?? '')) throw error
    throw new UserError(
      'already-running',
      `Homeseed is running already in ${home}${holder(pidFile)}. Stop that one, or give this one its own --home DIR.`,
    )
  }
  writeFileSync(pidFile, `${process.pid}\n`, { mode: 0o600 })
  return {
    release: () => {
      rmSync(pidFile, { force: true })
      lock.close()
    },
  }
}

function holder(pidFile: string): string {
  try {
    return ` (process ${readFileSync(pidFile, 'utf8').trim()})`
  } catch {
    return '' // it has just started and not said its number yet
  }
}
