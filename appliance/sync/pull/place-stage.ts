import type { PlaceOp } from '../disk-work.ts'
import { codeOf } from '../model/error-code.ts'
import { modeOfSeen } from '../model/seen.ts'
import type { File } from '../ports.ts'
import type { Batch } from './place-batch.ts'
import { applyPlatform } from './place-platform.ts'
import { Stop } from './place-result.ts'
import { discard, isHashOf, Temp } from './temp.ts'

export type FileOp = PlaceOp & { readonly type: 'file' }

/** Where the author's file system keeps no permissions, and there are none here to keep. */
const DEFAULT_MODE = 0o644

/**
 * Gets a file's content ready in `.homeseed/tmp`: complete, with its permissions and its time, and only to be
 * fsynced. @throws Stop, node's errors
 */
export function stage(batch: Batch, op: FileOp): Temp {
  const temp = 'temp' in op.from ? batch.takeTemp(op.from.temp) : inlineTemp(batch, op.from.bytes, op.from.hash)
  if (!temp) throw new Stop({ type: 'failed', code: 'NO_SUCH_TEMP' })
  try {
    if (!temp.isWhole) throw new Stop({ type: 'bad-content' })
    temp.finish()
    // whoever receives a file has to be able to pass it on
    applyPlatform(batch.platform, { dir: batch.tmp, name: temp.name, opened: temp.file }, op.platform)
    trySetMode(temp.file, (op.mode ?? modeOf(op.expected) ?? DEFAULT_MODE) | 0o400)
    trySetMtime(temp.file, op.mtimeNs)
    return temp
  } catch (error) {
    discard(batch.tmp, temp)
    throw error
  }
}

function inlineTemp(batch: Batch, bytes: Uint8Array, hash: Uint8Array): Temp {
  if (!isHashOf(bytes, hash)) throw new Stop({ type: 'bad-content' })
  const temp = Temp.make(batch.tmp, batch.random, bytes.length)
  try {
    if (bytes.length > 0) temp.write(bytes, 0)
    return temp
  } catch (error) {
    discard(batch.tmp, temp)
    throw error
  }
}

/** Permissions of the file that it replaces. */
const modeOf = (seen: string): number | undefined => (seen.startsWith('file:') ? modeOfSeen(seen) : undefined)

/** FAT and its like know no permissions, or refuse those they cannot keep; the content counts. */
const cannotKeep: readonly string[] = ['EPERM', 'ENOTSUP', 'EOPNOTSUPP', 'EINVAL', 'ENOSYS']

/** @returns false: this disk keeps none @throws node's other errors */
export function trySetMode(file: Pick<File, 'setMode'>, mode: number): boolean {
  return attempt(() => file.setMode(mode & 0o777))
}

/** Likewise. */
export function trySetMtime(file: Pick<File, 'setMtime'>, mtimeNs: bigint): boolean {
  return attempt(() => file.setMtime(mtimeNs))
}

function attempt(action: () => void): boolean {
  try {
    action()
    return true
  } catch (error) {
    if (cannotKeep.includes(codeOf(error))) return false
    throw error
  }
}
