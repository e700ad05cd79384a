import type { DiskWork, ShareRoot } from '../disk-work.ts'
import { messageOf } from '../model/error-code.ts'
import type { Clock, Log } from '../ports.ts'
import { wrongFolder } from './disk-trouble.ts'
import type { DiskTrouble } from './disk-trouble.ts'

const RETRY_DISK_MS = 10_000
const RETRY_SPACE_MS = 30_000

export interface FolderGuardDeps {
  readonly clock: Clock
  readonly log: Log
  readonly disk: DiskWork
  readonly root: ShareRoot
  /** Nothing is to be written any more. */
  readonly onTrouble: () => void
  /** The disk was full: there may be room again. */
  readonly onRoom: () => void
  /** The folder was not there: it may be again. */
  readonly onRetry: () => void
}

/** Sees to it that nothing is written while the folder is not the one that was shared, or its disk is full. */
export class FolderGuard {
  readonly #deps: FolderGuardDeps
  #trouble: DiskTrouble | undefined
  #cancelRetry: (() => void) | undefined

  constructor(deps: FolderGuardDeps) {
    this.#deps = deps
  }

  get trouble(): DiskTrouble | undefined {
    return this.#trouble
  }

  /** @returns false: the folder is not there, `onRetry` will come */
  async open(): Promise<boolean> {
    const { disk, root } = this.#deps
    this.#cancelRetry?.()
    const end = await disk.check(root)
    if (end.type !== 'complete') {
      this.report(wrongFolder(end, root.path))
      return false
    }
    this.#trouble = undefined
    return true
  }

  report(trouble: DiskTrouble): void {
    const { clock, log, root, onTrouble, onRoom, onRetry } = this.#deps
    if (this.#trouble?.state !== trouble.state)
      log.error(trouble.state, { share: root.shareId, message: trouble.message })
    this.#trouble = trouble
    this.#cancelRetry?.()
    this.#cancelRetry =
      trouble.state === 'disk-full'
        ? clock.after(RETRY_SPACE_MS, () => {
            this.#trouble = undefined
            onRoom()
          })
        : clock.after(RETRY_DISK_MS, onRetry)
    onTrouble()
  }

  /** Something on the disk failed: is it still the folder that was shared? */
  look(): void {
    const { disk, root, log } = this.#deps
    void disk
      .check(root)
      .then((end) => {
        if (end.type !== 'complete') this.report(wrongFolder(end, root.path))
      })
      .catch((error: unknown) => log.error('disk-check-failed', { share: root.shareId, error: messageOf(error) }))
  }

  close(): void {
    this.#cancelRetry?.()
  }
}
