/** Indexes of simulated devices, in memory: emptied and used again, since making one costs more than a whole run. */
import { openDatabase } from '../../appliance/sync/index/database.ts'
import type { IndexDatabase, Sqlite } from '../../appliance/sync/index/database.ts'

const migrations = new URL('../../appliance/sync/index/migrations', import.meta.url).pathname

/** All rows of all tables. */
export type IndexCopy = ReadonlyMap<string, readonly (readonly unknown[])[]>

export class SimIndex {
  static readonly #unused: SimIndex[] = []
  readonly database: IndexDatabase
  readonly #tables: readonly string[]

  private constructor() {
    this.database = openDatabase(':memory:', migrations)
    const { sqlite } = this.database
    sqlite.pragma('foreign_keys = OFF')
    this.#tables = sqlite
      .prepare(`SELECT name FROM sqlite_master WHERE type = 'table' AND name <> 'sync_migrations'`)
      .pluck()
      .all() as string[]
    keepStatements(sqlite)
  }

  static take(): SimIndex {
    const index = SimIndex.#unused.pop() ?? new SimIndex()
    index.clear()
    return index
  }

  /** Nobody may use it any more. */
  release(): void {
    SimIndex.#unused.push(this)
  }

  clear(): void {
    this.put(new Map())
  }

  copy(): IndexCopy {
    const { sqlite } = this.database
    return new Map(
      this.#tables.map((table) => [
        table,
        sqlite.prepare(`SELECT * FROM ${table} AS copied`).raw().all() as unknown[][],
      ]),
    )
  }

  put(copy: IndexCopy): void {
    const { sqlite } = this.database
    sqlite.transaction(() => {
      for (const table of this.#tables) {
        sqlite.prepare(`DELETE FROM ${table}`).run()
        const rows = copy.get(table) ?? []
        const insert = `INSERT INTO ${table} VALUES (${rows[0]?.map(() => '?').join() ?? ''})`
        for (const row of rows) sqlite.prepare(insert).run(...row)
      }
    })()
  }
}

/** A process that starts anew prepares the same statements again. */
function keepStatements(sqlite: Sqlite): void {
  const kept = new Map<string, ReturnType<Sqlite['prepare']>>()
  const prepare = sqlite.prepare.bind(sqlite)
  sqlite.prepare = ((sql: string) => {
    const known = kept.get(sql) ?? prepare(sql)
    kept.set(sql, known)
    return known
  }) as Sqlite['prepare']
}
