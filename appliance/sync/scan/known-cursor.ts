import type { KnownEntries, KnownEntry } from '../disk-work.ts'
import type { RelPath } from '../model/rel-path.ts'

const PAGE = 500

/** Reads what the index knows, page by page and one entry at a time. */
export class KnownCursor {
  readonly #known: KnownEntries
  readonly #shareId: string
  readonly #within: RelPath | undefined
  #page: readonly KnownEntry[] = []
  #at = 0
  #ended = false
  /** the entry that `next` gave last */
  #last: RelPath | undefined

  /** @param after only what comes behind this path */
  constructor(known: KnownEntries, shareId: string, within: RelPath | undefined, after?: RelPath) {
    this.#known = known
    this.#shareId = shareId
    this.#within = within
    this.#last = after
  }

  /** undefined: there are no more */
  peek(): KnownEntry | undefined {
    if (this.#at === this.#page.length && !this.#ended) {
      this.#page = this.#known.page(this.#shareId, this.#within, this.#last, PAGE)
      this.#at = 0
      this.#ended = this.#page.length < PAGE
    }
    return this.#page[this.#at]
  }

  next(): KnownEntry | undefined {
    const entry = this.peek()
    if (!entry) return undefined
    this.#at += 1
    this.#last = entry.path
    return entry
  }

  /** the path before the one that `peek` gives */
  get last(): RelPath | undefined {
    return this.#last
  }
}
