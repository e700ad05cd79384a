import type { Found } from '../disk-work.ts'
import type { Folders } from '../folders.ts'
import { codeOf, leadsNowhere } from '../model/error-code.ts'
import { foldersOf, nameOf, parentOf } from '../model/rel-path.ts'
import type { RelPath } from '../model/rel-path.ts'
import type { Dir } from '../ports.ts'
import type { Sight } from './examine.ts'

/** The way from a share's root to the folder that a path lies in. */
export type Way = {
  /** the folders on the way, outermost first */
  readonly folders: readonly Sight[]
  readonly trouble: readonly Found[]
} & (
  | { readonly type: 'reached'; readonly parent: Dir }
  /** a folder on the way is missing, or is none: so the path and all below it are not there */
  | { readonly type: 'gone' }
  /** a folder on the way cannot be read: nothing can be said */
  | { readonly type: 'unknown' }
)

/** Looks at each folder on the way. The open one that it tells of belongs to `shared`, which closes it. */
export function reach(shared: Folders, path: RelPath): Way {
  const { device } = shared.root.stat()
  const folders: Sight[] = []
  for (const at of foldersOf(path)) {
    const step = enter(shared, at, device)
    if (step === 'gone') return { type: 'gone', folders, trouble: [] }
    if ('kind' in step) return { type: 'unknown', folders, trouble: [step] }
    folders.push(step)
  }
  try {
    const parent = shared.open(parentOf(path))
    if (isThere(shared, parent, nameOf(path))) return { type: 'reached', folders, trouble: [], parent }
    parent.list() // a folder that cannot be read does not prove that anything is missing in it
    return { type: 'gone', folders, trouble: [] }
  } catch (error) {
    return { type: 'unknown', folders, trouble: [troubleOf(parentOf(path), error)] }
  }
}

/** An error counts as yes: whoever looks at it next reports it. */
function isThere(shared: Folders, dir: Dir, name: string): boolean {
  try {
    return shared.lstatExact(dir, name) !== undefined
  } catch {
    return true
  }
}

function enter(shared: Folders, path: RelPath, device: bigint): Sight | Found | 'gone' {
  try {
    const [dir, name] = [shared.open(parentOf(path)), nameOf(path)]
    const stat = shared.lstatExact(dir, name)
    if (stat?.type !== 'directory') {
      dir.list() // as above
      return stat?.type === 'other' ? { kind: 'blocked', name: path, reason: 'special-file' } : 'gone'
    }
    if (stat.device !== device) return { kind: 'blocked', name: path, reason: 'other-file-system' }
    shared.open(path)
    return { path, dir, name, stat }
  } catch (error) {
    return troubleOf(path, error)
  }
}

function troubleOf(path: RelPath | undefined, error: unknown): Found {
  const code = codeOf(error)
  const vanished = path !== undefined && leadsNowhere(code)
  return vanished ? { kind: 'busy', path } : { kind: 'unreadable', path, code }
}
