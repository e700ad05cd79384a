/** Goes through the archive, path by path, if asked to beside what lies in the share now. */
import { codeOf, leadsNowhere } from '../model/error-code.ts'
import { HOME, isIgnoredName } from '../model/ignored.ts'
import { isSafeName, joinPath, nameOf, parentOf } from '../model/rel-path.ts'
import type { RelPath } from '../model/rel-path.ts'
import { compareStamps } from '../model/stamp.ts'
import type { Replaced } from '../model/version-at.ts'
import type { Dir, Stat } from '../ports.ts'
import { ARCHIVE, parseArchiveName } from './archive-name.ts'
import type { ArchiveName } from './archive-name.ts'

export interface ArchivedVersion extends Replaced {
  /** its name in the archive */
  readonly name: string
  /** what a disk made of it, and nobody wrote */
  readonly isDamaged: boolean
  readonly type: 'file' | 'symlink'
  readonly sizeBytes: number
  readonly mtimeNs: bigint
}

/** What is known of one path. */
export interface PathHistory {
  readonly path: RelPath
  /** oldest first; each look asks the disk */
  versions(): readonly ArchivedVersion[]
  /** the file or link that lies there now; only of a walk that looks there */
  live(): Stat | undefined
  /** the folder that its versions lie in; open until the walk goes on */
  readonly archive: Dir | undefined
}

export interface WalkOptions {
  /** only this path and what is below it; undefined: everything */
  readonly below: RelPath | undefined
  /** only this path and what comes behind it */
  readonly from?: RelPath | undefined
  /** What lies in the share now: nothing of it, only of what the archive has versions of, or all. */
  readonly live: 'none' | 'beside' | 'all'
  /** A folder of the archive was gone through: what is in it may be removed, and itself if nothing is left. */
  readonly onLeft?: (parent: Dir, name: string) => void
}

/**
 * In each folder first the files in order, then the folders. Holds one folder's names for each level in memory. Yields
 * `undefined` wherever the caller may pause. What in the archive is not named as ours is left out; no link is followed.
 * @param root of the share
 * @throws node's errors when a folder that is there cannot be read
 */
export function* walkArchive(root: Dir, options: WalkOptions): Generator<PathHistory | undefined> {
  const { below, from } = options
  using opened = new DisposableStack()
  const openDown = (names: readonly string[]): Dir | undefined => {
    let dir: Dir | undefined = root
    for (const name of names) {
      dir = dir && openSub(dir, name)
      if (dir) opened.use(dir)
    }
    return dir
  }
  const parent = below === undefined ? undefined : parentOf(below)
  const inParent = parent?.split('/') ?? []
  const place: Place = {
    archive: openDown([HOME, ARCHIVE, ...inParent]),
    live: options.live === 'none' ? undefined : openDown(inParent),
    path: parent,
    only: below === undefined ? undefined : nameOf(below),
    from,
  }
  yield* visit(place, options, root.stat().device)
}

/** A folder being visited, in the archive and in the share. */
interface Place {
  readonly archive: Dir | undefined
  readonly live: Dir | undefined
  readonly path: RelPath | undefined
  readonly only: string | undefined
  /** below `path`, or undefined */
  readonly from: RelPath | undefined
}

function* visit(place: Place, options: WalkOptions, device: bigint): Generator<PathHistory | undefined> {
  const { archive, live, path, from } = place
  const fromName =
    from === undefined ? undefined : (from.slice(path === undefined ? 0 : path.length + 1).split('/')[0] ?? '')
  const isFromHere = from !== undefined && parentOf(from) === path
  const { files, folders } = contentsOf(place, options.live === 'all')
  yield
  for (const name of from === undefined || isFromHere ? [...files.keys()].sort() : []) {
    if (fromName !== undefined && name < fromName) continue
    yield {
      path: joinPath(path, name),
      archive,
      versions: () => (archive ? versionsOf(archive, files.get(name) ?? []) : []),
      live: () => live && liveFile(live, name),
    }
  }
  for (const name of [...folders].sort()) {
    const isOnWay = !isFromHere && fromName !== undefined
    if (isOnWay && name < fromName) continue
    using archiveBelow = archive && openSub(archive, name)
    using liveBelow = live && openSub(live, name, device)
    const below = {
      archive: archiveBelow,
      live: liveBelow,
      path: joinPath(path, name),
      only: undefined,
      from: isOnWay && name === fromName ? from : undefined,
    }
    yield* visit(below, options, device)
    if (archive && archiveBelow) options.onLeft?.(archive, name)
  }
}

/** The names in a folder: of files, with their versions, and of folders. */
function contentsOf(
  { archive, live, path, only }: Place,
  withLive: boolean,
): {
  readonly files: ReadonlyMap<string, readonly ArchiveName[]>
  readonly folders: ReadonlySet<string>
} {
  const files = new Map<string, ArchiveName[]>()
  const folders = new Set<string>()
  for (const archived of archive?.list() ?? []) {
    if (typeof archived !== 'string') continue
    const parsed = parseArchiveName(archived)
    if (!parsed) {
      if (isWanted(archived, only) && archive?.lstat(archived)?.type === 'directory') folders.add(archived)
      continue
    }
    const { name, stamp, isDamaged } = parsed
    if (!isWanted(name, only) && !isWanted(archived, only)) continue
    // a folder can have such a name, too
    if (archive?.lstat(archived)?.type === 'directory') folders.add(archived)
    else if (isWanted(name, only)) files.set(name, [...(files.get(name) ?? []), { name: archived, stamp, isDamaged }])
  }
  for (const name of (withLive && live?.list()) || []) {
    if (typeof name !== 'string' || !isWanted(name, only) || isIgnoredName(name, path === undefined)) continue
    const type = live?.lstat(name)?.type
    if (type === 'directory') folders.add(name)
    else if (type === 'file' || type === 'symlink') files.set(name, files.get(name) ?? [])
  }
  return { files, folders }
}

const isWanted = (name: string, only: string | undefined): boolean =>
  (only === undefined || name === only) && isSafeName(name)

function versionsOf(archive: Dir, names: readonly ArchiveName[]): readonly ArchivedVersion[] {
  const versions = names.flatMap(({ name, stamp, isDamaged }): ArchivedVersion[] => {
    const stat = archive.lstat(name)
    if (stat?.type !== 'file' && stat?.type !== 'symlink') return []
    const { type, sizeBytes, mtimeNs, birthNs } = stat
    return [{ name, stamp, isDamaged, type, sizeBytes, mtimeNs, bornMs: Number(birthNs / 1_000_000n) }]
  })
  return versions.sort((a, b) => compareStamps(a.stamp, b.stamp))
}

function liveFile(dir: Dir, name: string): Stat | undefined {
  const stat = dir.lstat(name)
  return stat?.type === 'file' || stat?.type === 'symlink' ? stat : undefined
}

/** @param device it must lie on; whatever is mounted there is not the share's */
function openSub(dir: Dir, name: string, device?: bigint): Dir | undefined {
  try {
    const sub = dir.openDir(name)
    if (device === undefined || sub.stat().device === device) return sub
    sub.close()
    return undefined
  } catch (error) {
    // a link, a file, or nothing
    if (leadsNowhere(codeOf(error))) return undefined
    throw error
  }
}
