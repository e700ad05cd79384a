/**
 * `.homeseed/relaxed`: folders that were read-only and are writable for a moment, so that what is in them can be
 * changed. Should the program end in that moment, the next start gives them back their permissions: nobody edited them.
 */
import type { Folders } from '../folders.ts'
import { HOME } from '../model/ignored.ts'
import { parseRelPath } from '../model/rel-path.ts'
import type { RelPath } from '../model/rel-path.ts'
import { removeQuietly } from '../tmp-folder.ts'

const RELAXED = 'relaxed'
const MAX_BYTES = 16 * 1024 * 1024

export interface Relaxed {
  /** undefined: the share's root */
  readonly path: RelPath | undefined
  /** the permissions it had */
  readonly mode: number
}

/** While they are writable they also have these. */
export const WRITABLE = 0o300

/** Before the first of them becomes writable; none: all have their permissions back. @throws node's errors */
export function noteRelaxed({ root }: Folders, all: readonly Relaxed[]): void {
  using home = root.openDir(HOME)
  removeQuietly(home, RELAXED)
  if (all.length === 0) return
  using file = home.createFile(RELAXED)
  file.write(new TextEncoder().encode(JSON.stringify(all.map(({ path = '', mode }) => [path, mode]))), 0)
}

/** Gives back what folders had before a crash left them writable. @throws node's errors */
export function restoreRelaxed(folders: Folders): void {
  for (const { path, mode } of readRelaxed(folders)) {
    try {
      const dir = folders.open(path)
      // anything else is what somebody wants it to be
      if (dir.stat().mode === (mode | WRITABLE)) dir.setMode(mode)
    } catch {
      // gone, or not ours any more
    }
  }
  noteRelaxed(folders, [])
}

function readRelaxed({ root }: Folders): readonly Relaxed[] {
  try {
    using home = root.openDir(HOME)
    using file = home.openFile(RELAXED)
    const bytes = new Uint8Array(Math.min(file.stat().sizeBytes, MAX_BYTES))
    const all = JSON.parse(new TextDecoder().decode(bytes.subarray(0, file.read(bytes, 0)))) as unknown
    return Array.isArray(all) ? all.flatMap(relaxedOf) : []
  } catch {
    return [] // there are none, or the power failed while they were written
  }
}

function relaxedOf(each: unknown): readonly Relaxed[] {
  if (!Array.isArray(each)) return []
  const [text, mode] = each as readonly unknown[]
  const path = typeof text === 'string' && text !== '' ? parseRelPath(text) : undefined
  const isMeant = text === '' || path !== undefined
  return isMeant && typeof mode === 'number' && mode >= 0 && mode <= 0o777 ? [{ path, mode }] : []
}
