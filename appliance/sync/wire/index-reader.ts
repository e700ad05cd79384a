/** An index message on its way in: read part by part, so that no peer makes us hold all of a large one decoded. */
import { err, ok } from '../model/result.ts'
import type { Result } from '../model/result.ts'
import type { Mutex } from '../mutex.ts'
import { BlockList } from './block-list.ts'
import { INDEX_FILES, INDEX_FOLDER, INDEX_MORE, INDEX_WRITERS, messageType } from './messages.ts'
import type { IndexPart, WireEntry } from './peer-session.ts'
import { Reader } from './protobuf-reader.ts'
import { readFileInfo } from './read-file-info.ts'
import type { LeftOut } from './read-file-info.ts'

/** of one part: in memory, entries take up to twenty times what they have on the wire */
const MAX_ENTRIES = 1000
const MAX_BYTES = 1024 * 1024
/** more than ever sign what fits into a message */
const MAX_WRITERS = 1024

type LeftOutCounts = Readonly<Record<LeftOut['why'], number>>
export type ReadPart = IndexPart & { readonly leftOut: LeftOutCounts }

interface Head {
  readonly folder: string
  /** another message follows */
  readonly isMore: boolean
  readonly writers: readonly Uint8Array[]
}

export const isIndex = (type: number): boolean => type === messageType.index || type === messageType.indexUpdate

export class IndexReader {
  readonly folder: string
  readonly #isFull: boolean
  readonly #nowSeconds: number
  readonly #reader: Reader
  readonly #blocks = new BlockList()
  readonly #isMoreAfter: boolean
  readonly #writers: readonly Uint8Array[]
  #isFirst = true

  private constructor({ folder, isMore, writers }: Head, isFull: boolean, body: Uint8Array, nowSeconds: number) {
    this.folder = folder
    this.#isMoreAfter = isMore
    this.#writers = writers
    this.#isFull = isFull
    this.#reader = new Reader(body)
    this.#nowSeconds = nowSeconds
  }

  /**
   * @param type  the header's number
   * @param body  not to be changed until all is read
   * @returns else why it is none, one line
   */
  static open(type: number, body: Uint8Array, nowSeconds: number): Result<IndexReader, string> {
    const head = headOf(body)
    return head.ok ? ok(new IndexReader(head.value, type === messageType.index, body, nowSeconds)) : head
  }

  /** The next part; the first one may have no entries. @returns undefined at the end */
  next(): Result<ReadPart | undefined, string> {
    const r = this.#reader
    const full = this.#isFull && this.#isFirst
    const entries: WireEntry[] = []
    const leftOut = { name: 0, version: 0 }
    const before = r.remaining
    let maxSequence = 0
    let told = 0
    while (told < MAX_ENTRIES && before - r.remaining < MAX_BYTES && r.next()) {
      if (r.field !== INDEX_FILES) {
        r.skip()
        continue
      }
      const read = readFileInfo(r, this.#blocks, this.#nowSeconds)
      if (!read) break
      told += 1
      maxSequence = Math.max(maxSequence, read.sequence)
      if ('why' in read) leftOut[read.why] += 1
      else entries.push(read)
    }
    if (r.failure !== undefined) return err(r.failure)
    const writers = this.#isFirst ? this.#writers : []
    const isPart = this.#isFirst || told > 0 || r.remaining > 0
    this.#isFirst = false
    const isMore = this.#isMoreAfter || r.remaining > 0
    return ok(isPart ? { entries, full, maxSequence, isMore, writers, leftOut } : undefined)
  }
}

/**
 * Hands a message on part by part: each is stored, or found to be nonsense, before the next is decoded.
 * @returns how many entries were left out, or why the message is none, one line
 */
export async function takeInParts(
  index: IndexReader,
  {
    turns,
    isOver,
    onPart,
  }: {
    /** one part at a time, whichever peer it comes from */
    readonly turns: Mutex
    readonly isOver: () => boolean
    readonly onPart: (part: IndexPart) => void | Promise<void>
  },
): Promise<Result<LeftOutCounts, string>> {
  const leftOut = { name: 0, version: 0 }
  const takeNext = async (): Promise<Result<boolean, string>> => {
    if (isOver()) return ok(false)
    const part = index.next()
    if (!part.ok) return part
    if (!part.value) return ok(false)
    leftOut.name += part.value.leftOut.name
    leftOut.version += part.value.leftOut.version
    await onPart(part.value)
    return ok(true)
  }
  for (;;) {
    const isMore = await turns.run(takeNext)
    if (!isMore.ok) return isMore
    if (!isMore.value) return ok(leftOut)
  }
}

/** Found before anything else is read: a message's fields may come in any order. */
function headOf(body: Uint8Array): Result<Head, string> {
  const r = new Reader(body)
  let folder = ''
  let isMore = false
  const writers: Uint8Array[] = []
  while (r.next()) {
    if (r.field === INDEX_FOLDER) folder = r.text()
    else if (r.field === INDEX_MORE) isMore = r.bool()
    else if (r.field === INDEX_WRITERS && writers.length < MAX_WRITERS) writers.push(r.bytes().slice())
    else r.skip()
  }
  if (folder === '') r.fail('an index names no folder')
  return r.failure === undefined ? ok({ folder, isMore, writers }) : err(r.failure)
}
