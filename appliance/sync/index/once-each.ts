import type { Db } from './database.ts'

/** What is made of a database is made once, and kept as long as that. */
export function onceEach<T>(make: (db: Db) => T): (db: Db) => T {
  const made = new WeakMap<Db, T>()
  return (db) => {
    const known = made.get(db) ?? make(db)
    made.set(db, known)
    return known
  }
}
