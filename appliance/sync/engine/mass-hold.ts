/** A mass of changes that waits for its owner: what happened here, what comes from others, and what was said to it. */
import type { Found } from '../disk-work.ts'
import type { ShareIndex } from '../index/share-index.ts'
import type { MassLimits } from '../model/mass-change.ts'
import { needLoss } from '../model/need.ts'
import type { RelPath } from '../model/rel-path.ts'
import type { Clock, Log } from '../ports.ts'
import type { HeldStatus } from '../status.ts'
import { IncomingGuard } from './incoming-guard.ts'
import type { LocalEntries } from './local-entries.ts'
import { OutgoingGuard } from './outgoing-guard.ts'

/** What the owner has said, as it outlives a restart. */
export interface HoldMemory {
  read(): { readonly answer: 'release' | 'undo' | undefined; readonly letThrough: number }
  write(hold: { readonly answer?: 'release' | 'undo' | null; readonly letThrough?: number }): void
}

export interface MassHoldDeps {
  readonly clock: Clock
  readonly log: Log
  readonly shareId: string
  readonly index: ShareIndex
  readonly local: LocalEntries
  readonly limits: () => MassLimits
  /** a read-only device */
  readonly isReader: boolean
  /** What a device is called, by the 7 characters of its short id. */
  readonly deviceName: (author: string) => string
  readonly memory: HoldMemory
  readonly keepOld: (found: readonly Found[]) => Promise<void>
  /** Whether there is more of what a peer is telling. */
  readonly isBeingTold: () => boolean
  /** What peers announce may be decided by now. */
  readonly onQuiet: () => void
}

export class MassHold {
  readonly outgoing: OutgoingGuard
  readonly incoming: IncomingGuard
  readonly #deps: MassHoldDeps
  #letThrough = 0

  constructor(deps: MassHoldDeps) {
    this.#deps = deps
    this.outgoing = new OutgoingGuard(deps)
    this.incoming = new IncomingGuard(deps)
  }

  /** Our changes up to this sequence our owner has let through: no other device need ask again. */
  get letThrough(): number {
    return this.outgoing.isReleasing ? Infinity : this.#letThrough
  }

  status(): readonly HeldStatus[] {
    const [outgoing, incoming] = [this.outgoing.extent(), this.incoming.extent()]
    return [
      ...(outgoing ? [{ direction: 'outgoing', ...outgoing, device: '' } as const] : []),
      ...(incoming ? [{ direction: 'incoming', ...incoming } as const] : []),
    ]
  }

  /** Goes on with what was said before a restart. While the disk is locked, like all that follows. */
  async open(): Promise<void> {
    const { answer, letThrough } = this.#deps.memory.read()
    this.#letThrough = letThrough
    this.outgoing.open(answer === 'release')
    if (answer === 'release') await this.outgoing.release()
    if (answer === 'undo') await this.#finishUndo()
  }

  /** The owner lets it through; done once the whole folder was looked at again. */
  async release(): Promise<void> {
    this.incoming.release()
    this.#deps.memory.write({ answer: 'release' })
    await this.outgoing.release()
  }

  /** The owner wants it undone, here or everywhere. */
  async undo(): Promise<void> {
    this.#deps.memory.write({ answer: 'undo' })
    await this.#finishUndo()
  }

  /** The whole folder was looked at: what was let through is in the index. */
  lookedAtAll(): void {
    if (!this.outgoing.isReleasing) return
    this.outgoing.endRelease()
    this.#decided()
  }

  /** Counts what a peer's change takes away. In a transaction; `put` tells the index of it. */
  taking(path: RelPath, isRemoval: boolean, put: () => void): void {
    const { index, local, memory } = this.#deps
    const loss = index.lossOf(path)
    if (loss === needLoss.takes) this.incoming.noteTaken(path, isRemoval)
    put()
    if (loss !== needLoss.letThrough) return
    this.#letThrough = local.sequence
    memory.write({ letThrough: this.#letThrough })
  }

  async #finishUndo(): Promise<void> {
    await this.outgoing.undo()
    await this.incoming.undo()
    this.#decided()
  }

  /** All that came of it nobody else need be asked about. */
  #decided(): void {
    this.#letThrough = this.#deps.local.sequence
    this.#deps.memory.write({ answer: null, letThrough: this.#letThrough })
  }
}
