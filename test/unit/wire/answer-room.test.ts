import assert from 'node:assert/strict'
import { test } from 'node:test'
import { AnswerRoom } from '../../../appliance/sync/wire/answer-room.ts'
import { SharedMemory } from '../../../appliance/sync/wire/shared-memory.ts'
import { FakeClock } from '../../support/fake-clock.ts'

const MIB = 1024 * 1024

/** A session that wants blocks without end, and gets rid of none unless told to. */
class Asker {
  readonly room: AnswerRoom
  readonly blockBytes: number
  held = 0
  stuckAt: number | undefined
  isDropped = false
  readonly seat = {
    go: () => this.ask(),
    stuckAt: () => this.stuckAt,
    drop: () => {
      this.isDropped = true
      this.room.forget(this.seat)
      this.leave(this.held)
    },
  }
  constructor(room: AnswerRoom, blockBytes: number) {
    this.room = room
    this.blockBytes = blockBytes
  }
  ask(): void {
    while (!this.isDropped && this.held < 1000 && this.room.enter(this.seat, this.blockBytes)) this.held += 1
  }
  leave(blocks: number): void {
    for (let i = 0; i < blocks; i++) {
      this.held -= 1
      this.room.leave(this.seat, this.blockBytes)
    }
  }
  get mib(): number {
    return (this.held * this.blockBytes) / MIB
  }
}
const makeAskers = (count: number, blockBytes: number) => {
  const clock = new FakeClock()
  const room = new AnswerRoom(clock)
  const askers = Array.from({ length: count }, () => new Asker(room, blockBytes))
  for (const asker of askers) asker.ask()
  return { clock, room, askers }
}
const sum = (askers: readonly Asker[]) => askers.reduce((mib, asker) => mib + asker.mib, 0)

test('one session alone has 32 MiB of answers under way, a hundred have little more than two', () => {
  assert.equal(sum(makeAskers(1, MIB / 8).askers), 32)
  assert.equal(sum(makeAskers(1, 16 * MIB).askers), 32)
  for (const blockBytes of [2 * MIB, 4 * MIB, 16 * MIB]) assert.ok(sum(makeAskers(100, blockBytes).askers) <= 64)
  const { askers } = makeAskers(100, MIB / 8)
  assert.ok(sum(askers) <= 64 + 100 / 8)
  assert.ok(
    askers.every(({ held }) => held > 0),
    'a small block each has everybody',
  )
})

test('room that is given back goes to those who hold least', () => {
  const { askers } = makeAskers(20, 2 * MIB)
  const [first] = askers
  assert.ok(first && askers.some(({ held }) => held === 0))
  for (let round = 0; round < 20; round++) first.leave(first.held)
  assert.ok(askers.slice(1).every(({ held }) => held > 0))
})

test('who reads nothing for half a minute is dropped when others wait for what it holds, and only then', async () => {
  const alone = makeAskers(1, 4 * MIB)
  for (const asker of alone.askers) asker.stuckAt = 5
  await alone.clock.advance(3_600_000)
  assert.equal(alone.askers[0]?.isDropped, false)

  const { clock, askers } = makeAskers(20, 4 * MIB)
  const [stuck, slow] = askers
  assert.ok(stuck && slow && stuck.held > 0 && slow.held > 0)
  stuck.stuckAt = 5
  for (let at = 0; at < 60; at++) {
    slow.stuckAt = at
    await clock.advance(1000)
  }
  assert.deepEqual(
    askers.filter(({ isDropped }) => isDropped),
    [stuck],
  )
  assert.ok(askers.every((asker) => asker === stuck || asker === slow || asker.isDropped || asker.held >= 0))
  for (const asker of askers) asker.room.forget(asker.seat)
  assert.equal(clock.pending, 0)
})

test('only so much of very long messages is kept', () => {
  const shared = new SharedMemory(new FakeClock())
  const sessions = Array.from({ length: 6 }, () => ({}))
  const kept = sessions.filter((session) => shared.keep(session, 16 * MIB))
  assert.equal(kept.length, 4)
  assert.ok(shared.keep({}, MIB), 'a message of usual length always')
  assert.ok(shared.keep(sessions[0] ?? {}, 0) && shared.keep({}, 16 * MIB))
})
