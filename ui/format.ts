/** Numbers in words, for panel and command line alike. Pure. */
import type { Texts } from './texts/texts.ts'

const steps = ['B', 'kB', 'MB', 'GB', 'TB', 'PB'] as const

const numberFormats = new Map<string, Intl.NumberFormat>()
function number(value: number, language: string, digits: number): string {
  const key = `${language}${digits}`
  const format = numberFormats.get(key) ?? new Intl.NumberFormat(language, { maximumFractionDigits: digits })
  numberFormats.set(key, format)
  return format.format(value)
}

/** Whole numbers, grouped as the language does. */
export const formatCount = (n: number, language = 'en'): string => number(n, language, 0)

/** Bytes in powers of 1000, as disks are sold: `4.2 GB`. Two digits that matter below 10, whole numbers above. */
export function formatBytes(bytes: number, language = 'en'): string {
  let value = Math.max(0, bytes)
  let step = 0
  while (step < steps.length - 1 && Math.round(value) >= 1000) {
    value /= 1000
    step += 1
  }
  return `${number(value, language, step > 0 && value < 9.95 ? 1 : 0)} ${steps[step]}`
}

/** Empty when nothing moves. */
export const formatRate = (bytesPerSecond: number, texts: Texts, language = 'en'): string =>
  bytesPerSecond < 1 ? '' : texts.units.perSecond(formatBytes(bytesPerSecond, language))

/** 0 to 1 as `62 %`. 100 % only when it is all: the last bytes are the ones people wait for. */
export const percentOf = (fraction: number): number =>
  fraction >= 1 ? 100 : fraction > 0 ? Math.floor(fraction * 100) : 0

export const formatPercent = (fraction: number): string => `${percentOf(fraction)} %`

/** Time left in words that do not jump about; empty while it is not known. */
export function formatEta(seconds: number | undefined | null, { eta }: Texts): string {
  if (seconds === undefined || seconds === null || !(seconds >= 0)) return ''
  if (seconds < 10) return eta.seconds
  const tens = Math.round(seconds / 10) * 10
  if (tens < 60) return eta.aboutSeconds(tens)
  const minutes = Math.ceil(seconds / 60)
  if (minutes < 60) return eta.aboutMinutes(minutes)
  if (seconds > 24 * 3600) return eta.days
  const roundMinutes = Math.round(minutes / 10) * 10
  return eta.aboutHours(Math.floor(roundMinutes / 60), roundMinutes % 60)
}

export const formatTime = (at: number, language = 'en'): string =>
  new Intl.DateTimeFormat(language, { dateStyle: 'medium', timeStyle: 'short' }).format(at)
