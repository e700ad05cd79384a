const NS_PER_SECOND = 1_000_000_000n

/** Years 1684 to 2255: what fits into 64 bits of nanoseconds, on the wire and under a signature. */
const MAX_MTIME_SECONDS = 9_000_000_000

/** A time of modification that can be told to peers; one beyond is moved to the nearer end. */
export function tellableMtime(mtimeNs: bigint): bigint {
  const most = BigInt(MAX_MTIME_SECONDS) * NS_PER_SECOND
  return mtimeNs > most ? most : mtimeNs < -most ? -most : mtimeNs
}

/** exFAT's ten milliseconds, ext3's second, FAT's two seconds; the microsecond is what node sets */
const steps: readonly bigint[] = [1_000n, 10_000_000n, NS_PER_SECOND, 2n * NS_PER_SECOND]

/** Whether a time is another one as a coarser file system keeps it. */
export function isCoarserForm(coarseNs: bigint, exactNs: bigint): boolean {
  const apartNs = coarseNs > exactNs ? coarseNs - exactNs : exactNs - coarseNs
  return steps.some((step) => coarseNs % step === 0n && apartNs < step)
}

const QUARTER_HOUR_NS = 15n * 60n * NS_PER_SECOND
/** from 12 hours behind to 14 hours ahead of UTC */
const MOST_ZONES_APART_NS = 26n * 60n * 60n * NS_PER_SECOND
const SLACK_NS = 2n * NS_PER_SECOND

/**
 * Whether two times differ as two time zones do. FAT keeps local times: with summer time, or on a computer of another
 * zone, those of all files move.
 */
export function isOfOtherTimeZone(aNs: bigint, bNs: bigint): boolean {
  const apartNs = aNs > bNs ? aNs - bNs : bNs - aNs
  const beyondNs = (apartNs + SLACK_NS) % QUARTER_HOUR_NS
  return apartNs <= MOST_ZONES_APART_NS + SLACK_NS && beyondNs <= 2n * SLACK_NS
}
