/**
 * Counter per author, sorted by author id; an absent author counts as 0. Author ids are 16 lower-case hex
 * digits (64 bits on the wire, docs/protocol.md). Never changed in place.
 */
export type VersionVector = readonly Counter[]
export interface Counter {
  readonly author: AuthorId
  readonly value: number
}
/** 64-bit id of who counts: a Syncthing device's short id, or one life of a Homeseed device's index. */
export type AuthorId = string

export type Order = 'equal' | 'before' | 'after' | 'concurrent'

export const noVersion: VersionVector = []

type Visit = (author: AuthorId, x: number, y: number) => boolean

/**
 * Visits both vectors' counters, author by author in ascending order, an absent one as 0, until `visit` says no. Not a
 * generator: versions are compared all the time.
 */
function inPairs(a: VersionVector, b: VersionVector, visit: Visit): void {
  for (let i = 0, j = 0; i < a.length || j < b.length;) {
    const x = a[i]
    const y = b[j]
    const author = x && (!y || x.author <= y.author) ? x.author : (y?.author ?? '')
    const isInA = x?.author === author
    const isInB = y?.author === author
    if (!visit(author, isInA ? x.value : 0, isInB ? y.value : 0)) return
    if (isInA) i += 1
    if (isInB) j += 1
  }
}

/** Where `a` stands to `b`: `before` when `b` has seen all of it and more. */
export function compareVersions(a: VersionVector, b: VersionVector): Order {
  let [isLess, isMore] = [false, false]
  inPairs(a, b, (_author, x, y) => {
    isLess ||= x < y
    isMore ||= x > y
    return !(isLess && isMore)
  })
  return isLess ? (isMore ? 'concurrent' : 'before') : isMore ? 'after' : 'equal'
}

/** Whether a later version counts on where an earlier one has counted, rather than counting somebody else only. */
export function goesOnCounting(earlier: VersionVector, later: VersionVector): boolean {
  let isCounted = false
  inPairs(earlier, later, (_author, x, y) => !(isCounted ||= x > 0 && x < y))
  return isCounted
}

/** The least vector that is not before either: what both have seen. */
export function joinVersions(a: VersionVector, b: VersionVector): VersionVector {
  const joined: Counter[] = []
  inPairs(a, b, (author, x, y) => joined.push({ author, value: Math.max(x, y) }) > 0)
  return joined
}

/**
 * The version of a new edit by `author`. Counters start at the clock (seconds since 1970), so that an author
 * whose index was lost does not begin again below what others have already seen of it.
 */
export function bumpVersion(version: VersionVector, author: AuthorId, nowSeconds: number): VersionVector {
  const previous = version.find((counter) => counter.author === author)?.value ?? 0
  return joinVersions(version, [{ author, value: Math.max(previous + 1, Math.floor(nowSeconds)) }])
}

/**
 * Counters are seconds since 1970, or a little more where clocks differ. One that is centuries ahead leaves no room
 * for later edits, and neither does a list of authors that is full. What a device signs may be further on than what
 * it takes over unsigned, so that an edit of anything that was taken can be taken as well.
 */
const YEAR_S = 366 * 24 * 3600
const MAX_AHEAD_S = { unsigned: 100 * YEAR_S, signed: 200 * YEAR_S }
export const MAX_COUNTERS = { unsigned: 256, signed: 1024 }

/** Whether a peer's version leaves room for edits of it. */
export function hasRoom(version: VersionVector, isSigned: boolean, nowSeconds: number): boolean {
  const kind = isSigned ? 'signed' : 'unsigned'
  const max = Math.max(0, nowSeconds) + MAX_AHEAD_S[kind]
  return version.length <= MAX_COUNTERS[kind] && version.every(({ value }) => value <= max)
}

/**
 * Decides between concurrent versions that nothing else tells apart: at the lowest author id where they
 * differ, the greater counter wins. Syncthing decides the same way, so mixed swarms agree.
 */
export function tieBreak(a: VersionVector, b: VersionVector): number {
  let difference = 0
  inPairs(a, b, (_author, x, y) => (difference = x - y) === 0)
  return difference
}

/** Text form for the index: `author:value` joined by `,`. Equal vectors have equal text. */
export const versionToText = (version: VersionVector): string =>
  version.map(({ author, value }) => `${author}:${value}`).join(',')

/** @param text what `versionToText` gave; the index is the only source */
export const versionFromText = (text: string): VersionVector =>
  text === ''
    ? noVersion
    : text.split(',').map((part) => ({ author: part.slice(0, 16), value: Number(part.slice(17)) }))
