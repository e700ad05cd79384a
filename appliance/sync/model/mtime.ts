const NS_PER_SECOND = 1_000_000_000n

/** Years 1684 to 2255: what fits into 64 bits of nanoseconds, on the wire and under a signature. */
export const MAX_MTIME_SECONDS = 9_000_000_000

/** A time of modification that can be told to peers; one beyond is moved to the nearer end. */
export function tellableMtime(mtimeNs: bigint): bigint {
  const most = BigInt(MAX_MTIME_SECONDS) * NS_PER_SECOND
  return mtimeNs > most ? most : mtimeNs < -most ? -most : mtimeNs
}
