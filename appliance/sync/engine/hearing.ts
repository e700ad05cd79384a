/**
 * What peers have heard of what lies here. A machine whose copy ran beside it, or that was put back, may change or delete
 * something before it hears what its other life made of it: by its counters that is superseded then, though it never
 * knew of it. Once it hears of that, it begins anew, and what it told counts no more. So what it made of something is
 * followed only when it has told of that itself, or has heard of it from here and still says so.
 */
import type { ShareRoot } from '../disk-work.ts'
import type { LocalEntry, ShareIndex } from '../index/share-index.ts'
import { HASH_BYTES } from '../model/entry.ts'
import type { Entry } from '../model/entry.ts'
import { HOME } from '../model/ignored.ts'
import { nothingSeen } from '../model/seen.ts'
import type { Action } from '../model/plan.ts'
import type { RelPath } from '../model/rel-path.ts'
import { compareVersions, goesOnCounting } from '../model/version-vector.ts'
import type { SharePeer } from './share-peer.ts'

/** A path that nobody has: asking for it only asks for an answer. */
export const AWAIT = `${HOME}/await` as RelPath

/** who loses one of them is asked */
const MAX_KNOWN = 1000

export interface HearingDeps {
  readonly root: ShareRoot
  readonly index: ShareIndex
  readonly peers: ReadonlyMap<number, SharePeer>
  /** A peer has heard more. */
  readonly onHeard: () => void
}

export class Hearing {
  readonly #deps: HearingDeps
  /** by the number of a device: our changes that it is known to have heard of; of those that were here since the start */
  readonly #heard = new Map<number, number>()
  readonly #asked = new Set<SharePeer>()
  /** by device and path: our change that it has told of itself, before it told what it made of that */
  readonly #known = new Map<string, number>()

  constructor(deps: HearingDeps) {
    this.#deps = deps
  }

  /** @param heard  the sequence that it has our index up to */
  note(deviceNo: number, heard: number): void {
    this.#heard.set(deviceNo, heard)
  }

  /** Somebody tells of a path, where the index has what it told of it before. */
  noteTold(deviceNo: number, { path, version }: Entry): void {
    const { index } = this.#deps
    const local = index.local(path)
    if (!local || local.seen === nothingSeen || !goesOnCounting(local.entry.version, version)) return
    const before = index.remotes(path).find((remote) => remote.deviceNo === deviceNo)
    if (!before || !['equal', 'before'].includes(compareVersions(local.entry.version, before.entry.version))) return
    const key = keyOf(deviceNo, path)
    this.#known.delete(key)
    this.#known.set(key, local.sequence)
    const [oldest] = this.#known.keys()
    if (this.#known.size > MAX_KNOWN && oldest !== undefined) this.#known.delete(oldest)
  }

  /**
   * Whether what is to come in the place of a file or link was made by somebody who knew of that. Asks those who tell of
   * it, where that is not known.
   */
  mayTake({ entry, ...action }: Action, local: LocalEntry | undefined): boolean {
    if (!local || local.localOnly || local.seen === nothingSeen || local.entry.type === 'directory') return true
    if (action.type === 'adopt' || ('keepBoth' in action && action.keepBoth)) return true
    if (!goesOnCounting(local.entry.version, entry.version)) return true
    const tellers = this.#deps.index
      .remotes(entry.path)
      .filter((remote) => !remote.invalid && compareVersions(remote.entry.version, entry.version) === 'equal')
    const isUnsure = ({ deviceNo }: { readonly deviceNo: number }) =>
      (this.#heard.get(deviceNo) ?? Infinity) < local.sequence &&
      this.#known.get(keyOf(deviceNo, entry.path)) !== local.sequence
    const unsure = tellers.filter(isUnsure)
    const present = unsure.flatMap(({ deviceNo }) => this.#deps.peers.get(deviceNo) ?? [])
    for (const peer of present) void this.#ask(peer)
    return present.length === 0 && unsure.length < Math.max(1, tellers.length)
  }

  async #ask(peer: SharePeer): Promise<void> {
    if (this.#asked.has(peer)) return
    this.#asked.add(peer)
    const sequence = this.#deps.index.maxAnnounced()
    try {
      await peer.sent(sequence)
      const isHeard = await hasHeard(peer, this.#deps.root)
      if (!isHeard || peer.isStopped) return
      this.note(peer.deviceNo, sequence)
      this.#deps.onHeard()
    } catch {
      // it is gone: it tells when it comes again
    } finally {
      this.#asked.delete(peer)
    }
  }
}

const keyOf = (deviceNo: number, path: RelPath): string => `${deviceNo}/${path}`

/**
 * Whether a peer has taken in all that it was sent, and told all that it had to.
 * @throws Error when the session ends
 */
export async function hasHeard({ holder: { session } }: SharePeer, { shareId }: ShareRoot): Promise<boolean> {
  const request = { folder: shareId, path: AWAIT, offset: 0, sizeBytes: 1, hash: new Uint8Array(HASH_BYTES) }
  const answer = await session.request(request)
  // any other program answers what it does not have as well
  return answer !== undefined || session.hello.clientName !== 'homeseed'
}
