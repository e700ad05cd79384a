/** One op of a batch, on disk: displaces what lies at its path and puts there what belongs there. */
import type { PlaceOp } from '../disk-work.ts'
import { besideOf, displacementFromText } from '../model/displacement.ts'
import { codeOf, keepsNoLinks, leadsNowhere } from '../model/error-code.ts'
import { IgnoreRules } from '../model/ignore-rules.ts'
import { isIgnored, isTempName } from '../model/ignored.ts'
import { joinPath, nameOf, parentOf } from '../model/rel-path.ts'
import type { RelPath } from '../model/rel-path.ts'
import { nothingSeen, seenOf } from '../model/seen.ts'
import type { Dir, File, Stat } from '../ports.ts'
import type { Batch } from './place-batch.ts'
import { displace, moveFolderBeside, moveToFree, putBack, putBeside } from './place-displace.ts'
import type { Moved, Spot } from './place-displace.ts'
import { changedUnderneath, Stop, stopBlocked } from './place-result.ts'
import { applyPlatform } from './place-platform.ts'
import { trySetMode, trySetMtime } from './place-stage.ts'
import type { Temp } from './temp.ts'

const DEFAULT_DIRECTORY_MODE = 0o755
const OWNER_READS = 0o500
/** what a peer may say of them: neither setuid nor setgid nor sticky */
const PERMISSIONS = 0o777

/** Content up to this size is read once more after its time was set: a write in that very moment would leave no trace. */
const REREAD_BYTES = 8 * 1024 * 1024

export interface Swapped {
  readonly at: Spot | undefined
  /** what we put there; undefined after a removal */
  readonly placed: Stat | undefined
  readonly moved: Moved | undefined
  /** the disk has to be looked at again */
  readonly isRacy?: boolean
}

/**
 * @param temp what `stage` made of a file op
 * @param needed gets what has to be fsynced before the op is done
 * @throws Stop, node's errors; the path then holds what it held
 */
export function swap(
  batch: Batch,
  op: PlaceOp,
  archivePlace: string | undefined,
  temp: Temp | undefined,
  needed: Set<File | Dir>,
): Swapped {
  if (isIgnored(op.path)) throw stopBlocked('bad-name')
  const at = spotOf(batch, op)
  if (!at) return { at: undefined, placed: undefined, moved: undefined }
  const found = at.dir.lstat(at.name)
  const before = found && batch.asItWas(found)
  // a device or a mounted disk: no scan reports what is there, so asking for one would go on for ever
  if (before && (before.type === 'other' || before.device !== batch.device)) throw stopBlocked('is-in-the-way')
  if ((before ? seenOf(before) : nothingSeen) !== op.expected) throw differs(batch, at, op)
  if (op.type === 'set-meta') {
    const placed = before && setMeta(batch, at, before, op, needed)
    const isRacy = op.mtimeNs !== undefined && before?.type === 'file' && before.sizeBytes <= REREAD_BYTES
    return { at, placed, moved: undefined, isRacy }
  }
  if (op.type === 'directory' && before?.type === 'directory')
    return { at, placed: setDirectory(batch, at, op, op.mode, needed), moved: undefined }
  needed.add(at.dir)
  const moved = before && clear(batch, at, before, op, archivePlace, needed)
  try {
    const placed = put(batch, at, op, temp, needed)
    return { at, placed, moved: moved && settleBeside(batch, moved, op, needed) }
  } catch (error) {
    if (moved) putBack(moved.spot, at)
    else if (before) remake(at, before)
    // somebody has put something there between our look and now
    if (codeOf(error) === 'EEXIST') throw changedUnderneath()
    throw codeOf(error) === 'ENOENT' && isNameRefused(batch, op, temp) ? stopBlocked('bad-name') : error
  }
}

/** Some file systems say of a name that they cannot keep that nothing has it. */
function isNameRefused({ tmp, folders }: Batch, { path }: PlaceOp, temp: Temp | undefined): boolean {
  const parent = parentOf(path)
  try {
    // a folder that somebody has removed is open still, and nothing comes into it any more
    if (parent !== undefined) folders.forget(parent)
    folders.open(parent)
    return !temp || tmp.lstat(temp.name) !== undefined
  } catch {
    return false
  }
}

/** The conflict copy, where one is wanted. It cannot fail the op any more: the archive keeps the old version. */
function settleBeside(batch: Batch, moved: Moved, op: PlaceOp, needed: Set<File | Dir>): Moved {
  const beside = besideOf(op)
  if (beside === undefined || moved.archived === undefined) return moved
  try {
    return putBeside(batch, moved.spot, beside, needed) ?? moved
  } catch {
    return moved
  }
}

/** Where letters' case does not count, what lies there may have another name: then no scan would find it here. */
function differs(batch: Batch, { dir, name }: Spot, op: PlaceOp): Stop {
  const isTwin = op.expected === nothingSeen && batch.folders.lstatExact(dir, name) === undefined
  const twin = isTwin ? batch.folders.nameFor(dir, name) : undefined
  if (twin !== undefined) return new Stop({ type: 'twin', path: joinPath(parentOf(op.path), twin) })
  return isTwin ? stopBlocked('bad-name') : changedUnderneath()
}

/** undefined: the folder it lies in is not there, and neither is to be anything in it */
function spotOf(batch: Batch, op: PlaceOp): Spot | undefined {
  try {
    return { dir: batch.folders.open(parentOf(op.path)), name: nameOf(op.path) }
  } catch (error) {
    if (!leadsNowhere(codeOf(error))) throw error
    if (op.expected !== nothingSeen) throw changedUnderneath()
    if (op.type === 'remove') return undefined
    throw stopBlocked('no-parent')
  }
}

/** Makes the path free. */
function clear(
  batch: Batch,
  at: Spot,
  before: Stat,
  op: PlaceOp,
  archivePlace: string | undefined,
  needed: Set<File | Dir>,
): Moved | undefined {
  if (before.type === 'directory') {
    const isEmpty = removeEmpty(batch, at) || (op.type === 'remove' && disposeAll(batch, at, op))
    if (!isEmpty && op.type === 'remove') throw stopBlocked('not-empty')
    const beside = besideOf(op)
    if (!isEmpty && beside === undefined) throw stopBlocked('is-in-the-way')
    batch.folders.forget(op.path)
    return isEmpty || beside === undefined ? undefined : moveFolderBeside(batch, at, beside, needed)
  }
  const archived = archivePlace === undefined ? undefined : displacementFromText(archivePlace)?.archived
  if (archived === undefined) throw new Stop({ type: 'failed', code: 'NO_ARCHIVE_PLACE' })
  return displace(batch, at, before, archived, needed)
}

/** @returns false: it holds something of a user's, or something that nobody knows */
function removeEmpty(batch: Batch, { dir, name }: Spot): boolean {
  try {
    batch.changing(dir, () => dir.removeDir(name))
    return true
  } catch (error) {
    if (!['ENOTEMPTY', 'EEXIST'].includes(codeOf(error))) throw error
  }
  using inside = dir.openDir(name)
  const names = inside.list()
  const isTemp = (each: string | Uint8Array): each is string =>
    typeof each === 'string' && isTempName(each) && inside.lstat(each)?.type === 'file'
  if (!names.every(isTemp)) return false
  for (const each of names) batch.changing(inside, () => inside.removeFile(each))
  batch.changing(dir, () => dir.removeDir(name))
  return true
}

/** Removes a folder in which there is nothing but what may go with it. @returns false: then nothing was removed */
function disposeAll(
  batch: Batch,
  { dir, name }: Spot,
  { path, disposing = [] }: PlaceOp & { type: 'remove' },
): boolean {
  const rules = IgnoreRules.parse(disposing)
  if (!rules.ok || disposing.length === 0 || !holdsOnly(dir, name, path, (at) => rules.value.isDisposable(at)))
    return false
  removeTree(batch, dir, name)
  return true
}

function holdsOnly(dir: Dir, name: string, path: RelPath, isMeant: (path: RelPath) => boolean): boolean {
  using inside = dir.openDir(name)
  return inside.list().every((each) => {
    if (typeof each !== 'string') return false
    const at = joinPath(path, each)
    return isMeant(at) || (inside.lstat(each)?.type === 'directory' && holdsOnly(inside, each, at, isMeant))
  })
}

function removeTree(batch: Batch, dir: Dir, name: string): void {
  if (dir.lstat(name)?.type !== 'directory') return batch.changing(dir, () => dir.removeFile(name))
  {
    using inside = dir.openDir(name)
    for (const each of inside.list()) if (typeof each === 'string') removeTree(batch, inside, each)
  }
  batch.changing(dir, () => dir.removeDir(name))
}

/** Puts back the empty folder that had given way. */
function remake({ dir, name }: Spot, { type, mode }: Stat): void {
  if (type !== 'directory') return
  try {
    dir.makeDir(name, mode)
  } catch {
    // an empty folder is no loss, and the next scan sees that it is gone
  }
}

/** @returns undefined after a removal */
function put(batch: Batch, at: Spot, op: PlaceOp, temp: Temp | undefined, needed: Set<File | Dir>): Stat | undefined {
  const { dir, name } = at
  switch (op.type) {
    case 'remove':
    case 'set-meta':
      return undefined
    case 'symlink':
      makeLink(batch, at, op.target)
      return statOfLink(at, op.target)
    case 'directory': {
      const mode = (op.mode ?? DEFAULT_DIRECTORY_MODE) & PERMISSIONS
      // with its permissions from the start: there is nothing more to be made durable then
      batch.changing(dir, () => dir.makeDir(name, mode | OWNER_READS))
      return setDirectory(batch, at, op, mode, needed)
    }
    case 'file': {
      if (!temp) throw new Stop({ type: 'failed', code: 'NO_SUCH_TEMP' })
      const placed = temp.file.stat()
      batch.changing(dir, () => moveToFree({ dir: batch.tmp, name: temp.name }, at))
      return placed
    }
  }
}

function makeLink(batch: Batch, { dir, name }: Spot, target: string): void {
  try {
    batch.changing(dir, () => dir.makeLink(name, target))
  } catch (error) {
    throw keepsNoLinks(codeOf(error)) ? stopBlocked('no-links') : error
  }
}

/** Where a user was faster, what lies there is not told to be the link: the next scan is to see that it is not. */
function statOfLink({ dir, name }: Spot, target: string): Stat {
  const now = dir.lstat(name)
  const isLink = now?.type === 'symlink' && dir.readLink(name) === target
  return isLink ? now : { ...dir.stat(), type: 'symlink', inode: 0n }
}

/**
 * A folder that its owner cannot read and enter could not be shared on. Its permissions have to be durable as well:
 * others that a crash brings back would pass for its owner's change.
 */
function setDirectory(
  batch: Batch,
  at: Spot,
  { path, platform }: PlaceOp,
  mode: number | undefined,
  needed: Set<File | Dir>,
): Stat {
  const opened = batch.folders.open(path)
  if (applyPlatform(batch.platform, { ...at, opened }, platform)) needed.add(opened)
  const wanted = mode === undefined ? undefined : (mode & PERMISSIONS) | OWNER_READS
  const before = batch.asItWas(opened.stat())
  // as it was then: should somebody change it now, the next scan is to see that
  if (wanted === undefined || before.mode === wanted || !trySetMode(opened, wanted)) return before
  needed.add(opened)
  batch.keepMode(before.inode)
  return batch.asItWas(opened.stat())
}

function setMeta(
  batch: Batch,
  at: Spot,
  before: Stat,
  op: PlaceOp & { type: 'set-meta' },
  needed: Set<File | Dir>,
): Stat {
  if (before.type === 'symlink') return before
  if (before.type === 'directory') return setDirectory(batch, at, op, op.mode, needed)
  const file = at.dir.openFile(at.name)
  needed.add(file)
  if (seenOf(file.stat()) !== op.expected) throw changedUnderneath()
  if (before.links > 1) throw stopBlocked('has-other-names')
  applyPlatform(batch.platform, { ...at, opened: file }, op.platform)
  const kept = op.mode === undefined || trySetMode(file, op.mode | 0o400)
  // who may not set the time either is not the owner; otherwise the file system keeps no permissions
  const now = file.stat()
  if (now.mtimeNs !== before.mtimeNs || now.sizeBytes !== before.sizeBytes) throw changedUnderneath()
  // no more than has to be: a write since then is to have a time of its own
  const isTimed = (op.mtimeNs !== undefined || !kept) && trySetMtime(file, op.mtimeNs ?? before.mtimeNs)
  if (!isTimed && !kept) throw stopBlocked('no-permission')
  const isSet = kept && op.mode !== undefined && now.mode !== before.mode
  const mode = isSet ? (op.mode & PERMISSIONS) | 0o400 : now.mode
  const after = file.stat()
  // as it was set: should somebody have changed or written it since, the next scan is to see that
  return { ...now, mode, ctimeNs: after.ctimeNs, mtimeNs: isTimed ? after.mtimeNs : now.mtimeNs }
}
