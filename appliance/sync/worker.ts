/** Entry of a disk worker's thread. */
import { randomBytes } from 'node:crypto'
import { parentPort, workerData } from 'node:worker_threads'
import type { KnownEntries } from './disk-work.ts'
import { openKnownEntries } from './index/known-entries.ts'
import { LocalDiskWork } from './local-disk-work.ts'
import { nodeFs } from './node-fs.ts'
import { pulse } from './pulse.ts'
import type { WorkerSettings } from './worker-protocol.ts'
import { serveDiskWork } from './worker-serve.ts'

if (!parentPort) throw new Error('worker.ts runs in a worker thread')
const { databasePath, pulse: shared } = workerData as WorkerSettings
if (shared) pulse.showIn(shared)

/** Opened by the first scan: a worker that only reads and writes files needs no index. */
let opened: KnownEntries | undefined
const known: KnownEntries = {
  page: (...args) => (opened ??= openKnownEntries(databasePath)).page(...args),
}

serveDiskWork(
  parentPort,
  new LocalDiskWork({
    fs: nodeFs,
    known,
    random: { bytes: (length) => randomBytes(length) },
    clock: { now: () => Date.now(), monotonic: () => performance.now() },
    pause: () => new Promise((resume) => setImmediate(resume)),
  }),
)
