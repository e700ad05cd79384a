/** The power fails at any instant: what the disk had been given by then comes back, and nothing that counted is lost. */
import { execFileSync } from 'node:child_process'
import { join } from 'node:path'
import test from 'node:test'
import { LoopDisk, needLoopDisk } from '../support/loop-disk.ts'
import type { Scratch } from '../support/scratch.ts'
import { startRounds } from './rounds.ts'

const ROUNDS = process.env['HOMESEED_FAULTS'] === 'all' ? 100 : 8

/** An ext4 disk whose image lies on btrfs, where a copy of it is made in an instant. */
function diskThatFails({ path }: Scratch) {
  const host = LoopDisk.make(path, 'host', { kind: 'btrfs', sizeMiB: 1500 })
  let disk = LoopDisk.make(host.path, 'disk-0', { sizeMiB: 300 })
  const at = disk.path
  let copies = 0
  let copy = ''
  return {
    path: at,
    cutPower() {
      copies += 1
      copy = join(host.path, `disk-${copies}.img`)
      execFileSync('cp', ['--reflink=always', disk.image, copy])
    },
    comeBack() {
      if (!host.isMounted) throw new Error('the host of the image is gone')
      disk = LoopDisk.of(copy, at)
      disk.mount()
    },
    /** Takes the disk out. */
    pull: () => disk.detach(),
    [Symbol.dispose]() {
      disk.detach()
      host.detach()
    },
  }
}

test('the power fails at any instant while files come in: both devices end with everything', async (t) => {
  if (!needLoopDisk(t) || !needLoopDisk(t, 'btrfs')) return
  await using rounds = await startRounds('power-cut', 'share', diskThatFails)
  for (let round = 0; round < ROUNDS; round++) await rounds.cutPower(Math.random() * 800)
})
