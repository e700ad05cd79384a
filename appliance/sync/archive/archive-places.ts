import type { PlaceOp } from '../disk-work.ts'
import type { Folders } from '../folders.ts'
import { besideOf, displacementToText } from '../model/displacement.ts'
import { codeOf } from '../model/error-code.ts'
import { nameOf, parentOf } from '../model/rel-path.ts'
import type { RelPath } from '../model/rel-path.ts'
import { nothingSeen } from '../model/seen.ts'
import { archivePath } from './archive-name.ts'

/** Whether an op moves something away: files and links; a folder is only ever removed when it is empty. */
const displaces = ({ type, expected }: PlaceOp): boolean =>
  type !== 'set-meta' && expected !== nothingSeen && !expected.startsWith('directory:')

/** For each op that displaces something where that goes, as text: a free place in the archive, maybe a conflict copy. */
export function archivePlaces(
  folders: Folders,
  ops: readonly PlaceOp[],
  nowMs: number,
): readonly (string | undefined)[] {
  const given = new Set<string>()
  return ops.map((op) => {
    if (!displaces(op)) return undefined
    try {
      for (let attempt = 1; ; attempt++) {
        const place = archivePath(op.path, nowMs, attempt, op.isDamaged)
        // one second holds either of them once: it is by the second that they are named
        const other = archivePath(op.path, nowMs, attempt, op.isDamaged !== true)
        if (given.has(place) || isTaken(folders, place) || isTaken(folders, other)) continue
        given.add(place)
        return displacementToText({ archived: place, beside: besideOf(op) })
      }
    } catch {
      return undefined // something else lies where the archive has its folder: this op cannot be done, others can
    }
  })
}

function isTaken(folders: Folders, place: RelPath): boolean {
  try {
    return folders.open(parentOf(place)).lstat(nameOf(place)) !== undefined
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return false // no such folder in the archive yet
    throw error
  }
}
