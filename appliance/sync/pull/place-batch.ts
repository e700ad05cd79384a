import type { Folders } from '../folders.ts'
import { codeOf } from '../model/error-code.ts'
import { HOME } from '../model/ignored.ts'
import { nameOf, parentOf } from '../model/rel-path.ts'
import type { RelPath } from '../model/rel-path.ts'
import type { Reserve } from '../model/reserve.ts'
import type { Dir, File, FileSystem, Random, Stat } from '../ports.ts'
import type { PlatformRules } from './place-platform.ts'
import { noteRelaxed, WRITABLE } from './relaxed.ts'
import type { Relaxed } from './relaxed.ts'
import type { Temp } from './temp.ts'

export interface PlaceDeps {
  readonly fs: FileSystem
  readonly random: Random
  /** opened on the share's root; all of it stays open until the batch is done */
  readonly folders: Folders
  readonly reserve: Reserve
  /** nothing of it is applied unless given */
  readonly platform?: PlatformRules
  /** Hands over a received file, for good; undefined: there is none of that number. */
  readonly takeTemp: (id: number) => Temp | undefined
}

/** What the placements of one batch share: open folders, and what has to be put right and made durable at the end. */
export class Batch {
  readonly random: Random
  readonly folders: Folders
  /** `.homeseed/tmp` */
  readonly tmp: Dir
  readonly takeTemp: PlaceDeps['takeTemp']
  /** of the share's root */
  readonly device: bigint
  readonly reserve: Reserve
  readonly platform: PlatformRules
  readonly #fs: FileSystem
  /** by inode: folders that were read-only, and the permissions they had */
  readonly #relaxed = new Map<bigint, { readonly dir: Dir; readonly mode: number }>()
  readonly #noted: Relaxed[] = []
  readonly #failed = new Map<File | Dir, string>()

  constructor({ fs, random, folders, takeTemp, reserve, platform }: PlaceDeps, tmp: Dir) {
    this.#fs = fs
    this.random = random
    this.folders = folders
    this.takeTemp = takeTemp
    this.tmp = tmp
    this.reserve = reserve
    this.platform = platform ?? { accounts: undefined, hasXattrs: false }
    this.device = folders.root.stat().device
  }

  /**
   * Runs a change of what a folder holds. Where the folder is read-only, as its peer has it, it becomes writable
   * until the end of the batch.
   */
  readonly changing = <T>(dir: Dir, change: () => T): T => {
    try {
      return change()
    } catch (error) {
      if (codeOf(error) !== 'EACCES' || !this.#relax(dir)) throw error
      return change()
    }
  }

  #relax(dir: Dir): boolean {
    const { mode, inode } = dir.stat()
    if ((mode & WRITABLE) === WRITABLE) return false
    try {
      const path = this.folders.pathOf(dir)
      if (path !== undefined || dir === this.folders.root) this.#noteRelaxed({ path, mode })
      dir.setMode(mode | WRITABLE)
    } catch {
      return false // not ours: the caller reports why it needed this
    }
    this.#relaxed.set(inode, { dir, mode })
    return true
  }

  #noteRelaxed(relaxed: Relaxed): void {
    this.#noted.push(relaxed)
    noteRelaxed(this.folders, this.#noted)
  }

  /** As others see it: without what `changing` has done to it. */
  asItWas(stat: Stat): Stat {
    const mode = stat.type === 'directory' ? this.#relaxed.get(stat.inode)?.mode : undefined
    return mode === undefined ? stat : { ...stat, mode }
  }

  /** Its permissions have just been set: these are to stay. */
  keepMode(inode: bigint): void {
    this.#relaxed.delete(inode)
  }

  /** Opens the folder that a path lies in, making what is missing of it; `needed` gets the folders that changed. */
  makeParent(path: RelPath, needed: Set<File | Dir>): Dir {
    const parent = parentOf(path)
    if (parent === undefined) return this.folders.root
    try {
      return this.folders.open(parent)
    } catch (error) {
      // where the folder that was shared is not, nothing is made: its disk may just have gone
      if (codeOf(error) !== 'ENOENT' || parent === HOME) throw error
    }
    const above = this.makeParent(parent, needed)
    above.makeDir(nameOf(parent), 0o700)
    needed.add(above)
    return this.folders.open(parent)
  }

  restoreModes(): void {
    for (const { dir, mode } of this.#relaxed.values()) {
      try {
        dir.setMode(mode)
      } catch {
        // the folder stays writable: the next scan sees it as it is
      }
    }
    try {
      if (this.#noted.length > 0) noteRelaxed(this.folders, [])
    } catch {
      // the disk fails: a note too many does no harm
    }
  }

  /** Waits until all is on disk. What could not be is known to `whyNotDurable`. */
  async sync(handles: Iterable<File | Dir>): Promise<void> {
    const all = [...new Set(handles)]
    const outcomes = await this.#fs.sync(all)
    all.forEach((handle, i) => {
      const code = outcomes[i]
      if (code !== undefined) this.#failed.set(handle, code)
    })
  }

  whyNotDurable(handles: Iterable<File | Dir>): string | undefined {
    for (const handle of handles) {
      const code = this.#failed.get(handle)
      if (code !== undefined) return code
    }
    return undefined
  }
}
