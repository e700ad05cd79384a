import { codeOf, keepsNoLinks } from '../model/error-code.ts'
import { withSuffix } from '../model/numbered-name.ts'
import { joinPath, nameOf, parentOf } from '../model/rel-path.ts'
import type { RelPath } from '../model/rel-path.ts'
import type { Dir, File, Stat } from '../ports.ts'
import type { Batch } from './place-batch.ts'
import { changedUnderneath, Stop } from './place-result.ts'
import { isSameThing } from './same-thing.ts'

/** A name in an open folder. */
export interface Spot {
  readonly dir: Dir
  readonly name: string
}

/** What lay at a path is now here. */
export interface Moved {
  readonly spot: Spot
  /** in the archive; undefined when it lies beside instead */
  readonly archived: RelPath | undefined
  readonly beside: RelPath | undefined
}

/** Moves without ever replacing anything: EEXIST. Where there are no hard links a look before has to do. */
export function moveToFree(from: Spot, to: Spot): void {
  try {
    from.dir.link(from.name, to.dir, to.name)
  } catch (error) {
    if (!keepsNoLinks(codeOf(error))) throw error
    if (to.dir.lstat(to.name)) throw Object.assign(new Error(`${to.name} is taken`), { code: 'EEXIST' })
    return from.dir.rename(from.name, to.dir, to.name)
  }
  from.dir.removeFile(from.name)
}

/** Where folders may have to be made writable first: see `Batch`. */
type Changing = Pick<Batch, 'folders' | 'changing'>

/**
 * Moves what lies at a path to the archive, and makes sure that it was what had been seen: looking at it only
 * before would leave a moment for a user's write to be taken for the old version.
 * @param before what lay there just now
 * @param needed gets the folders that changed
 */
export function displace(batch: Batch, at: Spot, before: Stat, archivePlace: RelPath, needed: Set<File | Dir>): Moved {
  const archive: Spot = { dir: batch.makeParent(archivePlace, needed), name: nameOf(archivePlace) }
  if (archive.dir.lstat(archive.name)) throw new Stop({ type: 'failed', code: 'ARCHIVE_TAKEN' })
  try {
    batch.changing(at.dir, () => at.dir.rename(at.name, archive.dir, archive.name))
  } catch (error) {
    throw codeOf(error) === 'ENOENT' ? changedUnderneath() : error
  }
  needed.add(archive.dir)
  const after = archive.dir.lstat(archive.name)
  if (after && isSameThing(before, after)) return { spot: archive, archived: archivePlace, beside: undefined }
  putBack(archive, at)
  throw changedUnderneath()
}

/** Unless somebody has put something there: then the archive keeps it. */
export function putBack(from: Spot, to: Spot): void {
  try {
    moveToFree(from, to)
  } catch (error) {
    if (codeOf(error) !== 'EEXIST') throw error
  }
}

/**
 * From the archive to the conflict copy's name; to the next free one, unless what has that name is the very same
 * content. Only once the new version is in place: should the power fail in between, the path must not be empty
 * with its content elsewhere, which would look like a removal.
 * @returns undefined: it stays in the archive
 */
export function putBeside(
  { folders, changing }: Changing,
  archive: Spot,
  wanted: RelPath,
  needed: Set<File | Dir>,
): Moved | undefined {
  const dir = folders.open(parentOf(wanted))
  for (let attempt = 1; ; attempt++) {
    const name = numbered(nameOf(wanted), attempt)
    const spot: Spot = { dir, name }
    if (isSameContent(archive, spot)) return undefined
    try {
      changing(dir, () => moveToFree(archive, spot))
      needed.add(dir)
      return { spot, archived: undefined, beside: joinPath(parentOf(wanted), name) }
    } catch (error) {
      if (codeOf(error) !== 'EEXIST') throw error
    }
  }
}

const numbered = (name: string, attempt: number): string => (attempt === 1 ? name : withSuffix(name, `-${attempt}`))

/** A folder with all that is in it, when a file has won its name. */
export function moveFolderBeside(batch: Batch, from: Spot, wanted: RelPath, needed: Set<File | Dir>): Moved {
  const dir = batch.folders.open(parentOf(wanted))
  for (let attempt = 1; ; attempt++) {
    const name = numbered(nameOf(wanted), attempt)
    if (dir.lstat(name)) continue
    batch.changing(dir, () => from.dir.rename(from.name, dir, name))
    needed.add(dir)
    return { spot: { dir, name }, archived: undefined, beside: joinPath(parentOf(wanted), name) }
  }
}

function isSameContent(a: Spot, b: Spot): boolean {
  const [x, y] = [a.dir.lstat(a.name), b.dir.lstat(b.name)]
  if (!x || x.type !== y?.type || x.sizeBytes !== y.sizeBytes) return false
  if (x.type === 'symlink') return a.dir.readLink(a.name) === b.dir.readLink(b.name)
  if (x.type !== 'file') return false
  using fileA = a.dir.openFile(a.name)
  using fileB = b.dir.openFile(b.name)
  const [bytesA, bytesB] = [Buffer.allocUnsafeSlow(65536), Buffer.allocUnsafeSlow(65536)]
  for (let position = 0; position < x.sizeBytes; position += bytesA.length) {
    const [gotA, gotB] = [fileA.read(bytesA, position), fileB.read(bytesB, position)]
    if (gotA !== gotB || !bytesA.subarray(0, gotA).equals(bytesB.subarray(0, gotB))) return false
  }
  return true
}
