import { hash } from 'node:crypto'
import type { FileBlock, ShareRoot, Verdict } from '../disk-work.ts'
import { Folders } from '../folders.ts'
import { bytesEqual } from '../model/entry.ts'
import { codeOf } from '../model/error-code.ts'
import type { RelPath } from '../model/rel-path.ts'
import { seenOf } from '../model/seen.ts'
import type { Seen } from '../model/seen.ts'
import type { Clock, File, FileSystem } from '../ports.ts'
import { isSettled } from './examine.ts'
import type { ReadBuffer } from './hash-file.ts'

export interface VerifyDeps {
  readonly fs: FileSystem
  readonly clock: Pick<Clock, 'now'>
  readonly buffers: ReadBuffer
}

/** Reads some blocks of a file again. @param seen  what the index last saw of it */
export function verify(
  { fs, clock, buffers }: VerifyDeps,
  root: ShareRoot,
  path: RelPath,
  seen: Seen,
  blocks: readonly FileBlock[],
): Verdict {
  const isUntouched = (file: File): boolean => {
    const stat = file.stat()
    return seenOf(stat) === seen && isSettled(stat, clock)
  }
  try {
    using folders = new Folders(fs.openRoot(root.path))
    using file = folders.openFile(path)
    if (!isUntouched(file)) return 'changed'
    try {
      if (blocks.every((block) => isWhole(file, block, buffers))) return 'whole'
    } catch (error) {
      if (codeOf(error) === 'EIO') return 'unreadable'
      throw error
    }
    return isUntouched(file) ? 'damaged' : 'changed'
  } catch {
    return 'changed' // gone, another thing now, or not to be read: the next scan tells
  }
}

function isWhole(file: File, { offset, sizeBytes, hash: expected }: FileBlock, buffers: ReadBuffer): boolean {
  const bytes = buffers.for(sizeBytes, sizeBytes).subarray(0, sizeBytes)
  return file.read(bytes, offset) === sizeBytes && bytesEqual(hash('sha256', bytes, 'buffer'), expected)
}
