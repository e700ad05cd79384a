import type { FoundContent } from '../disk-work.ts'
import type { LocalEntry, ShareIndex } from '../index/share-index.ts'
import { bytesEqual, compareBytes } from '../model/entry.ts'
import type { Entry } from '../model/entry.ts'
import { leftOut, takesPart } from '../model/left-out.ts'
import type { LeftOut } from '../model/left-out.ts'
import { announcedVersionOf, changeOf, forgottenOf, removalOf } from '../model/local-change.ts'
import type { HeldEntry, LocalChange } from '../model/local-change.ts'
import { needLoss, needOf } from '../model/need.ts'
import { metaToSet, planPath, winnerOf } from '../model/plan.ts'
import type { Action } from '../model/plan.ts'
import { samePlatform } from '../model/platform.ts'
import type { RelPath } from '../model/rel-path.ts'
import { bumpVersion, compareVersions, joinVersions, noVersion } from '../model/version-vector.ts'
import {
  bareSeen,
  damagedSeen,
  isBareSeen,
  isDamagedSeen,
  isHeldSeen,
  isKeptSeen,
  isStaleSeen,
  missingSeen,
  nothingSeen,
  seenOnDisk,
  staleSeen,
  undoneSeen,
  unknownSeen,
} from '../model/seen.ts'
import type { Scope } from '../model/scope.ts'
import type { Clock } from '../ports.ts'
import type { ShareKeys } from '../secrets.ts'
import { inSlices } from '../slices.ts'
import { GivenNumbers } from './given-numbers.ts'
import type { GivenNumbersDeps } from './given-numbers.ts'
import { OwnAuthorship } from './own-authorship.ts'
import type { PlacedBefore } from './placed-before.ts'
import { signedAnew } from './signed-entries.ts'

/** This device, as entries and names tell of it. */
export interface Self {
  /** 16 hex digits */
  readonly shortId: string
  /** who counts in version vectors: this device in this life of its index */
  readonly author: string
}

export interface LocalEntriesDeps {
  readonly clock: Clock
  readonly index: ShareIndex
  readonly keys: ShareKeys
  readonly self: Self
  readonly given: Pick<GivenNumbersDeps, 'read' | 'write' | 'random'>
  readonly placedBefore: PlacedBefore
  /** What of the share this device takes part in now. */
  readonly scope: () => Scope
  /** There is something to announce. */
  readonly onStored: () => void
  /** There is one more need that takes something away here. */
  readonly onLoss: () => void
  /** What lies at a path is to be looked at, and counts as found just now. */
  readonly lookAgain: (path: RelPath) => void
}

/** rows of the index at a time */
const PAGE = 1000

/** Why what others announce of a path is not to come here, and what there is to keep of it. */
interface WhyNot {
  readonly state: LeftOut
  readonly winner: Entry
}

export interface Planned {
  readonly action: Action | undefined
  readonly local: LocalEntry | undefined
  readonly whyNot?: WhyNot | undefined
}

/**
 * What this device holds of a share: writes its rows, numbers and counts them, and plans a path anew whenever what
 * is known of it changes.
 */
export class LocalEntries {
  readonly #deps: LocalEntriesDeps
  readonly given: GivenNumbers
  readonly by: OwnAuthorship
  #totals = { files: 0, bytes: 0 }
  /** rows up to this path are in the totals */
  #countedTo: RelPath | 'all' | undefined

  constructor(deps: LocalEntriesDeps) {
    this.#deps = deps
    this.given = new GivenNumbers({ index: deps.index, author: deps.self.author, ...deps.given })
    this.by = new OwnAuthorship({
      clock: deps.clock,
      self: deps.self,
      access: deps.keys.access,
      announced: (path) => this.#announced(path),
      nextSequence: () => this.given.next(),
    })
  }

  /** The newest change that peers are to know of. */
  get sequence(): number {
    return this.given.sequence
  }

  get totals(): { readonly files: number; readonly bytes: number } {
    return this.#totals
  }

  /** Counts what is there, once, in pages; `put` keeps count of what has been counted. */
  async count(): Promise<void> {
    const { index, clock } = this.#deps
    while (this.#countedTo !== 'all') {
      const { files, bytes, next } = index.totalsOfPage(this.#countedTo, PAGE)
      this.#totals = { files: this.#totals.files + files, bytes: this.#totals.bytes + bytes }
      this.#countedTo = next ?? 'all'
      if (next) await clock.breathe()
    }
  }

  /** Takes over what a scan saw. In a transaction. */
  observe(path: RelPath, found: FoundContent, held = this.#deps.index.local(path)): void {
    const { keys } = this.#deps
    if (held && !takesPart(held.leftOut) && held.leftOut !== leftOut.leaving)
      return this.#observeAgain(path, found, held)
    const announced = announcedVersionOf(found, held, [...this.#announced(path), ...this.#deps.placedBefore.of(path)])
    if (keys.access === 'seed-only' && !announced) return this.#observeSealed(path, found, held)
    if (announced) this.put(announced, lacksPlatform(found, announced) ? bareSeen(found.seen) : found.seen, false)
    else this.#store(path, this.#withModeOfCopy(changeOf(path, found, held, keys.access, this.by.for(path, held))))
  }

  /**
   * Nobody edits what is sealed: what is not as writers announce it goes to the archive, and is fetched anew. What nobody
   * announces stays, and is told to nobody.
   */
  #observeSealed(path: RelPath, found: FoundContent, held: LocalEntry | undefined): void {
    const known = held && held.entry.version.length > 0 ? held.entry : undefined
    if (!known) {
      const change = changeOf(path, found, held, 'read-only', this.by.for(path, held))
      return change.type === 'put' ? this.put(change.held.entry, found.seen, false) : undefined
    }
    if (known.deleted) return this.put(known, found.seen, false)
    const isSame = known.type === found.type && bytesEqual(known.blocks, found.blocks)
    this.#store(
      path,
      isSame
        ? { type: 'same', seen: found.seen }
        : { type: 'put', held: { entry: known, seen: undoneSeen(found.seen), localOnly: false } },
    )
  }

  /**
   * Takes over what lies at a path that was left out. Where nobody else has changed it meanwhile, it is what it was,
   * or an edit of that. Else it counts as found just now: of equal contents there is one version, of different ones
   * neither supersedes the other.
   */
  #observeAgain(path: RelPath, found: FoundContent, held: LocalEntry): void {
    const { keys } = this.#deps
    // a folder that others deleted: it goes, unless it still holds what is ignored
    if (isKeeper(held) && found.type === 'directory' && (keys.access === 'read-write' || isKeptSeen(held.seen)))
      return this.put(held.entry, found.seen, false, leftOut.no)
    // nobody has touched it since: what others made of it is to come, as if it had never been left out
    const isToCome = keys.access !== 'read-write' || this.#announced(path).length > 0
    if (isToCome && held.seen === staleSeen(found.seen))
      return this.put(forgottenOf(held.entry), found.seen, false, leftOut.no)
    const isBased = held.seen !== nothingSeen && !isStaleSeen(held.seen)
    if (isBased || keys.access !== 'read-write') {
      const change = changeOf(path, found, held, keys.access, this.by.for(path, held))
      const { entry, seen, localOnly } = change.type === 'put' ? change.held : { ...held, seen: change.seen }
      return this.put(entry, seen, localOnly)
    }
    // what somebody has not heard of yet that it is older than what is known here, is no version to go back to
    const current = this.#announced(path).filter(
      ({ version }) => compareVersions(version, held.entry.version) !== 'before',
    )
    const same = announcedVersionOf(found, undefined, [...current, held.entry])
    if (same) return this.put(same, found.seen, false)
    this.#store(path, changeOf(path, found, undefined, keys.access, this.by.nobodyBefore()))
  }

  /** Takes over that nothing is there any more. In a transaction. */
  remove(path: RelPath): void {
    const { index, keys, scope } = this.#deps
    const held = index.local(path)
    if (held?.leftOut === leftOut.returning) return this.#forget(held)
    // whoever chose to be without it need not keep what is left of it, and deletes nothing by that
    if (held && held.entry.version.length > 0 && !held.entry.deleted && !scope().isChosen(path, held.entry.type))
      return this.put(held.entry, nothingSeen, false, leftOut.unchosen)
    if (keys.access === 'seed-only' && held) {
      // what nobody has to give back is not here any more
      const isGivenUp = isDamagedSeen(held.seen) || held.entry.deleted || held.entry.version.length === 0
      return isGivenUp ? this.#forget(held) : this.put(held.entry, missingSeen, false)
    }
    this.#store(path, removalOf(held, keys.access, this.by.for(path, held)))
  }

  /** Nothing lies at a path, and nothing is to be told of it: what others have of it is to come. In a transaction. */
  #forget({ entry }: LocalEntry): void {
    if (entry.deleted && entry.version.length > 0) return this.put(entry, nothingSeen, false, leftOut.no)
    this.put(forgottenOf(entry), nothingSeen, false, leftOut.no)
  }

  /** What nobody was ever told of, and is gone, leaves no trace. In a transaction. */
  dropUntold(path: RelPath): void {
    const { index } = this.#deps
    const held = index.local(path)
    if (held?.entry.version.length === 0 && held.seen === nothingSeen) index.removeLocal(path)
  }

  /** A path that was left out because it was not chosen is to lie here again. In a transaction. */
  wantAgain(path: RelPath): void {
    const held = this.#deps.index.local(path)
    if (held) this.#forget(held)
  }

  /** A rule ignores a path from now on: nothing is told of it any more. In a transaction. */
  ignore(path: RelPath): void {
    const { index } = this.#deps
    const held = index.local(path)
    if (!held) return
    const { entry, seen, localOnly } = held
    if (entry.version.length === 0) {
      this.#count(held, -1)
      index.removeLocal(path)
      return this.evaluate(path)
    }
    this.put(entry, isDamagedSeen(seen) ? nothingSeen : seen, localOnly, leftOut.ignored)
  }

  /** Whether it takes part, for a path that goes on to be what it is. In a transaction. */
  setLeftOut(path: RelPath, state: LeftOut): void {
    const held = this.#deps.index.local(path)
    if (held) this.put(held.entry, held.seen, held.localOnly, state)
  }

  /** Owners and attributes count from now on: what is known of them is given to what lies here, the rest is looked at. */
  lookAgainAtAll(): void {
    const { index } = this.#deps
    index.transaction(() => {
      index.lookAgainAtAll()
      for (const path of index.pathsWithPlatform()) {
        const seen = index.local(path)?.seen ?? nothingSeen
        if (seen === nothingSeen || isDamagedSeen(seen) || isBareSeen(seen) || isHeldSeen(seen)) continue
        index.setSeen(path, bareSeen(seen))
        this.evaluate(path)
      }
    })
  }

  /** Takes over that a file is no longer what it was, though nobody wrote to it: it is to be fetched anew. In a transaction. */
  noteDamage(path: RelPath, seen: string): void {
    this.#deps.index.setSeen(path, damagedSeen(seen))
    this.evaluate(path)
  }

  /** Takes over that a file which was damaged is as it was. In a transaction. */
  noteWhole(path: RelPath, seen: string): void {
    this.#deps.index.setSeen(path, seen)
    this.evaluate(path)
  }

  /** Writes one row. In a transaction. @param state where it is known better than the scope tells */
  put(entry: Entry, seen: string, localOnly: boolean, state?: LeftOut): void {
    const { index } = this.#deps
    const before = index.local(entry.path)
    const leftOut = state ?? this.#leftOutOf(entry, seen)
    const local: LocalEntry = { entry, sequence: this.given.next(), seen, localOnly, leftOut }
    this.given.note(entry.version)
    index.putLocal(local)
    this.#count(before, -1)
    this.#count(local, 1)
    this.evaluate(entry.path, local)
  }

  plan(path: RelPath, known?: LocalEntry): Planned {
    const { index, keys } = this.#deps
    const local = known ?? index.local(path)
    const announced = this.#announced(path)
    const whyNot = this.#whyNot(local, announced)
    if (local?.leftOut === leftOut.returning || whyNot) return { action: undefined, local, whyNot }
    return { action: planPath(local, announced, keys.access), local }
  }

  #whyNot(local: LocalEntry | undefined, announced: readonly Entry[]): WhyNot | undefined {
    const isKnown = local !== undefined && local.entry.version.length > 0
    const winner = winnerOf(isKnown ? [local.entry, ...announced] : announced)
    if (!winner || local?.leftOut === leftOut.returning) return undefined
    const isHere = local !== undefined && local.seen !== nothingSeen
    // what takes part and lies here goes on to do so, until it has been looked at with the rules that hold now
    if (isHere && local.leftOut !== leftOut.ignored) return undefined
    const scope = this.#deps.scope()
    if (scope.isIgnored(winner.path, winner.type)) return { state: leftOut.ignored, winner }
    if (winner.deleted || scope.isChosen(winner.path, winner.type)) return undefined
    return { state: leftOut.unchosen, winner }
  }

  #leftOutOf({ path, type, deleted, version }: Entry, seen: string): LeftOut {
    const scope = this.#deps.scope()
    if (deleted || version.length === 0) return leftOut.no
    if (scope.isIgnored(path, type)) return leftOut.ignored
    return seen === nothingSeen && !scope.isChosen(path, type) ? leftOut.unchosen : leftOut.no
  }

  /** Takes an entry over whose content lies here already, or is to stay away. */
  adopt(entry: Entry, local: LocalEntry | undefined): void {
    this.#deps.index.transaction(() => this.#take(entry, local))
    this.#deps.onStored()
  }

  #take(entry: Entry, local: LocalEntry | undefined): void {
    const staysLocal = local?.localOnly === true && entry.deleted && local.seen !== nothingSeen
    const seen = local?.seen ?? nothingSeen
    this.put(entry, isBareSeen(seen) || seen === missingSeen ? seenOnDisk(seen) : seen, staysLocal)
  }

  /** A new version made here, in the place of another one. @param content where it lies, and its content and times */
  successor(content: Entry, before: Entry | undefined): Entry {
    const { author, modifiedBy, nowSeconds } = before ? this.by.with(before.version) : this.by.now()
    const version = bumpVersion(before?.version ?? noVersion, author, nowSeconds)
    return { ...content, version, modifiedBy, signature: undefined }
  }

  /** What is held at a path once this content is put there; undefined: nothing changes, the very same lies there. */
  changed(path: RelPath, content: FoundContent): HeldEntry | undefined {
    const { index, keys } = this.#deps
    const held = index.local(path)
    const isHere = held !== undefined && held.seen !== nothingSeen && !isDamagedSeen(held.seen)
    const change = changeOf(path, content, held, keys.access, this.by.for(path, held))
    if (change.type === 'put') return change.held
    return isHere ? undefined : held && { ...held, localOnly: false }
  }

  /** Makes what lies here newer than all that peers announce of it. In a transaction. */
  reassert(path: RelPath): void {
    const local = this.#deps.index.local(path)
    if (!local || local.entry.deleted || local.localOnly) return
    const joined = this.#announced(path).reduce(
      (version, entry) => joinVersions(version, entry.version),
      local.entry.version,
    )
    this.put(this.successor(local.entry, { ...local.entry, version: joined }), local.seen, false)
  }

  /** What is told of an entry that is removed here. @throws Error when nothing lies there: a bug */
  tombstone(local: LocalEntry): Entry {
    const removal = removalOf(local, 'read-write', this.by.with(local.entry.version))
    if (removal?.type !== 'put') throw new Error(`"${local.entry.path}" does not lie here`)
    return removal.held.entry
  }

  /** Forgets what a device announced. */
  async forgetRemote(deviceNo: number): Promise<void> {
    const { index, clock } = this.#deps
    let after: RelPath | undefined
    for (;;) {
      const paths = index.remotePathsOf(deviceNo, after, PAGE)
      await inSlices(paths, { index, clock }, (path) => {
        index.removeRemote(path, deviceNo)
        this.evaluate(path)
      })
      if (paths.length < PAGE) return
      after = paths.at(-1)
      await clock.breathe()
    }
  }

  /**
   * Keeps the list of needs in step with the entries of a path; where only the index has to follow, it does so at
   * once. In a transaction.
   */
  evaluate(path: RelPath, known?: LocalEntry): void {
    const { index, keys, onStored, onLoss } = this.#deps
    const signed = keys.access === 'read-only' ? signedAnew(known ?? index.local(path), index) : undefined
    if (signed) return this.put(signed.entry, signed.seen, signed.localOnly, signed.leftOut)
    const { action, local, whyNot } = this.plan(path, known)
    if (!action) {
      index.dropNeed(path)
      if (whyNot) this.#record(local, whyNot)
      return this.#claim(local)
    }
    // where the index knows of nothing, a look at the folder has to come first: what lies there may be what was deleted
    const isHere = local !== undefined && local.seen !== nothingSeen
    if (action.type !== 'adopt' || !isHere || metaToSet(action.entry, local)) {
      const need = needOf(action, local)
      if (need.loss !== needLoss.none && index.lossOf(path) === needLoss.none) onLoss()
      return index.putNeed(need)
    }
    this.#take(action.entry, local)
    onStored()
  }

  /** What others do with a path that is left out here is known here, and so told, but not done. */
  #record(local: LocalEntry | undefined, { state, winner }: WhyNot): void {
    if (winner !== local?.entry) this.put(winner, seenBefore(local, winner), false, state)
    // what was deleted before stays so: what comes to lie there again is new
    else if (local.leftOut !== state && !winner.deleted) this.put(winner, local.seen, local.localOnly, state)
  }

  /** What lies here and was to give way to what others made of it is told again, when all of them have lost that. */
  #claim(local: LocalEntry | undefined): void {
    const { index, keys, lookAgain } = this.#deps
    if (!local || local.entry.version.length > 0 || local.leftOut !== leftOut.no || keys.access !== 'read-write') return
    if (local.seen === nothingSeen || local.seen === unknownSeen) return
    const { path } = local.entry
    if (index.remotes(path).length > 0) return
    index.setSeen(path, unknownSeen)
    lookAgain(path)
  }

  /** What peers announce of a path, and can give. */
  #announced(path: RelPath): readonly Entry[] {
    return this.#deps.index.remotes(path).flatMap(({ entry, invalid }) => (invalid ? [] : [entry]))
  }

  /** Where the disk keeps no permissions, a file that was moved or copied has those of the one with the same content. */
  #withModeOfCopy(change: LocalChange): LocalChange {
    if (change.type === 'same') return change
    const { entry } = change.held
    if (entry.mode !== undefined || entry.type !== 'file' || entry.sizeBytes === 0) return change
    const { index } = this.#deps
    const same = index.fileWithContent(entry)
    const mode = same === undefined ? undefined : index.local(same)?.entry.mode
    return { ...change, held: { ...change.held, entry: { ...entry, mode } } }
  }

  #store(path: RelPath, change: LocalChange | undefined): void {
    const { index } = this.#deps
    if (!change) return
    const before = index.local(path)?.seen ?? nothingSeen
    const stillBare = (seen: string) => (isBareSeen(before) && seen !== nothingSeen ? bareSeen(seen) : seen)
    if (change.type === 'same') {
      index.setSeen(path, stillBare(change.seen))
      // while it was held, nothing that others did was planned
      if (isHeldSeen(before) || before === unknownSeen) this.evaluate(path)
      return
    }
    this.put(change.held.entry, stillBare(change.held.seen), change.held.localOnly)
    this.dropUntold(path)
  }

  #count(local: LocalEntry | undefined, sign: 1 | -1): void {
    if (!local || !this.#isCounted(local.entry.path)) return
    if (local.entry.deleted || local.entry.type === 'directory' || local.seen === nothingSeen) return
    if (!takesPart(local.leftOut) && local.leftOut !== leftOut.leaving) return
    this.#totals = {
      files: this.#totals.files + sign,
      bytes: this.#totals.bytes + sign * local.entry.sizeBytes,
    }
  }

  #isCounted(path: RelPath): boolean {
    if (this.#countedTo === undefined || this.#countedTo === 'all') return this.#countedTo === 'all'
    return compareBytes(Buffer.from(path), Buffer.from(this.#countedTo)) <= 0
  }
}

/** A folder that is deleted, but stays here for what is ignored in it. */
const isKeeper = ({ entry, seen, localOnly }: LocalEntry): boolean => entry.deleted && localOnly && seen !== nothingSeen

/** What is known of the disk at an ignored path that others have changed. */
function seenBefore(local: LocalEntry | undefined, winner: Entry): string {
  if (local?.leftOut !== leftOut.ignored || local.localOnly || local.seen === nothingSeen) return nothingSeen
  const isNewer = compareVersions(local.entry.version, winner.version) === 'before'
  return isNewer ? staleSeen(local.seen) : nothingSeen
}

/** Whether what lies here has not been given the owner and attributes of its entry. */
const lacksPlatform = ({ platform }: FoundContent, entry: Entry): boolean =>
  platform !== undefined && entry.platform !== undefined && !samePlatform(platform, entry.platform)
