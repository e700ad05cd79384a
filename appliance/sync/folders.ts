import { isSafeName, nameOf, parentOf } from './model/rel-path.ts'
import type { RelPath } from './model/rel-path.ts'
import { HOME } from './model/ignored.ts'
import type { Dir, File, Stat } from './ports.ts'

/** In our own folder what differs in case alone may come together: what the archive keeps has names of its own. */
const isOurs = (path: RelPath): boolean => path === HOME || path.startsWith(`${HOME}/`)

/** Names that are alike here are alike on any disk that takes them for one, but not the other way round. */
const foldOf = (name: string): string => name.normalize('NFC').toUpperCase().toLowerCase()

/** Opens folders below a share's root, one component after the other, and keeps them open. */
export class Folders implements Disposable {
  readonly root: Dir
  readonly #most: number
  readonly #open = new Map<string, Dir>()
  readonly #left: Dir[] = []
  #foldsCase: boolean | undefined

  /**
   * @param root closed together with the folders opened from it
   * @param most how many stay open before all are closed again: what `open` gave may be used until then
   */
  constructor(root: Dir, most = Infinity) {
    this.root = root
    this.#most = most
  }

  /** @param path undefined: the share's root @throws node's errors: ENOENT, ENOTDIR for a symlink, EACCES, EIO */
  open(path: RelPath | undefined): Dir {
    if (path === undefined) return this.root
    const known = this.#open.get(path)
    if (known) return known
    if (this.#open.size >= this.#most) this.refresh()
    return this.#openFrom(path)
  }

  /** Where a folder lies that `open` gave; undefined also for the root. */
  pathOf(dir: Dir): RelPath | undefined {
    for (const [path, open] of this.#open) if (open === dir) return path as RelPath
    return undefined
  }

  openFile(path: RelPath): File {
    return this.open(parentOf(path)).openFile(nameOf(path))
  }

  /** Whether names that differ in case alone are one name here, as on FAT. */
  get foldsCase(): boolean {
    return (this.#foldsCase ??=
      this.root.lstat(HOME.toUpperCase()) !== undefined && !this.root.list().includes(HOME.toUpperCase()))
  }

  /** What has exactly this name; not its twin in other letters. */
  lstatExact(dir: Dir, name: string): Stat | undefined {
    const stat = dir.lstat(name)
    return stat && this.foldsCase && !dir.list().includes(name) ? undefined : stat
  }

  /** The name under which a folder has what it gives for this one; inodes say little where such disks are. */
  nameFor(dir: Dir, name: string): string | undefined {
    return dir
      .list()
      .filter((each) => typeof each === 'string')
      .find((each) => each !== name && isSafeName(each) && foldOf(each) === foldOf(name))
  }

  #openFrom(path: RelPath): Dir {
    const known = this.#open.get(path)
    if (known) return known
    const parent = parentOf(path)
    const above = parent === undefined ? this.root : this.#openFrom(parent)
    // a folder whose name differs in case is another one, though this disk would open it
    if (!isOurs(path) && this.foldsCase && !this.lstatExact(above, nameOf(path)))
      throw Object.assign(new Error(`${path} is not there`), { code: 'ENOENT' })
    const dir = above.openDir(nameOf(path))
    this.#open.set(path, dir)
    return dir
  }

  /** What was opened at this path and below is no longer what lies there. It stays open for who holds it. */
  forget(path: RelPath): void {
    for (const [at, dir] of this.#open) {
      if (at !== path && !at.startsWith(`${path}/`)) continue
      this.#left.push(dir)
      this.#open.delete(at)
    }
  }

  /** Opens everything anew from here on: others may have moved folders meanwhile. */
  refresh(): void {
    for (const dir of [...this.#open.values(), ...this.#left.splice(0)]) dir.close()
    this.#open.clear()
  }

  [Symbol.dispose](): void {
    this.refresh()
    this.root.close()
  }
}
