/** Takes a version out of the archive, to be put in place: a copy, so that the archive keeps it. */
import { hash } from 'node:crypto'
import type { FoundContent } from './disk-work.ts'
import { Folders } from './folders.ts'
import { blockBytesFor } from './model/block-size.ts'
import { HASH_BYTES, noBytes } from './model/entry.ts'
import { codeOf, isFull, leadsNowhere } from './model/error-code.ts'
import type { Reserve } from './model/reserve.ts'
import { nameOf, parentOf } from './model/rel-path.ts'
import type { RelPath } from './model/rel-path.ts'
import { nothingSeen, seenOf } from './model/seen.ts'
import type { Dir, Random, Stat } from './ports.ts'
import { discard, roomFor, Temp } from './pull/temp.ts'
import { openTmp } from './tmp-folder.ts'

interface Copied {
  readonly content: FoundContent
  readonly temp: Temp | undefined
}

/** Yields wherever the caller may pause. @throws node's errors, when the disk fails */
export function* copyArchived(
  root: Dir,
  archived: RelPath,
  random: Random,
  reserve: Reserve,
): Generator<undefined, Copied | 'gone' | 'no-space'> {
  using folders = new Folders(root)
  let dir: Dir
  try {
    dir = folders.open(parentOf(archived))
  } catch (error) {
    if (leadsNowhere(codeOf(error))) return 'gone'
    throw error
  }
  const stat = dir.lstat(nameOf(archived))
  if (stat?.type === 'symlink')
    return { content: contentOf(stat, noBytes, dir.readLink(nameOf(archived))), temp: undefined }
  if (stat?.type !== 'file') return 'gone'
  using tmp = openTmp(root)
  return yield* copyFile(dir, nameOf(archived), stat, tmp, random, reserve)
}

function* copyFile(
  dir: Dir,
  name: string,
  stat: Stat,
  tmp: Dir,
  random: Random,
  reserve: Reserve,
): Generator<undefined, Copied | 'gone' | 'no-space'> {
  const { sizeBytes } = stat
  if (roomFor(tmp, reserve) < sizeBytes) return 'no-space'
  const blockBytes = blockBytesFor(sizeBytes)
  const blocks = new Uint8Array(Math.ceil(sizeBytes / blockBytes) * HASH_BYTES)
  // of its own: others work between two steps
  const buffer = Buffer.allocUnsafeSlow(Math.min(blockBytes, sizeBytes))
  using file = dir.openFile(name)
  const temp = Temp.make(tmp, random, sizeBytes)
  let isDone = false
  try {
    for (let position = 0, at = 0; position < sizeBytes; position += blockBytes, at += HASH_BYTES) {
      const bytes = buffer.subarray(0, Math.min(blockBytes, sizeBytes - position))
      if (file.read(bytes, position) < bytes.length) return 'gone'
      blocks.set(hash('sha256', bytes, 'buffer'), at)
      temp.write(bytes, position)
      yield
    }
    if (seenOf(file.stat()) !== seenOf(stat)) return 'gone'
    isDone = true
    // made with these permissions; a disk that gives it others keeps none
    const mode = temp.file.stat().mode === 0o600 ? stat.mode : undefined
    return { content: { ...contentOf(stat, blocks, undefined), mode }, temp }
  } catch (error) {
    if (isFull(codeOf(error))) return 'no-space'
    throw error
  } finally {
    if (!isDone) discard(tmp, temp)
  }
}

const contentOf = (
  { type, sizeBytes, mode, mtimeNs }: Stat,
  blocks: Uint8Array,
  linkTarget: string | undefined,
): FoundContent => ({
  seen: nothingSeen,
  type: type === 'symlink' ? type : 'file',
  sizeBytes: type === 'symlink' ? 0 : sizeBytes,
  mode,
  mtimeNs,
  blockBytes: blocks.length > 0 ? blockBytesFor(sizeBytes) : 0,
  blocks,
  linkTarget,
})
