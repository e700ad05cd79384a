/** The power fails at any instant: what the disk had been given by then comes back, and nothing that counted is lost. */
import { execFileSync } from 'node:child_process'
import { join } from 'node:path'
import test from 'node:test'
import { setTimeout as pause } from 'node:timers/promises'
import { LoopDisk, needLoopDisk } from '../support/loop-disk.ts'
import { needTool } from '../support/need-tool.ts'
import type { Scratch } from '../support/scratch.ts'
import { checkIndex, startRounds } from './rounds.ts'
import { all, numbers } from './sweep.ts'

const ROUNDS = all ? 100 : 8
/** A round takes longer than this only where it has to wait. */
const LATEST_MS = 800

/** An ext4 disk whose image lies on btrfs, where a copy of it is made in an instant. */
function diskThatFails({ path }: Scratch) {
  const host = LoopDisk.make(path, 'host', { kind: 'btrfs', sizeMiB: 1500 })
  let disk = LoopDisk.make(host.path, 'disk-0', { sizeMiB: 300 })
  const at = disk.path
  let copies = 0
  return {
    path: at,
    /** @returns the disk as it is at this instant */
    copy() {
      copies += 1
      const copy = join(host.path, `disk-${copies}.img`)
      execFileSync('cp', ['--reflink=always', disk.image, copy])
      return copy
    },
    replaceBy(copy: string) {
      disk.detach()
      disk = LoopDisk.of(copy, at)
      disk.mount()
    },
    [Symbol.dispose]() {
      disk.detach()
      host.detach()
    },
  }
}

test('the power fails at any instant while files come in: both devices end with everything', async (t) => {
  if (!needLoopDisk(t) || !needLoopDisk(t, 'btrfs') || !needTool(t, 'cc', 'gcc')) return
  await using resources = new AsyncDisposableStack()
  let disk: ReturnType<typeof diskThatFails> | undefined
  const rounds = resources.use(
    await startRounds('power-cut', {
      places: (scratch) => {
        disk = diskThatFails(scratch)
        return { home: join(disk.path, 'home'), folder: join(disk.path, 'folder') }
      },
    }),
  )
  if (!disk) return
  resources.use(disk)
  // the programs before the disk
  resources.defer(() => rounds.b.homeseed[Symbol.asyncDispose]())
  const { b } = rounds
  const random = numbers(20_261_121)
  for (let round = 0; round < ROUNDS; round++) {
    const afterMs = random(LATEST_MS)
    await rounds.change()
    await pause(afterMs)
    process.kill(b.homeseed.pid, 'SIGSTOP')
    const copy = disk.copy()
    await b.homeseed.kill()
    disk.replaceBy(copy)
    checkIndex(b)
    await b.homeseed.restart()
    await rounds.settle().catch((error: unknown) => {
      throw new Error(`round ${round}, after ${afterMs} ms: ${String(error)}`, { cause: error })
    })
    rounds.oracle.checkArchives()
  }
})
