/** Makes a folder a share's, and mends what a crash left in it. */
import { SPARE, dropUnfinishedSpares } from './archive/spares.ts'
import type { Intent, ShareRoot } from './disk-work.ts'
import { Folders } from './folders.ts'
import { displacementFromText, nothingArchived } from './model/displacement.ts'
import { codeOf, leadsNowhere } from './model/error-code.ts'
import { HOME } from './model/ignored.ts'
import { nameOf, parentOf } from './model/rel-path.ts'
import type { RelPath } from './model/rel-path.ts'
import type { Dir, File, FileSystem, Random } from './ports.ts'
import { moveToFree, putBeside } from './pull/place-displace.ts'
import type { Spot } from './pull/place-displace.ts'
import { restoreRelaxed } from './pull/relaxed.ts'
import { isContentName } from './pull/temp.ts'
import { openTmp, removeQuietly } from './tmp-folder.ts'
import { MARKER, checkFolder, readMarker } from './scan/marker.ts'

/** outermost folders of sealed files (seal/sealed-path.ts) */
const SEALED_TOP = /^[0-9A-V]\.syncthing-enc$/

/** @throws Error that a person can read */
export async function prepareFolder(fs: FileSystem, random: Random, root: ShareRoot): Promise<void> {
  let isThere = false
  try {
    using dir = fs.openRoot(root.path)
    isThere = true
    if (root.isSealed !== true) refuseSealed(dir, root.path)
    makeDir(dir, HOME, root.path)
    using home = dir.openDir(HOME)
    makeDir(home, 'archive', root.path)
    makeDir(home, 'tmp', root.path)
    if (!home.lstat(MARKER)) await writeMarker(fs, random, home, root.shareId)
    if (readMarker(dir) !== root.shareId)
      throw new Error(
        `${root.path} is marked as the folder of another share: if that one is gone, delete ${HOME}/${MARKER} in it and try again`,
      )
    await fs.sync([home, dir])
  } catch (error) {
    throw whyNot(error, root.path, isThere)
  }
}

/** What a keeper has left there is nobody's file, and would be shared as if it were. @throws Error that a person can read */
function refuseSealed(dir: Dir, path: string): void {
  if (dir.list().some((name) => typeof name === 'string' && SEALED_TOP.test(name)))
    throw new Error(`${path} holds files that were kept sealed: choose another folder`)
}

/** Whose marker a folder carries does not count. @throws Error that a person can read; nothing is changed */
export async function tryToPrepare(fs: FileSystem, random: Random, path: string): Promise<void> {
  let isThere = false
  try {
    using dir = fs.openRoot(path)
    isThere = true
    const isNew = makeDir(dir, HOME, path)
    try {
      using home = dir.openDir(HOME)
      for (const name of ['archive', 'tmp']) if (makeDir(home, name, path)) home.removeDir(name)
      await tryToWrite(fs, random, home)
    } finally {
      if (isNew) dir.removeDir(HOME)
    }
  } catch (error) {
    throw whyNot(error, path, isThere)
  }
}

async function tryToWrite(fs: FileSystem, random: Random, home: Dir): Promise<void> {
  const name = Buffer.from(random.bytes(16)).toString('hex')
  using file = home.createFile(name)
  try {
    file.write(new TextEncoder().encode('Written and removed again, to see whether this folder can be shared.\n'), 0)
    const [code] = await fs.sync([file])
    if (code !== undefined) throw Object.assign(new Error(code), { code })
  } finally {
    home.removeFile(name)
  }
}

/** @param isThere  whether the folder could be opened */
function whyNot(error: unknown, path: string, isThere: boolean): Error {
  // folders in which the system shows something of itself have no room for files
  return isThere && codeOf(error) === 'ENOENT'
    ? new Error(`${path} is there, but nothing can be made in it: it cannot be shared`, { cause: error })
    : readable(error, path)
}

/** @returns false: it is not that share's folder (any more), and is left alone @throws node's errors */
export async function releaseFolder(fs: FileSystem, root: ShareRoot): Promise<boolean> {
  if (checkFolder(fs, root).type !== 'complete') return false
  using dir = fs.openRoot(root.path)
  using home = dir.openDir(HOME)
  home.removeFile(MARKER)
  await fs.sync([home])
  return true
}

/** Files and archive stay with a folder that was released; what only its share needed goes. Yields where one may pause. */
export function* clearReleased(fs: FileSystem, root: ShareRoot): Generator<undefined> {
  using dir = fs.openRoot(root.path)
  using home = dir.openDir(HOME)
  for (const name of [SPARE, 'tmp']) yield* emptyOut(home, name)
}

/** Removes a folder of ours with all that lies in it; whatever cannot be removed stays, and is no harm. */
function* emptyOut(above: Dir, name: string): Generator<undefined> {
  try {
    using folder = above.openDir(name)
    for (const each of folder.list()) {
      if (typeof each !== 'string') continue
      if (folder.lstat(each)?.type === 'directory') yield* emptyOut(folder, each)
      else removeQuietly(folder, each)
      yield
    }
    above.removeDir(name)
  } catch {
    // never made, or somebody else's by now
  }
}

/** A symlink under this name could lead anywhere. @returns whether it was not there */
function makeDir(dir: Dir, name: string, path: string): boolean {
  const found = dir.lstat(name)
  if (found && found.type !== 'directory')
    throw new Error(`${name} in ${path} is no folder: move it away, and try again`)
  if (!found) dir.makeDir(name, 0o700)
  return !found
}

/** Appears whole or not at all: half a marker would be another share's. */
async function writeMarker(fs: FileSystem, random: Random, home: Dir, shareId: string): Promise<void> {
  using tmp = home.openDir('tmp')
  const name = Buffer.from(random.bytes(16)).toString('hex')
  using file = tmp.createFile(name)
  file.write(new TextEncoder().encode(`${shareId}\n`), 0)
  const [code] = await fs.sync([file])
  if (code !== undefined) throw Object.assign(new Error(code), { code })
  moveToFree({ dir: tmp, name }, { dir: home, name: MARKER })
}

const reasons: Readonly<Record<string, string>> = {
  ENOENT: 'is not there',
  ENOTDIR: 'is no folder',
  EACCES: 'may not be written to by Homeseed',
  EPERM: 'may not be written to by Homeseed',
  EROFS: 'is on a disk that cannot be written to',
  ENOSPC: 'is on a disk that is full',
  EIO: 'is on a disk that fails',
}

function readable(error: unknown, path: string): Error {
  const reason = reasons[codeOf(error)]
  if (reason !== undefined) return new Error(`${path} ${reason}`, { cause: error })
  return error instanceof Error && codeOf(error) === 'Error'
    ? error
    : new Error(`${path}: ${String(error)}`, { cause: error })
}

/**
 * What was moved away and not replaced goes back, as long as nothing lies there: whether it was to be removed for
 * good, the next plan decides anew. A conflict copy that did not get its name gets it. Then nothing in `tmp`
 * is needed any more but what came of large files.
 */
export async function recoverFolder(fs: FileSystem, root: ShareRoot, intents: readonly Intent[]): Promise<void> {
  using folders = new Folders(fs.openRoot(root.path))
  const changed = new Set<File | Dir>()
  restoreRelaxed(folders)
  const made = intents.filter(({ archived }) => archived === nothingArchived).map(({ path }) => path)
  for (const dir of removeUnused(folders, made)) changed.add(dir)
  for (const intent of intents) {
    const displacement = displacementFromText(intent.archived)
    if (!displacement) continue
    const { beside } = displacement
    const archived = spot(folders, displacement.archived)
    const target = spot(folders, intent.path)
    if (!archived?.dir.lstat(archived.name) || !target) continue
    if (!target.dir.lstat(target.name)) {
      moveToFree(archived, target)
      changed.add(target.dir)
    } else if (beside !== undefined && spot(folders, beside)) {
      putBeside({ folders, changing: (_dir, change) => change() }, archived, beside, changed)
    }
  }
  using tmp = openTmp(folders.root)
  for (const name of tmp.list()) {
    if (typeof name !== 'string' || tmp.lstat(name)?.type !== 'file') continue
    // what came of a large file is gone on with
    if (!isContentName(name)) tmp.removeFile(name)
  }
  dropUnfinishedSpares(folders)
  const failed = (await fs.sync([...changed])).find((code) => code !== undefined)
  if (failed !== undefined) throw Object.assign(new Error(`${root.path}: ${failed}`), { code: failed })
}

/**
 * Removes folders that are empty; those that somebody has use for are found by the next scan.
 * @returns those that they were in
 */
function removeUnused(folders: Folders, paths: readonly RelPath[]): readonly Dir[] {
  const removed = new Set<RelPath | undefined>()
  // what lies in a folder goes before it
  for (const path of [...paths].sort().reverse()) {
    const at = spot(folders, path)
    if (!at || folders.lstatExact(at.dir, at.name)?.type !== 'directory') continue
    try {
      at.dir.removeDir(at.name)
      folders.forget(path)
      removed.add(path)
    } catch {
      // it is not empty, or may not be removed
    }
  }
  const left = [...removed].map((path) => path && parentOf(path)).filter((parent) => !parent || !removed.has(parent))
  return left.map((parent) => folders.open(parent))
}

/** undefined: the folder it lies in is not there */
function spot(folders: Folders, path: RelPath): Spot | undefined {
  try {
    return { dir: folders.open(parentOf(path)), name: nameOf(path) }
  } catch (error) {
    if (leadsNowhere(codeOf(error))) return undefined
    throw error
  }
}
