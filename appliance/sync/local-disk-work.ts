/** `DiskWork` over a file system: in a worker thread on a real box, inline in the simulation. */
import { limits } from './limits.ts'
import { archivePlaces } from './archive/archive-places.ts'
import { copyArchived } from './copy-archived.ts'
import { expireArchive } from './archive/expire-archive.ts'
import { archiveSpares, makeSpares, nextSpares, removeSpares } from './archive/spares.ts'
import { listArchive } from './archive/list-archive.ts'
import type {
  ArchivedCopy,
  ArchivePage,
  ArchiveQuery,
  ArchiveUse,
  SpareLimits,
  SparePart,
  SparesMade,
  SpareWish,
  ExpiryRules,
  DiskWork,
  FileBlock,
  FolderState,
  Found,
  Intent,
  KnownEntries,
  OpenedTemp,
  PlaceOp,
  PlaceResult,
  RulesRead,
  ScanEnd,
  ShareRoot,
  TempBlock,
  TempId,
  Verdict,
  WriteResult,
} from './disk-work.ts'
import { Folders } from './folders.ts'
import { codeOf, isFull } from './model/error-code.ts'
import { IgnoreRules } from './model/ignore-rules.ts'
import { nameOf, parentOf } from './model/rel-path.ts'
import type { RelPath } from './model/rel-path.ts'
import type { Seen } from './model/seen.ts'
import type { Clock, Dir, FileSystem, Random } from './ports.ts'
import { readLife, writeLife } from './scan/life.ts'
import { clearReleased, prepareFolder, recoverFolder, releaseFolder, tryToPrepare } from './prepare-folder.ts'
import { place } from './pull/place.ts'
import { discard, isContentName, isHashOf, isRandomName, roomFor, Temp } from './pull/temp.ts'
import { openTmp } from './tmp-folder.ts'
import { ReadBuffer } from './scan/hash-file.ts'
import { keepsModes } from './scan/keeps-modes.ts'
import { makeDurable } from './scan/make-durable.ts'
import { lookAtPlatform } from './scan/look-at-platform.ts'
import { readRules } from './scan/rule-files.ts'
import { checkFolder } from './scan/marker.ts'
import { probeFolder } from './scan/probe.ts'
import { scan } from './scan/scan.ts'
import { dropTried } from './scan/try-out.ts'
import { verify } from './scan/verify.ts'
import type { WorkerDisk } from './worker-protocol.ts'

/** of a file being received: as much as a slow disk writes in a second */
const FLUSH_BYTES = 64 * 1024 * 1024
/** Folders a scan keeps open besides those it is in. */
const SCAN_FOLDERS = 64

export interface LocalDiskWorkDeps {
  readonly fs: FileSystem
  readonly known: KnownEntries
  readonly random: Random
  readonly clock: Pick<Clock, 'now' | 'monotonic'>
  /** Lets others have a turn during a long scan, such as a message that stops it. */
  readonly pause?: () => Promise<void>
  /** How long a scan works between two pauses. */
  readonly pauseEveryMs?: number
}

interface HeldTemp {
  readonly root: ShareRoot
  readonly temp: Temp
  unflushedBytes: number
  /** on its way to the disk: the file must stay open until then */
  flushing: Promise<void> | undefined
  /** After a failed flush the kernel may call its pages clean, so nothing it says later counts. */
  isBroken: boolean
}

export class LocalDiskWork implements WorkerDisk {
  readonly #deps: LocalDiskWorkDeps
  readonly #temps = new Map<TempId, HeldTemp>()
  readonly #buffers = new ReadBuffer()
  #lastTemp = 0
  /** work under way that makes temps which are not held yet */
  #making = 0
  /** those of the last scan: most often of the next one too */
  #rules: { readonly key: string; readonly rules: IgnoreRules } | undefined

  constructor(deps: LocalDiskWorkDeps) {
    this.#deps = deps
  }

  prepare(root: ShareRoot): Promise<void> {
    return prepareFolder(this.#deps.fs, this.#deps.random, root)
  }

  tryToPrepare(path: string): Promise<void> {
    return tryToPrepare(this.#deps.fs, this.#deps.random, path)
  }

  async release(root: ShareRoot): Promise<void> {
    const { fs } = this.#deps
    if (await releaseFolder(fs, root)) await this.#atLeisure(clearReleased(fs, root))
  }

  async readLife(root: ShareRoot): Promise<string | undefined> {
    return readLife(this.#deps.fs, root)
  }

  writeLife(root: ShareRoot, mark: string): Promise<void> {
    return writeLife(this.#deps.fs, root, mark)
  }

  probe(root: ShareRoot): Promise<FolderState> {
    return probeFolder(this.#deps.fs, root)
  }

  async recover(root: ShareRoot, intents: readonly Intent[]): Promise<void> {
    const end = checkFolder(this.#deps.fs, root)
    if (end.type !== 'complete') throw new Error(`${root.path}: ${end.reason}`)
    await recoverFolder(this.#deps.fs, root, intents)
  }

  async scan(
    root: ShareRoot,
    within: readonly RelPath[] | undefined,
    onBatch: (found: readonly Found[]) => Promise<void>,
    signal: AbortSignal,
    rules: readonly string[] = [],
  ): Promise<ScanEnd> {
    const { fs, known, random, clock, pause = () => Promise.resolve(), pauseEveryMs = 20 } = this.#deps
    signal.throwIfAborted()
    let dir: Dir
    try {
      dir = fs.openRoot(root.path)
    } catch {
      return { type: 'wrong-folder', reason: 'missing' }
    }
    using folders = new Folders(dir, SCAN_FOLDERS)
    if (!within) dropTried(folders.root)
    let keeps: boolean | undefined
    const keeping = () => (keeps ??= keepsModes(folders.root, random))
    const deps = {
      fs,
      known,
      clock,
      exactTimes: fs.exactTimes,
      buffers: this.#buffers,
      keepsModes: keeping,
      lookAtPlatform:
        root.owners === true || root.xattrs === true ? lookAtPlatform(fs, root, folders.root, random) : undefined,
      rules: this.#rulesOf(rules),
      isSealed: root.isSealed === true,
    }
    const steps = scan(deps, root, folders, within)
    let batch: Found[] = []
    let restedAt = clock.monotonic()
    try {
      for (let step = steps.next(); ; step = steps.next()) {
        if (step.done || batch.length >= limits.scanBatch) {
          if (batch.length > 0) await onBatch(await makeDurable(this.#deps, root, batch))
          signal.throwIfAborted()
          batch = []
        }
        if (step.done) return step.value
        if (step.value) batch.push(step.value)
        if (clock.monotonic() - restedAt < pauseEveryMs) continue
        await pause()
        signal.throwIfAborted()
        restedAt = clock.monotonic()
      }
    } finally {
      // closes the folders it was in
      steps.return({ type: 'complete' })
    }
  }

  async verify(root: ShareRoot, path: RelPath, seen: Seen, blocks: readonly FileBlock[]): Promise<Verdict> {
    return verify({ ...this.#deps, buffers: this.#buffers }, root, path, seen, blocks)
  }

  async readRules(root: ShareRoot): Promise<RulesRead> {
    return readRules(this.#deps.fs, root)
  }

  async dropArchived(root: ShareRoot, archived: readonly RelPath[]): Promise<void> {
    for (const path of archived) {
      try {
        using folders = new Folders(this.#deps.fs.openRoot(root.path))
        folders.open(parentOf(path)).removeFile(nameOf(path))
      } catch {
        // whatever the reason: the archive keeps it, as it keeps all else
      }
    }
  }

  async readBlock(
    root: ShareRoot,
    path: RelPath,
    offset: number,
    sizeBytes: number,
    hash: Uint8Array,
  ): Promise<Uint8Array | undefined> {
    try {
      using folders = new Folders(this.#deps.fs.openRoot(root.path))
      using file = folders.openFile(path)
      const bytes = Buffer.allocUnsafeSlow(sizeBytes)
      return file.read(bytes, offset) === sizeBytes && isHashOf(bytes, hash) ? bytes : undefined
    } catch {
      return undefined // whatever the reason: it cannot be had from here now
    }
  }

  async openTemp(
    root: ShareRoot,
    sizeBytes: number,
    content: string,
    dataBytes = sizeBytes,
  ): Promise<OpenedTemp | 'no-space'> {
    using dir = this.#deps.fs.openRoot(root.path)
    using tmp = openTmp(dir)
    const isUsed = this.#isUsed(root, content)
    const keptBytes = isUsed ? 0 : (tmp.lstat(content)?.sizeBytes ?? 0)
    const hasRoom = () => roomFor(tmp, root.reserve ?? 'auto') >= dataBytes - keptBytes
    if (!hasRoom()) this.#dropParkedIn(tmp, root, content)
    if (!hasRoom()) return 'no-space'
    try {
      const { temp, isKept } = isUsed
        ? { temp: Temp.make(tmp, this.#deps.random, sizeBytes), isKept: false }
        : Temp.goOn(tmp, content, sizeBytes)
      return { temp: this.#hold(root, temp), isKept }
    } catch (error) {
      if (isFull(codeOf(error))) return 'no-space'
      throw error
    }
  }

  #hold(root: ShareRoot, temp: Temp): TempId {
    this.#lastTemp += 1
    this.#temps.set(this.#lastTemp, { root, temp, unflushedBytes: 0, flushing: undefined, isBroken: false })
    return this.#lastTemp
  }

  async keptBlocks(temp: TempId, blocks: readonly TempBlock[]): Promise<readonly number[]> {
    const held = this.#temps.get(temp)?.temp
    const isKept = ({ offset, sizeBytes, hash }: TempBlock): boolean => {
      try {
        return held?.keep(offset, sizeBytes, hash, this.#buffers.for(sizeBytes, sizeBytes)) === true
      } catch {
        return false // what cannot be read is fetched again
      }
    }
    return blocks.filter(isKept).map(({ index }) => index)
  }

  async fillZeros(
    temp: TempId,
    zeros: readonly { readonly offset: number; readonly sizeBytes: number }[],
  ): Promise<WriteResult> {
    const held = this.#temps.get(temp)
    if (!held || held.isBroken) return 'failed'
    try {
      for (const { offset, sizeBytes } of zeros) held.temp.writeZeros(offset, sizeBytes)
      return 'ok'
    } catch (error) {
      return isFull(codeOf(error)) ? 'no-space' : 'failed'
    }
  }

  async parkTemp(id: TempId): Promise<void> {
    const held = this.#take(id)
    await held?.flushing
    if (!held) return
    if (held.isBroken || !isContentName(held.temp.name)) this.#discard(held)
    else held.temp[Symbol.dispose]()
  }

  async dropParked(root: ShareRoot): Promise<void> {
    using dir = this.#deps.fs.openRoot(root.path)
    using tmp = openTmp(dir)
    this.#dropParkedIn(tmp, root)
  }

  #dropParkedIn(tmp: Dir, root: ShareRoot, except?: string): void {
    for (const name of tmp.list()) {
      if (typeof name !== 'string' || name === except) continue
      const isLeft = isContentName(name) || (isRandomName(name) && this.#making === 0)
      if (isLeft && !this.#isUsed(root, name)) tmp.removeFile(name)
    }
  }

  #isUsed({ path }: ShareRoot, content: string): boolean {
    return [...this.#temps.values()].some(({ root, temp }) => temp.name === content && root.path === path)
  }

  async writeBlock(temp: TempId, offset: number, bytes: Uint8Array, hash: Uint8Array): Promise<WriteResult> {
    return isHashOf(bytes, hash) ? this.writeChecked(temp, offset, bytes) : 'bad-content'
  }

  async checkBlock(bytes: Uint8Array, hash: Uint8Array): Promise<Uint8Array | undefined> {
    return isHashOf(bytes, hash) ? bytes : undefined
  }

  async writeChecked(temp: TempId, offset: number, bytes: Uint8Array): Promise<WriteResult> {
    const held = this.#temps.get(temp)
    if (!held || held.isBroken) return 'failed'
    const result = held.temp.writeChecked(bytes, offset)
    if (result === 'ok') this.#flushNowAndThen(held, bytes.length)
    return result
  }

  async copyBlocks(
    temp: TempId,
    root: ShareRoot,
    source: RelPath,
    wanted: Parameters<DiskWork['copyBlocks']>[3],
  ): Promise<readonly number[]> {
    const target = this.#temps.get(temp)?.temp
    const filled: number[] = []
    try {
      using folders = new Folders(this.#deps.fs.openRoot(root.path))
      using file = folders.openFile(source)
      for (const { index, sourceOffset, offset, sizeBytes, hash } of wanted) {
        const bytes = this.#buffers.for(sizeBytes, sizeBytes).subarray(0, sizeBytes)
        if (file.read(bytes, sourceOffset) < sizeBytes) continue
        if (target?.writeVerified(bytes, offset, hash) === 'ok') filled.push(index)
      }
    } catch {
      // the file is gone or cannot be read: its blocks come from elsewhere
    }
    return filled
  }

  async discardTemp(id: TempId): Promise<void> {
    const held = this.#take(id)
    await held?.flushing
    if (held) this.#discard(held)
  }

  async listArchive(root: ShareRoot, query: ArchiveQuery): Promise<ArchivePage> {
    using dir = this.#deps.fs.openRoot(root.path)
    return await this.#atLeisure(listArchive(dir, query))
  }

  async expireArchive(root: ShareRoot, rules: ExpiryRules): Promise<ArchiveUse> {
    const end = checkFolder(this.#deps.fs, root)
    if (end.type !== 'complete') throw new Error(`${root.path}: ${end.reason}`)
    using dir = this.#deps.fs.openRoot(root.path)
    return await this.#atLeisure(expireArchive(dir, rules))
  }

  async diskSpace(root: ShareRoot): Promise<{ freeBytes: number; totalBytes: number }> {
    using dir = this.#deps.fs.openRoot(root.path)
    return dir.space()
  }

  makeSpares(root: ShareRoot, wishes: readonly SpareWish[], limits: SpareLimits): Promise<SparesMade> {
    const { fs, random } = this.#deps
    return this.#atLeisure(makeSpares(fs, random, root, wishes, limits))
  }

  archiveSpares(
    root: ShareRoot,
    wanted: readonly { readonly path: RelPath; readonly content: string }[],
    nowMs: number,
  ): Promise<number> {
    return archiveSpares(this.#deps.fs, root, wanted, nowMs)
  }

  async nextSpares(root: ShareRoot, after: string): Promise<SparePart | undefined> {
    return nextSpares(this.#deps.fs, root, after)
  }

  async removeSpares(root: ShareRoot, contents: readonly string[]): Promise<void> {
    removeSpares(this.#deps.fs, root, contents)
  }

  async copyArchived(root: ShareRoot, archived: RelPath): Promise<ArchivedCopy | 'gone' | 'no-space'> {
    const { fs, random } = this.#deps
    const dir = fs.openRoot(root.path) // closed by what reads it
    this.#making += 1
    try {
      const copied = await this.#atLeisure(copyArchived(dir, archived, random, root.reserve ?? 'auto'))
      if (typeof copied === 'string') return copied
      const { content, temp } = copied
      return { content, temp: temp && this.#hold(root, temp) }
    } finally {
      this.#making -= 1
    }
  }

  /** Runs to the end, and gives others a turn now and then. */
  async #atLeisure<T>(steps: Generator<undefined, T>): Promise<T> {
    const { clock, pause = () => Promise.resolve(), pauseEveryMs = 20 } = this.#deps
    let restedAt = clock.monotonic()
    for (let step = steps.next(); ; step = steps.next()) {
      if (step.done) return step.value
      if (clock.monotonic() - restedAt < pauseEveryMs) continue
      await pause()
      restedAt = clock.monotonic()
    }
  }

  async archivePlaces(
    root: ShareRoot,
    ops: readonly PlaceOp[],
    nowMs: number,
  ): Promise<readonly (string | undefined)[]> {
    using folders = new Folders(this.#deps.fs.openRoot(root.path))
    return archivePlaces(folders, ops, nowMs)
  }

  async place(
    root: ShareRoot,
    ops: readonly PlaceOp[],
    places: readonly (string | undefined)[],
  ): Promise<readonly PlaceResult[]> {
    const { fs, random } = this.#deps
    this.#making += 1
    try {
      for (const op of ops) if (op.type === 'file' && 'temp' in op.from) await this.#temps.get(op.from.temp)?.flushing
      const end = checkFolder(fs, root)
      if (end.type !== 'complete') return allFailed(ops, `FOLDER_${end.reason.toUpperCase()}`)
      using folders = new Folders(fs.openRoot(root.path))
      return await place(
        {
          fs,
          random,
          folders,
          reserve: root.reserve ?? 'auto',
          platform: {
            accounts: root.owners === true ? fs.accounts() : undefined,
            hasXattrs: root.xattrs === true,
          },
          takeTemp: (id) => (this.#temps.get(id)?.isBroken ? undefined : this.#take(id)?.temp),
        },
        ops,
        places,
      )
    } catch (error) {
      return allFailed(ops, codeOf(error))
    } finally {
      for (const op of ops) if (op.type === 'file' && 'temp' in op.from) await this.discardTemp(op.from.temp)
      this.#making -= 1
    }
  }

  async close(): Promise<void> {
    for (const id of [...this.#temps.keys()]) await this.parkTemp(id)
  }

  /** Lets the disk begin while the rest still arrives, so that the last flush is a short one. */
  #flushNowAndThen(held: HeldTemp, bytes: number): void {
    held.unflushedBytes += bytes
    if (held.unflushedBytes < FLUSH_BYTES || held.flushing) return
    held.unflushedBytes = 0
    held.flushing = this.#deps.fs.sync([held.temp.file]).then(([code]) => {
      held.flushing = undefined
      held.isBroken ||= code !== undefined
    })
  }

  #rulesOf(lines: readonly string[]): IgnoreRules {
    const key = lines.join('\n')
    if (this.#rules?.key === key) return this.#rules.rules
    const rules = IgnoreRules.parse(lines)
    if (!rules.ok) throw new Error(`"${lines[rules.error.line]}" is no pattern`)
    this.#rules = { key, rules: rules.value }
    return rules.value
  }

  #take(id: TempId): HeldTemp | undefined {
    const held = this.#temps.get(id)
    this.#temps.delete(id)
    return held
  }

  #discard({ root, temp }: HeldTemp): void {
    try {
      using dir = this.#deps.fs.openRoot(root.path)
      using tmp = openTmp(dir)
      discard(tmp, temp)
    } catch {
      temp[Symbol.dispose]() // the disk is gone, and its name with it
    }
  }
}

const allFailed = (ops: readonly PlaceOp[], code: string): readonly PlaceResult[] =>
  ops.map(() => ({ type: 'failed', code }))
