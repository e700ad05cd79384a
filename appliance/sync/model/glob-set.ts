/**
 * Many patterns matched at once. A path is read once, character by character, and each costs the same however the
 * patterns are written: nothing is ever tried twice, so no pattern can make matching slow.
 */
import type { Fits, Glob } from './glob.ts'

/** A place in a pattern. */
interface Place {
  readonly pattern: number
  /** what the next character must be; undefined: leads on without one */
  readonly fits: Fits | undefined
  readonly foldsCase: boolean
  readonly next: number[]
  /** the pattern matches a path that ends here */
  readonly isEnd: boolean
  /** the pattern matches whatever comes now */
  readonly isRest: boolean
}

/** All places that have been reached, and where each character leads from there. */
interface State {
  readonly places: readonly number[]
  /** the first pattern that matches a path which ends here; -1: none does */
  readonly pattern: number
  readonly next: Map<number, State>
}

export interface GlobOptions {
  /** letters' case does not count; the pattern itself is in lower case then */
  readonly foldsCase: boolean
  /** matches from the share's root on only, not in any folder */
  readonly isRooted: boolean
  /** matches what lies below what it matches */
  readonly coversBelow: boolean
}

const SLASH = 0x2f
/** States are made when they are first needed; beyond so many all are forgotten, and made again. */
const MAX_STATES = 4000

const anything: Fits = () => true
const slash: Fits = (point) => point === SLASH

export class GlobSet {
  readonly #places: Place[] = []
  readonly #starts: number[] = []
  /** by their places */
  #states = new Map<string, State>()
  #start: State | undefined
  #count = 0

  /** how much there is to match: some for each character of the patterns */
  get size(): number {
    return this.#places.length
  }

  /** Patterns are numbered 0, 1, 2 … in the order in which they are added. */
  add(glob: Glob, { foldsCase, isRooted, coversBelow }: GlobOptions): void {
    const pattern = this.#count++
    const make = (place: Partial<Place>): number =>
      this.#places.push({
        pattern,
        fits: undefined,
        foldsCase,
        next: [],
        isEnd: false,
        isRest: false,
        ...place,
      }) - 1
    const start = make({})
    const end = this.#addParts(glob, start, make)
    this.#link(end, make({ isEnd: true }))
    if (coversBelow) {
      const rest = make({ isEnd: true, isRest: true })
      this.#link(rest, make({ fits: anything, next: [rest] }))
      this.#link(end, make({ fits: slash, next: [rest] }))
    }
    this.#starts.push(start)
    if (!isRooted) {
      const above = make({})
      this.#link(above, make({ fits: anything, next: [above] }))
      this.#link(above, make({ fits: slash, next: [start] }))
      this.#starts.push(above)
    }
    this.#forget()
  }

  /** @returns the number of the first pattern that matches; -1: none does */
  match(path: string): number {
    return this.#read(path).pattern
  }

  /** Whether a meant pattern may match something below a folder, before one that is not meant matches all of it. */
  mayMatchBelow(folder: string, isMeant: (pattern: number) => boolean): boolean {
    const places = this.#read(`${folder}/`).places.flatMap((at) => this.#places[at] ?? [])
    const covers = places.filter(({ pattern, isRest }) => isRest && !isMeant(pattern)).map(({ pattern }) => pattern)
    const covered = Math.min(Infinity, ...covers)
    return places.some(({ pattern }) => pattern < covered && isMeant(pattern))
  }

  /** @returns the place behind the parts */
  #addParts(glob: Glob, from: number, make: (place: Partial<Place>) => number): number {
    let at = from
    for (const part of glob) {
      const behind = make({})
      if (part.type === 'one') this.#link(at, make({ fits: part.fits, next: [behind] }))
      else if (part.type === 'many') {
        this.#link(behind, make({ fits: part.fits, next: [behind] }))
        this.#link(at, behind)
      } else {
        for (const option of part.options) {
          const start = make({})
          this.#link(at, start)
          this.#link(this.#addParts(option, start, make), behind)
        }
      }
      at = behind
    }
    return at
  }

  #link(from: number, to: number): void {
    this.#places[from]?.next.push(to)
  }

  #read(text: string): State {
    let state = (this.#start ??= this.#stateOf(this.#starts))
    for (const character of text) {
      const point = character.codePointAt(0) ?? 0
      state = state.next.get(point) ?? this.#step(state, point)
    }
    return state
  }

  #step(state: State, point: number): State {
    const folded = foldOf(point)
    const reached: number[] = []
    for (const at of state.places) {
      const place = this.#places[at]
      if (place?.fits?.(place.foldsCase ? folded : point) === true) reached.push(...place.next)
    }
    const next = this.#stateOf(reached)
    state.next.set(point, next)
    return next
  }

  #stateOf(from: readonly number[]): State {
    const places = this.#reachedFrom(from)
    const key = places.join()
    const known = this.#states.get(key)
    if (known) return known
    if (this.#states.size >= MAX_STATES) this.#forget()
    const ends = places.filter((at) => this.#places[at]?.isEnd)
    const first = ends.reduce((least, at) => Math.min(least, this.#places[at]?.pattern ?? Infinity), Infinity)
    const state: State = { places, pattern: first === Infinity ? -1 : first, next: new Map() }
    this.#states.set(key, state)
    return state
  }

  /** What was made leads to everything else that was made: all of it has to go at once. */
  #forget(): void {
    this.#states.clear()
    this.#start = undefined
  }

  /** With all that they lead on to without a character. */
  #reachedFrom(from: readonly number[]): readonly number[] {
    const found = new Set<number>()
    const waiting = [...from]
    for (let at = waiting.pop(); at !== undefined; at = waiting.pop()) {
      if (found.has(at)) continue
      found.add(at)
      const place = this.#places[at]
      if (place && !place.fits) waiting.push(...place.next)
    }
    return [...found].sort((a, b) => a - b)
  }
}

/** Lower case of one character, where that is one character too. */
export function foldOf(point: number): number {
  const [lower = '', ...more] = String.fromCodePoint(point).toLowerCase()
  return more.length > 0 ? point : (lower.codePointAt(0) ?? point)
}
