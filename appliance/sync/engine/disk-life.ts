/**
 * Tells whether disk and index still belong together. Both carry a mark that is renewed now and then: an old copy of
 * the disk, or an index from a backup, has an older one.
 */
import type { DiskWork, ShareRoot } from '../disk-work.ts'
import { codeOf, isFull } from '../model/error-code.ts'
import type { Random } from '../ports.ts'

/** What the index knows of the mark on the disk. */
export interface LifeMarks {
  /** undefined: none was written yet */
  readonly current: string | undefined
  /** the one that was about to be written; after a crash the disk may have it, or not */
  readonly next: string | undefined
}

export interface DiskLifeDeps {
  readonly disk: DiskWork
  readonly root: ShareRoot
  readonly random: Random
  readonly read: () => LifeMarks
  readonly write: (marks: LifeMarks) => void
}

const MARK_BYTES = 16

export class DiskLife {
  readonly #deps: DiskLifeDeps

  constructor(deps: DiskLifeDeps) {
    this.#deps = deps
  }

  /** @throws node's errors */
  async isSame(): Promise<boolean> {
    const { disk, root, read } = this.#deps
    const { current, next } = read()
    if (current === undefined && next === undefined) return true
    const found = await disk.readLife(root)
    return found === current || found === next
  }

  /**
   * On a full disk the mark stays as it is: that is one copy of the disk that would not be told from another.
   * @throws node's errors
   */
  async renew(): Promise<void> {
    await this.#write().catch((error: unknown) => {
      if (!isFull(codeOf(error))) throw error
    })
  }

  async #write(): Promise<void> {
    const { disk, root, random, read, write } = this.#deps
    const fresh = Buffer.from(random.bytes(MARK_BYTES)).toString('hex')
    const { current, next } = read()
    const found = await disk.readLife(root)
    write({ current: found === next ? next : current, next: fresh })
    await disk.writeLife(root, fresh)
    write({ current: fresh, next: undefined })
  }
}
