/**
 * Where SQLite sees that something is compared with a bare parameter, or limited by one, it may plan the statement anew
 * whenever that is given another value: for a statement that finds little, most of its time. Of a sum it does not see it.
 * All statements of the index go through this, those that drizzle makes as well.
 */
export const plannedOnce = (statement: string): string =>
  statement.replaceAll(/= ([?@]\w*)/g, '= +$1').replaceAll(/LIMIT ([?@]\w*)/g, 'LIMIT $1 + 0')
