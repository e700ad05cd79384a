/** The disk with the files is taken away, dies or fills up at any instant while files come in, and then it is back. */
import { rmSync, writeFileSync } from 'node:fs'
import { basename, join } from 'node:path'
import test from 'node:test'
import type { TestContext } from 'node:test'
import { setTimeout as pause } from 'node:timers/promises'
import { shutDown } from '../support/fs-shutdown.ts'
import { LoopDisk, needLoopDisk } from '../support/loop-disk.ts'
import { needTool } from '../support/need-tool.ts'
import { rescan, startRounds } from './rounds.ts'
import { all, numbers } from './sweep.ts'

const ROUNDS = all ? 40 : 4
const LATEST_MS = 600

interface Trouble {
  readonly what: string
  readonly befall: (disk: LoopDisk, tools: string) => void
  readonly mend: (disk: LoopDisk) => void
}

const mountAnew = (disk: LoopDisk): void => {
  disk.detach()
  disk.mount()
}

const filler = (disk: LoopDisk): string => join(disk.path, 'filler')

const troubles: readonly Trouble[] = [
  { what: 'is unmounted under load', befall: (disk) => disk.unmount('lazily'), mend: mountAnew },
  { what: 'dies under the mount', befall: (disk, tools) => shutDown(tools, disk.path), mend: mountAnew },
  {
    what: 'is made read-only by the kernel, after an error',
    befall: (disk) => {
      disk.remount('errors=remount-ro')
      writeFileSync(`/sys/fs/ext4/${basename(disk.device)}/trigger_fs_error`, '1')
    },
    mend: mountAnew,
  },
  {
    what: 'fills up to the brim',
    befall: (disk) => {
      try {
        writeFileSync(filler(disk), Buffer.alloc(2 * 300 * 2 ** 20, 1))
      } catch {
        // full now
      }
    },
    mend: (disk) => rmSync(filler(disk)),
  },
]

for (const trouble of troubles)
  test(`the disk ${trouble.what} at any instant, and is back: nothing is lost`, (t) => run(t, trouble))

async function run(t: TestContext, { befall, mend }: Trouble): Promise<void> {
  if (!needLoopDisk(t) || !needTool(t, 'cc', 'gcc')) return
  await using resources = new AsyncDisposableStack()
  let disk: LoopDisk | undefined
  const rounds = resources.use(
    await startRounds('disk-troubles', {
      places: ({ path }) => {
        disk = LoopDisk.make(path, 'disk', { sizeMiB: 300 })
        return { folder: join(disk.path, 'folder') }
      },
    }),
  )
  if (!disk) return
  resources.use(disk)
  const { b, world } = rounds
  const random = numbers(20_261_121)
  for (let round = 0; round < ROUNDS; round++) {
    const afterMs = random(LATEST_MS)
    await rounds.change()
    await pause(afterMs)
    befall(disk, world.scratch.path)
    await rescan(b)
    mend(disk)
    await rescan(b)
    await rounds.settle().catch((error: unknown) => {
      throw new Error(`round ${round}, after ${afterMs} ms: ${String(error)}`, { cause: error })
    })
    rounds.oracle.checkArchives()
  }
}
