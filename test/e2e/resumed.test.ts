/** What has arrived of a large file outlives a broken connection and a restart. */
import assert from 'node:assert/strict'
import { existsSync, renameSync, statSync } from 'node:fs'
import { join } from 'node:path'
import test from 'node:test'
import { until } from '../support/scratch.ts'
import { writeLarge } from './content.ts'
import { assertSame, startTwo, temps } from './devices.ts'
import type { Device } from './devices.ts'

const MIB = 1024 * 1024
const FILE_BYTES = 400 * MIB

const arrived = (device: Device): number =>
  temps(device).reduce((sum, name) => {
    const path = join(device.folder, '.homeseed/tmp', name)
    return sum + (statSync(path, { throwIfNoEntry: false })?.blocks ?? 0) * 512
  }, 0)

for (const who of ['sender', 'receiver'] as const) {
  for (const how of ['stopped', 'killed'] as const) {
    test(`a transfer goes on where it was after the ${who} was ${how}`, async () => {
      await using world = await startTwo('resumed')
      const { a, b } = world
      const made = join(world.scratch.path, 'large')
      writeLarge(made, FILE_BYTES, 1)
      renameSync(made, join(a.folder, 'large'))
      await until('a quarter has arrived', () => arrived(b) > FILE_BYTES / 4, { timeoutMs: 60_000 })
      const { homeseed } = who === 'sender' ? a : b
      await (how === 'stopped' ? homeseed.stop() : homeseed.kill())
      const before = arrived(b)
      assert.ok(before > FILE_BYTES / 4, 'nothing is thrown away')
      await homeseed.restart()
      let least = before
      await until('the rest has arrived', () => {
        const now = arrived(b)
        if (existsSync(join(b.folder, 'large'))) return true
        least = Math.min(least, now)
        return false
      })
      assert.ok(least >= before * 0.95, `of ${before} bytes that had arrived only ${least} were left`)
      await assertSame(a, b)
    })
  }
}
