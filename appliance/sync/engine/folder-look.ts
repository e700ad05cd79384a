import type { DiskWork, Found, ShareRoot } from '../disk-work.ts'
import type { ShareIndex } from '../index/share-index.ts'
import { parentOf } from '../model/rel-path.ts'
import type { RelPath } from '../model/rel-path.ts'
import type { Clock, Log } from '../ports.ts'
import { wrongFolder } from './disk-trouble.ts'
import type { DiskTrouble } from './disk-trouble.ts'
import type { LocalEntries } from './local-entries.ts'
import { inSlices } from '../slices.ts'

export interface FolderLookDeps {
  readonly clock: Clock
  readonly log: Log
  readonly disk: DiskWork
  readonly root: ShareRoot
  readonly index: ShareIndex
  readonly local: LocalEntries
  /** Sees to it that what lay at these paths is in the archive, as far as there is a spare copy of it. */
  readonly keepOld: (found: readonly Found[]) => Promise<void>
  /** what is not looked at */
  readonly rules: () => readonly string[]
  /** Whether the rules are still those: what one of them has just come to ignore may be missing for good. */
  readonly mayRemove: () => Promise<boolean>
  /** Some of what was found is in the index. */
  readonly onStored: () => void
  readonly onTrouble: (trouble: DiskTrouble) => void
  /** The disk refuses to be read. */
  readonly onFailing: () => void
}

/** Looks at the folder, and takes over into the index what is different there. */
export class FolderLook {
  readonly #deps: FolderLookDeps
  readonly #problems = new Map<string, string>()
  #busy: ReadonlySet<RelPath> = new Set()
  #hasPutOff = false

  constructor(deps: FolderLookDeps) {
    this.#deps = deps
  }

  /** What cannot be synced or read, as the last look found it: by path or name, the reason. */
  get problems(): ReadonlyMap<string, string> {
    return this.#problems
  }

  /** Whether the last look found something missing that it did not take over. */
  get hasPutOff(): boolean {
    return this.#hasPutOff
  }

  /** Whether somebody was at work on it when it was last looked at. */
  isBusy(path: RelPath): boolean {
    return this.#busy.has(path)
  }

  /** @returns what to look at again soon; undefined: the folder is not the one that was shared */
  async run(within: readonly RelPath[] | undefined, signal: AbortSignal): Promise<readonly RelPath[] | undefined> {
    const { disk, root, log, onTrouble } = this.#deps
    const again: RelPath[] = []
    const gone: RelPath[] = []
    if (!within) this.#problems.clear()
    const take = async (batch: readonly Found[]) => {
      await this.#deps.keepOld(batch.filter(({ kind }) => kind === 'changed'))
      await this.#take(batch, again, gone)
    }
    const end = await disk.scan(root, within, take, signal, this.#deps.rules())
    if (end.type === 'wrong-folder') {
      onTrouble(wrongFolder(end, root.path))
      return undefined
    }
    this.#hasPutOff = gone.length > 0 && !(await this.#deps.mayRemove())
    if (!this.#hasPutOff) await this.#remove(gone)
    const looked = within && new Set(within)
    const isOutside = (path: RelPath) => looked !== undefined && !liesIn(path, looked)
    this.#busy = new Set([...[...this.#busy].filter(isOutside), ...again])
    if (again.length > 0) log.debug('look-again', { share: root.shareId, paths: again.length })
    return again
  }

  async #take(batch: readonly Found[], again: RelPath[], gone: RelPath[]): Promise<void> {
    const { local, log, root, onStored } = this.#deps
    await inSlices(batch, this.#deps, (found) => {
      switch (found.kind) {
        case 'changed':
          local.observe(found.path, found)
          break
        case 'gone':
          gone.push(found.path)
          break
        case 'busy':
          again.push(found.path)
          break
        case 'blocked':
          this.#problems.set(found.name, blockedReasons[found.reason])
          break
        case 'unreadable':
          this.#problems.set(found.path ?? '/', `cannot be read (${found.code})`)
          if (found.code === 'EIO') this.#deps.onFailing()
          break
        case 'damaged':
          log.error('damaged', { share: root.shareId, path: found.path })
          local.noteDamage(found.path, found.seen)
          break
      }
    })
    onStored()
  }

  /** Children before their folder, so that peers meet the tombstones in an order they can follow. */
  async #remove(gone: RelPath[]): Promise<void> {
    const { local, onStored } = this.#deps
    gone.sort((a, b) => (a < b ? 1 : a > b ? -1 : 0))
    await this.#deps.keepOld(gone.map((path) => ({ kind: 'gone', path })))
    await inSlices(gone, this.#deps, (path) => local.remove(path))
    onStored()
  }
}

/** Whether a path, or a folder that it lies in, is one of these. */
function liesIn(path: RelPath, folders: ReadonlySet<RelPath>): boolean {
  for (let at: RelPath | undefined = path; at !== undefined; at = parentOf(at)) if (folders.has(at)) return true
  return false
}

const blockedReasons = {
  'bad-name': 'its name cannot be synced',
  'special-file': 'neither a file, a folder nor a link',
  'other-file-system': 'another disk is mounted here',
} as const
