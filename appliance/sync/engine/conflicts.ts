/** The conflict copies of a share: which there are, and what becomes of one. */
import type { Access } from '../model/access.ts'
import type { DiskWork, PlaceOp, ShareRoot } from '../disk-work.ts'
import type { LocalEntry, ShareIndex } from '../index/share-index.ts'
import { conflictOf, keptPath } from '../model/conflict-name.ts'
import type { ConflictName } from '../model/conflict-name.ts'
import { contentHash } from '../model/content-hash.ts'
import { sameContent } from '../model/entry.ts'
import type { Entry } from '../model/entry.ts'
import { parseRelPath } from '../model/rel-path.ts'
import type { RelPath } from '../model/rel-path.ts'
import { isDamagedSeen, nothingSeen, timesOfSeen } from '../model/seen.ts'
import { fetchFile } from '../pull/fetch-file.ts'
import type { FetchWindow } from '../pull/fetch-window.ts'
import type { Placer } from '../pull/placer.ts'
import { UserError } from '../status.ts'
import type { ConflictStatus, Kept } from '../status.ts'
import type { LocalEntries } from './local-entries.ts'

export interface ConflictsDeps {
  readonly disk: DiskWork
  readonly root: ShareRoot
  readonly index: ShareIndex
  readonly window: FetchWindow
  readonly placer: Placer
  readonly local: LocalEntries
  readonly access: Access
  /** What a device is called, by the 7 characters that stand in the name of a copy. */
  readonly deviceName: (author: string) => string
  /** Whether a rule leaves it out here. */
  readonly isIgnored: (path: RelPath) => boolean
  /** The disk is not what the index says: look at this path. */
  readonly scanSoon: (path: RelPath) => void
}

export class Conflicts {
  readonly #deps: ConflictsDeps

  constructor(deps: ConflictsDeps) {
    this.#deps = deps
  }

  list(): readonly ConflictStatus[] {
    const { index, deviceName } = this.#deps
    return index.conflictCopies().flatMap(({ entry }) => {
      const conflict = conflictOf(entry.path)
      if (!conflict) return []
      const { original, at, author } = conflict
      const there = index.local(original)
      const isThere = there !== undefined && !there.entry.deleted && there.seen !== nothingSeen
      return [
        {
          copy: entry.path,
          original,
          isOriginalThere: isThere,
          at,
          device: deviceName(author),
          sizeBytes: entry.sizeBytes,
        },
      ]
    })
  }

  /** What gives way goes to the archive. @throws UserError; nothing is changed then */
  async resolve(path: string, kept: Kept): Promise<void> {
    const { index, access } = this.#deps
    const safe = parseRelPath(path)
    const copy = safe && index.local(safe)
    const conflict = safe && conflictOf(safe)
    if (!copy || !conflict || copy.entry.deleted || copy.seen === nothingSeen)
      throw new UserError('no-such-conflict', `There is no conflict copy "${path}" in this share (any more).`, { path })
    if (copy.entry.type !== 'file')
      throw new UserError('conflict-no-file', `"${path}" is no file. Look into it and sort it by hand.`, { path })
    if (access !== 'read-write')
      throw new UserError('read-only', 'This share was joined with a read-only secret: nothing can be changed here.')
    if (kept === 'copy') await this.#put(copy, conflict.original)
    if (kept === 'both') await this.#keep(copy, conflict)
    await this.#remove(copy)
  }

  /** Under an ordinary name, unless it lies there already: sorted out on another device, too. */
  async #keep(copy: LocalEntry, conflict: ConflictName): Promise<void> {
    const { index } = this.#deps
    const content = Buffer.from(contentHash(copy.entry.blocks)).toString('hex').slice(0, 8)
    for (let n = 0; ; n += 1) {
      const path = keptPath(conflict, n === 0 ? '' : ` ${content}${n > 1 ? ` ${n}` : ''}`)
      const there = index.local(path)
      if (!there || (there.entry.deleted && there.seen === nothingSeen)) return this.#put(copy, path)
      if (lies(there) && sameContent(there.entry, copy.entry)) return
    }
  }

  /** Makes the content of a copy a new version of what lies at a path. */
  async #put(copy: LocalEntry, path: RelPath): Promise<void> {
    const { disk, root, index, window, local, isIgnored } = this.#deps
    const there = index.local(path)
    if (there?.seen.startsWith('directory:'))
      throw new UserError('conflict-folder', `"${path}" is a folder now. Keep both, or move the folder away first.`, {
        path,
      })
    if (isIgnored(path))
      throw new UserError('conflict-ignored', `"${path}" is ignored on this device. Sort it out on another one.`, {
        path,
      })
    const entry = local.successor({ ...copy.entry, path }, there?.entry)
    const fetched = await fetchFile(entry, () => [], {
      disk,
      root,
      index,
      window,
      replaced: undefined,
      onReceived: () => undefined,
      onCopied: () => undefined,
    })
    const { mode, mtimeNs, platform } = entry
    const op = { type: 'file', path, expected: there?.seen ?? nothingSeen, mode, mtimeNs, platform } as const
    if (fetched.type === 'inline') {
      const { bytes, hash, release } = fetched
      await this.#place({ ...op, from: { bytes, hash } }, entry).finally(release)
    } else if (fetched.type === 'temp') await this.#place({ ...op, from: { temp: fetched.temp } }, entry)
    else throw notNow(copy.entry.path)
  }

  async #remove(copy: LocalEntry): Promise<void> {
    const { path } = copy.entry
    await this.#place({ type: 'remove', path, expected: copy.seen }, this.#deps.local.tombstone(copy))
  }

  async #place(op: PlaceOp, entry: Entry): Promise<void> {
    const { placer, scanSoon } = this.#deps
    const { type } = await placer.place({ op, entry })
    if (type === 'done') return
    scanSoon(op.path)
    throw notNow(op.path)
  }
}

/** Whether what the index tells of a path is what lies there. */
const lies = ({ entry, seen, localOnly }: LocalEntry): boolean =>
  !entry.deleted && timesOfSeen(seen) !== undefined && !localOnly && !isDamagedSeen(seen)

const notNow = (path: string): UserError =>
  new UserError('conflict-not-now', `"${path}" is being changed, or the disk refused it. Try again in a moment.`, {
    path,
  })
