/**
 * A share with a device that keeps it and must not read it: all that goes to that device is sealed here, and all that
 * comes from it is opened. Nothing else of the share ever meets that device's session.
 */
import { hash } from 'node:crypto'
import type { ShareIndex } from '../index/share-index.ts'
import { bytesEqual, HASH_BYTES, noBytes } from '../model/entry.ts'
import type { Entry } from '../model/entry.ts'
import { messageOf } from '../model/error-code.ts'
import { foldersOf } from '../model/rel-path.ts'
import type { RelPath } from '../model/rel-path.ts'
import { compareVersions, noVersion } from '../model/version-vector.ts'
import type { Clock, Log } from '../ports.ts'
import type { ShareKeys } from '../secrets.ts'
import type { BlockRequest, IndexPart, PeerSession, TellOptions, WireEntry } from '../wire/peer-session.ts'
import type { SealKeys } from './seal-keys.ts'
import { hashOfSealed, openBlock, sealBlock, sealedBlock } from './sealed-content.ts'
import type { SealedBlock } from './sealed-content.ts'
import { openEntry, sealEntry, sealedFolder } from './sealed-entry.ts'
import { openPath, sealPath } from './sealed-path.ts'

/** what is ready after so long is told, though there is more to seal */
const TOGETHER_MS = 1000
const RETRY_MS = 60_000
const MAX_RETRY_MS = 3_600_000

export interface SealedLinkDeps {
  readonly clock: Clock
  readonly log: Log
  readonly session: PeerSession
  readonly keys: ShareKeys
  readonly seals: SealKeys
  readonly index: ShareIndex
  /** of that device */
  readonly deviceNo: number
  /** Homeseed checks who signed what it keeps, and wants to be told of folders, too; Syncthing wants neither. */
  readonly isHomeseed: boolean
  /** A block of a file that lies here; undefined: it does not, any more. */
  readonly read: (block: BlockRequest) => Promise<Uint8Array | undefined>
  /** Asks of another kind than for a block of a file, which tell nothing. */
  readonly isPlain: (request: BlockRequest) => boolean
  /** It announces an older version of something than it did before. */
  readonly onRolledBack: () => void
}

export class SealedLink {
  readonly #deps: SealedLinkDeps
  /** folders that it has been told of */
  readonly #folders = new Set<RelPath>()
  /** by path, what could not be told when its turn came */
  readonly #untold = new Map<RelPath, WireEntry>()
  #retryMs = RETRY_MS
  /** the newest change whose turn has been */
  #newest = 0
  /** it has been told that there is more to come */
  #hasSaidMore = false
  #lastTold: WireEntry | undefined
  /** one telling at a time */
  #telling: Promise<void> = Promise.resolve()
  #cancelRetry: (() => void) | undefined
  #isIntroduced = false
  #isOver = false

  constructor(deps: SealedLinkDeps) {
    this.#deps = deps
  }

  /** What the share is told and asks through, in place of the session itself. */
  get session(): PeerSession {
    const { session } = this.#deps
    return {
      hello: session.hello,
      sendClusterConfig: (folders) => session.sendClusterConfig(folders),
      sendIndex: (folder, entries, options) => this.#inTurn(() => this.#tell(folder, entries, options)),
      request: (request) => this.#request(request),
      close: (reason) => session.close(reason),
    }
  }

  /** The session is over. */
  stop(): void {
    this.#isOver = true
    this.#cancelRetry?.()
  }

  /** What it tells of its index, opened; what is none of this share's is passed over. */
  open(part: IndexPart): IndexPart {
    const { seals, clock, index, deviceNo, onRolledBack } = this.#deps
    const nowSeconds = clock.now() / 1000
    const opened = part.entries.flatMap((wire) => openEntry(wire, seals, nowSeconds) ?? [])
    const isOlder = ({ wire: { entry } }: { readonly wire: WireEntry }) =>
      index
        .remotes(entry.path)
        .some(
          (known) => known.deviceNo === deviceNo && compareVersions(entry.version, known.entry.version) === 'before',
        )
    if (opened.some(isOlder)) onRolledBack()
    return {
      ...part,
      entries: opened.map(({ wire }) => wire),
      writers: opened.flatMap(({ certificate }) => certificate ?? []),
    }
  }

  /** A block that it asks for, sealed. */
  async serve(request: BlockRequest): Promise<Uint8Array | undefined> {
    const { seals, index } = this.#deps
    const path = openPath(request.path, seals)
    const entry = path && index.local(path)?.entry
    const block = entry && blockAt(entry, request)
    if (!block) return undefined
    const bytes = await this.#read(entry, block, request.folder)
    const sealed = bytes && sealBlock(bytes, block, seals.file(entry.path))
    // it asks by what it was told: a file that has changed since has other blocks
    const isAsTold = sealed && (request.hash.length === 0 || bytesEqual(hash('sha256', sealed, 'buffer'), request.hash))
    return isAsTold ? sealed : undefined
  }

  #inTurn(tell: () => Promise<void>): Promise<void> {
    const told = this.#telling.then(tell)
    this.#telling = told.catch(() => undefined) // whoever tells learns of it
    return told
  }

  async #tell(folder: string, entries: readonly WireEntry[], options: TellOptions = {}): Promise<void> {
    const { keys, clock } = this.#deps
    let { full } = options
    let told: WireEntry[] = []
    let beganMs = clock.monotonic()
    // who may not write can vouch for nothing there
    for (const wire of keys.access === 'read-write' ? entries : []) {
      // large files take long, and a session may end: what has been told need not be told again
      if (told.length > 0 && clock.monotonic() - beganMs >= TOGETHER_MS) {
        await this.#send(folder, told, { full, isMore: true })
        full = false
        told = []
        beganMs = clock.monotonic()
      }
      told.push(...(await this.#sealInOrder(folder, wire)))
    }
    await this.#send(folder, told, { ...options, full })
    this.#retryLater(folder)
  }

  async #send(folder: string, sealed: readonly WireEntry[], { full, isMore }: TellOptions): Promise<void> {
    const { session, keys, isHomeseed } = this.#deps
    // that there is no more can only be said along with something
    const isToEnd = sealed.length === 0 && isMore !== true && this.#hasSaidMore
    const told = isToEnd && this.#lastTold ? [this.#lastTold] : sealed
    const signatures = isHomeseed && told.length > 0 ? keys.sign(told.map(({ entry }) => entry)) : []
    const signed = told.map((wire, i) =>
      wire.entry.version.length > 0 ? { ...wire, entry: { ...wire.entry, signature: signatures[i] } } : wire,
    )
    if (told.length > 0) this.#hasSaidMore = isMore === true
    this.#lastTold = told.at(-1) ?? this.#lastTold
    await session.sendIndex(folder, signed, { full: full === true, isMore, writers: this.#own(signatures[0]) })
  }

  /**
   * What cannot be read now is told later, to be sure: until then the device is to believe that nothing after that has
   * been told. So it asks for all of it anew, also where this session ends, or this device.
   */
  async #sealInOrder(folder: string, wire: WireEntry): Promise<readonly WireEntry[]> {
    const { path } = wire.entry
    this.#untold.delete(path)
    const sealed = await this.#seal(folder, wire)
    if (!sealed) this.#untold.set(path, wire)
    this.#newest = Math.max(this.#newest, wire.sequence)
    const before = [...this.#untold.values()].map(({ sequence }) => sequence - 1)
    const sequence = Math.max(1, Math.min(this.#newest, ...before))
    return (sealed ?? []).map((each) => ({ ...each, sequence }))
  }

  #retryLater(folder: string): void {
    const { clock, session } = this.#deps
    this.#cancelRetry?.()
    if (this.#untold.size === 0) this.#retryMs = RETRY_MS
    if (this.#untold.size === 0 || this.#isOver) return
    this.#cancelRetry = clock.after(this.#retryMs, () => {
      this.#retryMs = Math.min(2 * this.#retryMs, MAX_RETRY_MS)
      this.#inTurn(() => this.#tell(folder, this.#stillUntold())).catch((error: unknown) => {
        session.close(`sending the index failed: ${messageOf(error)}`)
      })
    })
  }

  /** What has changed since has its turn later. */
  #stillUntold(): readonly WireEntry[] {
    const { index } = this.#deps
    for (const [path, { sequence }] of this.#untold)
      if (index.local(path)?.sequence !== sequence) this.#untold.delete(path)
    return [...this.#untold.values()]
  }

  /** The certificate that goes with what this device signs: once. */
  #own(signature: Uint8Array | undefined): readonly Uint8Array[] | undefined {
    const certificate = signature && !this.#isIntroduced && this.#deps.keys.certificateOf(signature)
    if (!certificate) return undefined
    this.#isIntroduced = true
    return [certificate]
  }

  /** @returns undefined for what cannot be told now: it has changed, or cannot be read */
  async #seal(folder: string, wire: WireEntry): Promise<readonly WireEntry[] | undefined> {
    const { seals, keys, log, isHomeseed } = this.#deps
    const { entry } = wire
    const path = sealPath(entry.path, seals)
    if (path === undefined) {
      log.warn('not-sealed', { share: keys.id, path: entry.path, reason: 'its path is too long once it is sealed' })
      return []
    }
    const hasContent = entry.type === 'file' && !entry.deleted && !wire.invalid && entry.version.length > 0
    const blocks = hasContent ? await this.#hashes(entry, folder) : noBytes
    if (!blocks) return undefined
    const certificate = entry.signature && keys.certificateOf(entry.signature)
    const isUnfounded = isHomeseed && wire.invalid && entry.type === 'file'
    const sealed = sealEntry(isUnfounded ? forgotten(wire) : wire, path, blocks, certificate, seals)
    return isHomeseed ? [...this.#newFoldersOf(sealed), sealed] : [sealed]
  }

  #newFoldersOf({ entry: { path }, sequence }: WireEntry): readonly WireEntry[] {
    const folders = foldersOf(path).filter((folder) => !this.#folders.has(folder))
    for (const folder of folders) this.#folders.add(folder)
    return folders.map((folder) => sealedFolder(folder, sequence))
  }

  /** SHA-256 of each sealed block; undefined: the file is not what the index says, any more. */
  async #hashes(entry: Entry, folder: string): Promise<Uint8Array | undefined> {
    const count = Math.max(1, entry.blocks.length / HASH_BYTES)
    const hashes = new Uint8Array(count * HASH_BYTES)
    const file = this.#deps.seals.file(entry.path)
    for (let index = 0; index < count; index++) {
      const block = sealedBlock(entry, index)
      const bytes = block && !this.#isOver ? await this.#read(entry, block, folder) : undefined
      if (!bytes || !block) return undefined
      hashes.set(hashOfSealed(bytes, block, file), index * HASH_BYTES)
    }
    return hashes
  }

  async #read(
    { path }: Entry,
    { offset, sizeBytes, hash }: SealedBlock,
    folder: string,
  ): Promise<Uint8Array | undefined> {
    return sizeBytes === 0 ? noBytes : this.#deps.read({ folder, path, offset, sizeBytes, hash })
  }

  async #request(request: BlockRequest): Promise<Uint8Array | undefined> {
    const { session, seals, index, deviceNo, isPlain } = this.#deps
    if (isPlain(request)) return session.request(request)
    const path = sealPath(request.path, seals)
    const announced = index.remotes(request.path).find((remote) => remote.deviceNo === deviceNo)?.entry
    const block = announced && sealedBlock(announced, announced.blockBytes && request.offset / announced.blockBytes)
    if (path === undefined || !block) return undefined
    const { sealedOffset: offset, sealedBytes: sizeBytes } = block
    const sealed = await session.request({ ...request, path, offset, sizeBytes, hash: noBytes })
    return sealed && openBlock(sealed, request.sizeBytes, seals.file(request.path))
  }
}

/**
 * A file that cannot be given here cannot be sealed either. It is not told of: whoever passed a signed entry without its
 * content on as a sound one would empty the file wherever it is kept.
 */
const forgotten = (wire: WireEntry): WireEntry => ({ ...wire, entry: { ...wire.entry, version: noVersion } })

/** The block whose sealed form lies where the request says; undefined: there is none. */
function blockAt(entry: Entry, { offset, sizeBytes }: BlockRequest): SealedBlock | undefined {
  const second = sealedBlock(entry, 1)
  const block = sealedBlock(entry, second ? offset / second.sealedOffset : 0)
  const isThat = block?.sealedOffset === offset && block.sealedBytes === sizeBytes
  return isThat && entry.type === 'file' && !entry.deleted ? block : undefined
}
