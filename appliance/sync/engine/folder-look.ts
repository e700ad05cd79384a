import type { DiskWork, Found, FoundContent, ShareRoot } from '../disk-work.ts'
import type { ShareIndex } from '../index/share-index.ts'
import { leftOut, takesPart } from '../model/left-out.ts'
import { isRewritten } from '../model/mass-change.ts'
import { parentOf } from '../model/rel-path.ts'
import type { RelPath } from '../model/rel-path.ts'
import type { Clock, Log } from '../ports.ts'
import { wrongFolder } from './disk-trouble.ts'
import type { DiskTrouble } from './disk-trouble.ts'
import type { LocalEntries } from './local-entries.ts'
import type { OutgoingGuard } from './outgoing-guard.ts'
import { inSlices } from '../slices.ts'

/** rewritten files whose content is kept in memory until it is known what becomes of them; of more, the names */
const MAX_KEPT = 1000
const MAX_KEPT_BYTES = 1024 * 1024

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
  readonly guard: OutgoingGuard
  /** Some of what was found is in the index. */
  readonly onStored: () => void
  readonly onTrouble: (trouble: DiskTrouble) => void
  /** The disk refuses to be read. */
  readonly onFailing: () => void
}

/** What to look at again soon. */
export type LookAgain = readonly RelPath[] | 'everything'

/** What a look finds gone or rewritten. */
class Losses {
  readonly gone: RelPath[] = []
  readonly rewritten = new Map<RelPath, { readonly seen: string; readonly found: FoundContent | undefined }>()
  #keptBytes = 0

  addRewritten(path: RelPath, found: FoundContent): void {
    this.#keptBytes += found.blocks.length
    const isKept = this.rewritten.size < MAX_KEPT && this.#keptBytes <= MAX_KEPT_BYTES
    this.rewritten.set(path, { seen: found.seen, found: isKept ? found : undefined })
  }
}

/** Looks at the folder, and takes over into the index what is different there. */
export class FolderLook {
  readonly #deps: FolderLookDeps
  readonly #problems = new Map<string, string>()
  #busy: ReadonlySet<RelPath> = new Set()
  #hasPutOff = false
  #storing = 0

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

  /** Whether what belongs together is being noted, one after the other: peers are to hear of it at once. */
  get isStoring(): boolean {
    return this.#storing > 0
  }

  /** Whether somebody was at work on it when it was last looked at. */
  isBusy(path: RelPath): boolean {
    return this.#busy.has(path)
  }

  /** @returns what to look at again soon; undefined: the folder is not the one that was shared */
  async run(within: readonly RelPath[] | undefined, signal: AbortSignal): Promise<LookAgain | undefined> {
    const { disk, root, log, onTrouble } = this.#deps
    const again: RelPath[] = []
    const losses = new Losses()
    if (!within) this.#problems.clear()
    const take = async (batch: readonly Found[]) => {
      await this.#deps.keepOld(batch.filter(({ kind }) => kind === 'changed'))
      await this.#take(batch, again, losses)
    }
    const end = await disk.scan(root, within, take, signal, this.#deps.rules())
    if (end.type === 'wrong-folder') {
      onTrouble(wrongFolder(end, root.path))
      return undefined
    }
    this.#hasPutOff = losses.gone.length > 0 && !(await this.#deps.mayRemove())
    if (this.#hasPutOff) losses.gone.length = 0
    const isMore = await this.#decide(within, losses, again, signal)
    const looked = within && new Set(within)
    const isOutside = (path: RelPath) => looked !== undefined && !liesIn(path, looked)
    this.#busy = new Set([...[...this.#busy].filter(isOutside), ...again])
    if (again.length > 0) log.debug('look-again', { share: root.shareId, paths: again.length })
    return isMore ? 'everything' : again
  }

  /** What becomes of what is gone or rewritten. @returns whether everything has to be looked at to tell */
  async #decide(
    within: readonly RelPath[] | undefined,
    losses: Losses,
    again: RelPath[],
    signal: AbortSignal,
  ): Promise<boolean> {
    const { guard, log, root } = this.#deps
    const { gone, rewritten } = losses
    const isWhole = within === undefined
    const found = { gone, rewritten, isWhole, isBusy: again.length > 0 }
    const { verdict, lost } = await guard.judge(found)
    switch (verdict) {
      case 'take':
        await this.#takeRewritten(losses, lost, signal)
        await this.#remove(gone, lost)
        break
      case 'look-again':
        again.push(...gone, ...rewritten.keys())
        break
      case 'look-everywhere':
        return true
      case 'hold':
        await guard.hold(found)
        log.warn('held', { share: root.shareId, ...guard.extent() })
    }
    return isWhole && (await guard.lift())
  }

  async #takeRewritten({ rewritten }: Losses, lost: ReadonlySet<RelPath>, signal: AbortSignal): Promise<void> {
    const { index, local, guard, disk, root } = this.#deps
    if (rewritten.size === 0) return
    const more: RelPath[] = []
    const takeOne = (path: RelPath, found: FoundContent) => {
      local.observe(path, found)
      if (lost.has(path)) guard.noteTaken(path, false)
    }
    await this.#store([...rewritten], ([path, { found }]) => {
      if (found) takeOne(path, found)
      else more.push(path)
    })
    if (more.length === 0) return
    const isMeant = new Set(more)
    await disk.scan(
      root,
      more,
      async (batch) => {
        index.transaction(() => {
          for (const found of batch) if (found.kind === 'changed' && isMeant.has(found.path)) takeOne(found.path, found)
        })
        this.#deps.onStored()
      },
      signal,
      this.#deps.rules(),
    )
  }

  async #take(batch: readonly Found[], again: RelPath[], losses: Losses): Promise<void> {
    const { local, log, root } = this.#deps
    await this.#store(batch, (found) => {
      switch (found.kind) {
        case 'changed':
          this.#takeChanged(found, losses)
          break
        case 'gone':
          losses.gone.push(found.path)
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
  }

  async #store<T>(items: readonly T[], work: (item: T) => void): Promise<void> {
    this.#storing += 1
    try {
      await inSlices(items, this.#deps, work)
    } finally {
      this.#storing -= 1
      this.#deps.onStored()
    }
  }

  #takeChanged(found: Found & { kind: 'changed' }, losses: Losses): void {
    const { index, local, guard } = this.#deps
    const { path } = found
    const held = index.local(path)
    if (takesPart(held?.leftOut ?? leftOut.no) && isRewritten(held, found)) return losses.addRewritten(path, found)
    local.observe(path, found, held)
    if (found.type === 'file' && (!held || held.entry.deleted)) guard.noteMade()
  }

  /** Children before their folder, so that peers meet the tombstones in an order they can follow. */
  async #remove(gone: RelPath[], lost: ReadonlySet<RelPath>): Promise<void> {
    const { local, guard } = this.#deps
    gone.sort((a, b) => (a < b ? 1 : a > b ? -1 : 0))
    await this.#deps.keepOld(gone.map((path) => ({ kind: 'gone', path })))
    await this.#store(gone, (path) => {
      local.remove(path)
      if (lost.has(path)) guard.noteTaken(path, true)
    })
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
