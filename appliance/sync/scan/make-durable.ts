import type { Found, ShareRoot } from '../disk-work.ts'
import { Folders } from '../folders.ts'
import { nameOf, parentOf } from '../model/rel-path.ts'
import { timesOfSeen } from '../model/seen.ts'
import type { Clock, Dir, File, FileSystem } from '../ports.ts'

/** What is older the system has brought to the disk by itself: Linux does so within 35 s. */
const UNWRITTEN_MS = 60_000

type Changed = Found & { kind: 'changed' }

/**
 * Brings what a scan found to the disk before peers hear of it: what a power cut took away after that would look as if
 * its owner had deleted it.
 * @returns the same; what could not be brought there is unreadable
 * @throws node's errors when the folder is gone
 */
export async function makeDurable(
  { fs, clock }: { readonly fs: FileSystem; readonly clock: Pick<Clock, 'now'> },
  root: ShareRoot,
  found: readonly Found[],
): Promise<readonly Found[]> {
  const now = clock.now()
  const young = found.filter((each): each is Changed => each.kind === 'changed' && isYoung(each, now))
  if (young.length === 0) return found
  using folders = new Folders(fs.openRoot(root.path))
  const files: File[] = []
  try {
    const handlesOf = new Map<Found, readonly (File | Dir)[]>()
    for (const each of young) handlesOf.set(each, open(folders, each, files))
    const all = [...new Set([...handlesOf.values()].flat())]
    const outcomes = await fs.sync(all)
    const codeOf = new Map(all.map((handle, i) => [handle, outcomes[i]]))
    return found.map((each) => {
      const failed = handlesOf.get(each)?.find((handle) => codeOf.get(handle) !== undefined)
      const code = failed && codeOf.get(failed)
      return code !== undefined && each.kind === 'changed' ? { kind: 'unreadable', path: each.path, code } : each
    })
  } finally {
    for (const file of files) file[Symbol.dispose]()
  }
}

/** Folders have no times: they are new whenever they are found. */
function isYoung({ seen }: Changed, nowMs: number): boolean {
  const times = timesOfSeen(seen)
  return !times || Number(BigInt(times.ctimeNs) / 1_000_000n) > nowMs - UNWRITTEN_MS
}

/** @param files gets those that are to be closed */
function open(folders: Folders, { path, type }: Changed, files: File[]): readonly (File | Dir)[] {
  try {
    const dir = folders.open(parentOf(path))
    if (type === 'symlink') return [dir]
    if (type === 'directory') return [dir, folders.open(path)]
    const file = dir.openFile(nameOf(path))
    files.push(file)
    return [dir, file]
  } catch {
    return [] // gone again, or not to be read: the next look tells
  }
}
