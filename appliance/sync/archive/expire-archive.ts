/** Takes out of the archive what has outlived its time, and what takes too much room. */
import type { ArchiveUse, ExpiryRules } from '../disk-work.ts'
import { clockAt, clockNow } from '../model/archive-clock.ts'
import { goesBefore, outlived, rankOf } from '../model/archive-rules.ts'
import type { Rank } from '../model/archive-rules.ts'
import { codeOf } from '../model/error-code.ts'
import { reserveBytes } from '../model/reserve.ts'
import { spaceToBytes } from '../model/space.ts'
import type { Dir } from '../ports.ts'
import { walkArchive } from './walk-archive.ts'
import type { ArchivedVersion, PathHistory } from './walk-archive.ts'

/**
 * Goes through the archive once, and once more if what is left takes too much room. Yields wherever the caller may
 * pause.
 * @param root of the share
 * @throws node's errors
 */
export function* expireArchive(root: Dir, rules: ExpiryRules): Generator<undefined, ArchiveUse> {
  const { budget, roomFor } = rules
  const { freeBytes, totalBytes } = root.space()
  const run = new Run(rules)
  yield* run.through(root, (history) => run.outlive(history))
  const overBytes = run.bytes - spaceToBytes(budget, totalBytes)
  if (overBytes > 0) yield* run.makeRoom(root, overBytes, false)
  if (roomFor !== undefined && budget.type !== 'unlimited') {
    const missingBytes = roomFor.bytes + reserveBytes(totalBytes, roomFor.reserve) - freeBytes - run.removedBytes
    if (missingBytes > 0) yield* run.makeRoom(root, missingBytes, true)
  }
  return { versions: run.versions, bytes: run.bytes, removed: run.removed, removedBytes: run.removedBytes }
}

class Run {
  versions = 0
  bytes = 0
  removed = 0
  removedBytes = 0
  readonly #rules: ExpiryRules
  readonly #nowMs: number

  constructor(rules: ExpiryRules) {
    this.#rules = rules
    this.#nowMs = clockNow(rules.clock)
  }

  *through(root: Dir, take: (history: PathHistory) => void): Generator<undefined> {
    const steps = walkArchive(root, { below: undefined, live: 'beside', onLeft: removeIfEmpty })
    for (const history of steps) {
      if (history) take(history)
      yield
    }
  }

  outlive({ versions, archive }: PathHistory): void {
    const all = versions()
    const goes = outlived(
      all.map((version) => this.#ageMs(version)),
      this.#rules,
    )
    all.forEach((version, i) => {
      this.versions += 1
      this.bytes += version.sizeBytes
      if (goes[i]) this.#remove(archive, version)
    })
  }

  /** Those go first that `goesBefore` the others, until enough is gone. */
  *makeRoom(root: Dir, wantedBytes: number, isForNew: boolean): Generator<undefined> {
    // how much each rank takes is enough to know where to stop, however many versions there are
    const sizes = new Map<string, { readonly rank: Rank; bytes: number }>()
    yield* this.through(root, (history) => {
      for (const { rank, version } of this.#ranked(history, isForNew)) {
        const key = `${rank.rank} ${rank.ageHours}`
        const known = sizes.get(key)
        if (known) known.bytes += version.sizeBytes
        else sizes.set(key, { rank, bytes: version.sizeBytes })
      }
    })
    const sorted = [...sizes.values()].sort((a, b) => (goesBefore(a.rank, b.rank) ? -1 : 1))
    let leftBytes = wantedBytes
    const last = sorted.find(({ bytes }) => (leftBytes -= bytes) <= 0) ?? sorted.at(-1)
    if (!last) return
    // of the last rank no more than it takes
    let fromLastBytes = leftBytes + last.bytes
    yield* this.through(root, (history) => {
      for (const { rank, version } of this.#ranked(history, isForNew)) {
        const isBefore = goesBefore(rank, last.rank)
        const isLast = !isBefore && !goesBefore(last.rank, rank) && fromLastBytes > 0
        if (!isBefore && !isLast) continue
        if (isLast) fromLastBytes -= version.sizeBytes
        this.#remove(history.archive, version)
      }
    })
  }

  #ranked(history: PathHistory, isForNew: boolean): { readonly rank: Rank; readonly version: ArchivedVersion }[] {
    const versions = history.versions()
    return versions.flatMap((version, i) => {
      const ageMs = this.#ageMs(version)
      const isOnly = i === versions.length - 1 && history.live() === undefined
      const rank = rankOf(ageMs, isOnly, isForNew)
      return rank ? [{ rank, version }] : []
    })
  }

  #ageMs({ stamp }: ArchivedVersion): number {
    return this.#nowMs - clockAt(this.#rules.clock, stamp.ms)
  }

  #remove(archive: Dir | undefined, { name, sizeBytes }: ArchivedVersion): void {
    archive?.removeFile(name)
    this.versions -= 1
    this.bytes -= sizeBytes
    this.removed += 1
    this.removedBytes += sizeBytes
  }
}

function removeIfEmpty(parent: Dir, name: string): void {
  try {
    parent.removeDir(name)
  } catch (error) {
    if (!['ENOTEMPTY', 'EEXIST', 'ENOENT'].includes(codeOf(error))) throw error
  }
}
