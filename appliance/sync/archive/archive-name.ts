import { HOME } from '../model/ignored.ts'
import { withSuffix } from '../model/numbered-name.ts'
import { joinPath, nameOf, parentOf } from '../model/rel-path.ts'
import type { RelPath } from '../model/rel-path.ts'

export const ARCHIVE = 'archive'

/**
 * Where an old version goes: the same folders again in the archive, the time in its name, so that a person finds
 * it without us. `.homeseed/archive/photos/holiday~20260131-235900.jpg`, in UTC.
 * @param attempt from 1 on; the next when the name is taken
 */
export function archivePath(path: RelPath, nowMs: number, attempt: number): RelPath {
  const archive = joinPath(HOME as RelPath, ARCHIVE)
  const folder = parentOf(path) === undefined ? archive : joinPath(archive, parentOf(path) ?? '')
  const suffix = `~${timeText(nowMs)}${attempt > 1 ? `-${attempt}` : ''}`
  return joinPath(folder, withSuffix(nameOf(path), suffix))
}

/** `YYYYMMDD-HHMMSS` in UTC */
function timeText(nowMs: number): string {
  const [date = '', time = ''] = new Date(nowMs).toISOString().split('T')
  return `${date.replaceAll('-', '')}-${time.slice(0, 8).replaceAll(':', '')}`
}
