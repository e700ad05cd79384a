/**
 * Spare copies of what lies in the share, in `.homeseed/spare/ab/ab…`, named by their content: when somebody writes into
 * a file on this very disk, what it held before is gone by the time that anybody notices.
 */
import { hash } from 'node:crypto'
import type { ShareRoot, SpareLimits, SparePart, SparesMade, SpareWish } from '../disk-work.ts'
import { Folders } from '../folders.ts'
import { blockBytesIn } from '../model/block-size.ts'
import { contentHash } from '../model/content-hash.ts'
import { HASH_BYTES } from '../model/entry.ts'
import { codeOf, keepsNoLinks, leadsNowhere } from '../model/error-code.ts'
import { HOME } from '../model/ignored.ts'
import { nameOf, parentOf } from '../model/rel-path.ts'
import type { RelPath } from '../model/rel-path.ts'
import { reserveBytes } from '../model/reserve.ts'
import { seenOf } from '../model/seen.ts'
import type { Dir, File, FileSystem, Random } from '../ports.ts'
import { removeQuietly } from '../tmp-folder.ts'
import { archivePath } from './archive-name.ts'

export const SPARE = 'spare'
/** Below it: what is being copied. Not in `.homeseed/tmp`, where people look for what is being received. */
const UNFINISHED = 'new'
/** Larger ones are never copied, only cloned. */
const VERIFIED_BYTES = 64 * 1024 * 1024
const cannotClone: readonly string[] = ['ENOTSUP', 'EOPNOTSUPP', 'EXDEV', 'EINVAL', 'ENOTTY', 'ENOSYS', 'EPERM']

/** Yields wherever the caller may pause. A file that is not what was seen, or cannot be read, is left out. */
export function* makeSpares(
  fs: FileSystem,
  random: Random,
  root: ShareRoot,
  wishes: readonly SpareWish[],
  limits: SpareLimits,
): Generator<undefined, SparesMade> {
  using folders = new Folders(fs.openRoot(root.path), 64)
  // not made where the folder that was shared is not: the disk may just have gone
  using spare = openOrMake(folders.open(HOME as RelPath), SPARE)
  using tmp = openOrMake(spare, UNFINISHED)
  const { freeBytes, totalBytes } = folders.root.space()
  const freeToUse = freeBytes - reserveBytes(totalBytes, root.reserve ?? 'auto')
  const made = { isCloning: limits.isCloning, copiedBytes: 0, isFull: false }
  const mayCopy = (sizeBytes: number): boolean => {
    if (sizeBytes > limits.fileBytes) return false
    made.isFull ||= made.copiedBytes + sizeBytes > Math.min(limits.bytes, freeToUse)
    return !made.isFull
  }
  for (const wish of wishes) {
    yield
    const name = Buffer.from(random.bytes(16)).toString('hex')
    try {
      using shard = openOrMake(spare, wish.content.slice(0, 2))
      if (shard.lstat(wish.content)) continue
      using file = folders.openFile(wish.path)
      const before = file.stat()
      if (before.type !== 'file' || seenOf(before) !== wish.seen) continue
      made.isCloning &&= clone(file, tmp, name)
      if (!made.isCloning && !mayCopy(before.sizeBytes)) continue
      using copy = made.isCloning ? tmp.editFile(name) : tmp.createFile(name)
      // a clone of what has its times for sure needs no second look
      const isRight =
        made.isCloning && wish.isSure
          ? true
          : yield* copyOf(file, made.isCloning ? file : copy, before.sizeBytes, wish.content, root)
      if (!isRight || seenOf(file.stat()) !== wish.seen) {
        removeQuietly(tmp, name)
        continue
      }
      copy.setMode(before.mode | 0o400)
      copy.setMtime(before.mtimeNs)
      tmp.rename(name, shard, wish.content)
      if (!made.isCloning) made.copiedBytes += before.sizeBytes
    } catch (error) {
      removeQuietly(tmp, name)
      if (codeOf(error) === 'ENOSPC' || codeOf(error) === 'EDQUOT') made.isFull = true
      else if (!['ENOENT', 'ENOTDIR', 'ELOOP', 'EACCES', 'EISDIR', 'EIO', 'EEXIST'].includes(codeOf(error))) throw error
    }
    if (made.isFull) break
  }
  return made
}

/** @returns false: this disk shares no content between files */
function clone(file: File, tmp: Dir, name: string): boolean {
  try {
    file.cloneTo(tmp, name)
    return true
  } catch (error) {
    if (cannotClone.includes(codeOf(error))) return false
    throw error
  }
}

/** Copies (unless it is the same file) and reads. @returns whether it is what its name says */
function* copyOf(
  from: File,
  to: File,
  sizeBytes: number,
  content: string,
  root: ShareRoot,
): Generator<undefined, boolean> {
  const blockBytes = blockBytesIn(root, sizeBytes)
  const blocks = new Uint8Array(Math.ceil(sizeBytes / blockBytes) * HASH_BYTES)
  const buffer = Buffer.allocUnsafeSlow(Math.min(blockBytes, sizeBytes))
  for (let position = 0, at = 0; position < sizeBytes; position += blockBytes, at += HASH_BYTES) {
    const bytes = buffer.subarray(0, Math.min(blockBytes, sizeBytes - position))
    if (from.read(bytes, position) < bytes.length) return false
    blocks.set(hash('sha256', bytes, 'buffer'), at)
    if (to !== from) to.write(bytes, position)
    yield
  }
  return Buffer.from(contentHash(blocks)).toString('hex') === content
}

/** Takes away what a crash left half copied. */
export function dropUnfinishedSpares(folders: Folders): void {
  try {
    const unfinished = folders.open(`${HOME}/${SPARE}/${UNFINISHED}` as RelPath)
    for (const name of unfinished.list()) if (typeof name === 'string') removeQuietly(unfinished, name)
  } catch (error) {
    if (!leadsNowhere(codeOf(error))) throw error
  }
}

/** The same content may have lain at several paths; a spare that is left over goes when spares are tidied up. */
function linkOrMove(from: Dir, name: string, to: Dir, toName: string): void {
  try {
    from.link(name, to, toName)
  } catch (error) {
    if (!keepsNoLinks(codeOf(error))) throw error
    from.rename(name, to, toName)
  }
}

/** Puts spares into the archive, as what their paths held until now. @returns how many bytes those are */
export async function archiveSpares(
  fs: FileSystem,
  root: ShareRoot,
  wanted: readonly { readonly path: RelPath; readonly content: string }[],
  nowMs: number,
): Promise<number> {
  using folders = new Folders(fs.openRoot(root.path))
  const changed = new Set<Dir>()
  let bytes = 0
  for (const { path, content } of wanted) {
    try {
      const shard = folders.open(spareFolder(content))
      const stat = shard.lstat(content)
      if (stat?.type !== 'file') continue
      // a copy may not have outlived a power cut
      if (stat.sizeBytes <= VERIFIED_BYTES && !isWhole(shard, content, stat.sizeBytes, root)) {
        shard.removeFile(content)
        continue
      }
      // made at leisure, it may not be on disk yet
      using file = shard.openFile(content)
      if ((await fs.sync([file]))[0] !== undefined) continue
      for (let attempt = 1; ; attempt += 1) {
        const place = archivePath(path, nowMs, attempt)
        const archive = folderAt(folders, parentOf(place))
        if (archive.lstat(nameOf(place))) continue
        linkOrMove(shard, content, archive, nameOf(place))
        changed.add(archive)
        bytes += stat.sizeBytes
        break
      }
    } catch (error) {
      // no such spare, or something else lies where the archive has its folder
      if (!['ENOENT', 'ENOTDIR', 'ELOOP', 'ENAMETOOLONG', 'ENOSPC', 'EDQUOT'].includes(codeOf(error))) throw error
    }
  }
  await fs.sync([...changed])
  return bytes
}

function isWhole(shard: Dir, content: string, sizeBytes: number, root: ShareRoot): boolean {
  using file = shard.openFile(content)
  const reading = copyOf(file, file, sizeBytes, content, root)
  for (let step = reading.next(); ; step = reading.next()) if (step.done) return step.value
}

/** One part of them after the other: those whose names begin with the same two digits. */
export function nextSpares(fs: FileSystem, root: ShareRoot, after: string): SparePart | undefined {
  using folders = new Folders(fs.openRoot(root.path))
  try {
    const isNext = (name: string | Uint8Array) => typeof name === 'string' && /^[0-9a-f]{2}$/.test(name) && name > after
    const [part] = folders
      .open(`${HOME}/${SPARE}` as RelPath)
      .list()
      .filter(isNext)
      .sort()
    if (typeof part !== 'string') return undefined
    const shard = folders.open(spareFolder(part))
    const spares = shard.list().flatMap((content) => {
      const stat = typeof content === 'string' && isContent(content) ? shard.lstat(content) : undefined
      return stat?.type === 'file' ? [{ content: String(content), sizeBytes: stat.sizeBytes }] : []
    })
    return { part, spares }
  } catch (error) {
    if (leadsNowhere(codeOf(error))) return undefined
    throw error
  }
}

export function removeSpares(fs: FileSystem, root: ShareRoot, contents: readonly string[]): void {
  using folders = new Folders(fs.openRoot(root.path))
  for (const content of contents) if (isContent(content)) removeQuietly(folders.open(spareFolder(content)), content)
}

const isContent = (name: string): boolean => /^[0-9a-f]{64}$/.test(name)
const spareFolder = (content: string): RelPath => `${HOME}/${SPARE}/${content.slice(0, 2)}` as RelPath

function openOrMake(dir: Dir, name: string): Dir {
  if (!dir.lstat(name)) dir.makeDir(name, 0o700)
  return dir.openDir(name)
}

/** Opens a folder of the archive, and makes what is missing of it. */
function folderAt(folders: Folders, path: RelPath | undefined): Dir {
  try {
    return folders.open(path)
  } catch (error) {
    if (codeOf(error) !== 'ENOENT' || path === undefined || path === HOME) throw error
    folderAt(folders, parentOf(path)).makeDir(nameOf(path), 0o700)
    return folders.open(path)
  }
}
