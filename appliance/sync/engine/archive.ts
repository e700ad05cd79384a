/** A share's archive as its owner sees it: what is in it, and what is brought back. */
import type { ArchiveItem, DiskWork, FoundContent, PlaceOp, PlaceResult, ShareRoot, TempId } from '../disk-work.ts'
import type { ShareIndex } from '../index/share-index.ts'
import { noBytes } from '../model/entry.ts'
import { parentOf, parseRelPath } from '../model/rel-path.ts'
import type { RelPath } from '../model/rel-path.ts'
import { nothingSeen, seenOnDisk } from '../model/seen.ts'
import { momentFromText, stampFromText, stampToText } from '../model/stamp.ts'
import type { Stamp } from '../model/stamp.ts'
import type { Log } from '../ports.ts'
import { outcomeOf as outcomeOfPlacing } from '../pull/not-placed.ts'
import type { Placer } from '../pull/placer.ts'
import { sideBySide } from '../side-by-side.ts'
import { UserError } from '../status.ts'
import type { RestoreReport, VersionPage, VersionQuery, VersionStatus } from '../status.ts'
import type { LocalEntries } from './local-entries.ts'
import { typedPath } from './typed-path.ts'

/** how many are asked of the disk at a time */
const PAGE = 500
const MAX_TOLD = 100
const FOLDER_MODE = 0o755

export interface ArchiveDeps {
  readonly log: Log
  readonly disk: DiskWork
  readonly root: ShareRoot
  readonly index: ShareIndex
  readonly placer: Placer
  readonly local: LocalEntries
  /** Whether a rule leaves it out here. */
  readonly isIgnored: (path: RelPath) => boolean
  /** Looks at what lies at a path, and takes it over into the index. */
  readonly look: (path: RelPath) => Promise<void>
}

type Outcome = 'restored' | 'unchanged' | 'disk-full' | { readonly reason: string }

export class Archive {
  readonly #deps: ArchiveDeps

  constructor(deps: ArchiveDeps) {
    this.#deps = deps
  }

  /** @throws UserError */
  async list({ path, at, after, limit }: VersionQuery): Promise<VersionPage> {
    const { disk, root } = this.#deps
    const cursor = after === undefined ? undefined : cursorFromText(after)
    const query = {
      below: typedPath(path),
      at: at === undefined ? undefined : parseTime(at),
      withLive: true,
      after: cursor,
      limit,
    }
    const { items, isEnd } = await disk.listArchive(root, query)
    const last = items.at(-1)
    return { versions: items.map(statusOf), next: isEnd || !last ? null : cursorToText(last) }
  }

  /**
   * Brings back what was there at a time, as changes made here now: what gives way goes to the archive itself.
   * Files that were made since stay. @throws UserError
   */
  async restore(path: string, time: string | undefined, signal: AbortSignal): Promise<RestoreReport> {
    const { disk, root, log } = this.#deps
    const below = typedPath(path)
    const at = time === undefined ? undefined : parseTime(time)
    if (below === undefined && !at)
      throw new UserError('time-missing', 'Say of which time the whole share is to be restored: --at TIME.')
    const folders = new Map<RelPath, Promise<Outcome>>()
    const report = { restored: 0, unchanged: 0, notRestored: 0, problems: [] as { path: string; reason: string }[] }
    let after: ArchiveItem | undefined
    for (let isEnd = false; !isEnd;) {
      const query = { below, at, latestOnly: !at, after, limit: PAGE }
      const page = await disk.listArchive(root, query)
      if (!at && page.items.some((item) => item.path !== below))
        throw new UserError(
          'time-missing',
          `"${path}" is a folder. Say of which time it is to be restored: --at TIME.`,
          {
            path,
          },
        )
      await sideBySide(page.items, async (item) => {
        signal.throwIfAborted()
        const outcome = await this.#restoreOne(item, folders)
        if (outcome === 'disk-full')
          throw new UserError('disk-full', 'The disk is full. What was restored until then is in place.')
        if (typeof outcome === 'string') return void (report[outcome] += 1)
        report.notRestored += 1
        if (report.problems.length < MAX_TOLD) report.problems.push({ path: item.path, reason: outcome.reason })
      })
      after = page.items.at(-1)
      isEnd = page.isEnd || !after
    }
    const { restored, unchanged, notRestored } = report
    if (below !== undefined && restored + unchanged + notRestored === 0 && !this.#isThere(below))
      throw new UserError(
        'no-such-version',
        `The archive holds no version of "${path}" ${at ? 'from that time' : 'that is whole'}.`,
        { path },
      )
    log.info('restored', { share: root.shareId, path, restored, unchanged, notRestored })
    return report
  }

  #isThere(path: RelPath): boolean {
    const held = this.#deps.index.local(path)
    return held !== undefined && held.seen !== nothingSeen
  }

  async #restoreOne(item: ArchiveItem, folders: Map<RelPath, Promise<Outcome>>): Promise<Outcome> {
    const { disk, root, look, isIgnored } = this.#deps
    if (item.archived === undefined) return 'unchanged'
    if (isIgnored(item.path)) return { reason: 'it is ignored on this device' }
    const folder = await this.#makeFolder(parentOf(item.path), folders)
    if (typeof folder !== 'string' || folder === 'disk-full') return folder
    for (let attempt = 1; ; attempt++) {
      const copied = await disk.copyArchived(root, item.archived)
      if (copied === 'no-space') return 'disk-full'
      if (copied === 'gone') return { reason: 'its version in the archive is gone' }
      const result = await this.#put(item.path, copied.content, copied.temp)
      if (!result) return 'unchanged'
      if (result.type !== 'changed-underneath' || attempt > 1) return outcomeOf(result)
      // changed here a moment ago, and not known yet
      await look(item.path)
    }
  }

  /** Makes the folders that a file is to lie in, once each. */
  #makeFolder(path: RelPath | undefined, folders: Map<RelPath, Promise<Outcome>>): Promise<Outcome> {
    if (path === undefined) return Promise.resolve('unchanged')
    const known = folders.get(path)
    if (known) return known
    const made = this.#makeFolderNow(path, folders)
    folders.set(path, made)
    return made
  }

  async #makeFolderNow(path: RelPath, folders: Map<RelPath, Promise<Outcome>>): Promise<Outcome> {
    const { index } = this.#deps
    const held = index.local(path)
    if (held?.seen.startsWith('directory:')) return 'unchanged'
    const parent = await this.#makeFolder(parentOf(path), folders)
    if (typeof parent !== 'string') return parent
    const result = await this.#put(path, folderContent, undefined)
    return result ? outcomeOf(result) : 'unchanged'
  }

  /** @returns undefined: the very same lies there */
  async #put(path: RelPath, content: FoundContent, temp: TempId | undefined): Promise<PlaceResult | undefined> {
    const { disk, index, local, placer } = this.#deps
    const held = local.changed(path, content)
    if (!held) {
      if (temp !== undefined) await disk.discardTemp(temp)
      return undefined
    }
    const seen = index.local(path)?.seen ?? nothingSeen
    const expected = seenOnDisk(seen)
    return placer.place({ op: opOf(path, expected, content, temp), entry: held.entry, localOnly: held.localOnly })
  }
}

function opOf(path: RelPath, expected: string, content: FoundContent, temp: TempId | undefined): PlaceOp {
  const { type, mode, mtimeNs, linkTarget } = content
  if (type === 'directory') return { type, path, expected, mode }
  if (type === 'symlink') return { type, path, expected, target: linkTarget ?? '' }
  return { type, path, expected, mode, mtimeNs, from: { temp: temp ?? 0 } }
}

function outcomeOf(result: PlaceResult): Outcome {
  const outcome = outcomeOfPlacing(result)
  return outcome === 'done' ? 'restored' : outcome
}

const folderContent: FoundContent = {
  seen: nothingSeen,
  type: 'directory',
  sizeBytes: 0,
  mode: FOLDER_MODE,
  mtimeNs: 0n,
  blockBytes: 0,
  blocks: noBytes,
  linkTarget: undefined,
}

/** @throws UserError */
function parseTime(text: string): Stamp {
  const time = momentFromText(text)
  if (!time) throw new UserError('bad-time', `"${text}" is no time such as 2026-01-31T18:00:00Z.`, { time: text })
  return time
}

function statusOf({ path, stamp, archived, isDamaged, sizeBytes, mtimeNs }: ArchiveItem): VersionStatus {
  return {
    path,
    version: stamp ? stampToText(stamp) : null,
    until: stamp ? new Date(stamp.ms).toISOString() : null,
    modified: new Date(Number(mtimeNs / 1_000_000n)).toISOString(),
    sizeBytes,
    archived: archived ?? null,
    damaged: isDamaged,
  }
}

const cursorToText = ({ path, stamp }: ArchiveItem): string =>
  JSON.stringify(stamp ? [path, stampToText(stamp)] : [path])

/** @throws UserError */
function cursorFromText(text: string): Pick<ArchiveItem, 'path' | 'stamp'> {
  try {
    const [path, stamp] = JSON.parse(text) as readonly unknown[]
    const safe = typeof path === 'string' ? parseRelPath(path) : undefined
    if (safe) return { path: safe, stamp: typeof stamp === 'string' ? stampFromText(stamp) : undefined }
  } catch {
    // no JSON: refused below
  }
  throw new UserError('bad-cursor', 'Go on with what the page before gave as "next".')
}
