import type { ArchiveItem, ArchivePage, ArchiveQuery } from '../disk-work.ts'
import { joinPath, parentOf } from '../model/rel-path.ts'
import { compareStamps } from '../model/stamp.ts'
import { versionAt } from '../model/version-at.ts'
import type { Dir } from '../ports.ts'
import { archiveFolder } from './archive-name.ts'
import { walkArchive } from './walk-archive.ts'
import type { ArchivedVersion, PathHistory } from './walk-archive.ts'

/** @param root of the share. Yields wherever the caller may pause. @throws node's errors */
export function* listArchive(root: Dir, query: ArchiveQuery): Generator<undefined, ArchivePage> {
  const { below, at, after, limit, withLive } = query
  const items: ArchiveItem[] = []
  for (const history of walkArchive(root, {
    below,
    from: after?.path,
    live: withLive === true && at ? 'all' : 'none',
  })) {
    yield
    if (!history) continue
    for (const item of itemsOf(history, query)) {
      const isBehind =
        after?.path !== item.path || (after.stamp && item.stamp && compareStamps(item.stamp, after.stamp) > 0)
      if (!isBehind) continue
      if (items.length >= limit) return { items, isEnd: false }
      items.push(item)
    }
  }
  return { items, isEnd: true }
}

function itemsOf(history: PathHistory, { at, latestOnly }: ArchiveQuery): readonly ArchiveItem[] {
  const { path } = history
  const kept = history.versions()
  if (!at && !latestOnly) return kept.map((version) => itemOf(path, version))
  const versions = kept.filter(({ isDamaged }) => !isDamaged)
  if (!at) return versions.slice(-1).map((version) => itemOf(path, version))
  const live = history.live()
  const found = versionAt(versions, live && { bornMs: Number(live.birthNs / 1_000_000n) }, at)
  if (found && found !== 'live') return [itemOf(path, found)]
  if (!found || !live) return []
  const { sizeBytes, mtimeNs } = live
  return [{ path, stamp: undefined, archived: undefined, isDamaged: false, sizeBytes, mtimeNs }]
}

const itemOf = (
  path: ArchiveItem['path'],
  { name, stamp, isDamaged, sizeBytes, mtimeNs }: ArchivedVersion,
): ArchiveItem => ({
  path,
  stamp,
  isDamaged,
  archived: joinPath(archiveFolder(parentOf(path)), name),
  sizeBytes,
  mtimeNs,
})
