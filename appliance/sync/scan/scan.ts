/** Compares a shared folder with what the index knows of it. */
import type { Found, KnownEntries, KnownEntry, ScanEnd, ShareRoot } from '../disk-work.ts'
import type { Folders } from '../folders.ts'
import type { IgnoreRules } from '../model/ignore-rules.ts'
import { isIgnored } from '../model/ignored.ts'
import { nameOf, parentOf } from '../model/rel-path.ts'
import type { RelPath } from '../model/rel-path.ts'
import type { FileSystem } from '../ports.ts'
import { compareBytes } from './byte-order.ts'
import { examine } from './examine.ts'
import type { ExamineDeps } from './examine.ts'
import { Gone, isKnownGone } from './gone.ts'
import { KnownCursor } from './known-cursor.ts'
import { checkFolder } from './marker.ts'
import { reach } from './reach.ts'
import { walk } from './walk.ts'
import type { WalkStep } from './walk.ts'

/** How many deletions are told between two looks at the marker. */
const GONE_PER_CHECK = 500

export interface ScanDeps extends ExamineDeps {
  readonly fs: FileSystem
  readonly known: KnownEntries
  readonly rules: IgnoreRules
}

/**
 * Streams in bounded memory. Yields `undefined` wherever the caller may pause, or stop by returning.
 * @param folders opened on the share's root; stays the caller's to close
 * @param within only these paths and what lies below them; undefined: everything
 */
export function* scan(
  deps: ScanDeps,
  root: ShareRoot,
  folders: Folders,
  within: readonly RelPath[] | undefined,
): Generator<Found | undefined, ScanEnd> {
  const before = checkFolder(deps.fs, root, folders.root)
  if (before.type !== 'complete') return before
  const comparison = new Comparison(deps, root.shareId)
  if (within === undefined) yield* comparison.compare(walk(folders.root, undefined, deps.rules), undefined)
  else yield* scanWithin(deps, root, folders, within, comparison)
  return yield* tellGone(deps, root, folders, comparison.gone)
}

function* scanWithin(
  deps: ScanDeps,
  root: ShareRoot,
  folders: Folders,
  within: readonly RelPath[],
  comparison: Comparison,
): Generator<Found | undefined> {
  const looked = new Set<RelPath>()
  for (const path of outermost(within)) {
    if (isIgnored(path) || deps.rules.ruling(path) === 'ignored') continue
    const way = reach(folders, path)
    for (const found of way.trouble) yield found
    for (const sight of way.folders) {
      // a new file in a new folder: the folder has to be known first
      if (looked.has(sight.path)) continue
      looked.add(sight.path)
      const [known] = deps.known.page(root.shareId, sight.path, undefined, 1)
      yield* examine(sight, known?.path === sight.path ? known : undefined, deps)
    }
    if (way.type === 'unknown') continue
    const steps = way.type === 'reached' ? walk(way.parent, parentOf(path), deps.rules, nameOf(path)) : []
    yield* comparison.compare(steps, path)
  }
}

/** Sorted; without those that lie below another. */
function outermost(paths: readonly RelPath[]): readonly RelPath[] {
  const all = new Set(paths)
  const hasOuter = (path: RelPath): boolean => {
    for (let at = parentOf(path); at !== undefined; at = parentOf(at)) if (all.has(at)) return true
    return false
  }
  return [...all].filter((path) => !hasOuter(path)).sort(compareBytes)
}

/** Only now, and only while the folder is provably the one that was shared. */
function* tellGone(
  { fs, known }: ScanDeps,
  root: ShareRoot,
  folders: Folders,
  gone: Gone,
): Generator<Found | undefined, ScanEnd> {
  let told = 0
  folders.refresh()
  for (const found of gone.confirm(known, root.shareId, folders)) {
    if (found && told++ % GONE_PER_CHECK === 0) {
      const still = checkFolder(fs, root, folders.root)
      if (still.type !== 'complete') return still
    }
    yield found
  }
  return checkFolder(fs, root, folders.root)
}

/** Goes through disk and index side by side; both come in byte order of their paths. */
class Comparison {
  readonly gone = new Gone()
  readonly #deps: ScanDeps
  readonly #shareId: string
  #within: RelPath | undefined
  #cursor: KnownCursor

  constructor(deps: ScanDeps, shareId: string) {
    this.#deps = deps
    this.#shareId = shareId
    this.#cursor = new KnownCursor(deps.known, shareId, undefined)
  }

  *compare(steps: Iterable<WalkStep>, within: RelPath | undefined): Generator<Found | undefined> {
    this.#within = within
    this.#cursor = new KnownCursor(this.#deps.known, this.#shareId, within)
    this.gone.endRun()
    for (const step of steps) {
      if (step.type === 'found') yield step.found
      else if (step.type === 'entry') yield* examine(step, this.#take(step.path), this.#deps)
      else if (step.type === 'unknown') this.#take(step.path)
      else this.#skipBelow(step.path)
      yield
    }
    while (this.#cursor.peek()) this.#miss()
  }

  /** The entry at this path; those before it are gone. */
  #take(path: RelPath): KnownEntry | undefined {
    this.#missBefore(path)
    if (this.#cursor.peek()?.path !== path) return undefined
    this.gone.endRun()
    return this.#cursor.next()
  }

  #skipBelow(path: RelPath | undefined): void {
    const prefix = path === undefined ? '' : `${path}/`
    this.#missBefore(prefix)
    while (this.#cursor.peek()?.path.startsWith(prefix) === true) {
      this.gone.endRun()
      this.#cursor.next()
    }
  }

  #missBefore(path: string): void {
    for (let entry = this.#cursor.peek(); entry && compareBytes(entry.path, path) < 0; entry = this.#cursor.peek())
      this.#miss()
  }

  #miss(): void {
    const { last } = this.#cursor
    const entry = this.#cursor.next()
    if (entry && !isKnownGone(entry)) this.gone.add(entry.path, this.#within, last)
    else if (entry) this.gone.endRun()
  }
}
