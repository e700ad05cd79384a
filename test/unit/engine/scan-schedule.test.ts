import assert from 'node:assert/strict'
import { test } from 'node:test'
import { ScanSchedule } from '../../../appliance/sync/engine/scan-schedule.ts'
import type { RelPath } from '../../../appliance/sync/model/rel-path.ts'
import { FakeClock, settled } from '../../support/fake-clock.ts'

type Answer = readonly string[] | undefined | Error

/** A schedule whose scans are told to the test, and answered as it says. */
class World {
  readonly clock = new FakeClock()
  /** what was looked at, by scan; `everything` for all of the folder */
  readonly scans: (readonly string[] | 'everything')[] = []
  readonly answers: Answer[] = []
  errors = 0
  firsts = 0
  readonly schedule = new ScanSchedule({
    clock: this.clock,
    scan: (within) => {
      this.scans.push(within ?? 'everything')
      const answer = this.answers.length > 0 ? this.answers.shift() : []
      return answer instanceof Error
        ? Promise.reject(answer)
        : Promise.resolve(answer as readonly RelPath[] | undefined)
    },
    onChange: () => undefined,
    onScanned: () => (this.firsts += 1),
    onError: () => (this.errors += 1),
  })

  async start(): Promise<void> {
    this.schedule.start()
    await settled()
  }

  hint(...paths: readonly string[]): void {
    for (const path of paths) this.schedule.add(path as RelPath)
  }

  /** what was scanned since this was last asked */
  take(): readonly (readonly string[] | 'everything')[] {
    return this.scans.splice(0)
  }
}

test('the folder is looked at when it starts, and every hour', async () => {
  const world = new World()
  await world.start()
  assert.deepEqual(world.take(), ['everything'])
  assert.equal(world.firsts, 1)
  await world.clock.advance(3_600_200)
  assert.deepEqual(world.take(), ['everything'])
  assert.equal(world.firsts, 1)
})

test('hints of one moment are looked at together; too many mean everything', async () => {
  const world = new World()
  await world.start()
  world.take()
  world.hint('a', 'b', 'a')
  assert.equal(world.schedule.isIdle(), false)
  await world.clock.advance(100)
  assert.deepEqual(world.take(), [['a', 'b']])
  assert.equal(world.schedule.isIdle(), true)
  world.hint(...Array.from({ length: 1001 }, (_, i) => `f${i}`))
  await world.clock.advance(100)
  assert.deepEqual(world.take(), ['everything'])
})

test('what is being written is looked at again, and until then nothing is settled', async () => {
  const world = new World()
  world.answers.push(['busy'])
  await world.start()
  assert.equal(world.schedule.isIdle(), false)
  await world.clock.advance(699)
  assert.equal(world.schedule.isIdle(), false)
  await world.clock.advance(101)
  assert.deepEqual(world.take(), ['everything', ['busy']])
  assert.equal(world.schedule.isIdle(), true)
})

test('after a failure everything is looked at again, and until then nothing is settled', async () => {
  const world = new World()
  world.answers.push([], new Error('EIO'))
  await world.start()
  world.hint('a')
  await world.clock.advance(100)
  assert.equal(world.errors, 1)
  assert.equal(world.schedule.isIdle(), false)
  await world.clock.advance(800)
  assert.deepEqual(world.take(), ['everything', ['a'], 'everything'])
  assert.equal(world.schedule.isIdle(), true)
})

test('a folder that is not there has not been looked at', async () => {
  const world = new World()
  world.answers.push(undefined)
  await world.start()
  assert.equal(world.schedule.hasScannedAll(), false)
  assert.equal(world.schedule.isIdle(), false)
  await world.start()
  assert.equal(world.schedule.hasScannedAll(), true)
  assert.equal(world.firsts, 1)
})

test('a look that is asked for ends when it is done, or when the schedule stops', async () => {
  const world = new World()
  await world.start()
  await world.schedule.scanAll()
  assert.deepEqual(world.take(), ['everything', 'everything'])
  const asked = world.schedule.scanAll()
  await world.schedule.stop()
  await asked
  assert.equal(world.clock.pending, 0)
  await world.start()
  assert.equal(world.firsts, 2, 'after a stop, what was seen before counts no more')
})

test('what was stopped while it found something to look at again comes to rest when it goes on', async () => {
  const clock = new FakeClock()
  const answers: ((again: readonly RelPath[]) => void)[] = []
  const schedule = new ScanSchedule({
    clock,
    scan: () => new Promise((resolve) => answers.push(resolve)),
    onChange: () => undefined,
    onScanned: () => undefined,
    onError: () => undefined,
  })
  schedule.start()
  await settled()
  const stopped = schedule.stop()
  answers.shift()?.(['busy' as RelPath])
  await stopped
  assert.equal(clock.pending, 0)
  schedule.start()
  await settled()
  answers.shift()?.([])
  await settled()
  assert.ok(schedule.isIdle())
})
