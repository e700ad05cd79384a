/** Looks at one thing on disk and says how it differs from what the index knows of it. */
import type { Found, FoundContent, KnownEntry } from '../disk-work.ts'
import { blockBytesIn } from '../model/block-size.ts'
import { noBytes } from '../model/entry.ts'
import { codeOf } from '../model/error-code.ts'
import type { RelPath } from '../model/rel-path.ts'
import { racySeen, seenOf, seenOnDisk, timesOfSeen, wasRacy } from '../model/seen.ts'
import type { Clock, Dir, Stat } from '../ports.ts'
import { hashFile } from './hash-file.ts'
import type { ReadBuffer } from './hash-file.ts'
import type { LookAtPlatform } from './look-at-platform.ts'

/**
 * A file that was written to this lately is probably still being written: what it holds now is half of something, and
 * hashing it would be for nothing. Small ones are written in one go.
 */
const QUIET_NS = 2_000_000_000n
const LARGE_BYTES = 1024 * 1024
const SHORTLY_QUIET_NS = 600_000_000n
/** One that is never quiet, such as a log, is taken as it is after this, unless reading it takes long. */
const PATIENCE_NS = 30_000_000_000n
const QUICKLY_READ_BYTES = 64 * 1024 * 1024

/** How far apart two changes must be to leave different times: a tick of a slow kernel, or FAT's two seconds. */
const TICK_NS = 20_000_000n
const COARSE_TICK_NS = 2_000_000_000n
const SECOND_NS = 1_000_000_000n

/**
 * A write sets the times when it begins, and its bytes follow: a file larger than this may still be getting them
 * for a while, and keeps its times then.
 */
const ONE_GO_BYTES = 64 * 1024
/** A write that takes longer than this has not been seen. */
const LONG_WRITE_NS = 60_000_000_000n

export interface Sight {
  readonly path: RelPath
  readonly dir: Dir
  readonly name: string
  readonly stat: Stat
}
export interface ExamineDeps {
  readonly clock: Pick<Clock, 'now'>
  /** `FileSystem.exactTimes` */
  readonly exactTimes: boolean
  readonly buffers: ReadBuffer
  /** of the disk that is looked at */
  readonly keepsModes: () => boolean
  /** undefined where it counts for nothing */
  readonly lookAtPlatform: LookAtPlatform | undefined
  /** `ShareRoot.isSealed` */
  readonly isSealed?: boolean
}

/** Yields `undefined` wherever the caller may pause or stop. */
export function* examine(sight: Sight, known: KnownEntry | undefined, deps: ExamineDeps): Generator<Found | undefined> {
  const { path, stat } = sight
  const seen = seenOf(stat)
  // a folder's own times do not tell of its attributes
  const isUnclear = stat.type === 'directory' && deps.lookAtPlatform !== undefined
  if (!isUnclear && known && seenOnDisk(known.seen) === seen) return
  if (stat.type === 'directory') yield changed(sight, {}, deps)
  else if (stat.type === 'symlink') yield examineLink(sight, deps)
  else if (known && isDamaged(known, stat, deps.clock)) yield { kind: 'damaged', path, seen }
  else if (isRecent(stat.mtimeNs, quietNs(stat), deps.clock) && !isOverdue(known, stat, deps.clock)) yield busy(sight)
  else {
    const isRacy = !deps.exactTimes && mayStillChange(stat, deps.clock)
    // read once already, and it will be once more when it is quiet
    if (isRacy && known?.seen === racySeen(seen)) yield busy(sight)
    else yield* examineFile(sight, isRacy, deps)
  }
}

function quietNs({ sizeBytes }: Stat): bigint {
  if (sizeBytes > LARGE_BYTES) return QUIET_NS
  return sizeBytes > ONE_GO_BYTES ? SHORTLY_QUIET_NS : 0n
}

/** Whether the index has been waiting long for a file that is written to all the time. */
function isOverdue(known: KnownEntry | undefined, { sizeBytes, birthNs }: Stat, clock: Pick<Clock, 'now'>): boolean {
  const knownNs = known && timesOfSeen(known.seen)?.mtimeNs
  const sinceNs = knownNs === undefined ? birthNs : BigInt(knownNs)
  return sizeBytes <= QUICKLY_READ_BYTES && !isRecent(sinceNs, PATIENCE_NS, clock)
}

/** Whether it was changed so lately that another change may leave the same times. */
function mayStillChange({ sizeBytes, mtimeNs, ctimeNs }: Stat, clock: Pick<Clock, 'now'>): boolean {
  return (
    (sizeBytes > ONE_GO_BYTES && isRecent(mtimeNs, QUIET_NS, clock)) ||
    isRecent(ctimeNs, ctimeNs % SECOND_NS === 0n ? COARSE_TICK_NS : TICK_NS, clock)
  )
}

function examineLink(sight: Sight, deps: ExamineDeps): Found {
  try {
    const linkTarget = sight.dir.readLink(sight.name)
    return isUntouched(sight, sight.dir.lstat(sight.name)) ? changed(sight, { linkTarget }, deps) : busy(sight)
  } catch (error) {
    return failed(sight, error)
  }
}

function* examineFile(sight: Sight, isRacy: boolean, deps: ExamineDeps): Generator<Found | undefined> {
  const { dir, name, stat } = sight
  const blockBytes = stat.sizeBytes === 0 ? 0 : blockBytesIn(deps, stat.sizeBytes)
  let found: Found
  try {
    using file = dir.openFile(name)
    const blocks = blockBytes === 0 ? noBytes : yield* hashFile(file, stat.sizeBytes, blockBytes, deps.buffers)
    found = blocks && isUntouched(sight, file.stat()) ? changed(sight, { blockBytes, blocks }, deps) : busy(sight)
  } catch (error) {
    found = failed(sight, error)
  }
  if (found.kind === 'changed' && isRacy) {
    // a write that leaves the same times would go unnoticed: take it, but look again
    yield { ...found, seen: racySeen(found.seen) }
    yield busy(sight)
  } else yield found
}

const isUntouched = ({ stat }: Sight, now: Stat | undefined): boolean =>
  now !== undefined && now.device === stat.device && seenOf(now) === seenOf(stat)

/** Also just ahead, as clocks differ. A time far ahead says nothing: what is written now gets today's. */
function isRecent(timeNs: bigint, withinNs: bigint, clock: Pick<Clock, 'now'>): boolean {
  const ageNs = BigInt(Math.floor(clock.now())) * 1_000_000n - timeNs
  return -withinNs < ageNs && ageNs < withinNs
}

function isDamaged(known: KnownEntry, stat: Stat, clock: Pick<Clock, 'now'>): boolean {
  if (!known.seen.startsWith('file:') || wasRacy(known.seen)) return false
  if (!isSettled(stat, clock)) return false
  const was = timesOfSeen(known.seen)
  const sameTimes = was?.mtimeNs === String(stat.mtimeNs) && was.ctimeNs === String(stat.ctimeNs)
  return sameTimes && was.sizeBytes !== String(stat.sizeBytes)
}

/** Written to so long ago that what lies there is all of what was written. */
export const isSettled = ({ mtimeNs }: Stat, clock: Pick<Clock, 'now'>): boolean =>
  !isRecent(mtimeNs, LONG_WRITE_NS, clock)

const busy = ({ path }: Sight): Found => ({ kind: 'busy', path })

/** What was there a moment ago and is gone, or has become something else: somebody is at work on it. */
function failed({ path }: Sight, error: unknown): Found {
  const code = codeOf(error)
  return ['ENOENT', 'ELOOP', 'EINVAL', 'EISDIR'].includes(code)
    ? { kind: 'busy', path }
    : { kind: 'unreadable', path, code }
}

function changed(
  sight: Sight,
  content: Partial<FoundContent>,
  { keepsModes, lookAtPlatform }: ExamineDeps,
): Found & { kind: 'changed' } {
  const { path, stat } = sight
  const platform = lookAtPlatform?.(sight)
  return {
    kind: 'changed',
    path,
    seen: seenOf(stat),
    type: stat.type === 'other' ? 'file' : stat.type,
    sizeBytes: stat.type === 'file' ? stat.sizeBytes : 0,
    mode: keepsModes() ? stat.mode : undefined,
    mtimeNs: stat.mtimeNs,
    blockBytes: content.blockBytes ?? 0,
    blocks: content.blocks ?? noBytes,
    linkTarget: content.linkTarget,
    ...(platform && { platform }),
  }
}
