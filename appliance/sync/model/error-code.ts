/** What one of anybody's errors says, for logs and reasons. */
export const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error))

/** The code of one of node's errors, `EIO` and the like; the name of any other. */
export function codeOf(error: unknown): string {
  if (typeof error !== 'object' || error === null) return 'UNKNOWN'
  if ('code' in error && typeof error.code === 'string') return error.code
  return 'name' in error && typeof error.name === 'string' ? error.name : 'UNKNOWN'
}

/** Whether it tells that a disk, or a part of it that somebody may use, is full. */
export const isFull = (code: string): boolean => code === 'ENOSPC' || code === 'EDQUOT'

/** Whether it tells that a path leads nowhere: something on the way is gone, or is no folder. */
export const leadsNowhere = (code: string): boolean => code === 'ENOENT' || code === 'ENOTDIR' || code === 'ELOOP'

/** Whether it tells that a file system keeps no links, of either kind. */
export const keepsNoLinks = (code: string): boolean =>
  ['EPERM', 'ENOTSUP', 'EOPNOTSUPP', 'ENOSYS', 'EMLINK'].includes(code)
