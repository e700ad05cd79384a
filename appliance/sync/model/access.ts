/** What a secret or a link lets a device do with a share. `seed-only`: keep it and pass it on, sealed, and read none of it. */
export type Access = 'read-write' | 'read-only' | 'seed-only'

const rank: Readonly<Record<Access, number>> = { 'seed-only': 0, 'read-only': 1, 'read-write': 2 }

/** Whether who may do `held` may do `wanted` too. */
export const includesAccess = (held: Access, wanted: Access): boolean => rank[held] >= rank[wanted]
