/**
 * Numbers what a share's index tells of, and knows its own numbers again. Each start of the program leaves a gap of
 * chance in the order of changes; and counters follow the clock. So an index that is an older copy of itself (of a
 * machine that was put back, or that runs twice) has not given what its other life gave.
 */
import type { ShareIndex } from '../index/share-index.ts'
import { fewer, isIn, nothingGiven, withNumber } from '../model/given.ts'
import type { Given, Runs } from '../model/given.ts'
import type { AuthorId, VersionVector } from '../model/version-vector.ts'
import type { Random } from '../ports.ts'
import { isSameAuthor } from './author.ts'

/** seconds without a change, or by which the clock was set forward */
const PAUSE_S = 3600
/** more changes than anybody makes between two starts; with 32 bits of chance on top, 2^53 is far away still */
const LEAST_GAP = 2 ** 20

/** Why a share begins anew whose numbers others know better. */
export const FORGOTTEN =
  'another device knows of changes made here that the index knows nothing of: it is an older copy'

export interface GivenNumbersDeps {
  readonly index: ShareIndex
  readonly random: Random
  /** who counts in versions made here */
  readonly author: AuthorId
  readonly read: () => Given | undefined
  /** In the transaction of what they were given to. */
  readonly write: (given: Given) => void
}

export class GivenNumbers {
  readonly #deps: GivenNumbersDeps
  /** given before this start of the program */
  #before: Given = nothingGiven
  /** since then */
  #counters: Runs = []
  #first: number | undefined
  #last = 0
  /** transactions that were undone, when this was last in step with the index */
  #undone = -1

  constructor(deps: GivenNumbersDeps) {
    this.#deps = deps
    this.#refresh()
  }

  /** The newest change. */
  get sequence(): number {
    this.#refresh()
    return this.#last
  }

  /** For one more change. In its transaction. */
  next(): number {
    this.#refresh()
    const { random } = this.#deps
    if (this.#first !== undefined) return (this.#last += 1)
    this.#last += LEAST_GAP + Buffer.from(random.bytes(4)).readUInt32BE()
    this.#first = this.#last
    this.#write()
    return this.#last
  }

  /** What is about to be held counts as given by this device where it is. In the transaction that stores it. */
  note(version: VersionVector): void {
    this.#refresh()
    const fresh = this.#ownOf(version).filter((own) => !this.#hasCounted(own))
    if (fresh.length === 0) return
    for (const own of fresh) this.#counters = withNumber(this.#counters, own, PAUSE_S)
    this.#write()
  }

  /** Whether this index has told of changes up to there. */
  hasGiven(sequence: number): boolean {
    this.#refresh()
    const isNew = this.#first !== undefined && this.#first <= sequence && sequence <= this.#last
    return isNew || isIn(this.#before.sequences, sequence)
  }

  /**
   * Whether all that a version owes to this device was made in this life of its index.
   * @param isSigned by somebody who counts as this device does; another program may count one up for others
   */
  knows(version: VersionVector, isSigned: boolean): boolean {
    this.#refresh()
    return this.#ownOf(version).every((own) => this.#hasCounted(own) || (!isSigned && this.#hasCounted(own - 1)))
  }

  #hasCounted(own: number): boolean {
    return isIn(this.#counters, own) || isIn(this.#before.counters, own)
  }

  #ownOf(version: VersionVector): readonly number[] {
    return version.filter(({ author }) => isSameAuthor(author, this.#deps.author)).map(({ value }) => value)
  }

  #write(): void {
    const { counters, sequences } = this.#before
    const first = this.#first
    this.#deps.write({
      counters: [...counters, ...this.#counters],
      sequences: first === undefined ? sequences : [...sequences, [first, first]],
    })
  }

  /** What was undone was not given. */
  #refresh(): void {
    const { index, read } = this.#deps
    if (this.#undone === index.undone) return
    this.#undone = index.undone
    const { counters, sequences } = read() ?? nothingGiven
    this.#last = index.maxSequence()
    this.#counters = []
    this.#first = undefined
    const open = sequences.at(-1)
    // how far the last run went is told by the changes themselves
    const ended: Runs = open ? [...sequences.slice(0, -1), [open[0], Math.max(open[0], this.#last)]] : []
    this.#before = { counters: fewer(counters), sequences: fewer(ended) }
  }
}
