/** `DiskWork` in worker threads: one scans, the others read, receive and put in place. */
import type { DiskWork, PlaceOp, ShareRoot, FileBlock, TempId } from './disk-work.ts'
import { giveAway, packOps, Parcel } from './worker-protocol.ts'
import { pulse } from './pulse.ts'
import { HUNG, WorkerThread } from './worker-thread.ts'

export interface DiskWorkOptions {
  /** how many read and receive, besides the one that scans: 1 or 2 */
  readonly workers: number
  /** of the index */
  readonly databasePath: string
  /** `worker.ts`, or `worker.mjs` beside the bundle */
  readonly workerUrl: URL
  /** A worker died; what it was asked is rejected, and the next question starts it anew. */
  readonly onDeath?: (error: Error) => void
}

/** Often enough for others to go on soon. */
const LOOK_EVERY_MS = 1500
/** Threads that wait for disks that hang, at most: each needs memory. */
const MAX_HUNG = 6

interface HeldTemp {
  readonly worker: WorkerThread
  /** its number in that worker */
  readonly id: TempId
}

export function startDiskWork({ workers, databasePath, workerUrl, onDeath }: DiskWorkOptions): DiskWork {
  const temps = new Map<TempId, HeldTemp>()
  let lastTemp = 0
  const start = (): WorkerThread => {
    const worker: WorkerThread = new WorkerThread(workerUrl, { databasePath }, (error) => {
      for (const [id, temp] of temps) if (temp.worker === worker) temps.delete(id)
      onDeath?.(error)
    })
    return worker
  }
  const scanner = start()
  const carriers = Array.from({ length: Math.max(1, workers) }, start)

  // A temp is known to one worker, and a batch may hold many: so each share's changes all go to the same.
  const carrierByPath = new Map<string, WorkerThread>()
  const carrierOf = (root: ShareRoot): WorkerThread => {
    mayUse(root)
    const { path } = root
    const known = carrierByPath.get(path)
    if (known) return known
    const carrier = carriers[carrierByPath.size % carriers.length] ?? scanner
    carrierByPath.set(path, carrier)
    return carrier
  }
  // A disk that hangs freezes its own share, and nothing else: the thread that waits for it is given up, another takes
  // its place, and the share is refused until the disk has answered.
  const hung = new Map<string, number>()
  const paths = new Map<number, string>()
  const watching = setInterval(() => {
    const holding = new Set([...temps.values()].map(({ worker }) => worker))
    for (const thread of [scanner, ...carriers]) {
      if (!holding.has(thread)) thread.rest()
      const folder = thread.stuckAt()
      if (folder === undefined || [...hung.values()].reduce((a, b) => a + b, 0) >= MAX_HUNG) continue
      const path = paths.get(folder)
      if (path !== undefined) hung.set(path, (hung.get(path) ?? 0) + 1)
      void thread.abandon().finally(() => {
        const left = path === undefined ? 0 : (hung.get(path) ?? 0) - 1
        if (path !== undefined && left > 0) hung.set(path, left)
        else if (path !== undefined) hung.delete(path)
      })
    }
  }, LOOK_EVERY_MS).unref()
  /** @throws Error with the code EHUNG */
  const mayUse = ({ path }: ShareRoot): void => {
    paths.set(pulse.nameOf(path), path)
    if (hung.has(path)) throw Object.assign(new Error(`the disk of ${path} does not answer`), { code: HUNG })
  }

  const idlest = (workers: readonly WorkerThread[]): WorkerThread => workers.reduce((a, b) => (b.load < a.load ? b : a))

  const localOps = (ops: readonly PlaceOp[]): readonly PlaceOp[] =>
    ops.map((op) => {
      if (op.type !== 'file' || !('temp' in op.from)) return op
      const id = temps.get(op.from.temp)?.id ?? 0 // no worker has a temp 0
      temps.delete(op.from.temp)
      return { ...op, from: { temp: id } }
    })

  const work: DiskWork = {
    prepare: (root) => carrierOf(root).call('prepare', [root]),
    tryToPrepare: (path) => carrierOf({ shareId: '', path }).call('tryToPrepare', [path]),
    release: (root) => carrierOf(root).call('release', [root]),
    readLife: (root) => carrierOf(root).call('readLife', [root]),
    writeLife: (root, mark) => carrierOf(root).call('writeLife', [root, mark]),
    probe: (root) => carrierOf(root).call('probe', [root]),
    recover: (root, intents) => carrierOf(root).call('recover', [root, intents]),
    scan: (...args) => {
      mayUse(args[0])
      return scanner.scan(...args)
    },
    verify: (root, path, seen, blocks) => {
      mayUse(root)
      const { packed, transfer } = packBlocks(blocks)
      return scanner.call('verify', [root, path, seen, packed], transfer)
    },
    readRules: (root) => carrierOf(root).call('readRules', [root]),
    dropArchived: (root, archived) => carrierOf(root).call('dropArchived', [root, archived]),
    readBlock: (root, path, offset, sizeBytes, hash) => {
      mayUse(root)
      return idlest(carriers).call('readBlock', [root, path, offset, sizeBytes, Uint8Array.from(hash)])
    },
    async openTemp(root, sizeBytes, content, dataBytes) {
      const worker = carrierOf(root)
      const opened = await worker.call('openTemp', [root, sizeBytes, content, dataBytes])
      if (opened === 'no-space') return opened
      lastTemp += 1
      temps.set(lastTemp, { worker, id: opened.temp })
      return { temp: lastTemp, isKept: opened.isKept }
    },
    async keptBlocks(temp, blocks) {
      const held = temps.get(temp)
      if (!held) return []
      const { packed, transfer } = packBlocks(blocks)
      return held.worker.call('keptBlocks', [held.id, packed], transfer)
    },
    async fillZeros(temp, zeros) {
      const held = temps.get(temp)
      return held ? held.worker.call('fillZeros', [held.id, zeros]) : 'failed'
    },
    async parkTemp(temp) {
      const held = temps.get(temp)
      temps.delete(temp)
      await held?.worker.call('parkTemp', [held.id])
    },
    dropParked: (root) => carrierOf(root).call('dropParked', [root]),
    async writeBlock(temp, offset, bytes, hash) {
      const held = temps.get(temp)
      if (!held) return 'failed'
      const given = giveAway(bytes)
      const { worker, id } = held
      const other = idlest([scanner, ...carriers])
      const ownHash = Uint8Array.from(hash)
      if (other === worker) return worker.call('writeBlock', [id, offset, given, ownHash], [given.buffer])
      // hashing and writing side by side: one file comes in as fast as the slower of the two goes
      const checked = await other.call('checkBlock', [given, ownHash], [given.buffer])
      if (!checked) return 'bad-content'
      const back = giveAway(checked)
      return worker.call('writeChecked', [id, offset, back], [back.buffer])
    },
    async copyBlocks(temp, root, source, wanted) {
      const held = temps.get(temp)
      if (!held) return []
      mayUse(root)
      const { packed, transfer } = packBlocks(wanted)
      return held.worker.call('copyBlocks', [held.id, root, source, packed], transfer)
    },
    async discardTemp(temp) {
      const held = temps.get(temp)
      temps.delete(temp)
      await held?.worker.call('discardTemp', [held.id])
    },
    listArchive: (root, query) => carrierOf(root).call('listArchive', [root, query]),
    expireArchive: (root, rules) => carrierOf(root).call('expireArchive', [root, rules]),
    diskSpace: (root) => carrierOf(root).call('diskSpace', [root]),
    // between scans nobody waits for that one
    makeSpares: (root, wishes, limits) => scanner.call('makeSpares', [root, wishes, limits]),
    archiveSpares: (root, wanted, nowMs) => scanner.call('archiveSpares', [root, wanted, nowMs]),
    nextSpares: (root, after) => scanner.call('nextSpares', [root, after]),
    removeSpares: (root, contents) => scanner.call('removeSpares', [root, contents]),
    async copyArchived(root, archived) {
      const worker = carrierOf(root)
      const copied = await worker.call('copyArchived', [root, archived])
      if (typeof copied === 'string' || copied.temp === undefined) return copied
      lastTemp += 1
      temps.set(lastTemp, { worker, id: copied.temp })
      return { ...copied, temp: lastTemp }
    },
    archivePlaces: (root, ops, nowMs) => {
      // for the names alone no content has to travel
      const light = ops.map((op) => (op.type === 'file' ? { ...op, from: { temp: 0 } } : op))
      return carrierOf(root).call('archivePlaces', [root, light, nowMs])
    },
    place: (root, ops, archivePlaces) => {
      const { ops: packed, parcel } = packOps(localOps(ops))
      return carrierOf(root).call('place', [root, packed, archivePlaces], parcel.transfer)
    },
    async close() {
      clearInterval(watching)
      await Promise.all([scanner, ...carriers].map((worker) => worker.close()))
    },
  }
  return rejecting(work)
}

/** What is thrown at once is rejected as well: nobody expects anything else of a promise. */
function rejecting(work: DiskWork): DiskWork {
  const wrapped = Object.entries(work).map(([name, method]: [string, (...args: unknown[]) => Promise<unknown>]) => [
    name,
    async (...args: unknown[]) => method(...args),
  ])
  return Object.fromEntries(wrapped) as DiskWork
}

function packBlocks<T extends FileBlock>(blocks: readonly T[]) {
  const parcel = new Parcel(blocks.reduce((sum, { hash }) => sum + hash.length, 0))
  return { packed: blocks.map((block) => ({ ...block, hash: parcel.add(block.hash) })), transfer: parcel.transfer }
}
