/**
 * What the owner can set for a share on this device: `homeseed share set SHARE KEY=VALUE`. To add a setting, add a
 * line to `definitions`; whoever needs its value asks for it each time, so that a change holds at once.
 */
import { err, ok } from './result.ts'
import type { Result } from './result.ts'
import { parseSpace } from './space.ts'
import type { Reserve } from './reserve.ts'

interface Definition<T> {
  /** one line: what it does */
  readonly meaning: string
  /** goes on after "must be " */
  readonly allowed: string
  /** as somebody would type it */
  readonly standard: string
  /** @param text without white space around it. @returns undefined when it is none of what is allowed */
  readonly parse: (text: string) => T | undefined
}

const oneOf = <const T extends string>(...words: readonly T[]) => ({
  allowed: words.join(' or '),
  parse: (text: string): T | undefined => words.find((word) => word === text),
})

/** @returns Infinity for `unlimited` */
function parseDays(text: string): number | undefined {
  if (text === 'unlimited') return Infinity
  const days = /^\d{1,5}$/.test(text) ? Number(text) : 0
  return days >= 1 && days <= 36_500 ? days : undefined
}

function parseReserve(text: string): Reserve | undefined {
  if (text === 'auto') return 'auto'
  const space = parseSpace(text)
  return space?.type === 'unlimited' ? undefined : space
}

function parseScrubSpeed(text: string): number | undefined {
  const megabytes = /^\d{1,4}$/.test(text) ? Number(text) : 0
  return megabytes >= 1 ? megabytes : undefined
}

function parseWhole(text: string, least: number, most: number): number | undefined {
  const number = /^\d{1,9}$/.test(text) ? Number(text) : -1
  return number >= least && number <= most ? number : undefined
}

const define = <T>(definition: Definition<T>) => definition

const definitions = {
  'archive-days': define({
    meaning: 'how many days old versions stay in the archive',
    allowed: 'a whole number of days from 1 to 36500, or unlimited',
    standard: '30',
    parse: parseDays,
  }),
  'archive-budget': define({
    meaning: 'how much room old versions may take; the oldest go first',
    allowed: 'a size such as 10GB, a part of the disk such as 5%, or unlimited',
    standard: '10%',
    parse: parseSpace,
  }),
  'archive-keep': define({
    meaning: 'whether all old versions stay that long, or fewer the older they are',
    standard: 'staggered',
    ...oneOf('all', 'staggered'),
  }),
  'local-versions': define({
    meaning: 'whether the archive also gets what is changed on this device; auto: where it costs little',
    standard: 'auto',
    ...oneOf('on', 'off', 'auto'),
  }),
  reserve: define({
    meaning: 'how much of the disk stays free; auto: 1 GiB or 2 %, whichever is more, and at most 5 %',
    allowed: 'a size such as 10GB, a part of the disk such as 5%, or auto',
    standard: 'auto',
    parse: parseReserve,
  }),
  owners: define({
    meaning: 'whether user and group of files are synced; setting them takes root',
    standard: 'off',
    ...oneOf('on', 'off'),
  }),
  xattrs: define({
    meaning: 'whether extended attributes (user.…) of files and folders are synced',
    standard: 'off',
    ...oneOf('on', 'off'),
  }),
  scrub: define({
    meaning: 'how often all files are read again, to find what the disk has damaged',
    standard: 'monthly',
    ...oneOf('monthly', 'weekly', 'off'),
  }),
  'scrub-speed': define({
    meaning: 'how many megabytes a second are read for that, at most',
    allowed: 'a whole number of megabytes from 1 to 9999',
    standard: '10',
    parse: parseScrubSpeed,
  }),
  approve: define({
    meaning: 'whether a new device that brings the secret waits until you let it in on this device',
    standard: 'off',
    ...oneOf('on', 'off'),
  }),
  'hold-percent': define({
    meaning: 'when so much of the files goes or changes at once, the share is held until you have decided',
    allowed: 'a part of the files from 1% to 100%',
    standard: '50%',
    parse: (text) => parseWhole(text.replace(/%$/, ''), 1, 100),
  }),
  'hold-files': define({
    meaning: 'fewer files than this never hold the share',
    allowed: 'a whole number of files from 1 to 100000000',
    standard: '100',
    parse: (text) => parseWhole(text, 1, 100_000_000),
  }),
} as const satisfies Readonly<Record<string, Definition<unknown>>>

type Definitions = typeof definitions
type Key = keyof Definitions

/** The values of all settings of a share, by key. */
export type ShareSettings = {
  readonly [K in Key]: Definitions[K] extends Definition<infer T> ? T : never
}

/** What the owner set, as typed, by key. */
export type StoredSettings = Readonly<Record<string, string>>

/** One setting, told to people. */
export interface SettingStatus {
  readonly key: string
  readonly value: string
  /** what it is when nobody sets it */
  readonly standard: string
  readonly meaning: string
  /** goes on after "must be " */
  readonly allowed: string
}

/** Takes a key back to what it is when nobody sets it. */
const STANDARD = 'default'

const keys = Object.keys(definitions) as Key[]

/** What holds. A value that this program does not understand any more counts as not set. */
export function settingsFrom(stored: StoredSettings): ShareSettings {
  const values = keys.map((key) => {
    const { parse, standard } = definitions[key]
    return [key, (Object.hasOwn(stored, key) ? parse(stored[key] ?? '') : undefined) ?? parse(standard)]
  })
  return Object.fromEntries(values) as ShareSettings
}

export function settingStatuses(stored: StoredSettings): readonly SettingStatus[] {
  return keys.map((key) => {
    const { parse, standard, meaning, allowed } = definitions[key]
    const set = Object.hasOwn(stored, key) ? stored[key] : undefined
    return { key, value: set !== undefined && parse(set) !== undefined ? set : standard, standard, meaning, allowed }
  })
}

export type SettingFault =
  | { readonly type: 'no-such-key'; readonly key: string }
  | { readonly type: 'bad-value'; readonly key: string; readonly value: string; readonly allowed: string }

/**
 * What is stored once these are set: all of them or, when one of them is wrong, none.
 * @param given texts by key; `default` takes a key back
 */
export function withSettings(stored: StoredSettings, given: StoredSettings): Result<StoredSettings, SettingFault> {
  const next: Record<string, string> = { ...stored }
  for (const [key, typed] of Object.entries(given)) {
    const definition = Object.hasOwn(definitions, key) ? definitions[key as Key] : undefined
    if (!definition) return err({ type: 'no-such-key', key })
    const value = typed.trim()
    if (value === STANDARD) delete next[key]
    else if (definition.parse(value) !== undefined) next[key] = value
    else
      return err({ type: 'bad-value', key, value, allowed: `${definition.allowed}; default: ${definition.standard}` })
  }
  return ok(next)
}
