/** What a reader's own people have changed in its copy of a share: which that is, and how it is taken back. */
import type { ShareRoot } from '../disk-work.ts'
import type { LocalEntry, ShareIndex } from '../index/share-index.ts'
import type { Entry } from '../model/entry.ts'
import type { Access } from '../model/access.ts'
import { forgottenOf } from '../model/local-change.ts'
import { ownChangeOf } from '../model/own-change.ts'
import { foldersOf } from '../model/rel-path.ts'
import type { RelPath } from '../model/rel-path.ts'
import { isSpoiltSeen, nothingSeen, seenOnDisk, seenWithoutRace, undoneSeen } from '../model/seen.ts'
import { compareVersions } from '../model/version-vector.ts'
import type { Clock, Log } from '../ports.ts'
import { outcomeOf } from '../pull/not-placed.ts'
import type { Outcome } from '../pull/not-placed.ts'
import type { Placer } from '../pull/placer.ts'
import { sideBySide } from '../side-by-side.ts'
import { inSlices } from '../slices.ts'
import { UserError } from '../status.ts'
import type { OwnChangePage, OwnChangeStatus, RevertReport } from '../status.ts'
import type { LocalEntries } from './local-entries.ts'
import { typedPath } from './typed-path.ts'

const PAGE = 500
const MAX_TOLD = 100

export interface OwnChangesDeps {
  readonly clock: Clock
  readonly log: Log
  readonly root: ShareRoot
  readonly index: ShareIndex
  readonly local: LocalEntries
  readonly placer: Placer
  /** Look at everything, or at one path, and take over into the index what is different there. */
  readonly lookAtAll: () => Promise<void>
  readonly look: (path: RelPath) => Promise<void>
  /** Nobody else changes disk or index meanwhile. */
  readonly alone: (work: () => Promise<void>) => Promise<void>
  /** Whether somebody who is connected can give it now. */
  readonly isAtHand: (entry: Entry) => boolean
  /** There is something to fetch. */
  readonly onReverted: () => void
}

/** What is to be taken back. */
interface Meant {
  /** others have no version of it, or have deleted it: to the archive; in the order of their paths */
  readonly own: RelPath[]
  /** others' version of it is to come back */
  readonly theirs: RelPath[]
}

export class OwnChanges {
  readonly #deps: OwnChangesDeps

  constructor(deps: OwnChangesDeps) {
    this.#deps = deps
  }

  /** @throws UserError */
  list({ after, limit }: { readonly after?: string | undefined; readonly limit: number }): OwnChangePage {
    const { index } = this.#deps
    const page = index.localChanges(typedPath(after), limit)
    const next = page.length < limit ? null : (page.at(-1)?.entry.path ?? null)
    return { changes: page.map(statusOf), totals: index.localChangeTotals(), next }
  }

  /**
   * Has others' versions come back in the place of what was changed or deleted here; that, and what was added here, goes
   * to the archive. What nobody else is known to have stays as it is. After a crash in between, what was not yet taken
   * back is listed still.
   * @param typed  with what lies below them; none: everything
   * @throws UserError; nothing is changed then
   */
  async revert(typed: readonly string[]): Promise<RevertReport> {
    const { lookAtAll, root, log, onReverted } = this.#deps
    const paths = typed.map(typedPath)
    const within = paths.filter((path) => path !== undefined)
    const isAll = within.length < paths.length || paths.length === 0
    await lookAtAll()
    const meant = await this.#meant(isAll ? undefined : within)
    const report = { moved: 0, returning: 0, notYet: 0, notReverted: 0, problems: [] as RevertReport['problems'][0][] }
    const fail = (path: RelPath, reason: string) => {
      report.notReverted += 1
      if (report.problems.length < MAX_TOLD) report.problems.push({ path, reason })
    }
    // what lies in a folder before the folder
    await sideBySide(meant.own.reverse(), async (path) => {
      const outcome = await this.#remove(path)
      if (outcome === 'done') report.moved += 1
      else fail(path, outcome === 'disk-full' ? 'the disk is full' : outcome.reason)
    })
    await this.#deps.alone(() =>
      inSlices(meant.theirs, this.#deps, (path) => {
        const back = this.#bringBack(path)
        if (back === 'nobody') return fail(path, NOBODY)
        report.returning += 1
        if (back === 'later') report.notYet += 1
      }),
    )
    onReverted()
    const { moved, returning, notReverted } = report
    log.info('reverted', { share: root.shareId, moved, returning, notReverted })
    return report
  }

  async #meant(within: readonly RelPath[] | undefined): Promise<Meant> {
    const { index, clock } = this.#deps
    const meant: Meant = { own: [], theirs: [] }
    const named = within && new Set(within)
    const above = within && new Set(within.flatMap(foldersOf))
    let after: RelPath | undefined
    for (;;) {
      const page = index.localChanges(after, PAGE)
      for (const held of page) {
        const { path } = held.entry
        const isOwn = ownChangeOf(held).kind === 'added'
        const isMeant = !named || isIn(path, named)
        // what is to come back needs the folders that it lies in
        if (isOwn && isMeant) meant.own.push(path)
        if (!isOwn && (isMeant || above?.has(path) === true)) meant.theirs.push(path)
      }
      after = page.at(-1)?.entry.path
      if (page.length < PAGE) return meant
      await clock.breathe()
    }
  }

  async #remove(path: RelPath): Promise<Outcome> {
    const { index, local, placer, look } = this.#deps
    for (let attempt = 1; ; attempt++) {
      const held = index.local(path)
      if (!isOwnChange(held) || ownChangeOf(held).kind !== 'added') return 'done'
      const { entry, seen } = held
      const isDue = () => index.local(path)?.seen === seen
      const op = { type: 'remove', path, expected: seenWithoutRace(seenOnDisk(seen)) } as const
      const result = await placer.place({ op, entry: entry.deleted ? entry : forgottenOf(entry), isDue })
      if (result.type === 'done') index.transaction(() => local.dropUntold(path))
      if (result.type !== 'changed-underneath' || attempt > 1) return outcomeOf(result)
      // changed here a moment ago, and not known yet
      await look(path)
    }
  }

  /** In a transaction. @returns whether it comes back now, once somebody who has it is here, or not at all */
  #bringBack(path: RelPath): 'now' | 'later' | 'nobody' {
    const { index, local, isAtHand } = this.#deps
    const held = index.local(path)
    // what lies here is the same as with others again
    if (!isOwnChange(held)) return 'now'
    const { entry, seen } = held
    const isKnown = index
      .remotes(path)
      .some(({ entry: theirs, invalid }) => !invalid && compareVersions(theirs.version, entry.version) !== 'before')
    if (!isKnown) return 'nobody'
    local.put(entry, isSpoiltSeen(seen) ? seen : undoneSeen(seenWithoutRace(seenOnDisk(seen))), false)
    const comes = local.plan(path).action?.entry ?? entry
    return comes.type !== 'file' || comes.sizeBytes === 0 || isAtHand(comes) ? 'now' : 'later'
  }
}

const NOBODY = 'no other device is known to have it'

const isOwnChange = (held: LocalEntry | undefined): held is LocalEntry =>
  held?.localOnly === true && (held.entry.version.length > 0 || held.seen !== nothingSeen)

function statusOf(held: LocalEntry): OwnChangeStatus {
  const { kind, type, sizeBytes, mtimeNs } = ownChangeOf(held)
  return {
    path: held.entry.path,
    kind,
    type,
    sizeBytes,
    modified: new Date(Number(mtimeNs / 1_000_000n)).toISOString(),
  }
}

/** Whether a path, or a folder that it lies in, is one of these. */
const isIn = (path: RelPath, paths: ReadonlySet<RelPath>): boolean =>
  paths.has(path) || foldersOf(path).some((folder) => paths.has(folder))

/** @throws UserError where nobody's changes stay here alone */
export function refuseRevert(access: Access, name: string): void {
  if (access === 'read-only') return
  if (access === 'seed-only')
    throw new UserError(
      'not-read-only',
      `This device keeps "${name}" sealed: what is changed in its folder counts as damage, and is mended by itself.`,
      { name, kind: 'seed-only' },
    )
  throw new UserError(
    'not-read-only',
    `This device may change "${name}", so what is changed here is everybody's. "homeseed versions restore" brings old versions back.`,
    { name },
  )
}
