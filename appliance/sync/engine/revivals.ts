/** What the puller can neither bring nor remove as planned: a folder that stays or comes back, and what is given up. */
import type { PlaceOp, ShareRoot } from '../disk-work.ts'
import type { LocalEntry, RemoteEntry, ShareIndex } from '../index/share-index.ts'
import { conflictPathOf } from '../model/conflict-name.ts'
import type { Entry } from '../model/entry.ts'
import { messageOf } from '../model/error-code.ts'
import { revive } from '../model/plan.ts'
import { parentOf } from '../model/rel-path.ts'
import type { RelPath } from '../model/rel-path.ts'
import { isUndoneSeen, keptSeen, nothingSeen, seenOnDisk } from '../model/seen.ts'
import { compareVersions, joinVersions } from '../model/version-vector.ts'
import type { Log } from '../ports.ts'
import type { Placer } from '../pull/placer.ts'
import type { LocalEntries } from './local-entries.ts'

export interface RevivalsDeps {
  readonly log: Log
  readonly root: ShareRoot
  readonly index: ShareIndex
  readonly local: LocalEntries
  readonly placer: Placer
  /** a read-only device */
  readonly isReader: boolean
  /** Whether a device may do more than follow. */
  readonly mayWrite: (deviceNo: number) => boolean
  /** Patterns of what is not synced. */
  readonly rules: () => readonly string[]
  readonly scanSoon: (path: RelPath) => void
  /** There is something to announce. */
  readonly onStored: () => void
  /** What waited for a folder can go on. */
  readonly onRevived: () => void
}

type Revival =
  /** it lies here: only the index changes */
  | { readonly type: 'keep'; readonly entry: Entry; readonly seen: string; readonly localOnly: boolean }
  /** it has to be made; whatever lies there instead goes beside */
  | {
      readonly type: 'make'
      readonly entry: Entry
      readonly expected: string
      /** what lies there instead, after which its copy is named */
      readonly loser?: Entry
    }

export class Revivals {
  readonly #deps: RevivalsDeps

  constructor(deps: RevivalsDeps) {
    this.#deps = deps
  }

  /**
   * Keeps a folder that cannot go, or begins to bring one back because something is to lie in it.
   * @param wanted  what is to lie in it
   * @returns false: there is no reason to
   */
  revive(path: RelPath, wanted?: RelPath): boolean {
    const { log, root, index, local, placer, onStored, onRevived } = this.#deps
    const above = this.#fileAbove(path)
    if (above !== undefined) return this.revive(above, wanted)
    const revival = this.#revival(path, wanted)
    if (!revival) return false
    const { entry } = revival
    if (revival.type === 'keep') {
      index.transaction(() => local.put(entry, revival.seen, revival.localOnly))
      onStored()
      onRevived()
      return true
    }
    const { expected, loser = entry } = revival
    const beside = expected === nothingSeen ? undefined : conflictPathOf(loser)
    const op: PlaceOp = { type: 'directory', path, expected, beside, mode: entry.mode, platform: entry.platform }
    void placer.place({ op, entry }).then(
      (result) => {
        const parent = parentOf(path)
        if (result.type === 'done') onRevived()
        // the folder that it was in is missing as well
        else if (result.type === 'blocked' && result.reason === 'no-parent' && parent) this.revive(parent, path)
      },
      (error: unknown) => log.error('revive-failed', { share: root.shareId, error: messageOf(error) }),
    )
    return true
  }

  /**
   * What is to come back here cannot where every other device that had it wants it back, too. (Where a file has taken
   * the place of a folder that it lay in, a device that has it puts that folder beside the file.)
   * @returns false: it can
   */
  giveUp(path: RelPath): boolean {
    const { index, local, onStored, scanSoon } = this.#deps
    const held = index.local(path)
    if (!held || !isUndoneSeen(held.seen)) return false
    const hasOne = ({ entry, invalid }: RemoteEntry) =>
      !invalid && !entry.deleted && compareVersions(entry.version, held.entry.version) !== 'before'
    if (index.remotes(path).some(hasOne)) return false
    index.transaction(() => local.remove(path))
    onStored()
    scanSoon(path)
    return true
  }

  /** What is no folder, in the place of one that a path lies in. */
  #fileAbove(path: RelPath): RelPath | undefined {
    for (let at = parentOf(path); at !== undefined; at = parentOf(at)) {
      const held = this.#deps.index.local(at)
      if (!held || held.entry.deleted || held.entry.type === 'directory') continue
      // on a read-only device its own folder may lie there
      if (!held.localOnly || !held.seen.startsWith('directory:')) return at
    }
    return undefined
  }

  #revival(path: RelPath, wanted: RelPath | undefined): Revival | undefined {
    const { index, local, isReader, rules } = this.#deps
    const held = index.local(path)
    const planned = local.plan(path).action?.entry
    if (!held) return undefined
    const onDisk = seenOnDisk(held.seen)
    const isHere = onDisk.startsWith('directory:')
    // a file that was deleted, as the folder was in whose place it came, goes first
    if (!isHere && onDisk !== nothingSeen && (planned ?? held.entry).deleted) return undefined
    const isForIgnored = isHere && rules().length > 0 && index.holdsOnlyIgnored(path)
    if (isReader) {
      // its own things, or what is ignored, keep a folder here that nobody else has any more
      if (planned?.deleted && isHere)
        return { type: 'keep', entry: planned, seen: isForIgnored ? keptSeen(onDisk) : held.seen, localOnly: true }
      const isMissing = held.localOnly && !planned && !held.entry.deleted && held.entry.type === 'directory'
      return isMissing ? { type: 'make', entry: held.entry, expected: held.seen } : undefined
    }
    const tombstone = planned ?? held.entry
    // what is about to come to this path is not superseded by a folder
    if (!tombstone.deleted) return planned ? undefined : this.#folderOfReaders(held, wanted)
    // what is ignored here is nobody else's concern: the folder stays for it, and is gone elsewhere
    if (isForIgnored) return { type: 'keep', entry: tombstone, seen: keptSeen(onDisk), localOnly: true }
    const entry = revive(held.entry, tombstone, local.by.with(joinVersions(held.entry.version, tombstone.version)))
    return isHere
      ? { type: 'keep', entry, seen: held.seen, localOnly: false }
      : { type: 'make', entry, expected: nothingSeen }
  }

  /**
   * Something is to lie in a folder in whose place there is a file here, which nobody else knew of: this device had no
   * history, or what lies in the folder was left out here. Another one that may write keeps its folder beside; readers
   * cannot, so the file gives way.
   */
  #folderOfReaders({ entry: mine, seen, localOnly }: LocalEntry, wanted: RelPath | undefined): Revival | undefined {
    const { index, local, mayWrite } = this.#deps
    if (mine.type === 'directory' || seen === nothingSeen || localOnly) return undefined
    const others = index.remotes(mine.path).filter(({ invalid }) => !invalid)
    const folders = others.filter(({ entry }) => entry.type === 'directory' && !entry.deleted)
    if (folders.some(({ deviceNo }) => mayWrite(deviceNo))) return undefined
    const [known] = folders
    if (!known && !this.#isLeftToReaders(wanted)) return undefined
    const folder = known?.entry ?? revive(mine, mine, local.by.with(mine.version))
    // a file that another one has made here meanwhile loses its name to the folder, and is kept beside by who made it
    const rivals = others.filter(({ entry }) => isRival(entry, mine))
    const older = others.filter((other) => !rivals.includes(other))
    const version = older.reduce((joined, { entry }) => joinVersions(joined, entry.version), mine.version)
    const mtimeNs = rivals.reduce(
      (latest, { entry }) => (entry.mtimeNs >= latest ? entry.mtimeNs + 1n : latest),
      folder.mtimeNs,
    )
    const entry = local.successor({ ...folder, mtimeNs }, { ...mine, version })
    return { type: 'make', entry, expected: seen, loser: mine }
  }

  /** Whether only readers still have what was left out here and is to come back. */
  #isLeftToReaders(path: RelPath | undefined): boolean {
    const { index, local, mayWrite } = this.#deps
    if (path === undefined || index.local(path)?.entry.version.length !== 0) return false
    const having = index.remotes(path).filter(({ entry, invalid }) => !invalid && !entry.deleted)
    return local.plan(path).action !== undefined && having.every(({ deviceNo }) => !mayWrite(deviceNo))
  }
}

const isRival = (entry: Entry, mine: Entry): boolean =>
  entry.type !== 'directory' && !entry.deleted && compareVersions(entry.version, mine.version) === 'concurrent'
