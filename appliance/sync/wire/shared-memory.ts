import { Mutex } from '../mutex.ts'
import type { Clock } from '../ports.ts'
import { AnswerRoom } from './answer-room.ts'

const MIB = 1024 * 1024
/** an index message of a Homeseed has about 1 MiB; only one that tells of a single huge file is larger */
const LARGE_BYTES = 2 * MIB
const MAX_LARGE_BYTES = 64 * MIB

/** What all sessions of a device have together, so that many peers need little more memory than one. */
export class SharedMemory {
  readonly answers: AnswerRoom
  /** one index at a time is decoded and taken in */
  readonly indexTurns = new Mutex()
  readonly #large = new Map<object, number>()

  constructor(clock: Clock) {
    this.answers = new AnswerRoom(clock)
  }

  /** A session keeps a message of this length, until it says 0. @returns whether that may be */
  keep(session: object, bytes: number): boolean {
    this.#large.delete(session)
    if (bytes <= LARGE_BYTES) return true
    let sum = bytes
    for (const other of this.#large.values()) sum += other
    if (sum > MAX_LARGE_BYTES) return false
    this.#large.set(session, bytes)
    return true
  }
}
