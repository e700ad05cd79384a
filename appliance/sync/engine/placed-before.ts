import type { ShareIndex } from '../index/share-index.ts'
import type { Entry } from '../model/entry.ts'
import type { RelPath } from '../model/rel-path.ts'
import { nothingSeen } from '../model/seen.ts'

/** what is not remembered of more becomes a conflict copy */
const MAX_REMEMBERED = 1000

/**
 * What may have been put in place when the program ended, before the index knew of it. As long as the folder has not been
 * looked at since the start, peers that tell something newer of it leave no trace of what it was: that is remembered
 * here, so that the look takes it for no change of somebody here.
 */
export class PlacedBefore {
  readonly #index: ShareIndex
  readonly #entries = new Map<RelPath, Entry[]>()
  #left = MAX_REMEMBERED

  constructor(index: ShareIndex) {
    this.#index = index
  }

  /** A device tells of a path, where the index has what it told of it before. */
  note(path: RelPath, deviceNo: number): void {
    if (this.#left === 0 || !this.#index.isNeeded(path)) return
    if ((this.#index.local(path)?.seen ?? nothingSeen) !== nothingSeen) return
    const before = this.#index.remotes(path).find((remote) => remote.deviceNo === deviceNo && !remote.invalid)
    if (!before || before.entry.deleted) return
    this.#left -= 1
    this.#entries.set(path, [...this.of(path), before.entry])
  }

  of(path: RelPath): readonly Entry[] {
    return this.#entries.get(path) ?? []
  }

  /** The folder was looked at. */
  end(): void {
    this.#left = 0
    this.#entries.clear()
  }
}
