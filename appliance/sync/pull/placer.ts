import { limits } from '../limits.ts'
import type { DiskWork, PlaceOp, PlaceResult, ShareRoot } from '../disk-work.ts'
import type { ShareIndex } from '../index/share-index.ts'
import { nothingArchived } from '../model/displacement.ts'
import type { Entry } from '../model/entry.ts'
import type { LeftOut } from '../model/left-out.ts'
import { isSpoiltSeen, nothingSeen } from '../model/seen.ts'
import type { Clock } from '../ports.ts'
import type { Mutex } from '../mutex.ts'
import { inSlices } from '../slices.ts'

const MAX_INLINE_BYTES = 8 * 1024 * 1024

/** One thing to put in place, and the entry that the index takes over once it lies there. */
export interface Placement {
  readonly op: PlaceOp
  readonly entry: Entry
  /** read-only device: what is put there is a change that stays here */
  readonly localOnly?: boolean
  /** where it is not to be part of the share any more */
  readonly leftOut?: LeftOut
  /** Asked at the last moment, when nobody else is at the disk: whether it is still to be done. */
  readonly isDue?: () => boolean
}
export interface Placed {
  readonly placement: Placement
  readonly result: PlaceResult
}

export interface PlacerDeps {
  readonly clock: Clock
  readonly disk: DiskWork
  readonly root: ShareRoot
  readonly index: ShareIndex
  /** held while the disk changes: scans and placements exclude each other */
  readonly diskLock: Mutex
  /** Takes a result over into the index, within a transaction that also clears its intent. */
  readonly commit: (placed: Placed) => void
}

/**
 * Collects placements while the last batch is under way, so that batches grow with the load: a single change
 * goes at once, ten thousand small files share their disk flushes and commits.
 */
export class Placer {
  readonly #deps: PlacerDeps
  readonly #queue: {
    readonly placement: Placement
    readonly settle: (result: PlaceResult) => void
    readonly fail: (error: unknown) => void
  }[] = []
  #running = false

  constructor(deps: PlacerDeps) {
    this.#deps = deps
  }

  /** Resolves when the outcome is durable and in the index; rejects only if disk or index broke down. */
  place(placement: Placement): Promise<PlaceResult> {
    return new Promise((settle, fail) => {
      this.#queue.push({ placement, settle, fail })
      if (!this.#running) {
        this.#running = true
        void this.#work()
      }
    })
  }

  async #work(): Promise<void> {
    while (this.#queue.length > 0) {
      const batch = this.#queue.splice(0, this.#nextBatchLength())
      try {
        const results = await this.#placeBatch(batch.map(({ placement }) => placement))
        for (const { placement, settle } of batch)
          settle(results.get(placement) ?? { type: 'failed', code: 'NO_RESULT' })
      } catch (error) {
        for (const { fail } of batch) fail(error)
      }
    }
    this.#running = false
  }

  #nextBatchLength(): number {
    let bytes = 0
    let length = 0
    for (const { placement } of this.#queue) {
      if ('from' in placement.op && 'bytes' in placement.op.from) bytes += placement.op.from.bytes.length
      if (length >= limits.placeOps || (length > 0 && bytes > MAX_INLINE_BYTES)) break
      length += 1
    }
    return length
  }

  #placeBatch(batch: readonly Placement[]): Promise<ReadonlyMap<Placement, PlaceResult>> {
    const { clock, disk, root, index, diskLock, commit } = this.#deps
    return diskLock.run(async () => {
      const due = batch.filter(({ isDue }) => isDue?.() ?? true)
      const results = new Map<Placement, PlaceResult>(batch.map((each) => [each, { type: 'changed-underneath' }]))
      if (due.length === 0) return results
      const ops = due.map(({ op }): PlaceOp => {
        const isDamaged = isSpoiltSeen(index.local(op.path)?.seen ?? nothingSeen)
        return isDamaged ? { ...op, isDamaged } : op
      })
      const displaces = ops.some(({ expected, type }) => expected !== nothingSeen && type !== 'set-meta')
      const isUndoable = displaces || ops.some(isNewFolder)
      const archived = isUndoable ? await this.#prepare(ops, displaces) : []
      const outcomes = await disk.place(root, ops, archived)
      const placed = due.map((placement, i): Placed => {
        const result = outcomes[i] ?? { type: 'failed', code: 'NO_RESULT' }
        results.set(placement, result)
        return { placement, result }
      })
      await inSlices(placed, { index, clock }, (each) => {
        commit(each)
        if (isUndoable) index.dropIntent(each.placement.op.path)
      })
      return results
    })
  }

  /** @throws disk or index broke down; what has come of files is kept for the next time */
  async #prepare(ops: readonly PlaceOp[], displaces: boolean): Promise<readonly (string | undefined)[]> {
    const { clock, disk, root } = this.#deps
    try {
      const archived = displaces ? await disk.archivePlaces(root, ops, clock.now()) : []
      this.#writeIntents(ops, archived)
      return archived
    } catch (error) {
      for (const op of ops)
        if (op.type === 'file' && 'temp' in op.from) await disk.parkTemp(op.from.temp).catch(() => undefined)
      throw error
    }
  }

  /**
   * So that a crash between moving the old thing away and putting the new one there can be undone. A new folder, too:
   * by the next look, somebody may have deleted it elsewhere, and it would be taken for one that was made here since.
   */
  #writeIntents(ops: readonly PlaceOp[], archived: readonly (string | undefined)[]): void {
    const { index } = this.#deps
    index.transaction(() =>
      ops.forEach((op, i) => {
        const { path, expected } = op
        const place = archived[i] ?? (isNewFolder(op) ? nothingArchived : undefined)
        if (place !== undefined) index.putIntent({ path, expected, archived: place })
      }),
    )
  }
}

const isNewFolder = ({ type, expected }: PlaceOp): boolean => type === 'directory' && expected === nothingSeen
