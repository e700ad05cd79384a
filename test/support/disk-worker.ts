/** A disk worker for tests: knows the files `0001` to `0999` of the index, and dies when it meets a certain block. */
import { randomBytes } from 'node:crypto'
import { parentPort, workerData } from 'node:worker_threads'
import type { KnownEntries } from '../../appliance/sync/disk-work.ts'
import { LocalDiskWork } from '../../appliance/sync/local-disk-work.ts'
import type { RelPath } from '../../appliance/sync/model/rel-path.ts'
import { nodeFs } from '../../appliance/sync/node-fs.ts'
import type { WorkerSettings } from '../../appliance/sync/worker-protocol.ts'
import { serveDiskWork } from '../../appliance/sync/worker-serve.ts'

/** A path to read that kills the worker. */
export const DEADLY = 'deadly'

const { databasePath } = (workerData ?? {}) as Partial<WorkerSettings>
const known: KnownEntries = {
  page: (_shareId, within, after = '' as RelPath, limit) =>
    databasePath === 'thousand' && within === undefined
      ? Array.from({ length: 999 }, (_, i) => ({
          path: String(i + 1).padStart(4, '0') as RelPath,
          seen: 'file:1:1:1:1:1',
        }))
          .filter(({ path }) => path > after)
          .slice(0, limit)
      : [],
}

if (parentPort) {
  const disk = new LocalDiskWork({
    fs: nodeFs,
    known,
    random: { bytes: (length) => randomBytes(length) },
    clock: { now: () => Date.now() + 60_000, monotonic: () => performance.now() },
    pause: () => new Promise((resume) => setImmediate(resume)),
    pauseEveryMs: 0,
  })
  const { readBlock } = disk
  disk.readBlock = (...args) => {
    if (args[1] === DEADLY) process.exit(3)
    return readBlock.apply(disk, args)
  }
  serveDiskWork(parentPort, disk)
}
