import assert from 'node:assert/strict'
import test from 'node:test'
import { archivePath } from '../../../appliance/sync/archive/archive-name.ts'
import { ArchiveKeeper } from '../../../appliance/sync/engine/archive-keeper.ts'
import type { ArchiveClock } from '../../../appliance/sync/model/archive-clock.ts'
import type { RelPath } from '../../../appliance/sync/model/rel-path.ts'
import { settingsFrom } from '../../../appliance/sync/model/share-settings.ts'
import type { StoredSettings } from '../../../appliance/sync/model/share-settings.ts'
import { makeWorld } from '../../support/disk-world.ts'
import { FakeClock } from '../../support/fake-clock.ts'

const DAY = 24 * 3_600_000
const silent = { error: () => undefined, warn: () => undefined, info: () => undefined, debug: () => undefined }

async function keeping(stored: StoredSettings = {}) {
  const world = await makeWorld('memory')
  const clock = new FakeClock()
  /** how far the wall clock is off */
  const wall = { offMs: 0 }
  let kept: ArchiveClock = []
  const start = () => {
    const keeper = new ArchiveKeeper({
      clock: { ...clock, after: clock.after.bind(clock), breathe: clock.breathe, now: () => clock.now() + wall.offMs },
      log: silent,
      disk: world.disk,
      root: world.root,
      settings: () => settingsFrom(stored),
      readClock: () => kept,
      writeClock: (next) => (kept = next),
      isUsable: () => true,
    })
    keeper.start()
    return keeper
  }
  const archive = (path: string) => world.write(archivePath(path as RelPath, clock.now() + wall.offMs, 1), path)
  const left = () => Object.keys(world.archive()).map((name) => name.replace(/~.*/, ''))
  return { world, clock, wall, start, archive, left }
}

test('what was archived stays for its days, and not longer than one more', async () => {
  const { clock, start, archive, left } = await keeping()
  start()
  await clock.advance(DAY)
  archive('a')
  await clock.advance(30 * DAY)
  assert.deepEqual(left(), ['a'])
  await clock.advance(2 * DAY)
  assert.deepEqual(left(), [])
})

test('a wall clock that jumps ahead by years and back again wipes nothing', async () => {
  const { clock, wall, start, archive, left } = await keeping()
  start()
  await clock.advance(2 * DAY)
  archive('before')
  wall.offMs = 20 * 365 * DAY
  await clock.advance(3 * DAY)
  archive('meanwhile')
  wall.offMs = -40 * 365 * DAY
  await clock.advance(3 * DAY)
  archive('in-1986')
  wall.offMs = 0
  await clock.advance(20 * DAY)
  assert.deepEqual(left().sort(), ['before', 'in-1986', 'meanwhile'])
  await clock.advance(40 * DAY)
  assert.deepEqual(left(), [])
})

test('restarts count for no more than the time that can have passed', async () => {
  const { clock, wall, start, archive, left } = await keeping({ 'archive-days': '10' })
  const first = start()
  await clock.advance(DAY)
  archive('a')
  await clock.advance(DAY)
  await first.stop()
  wall.offMs = 365 * DAY
  const second = start()
  await clock.advance(DAY)
  assert.deepEqual(left(), ['a'])
  await second.stop()
})

test('room is made at once, but a disk that stays full is not gone through all the time', async () => {
  const { clock, start, archive, left, world } = await keeping({ 'archive-budget': '100%' })
  const keeper = start()
  archive('a')
  await clock.advance(3 * DAY)
  assert.equal(await keeper.makeRoom(0), false, 'there is room')
  assert.equal(await keeper.makeRoom(Number.MAX_SAFE_INTEGER), false, 'asked a moment ago')
  await clock.advance(3_600_000)
  assert.equal(await keeper.makeRoom(Number.MAX_SAFE_INTEGER), true)
  assert.deepEqual(left(), [])
  world[Symbol.dispose]()
})
