import type { PlaceResult } from '../disk-work.ts'
import { codeOf, isFull } from '../model/error-code.ts'

const blocked = (reason: (PlaceResult & { type: 'blocked' })['reason']): PlaceResult => ({ type: 'blocked', reason })

/** Thrown inside a placement to end it with this result. */
export class Stop extends Error {
  readonly result: PlaceResult

  constructor(result: PlaceResult) {
    super(result.type)
    this.result = result
  }
}
export const changedUnderneath = (): Stop => new Stop({ type: 'changed-underneath' })
export const stopBlocked = (reason: (PlaceResult & { type: 'blocked' })['reason']): Stop => new Stop(blocked(reason))

/** What an error at the disk means for the one op that met it. */
export function resultOfError(error: unknown): PlaceResult {
  if (error instanceof Stop) return error.result
  const code = codeOf(error)
  if (isFull(code)) return { type: 'no-space' }
  switch (code) {
    // somebody moved a folder away in between
    case 'ENOENT':
    case 'ENOTDIR':
    case 'ELOOP':
      return { type: 'changed-underneath' }
    case 'EXDEV': // another disk is mounted inside the share
    case 'EACCES':
    case 'EPERM':
      return blocked('no-permission')
    case 'ENAMETOOLONG':
    case 'EINVAL':
    case 'EILSEQ':
      return blocked('bad-name')
    default:
      return { type: 'failed', code }
  }
}
