/**
 * When a version was moved to the archive, as its name there says it: a second, and which one of those that were moved
 * in that second.
 */
export interface Stamp {
  /** whole seconds, in milliseconds since 1970 */
  readonly ms: number
  /** 1, 2, 3 … */
  readonly attempt: number
}

/** @param ms since 1970, with any part of a second */
export const stampAt = (ms: number, attempt = 1): Stamp => ({ ms: Math.floor(ms / 1000) * 1000, attempt })

/** Negative, zero or positive. */
export const compareStamps = (a: Stamp, b: Stamp): number => a.ms - b.ms || a.attempt - b.attempt

/** `YYYYMMDD-HHMMSS` in UTC, with `-2` and so on behind it */
export function stampToText({ ms, attempt }: Stamp): string {
  const [date = '', time = ''] = new Date(ms).toISOString().split('T')
  const text = `${date.replaceAll('-', '')}-${time.slice(0, 8).replaceAll(':', '')}`
  return attempt > 1 ? `${text}-${attempt}` : text
}

/** @returns undefined: `stampToText` gives no such text */
export function stampFromText(text: string): Stamp | undefined {
  const [, date = '', time = '', attempt = '1'] = /^(\d{8})-(\d{6})(?:-([1-9]\d{0,8}))?$/.exec(text) ?? []
  const iso = `${date.slice(0, 4)}-${date.slice(4, 6)}-${date.slice(6)}T${time.replace(/(..)(..)(..)/, '$1:$2:$3')}Z`
  const stamp: Stamp = { ms: Date.parse(iso), attempt: Number(attempt) }
  // 30 February is no day, though it can be read as one
  return Number.isNaN(stamp.ms) || stampToText(stamp) !== text ? undefined : stamp
}

/** A moment: a stamp, or ISO 8601 with its time zone. */
export function momentFromText(text: string): Stamp | undefined {
  const stamp = stampFromText(text)
  if (stamp) return stamp
  if (!/^\d{4}-\d\d-\d\dT\d\d:\d\d(:\d\d(\.\d{1,9})?)?(Z|[+-]\d\d:\d\d)$/.test(text)) return undefined
  const ms = Date.parse(text)
  return Number.isNaN(ms) ? undefined : stampAt(ms)
}
