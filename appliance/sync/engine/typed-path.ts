import { parseRelPath } from '../model/rel-path.ts'
import type { RelPath } from '../model/rel-path.ts'
import { UserError } from '../status.ts'

/** A path in a share as people type it. @returns undefined for the whole share @throws UserError */
export function typedPath(path: string | undefined): RelPath | undefined {
  if (path === undefined || path === '.' || path === './' || path === '') return undefined
  const parsed = parseRelPath(path.replace(/^\.\//, '').replace(/\/$/, ''))
  if (!parsed)
    throw new UserError('bad-path', `"${path}" is no path in the share, such as photos/holiday.jpg.`, { path })
  return parsed
}
