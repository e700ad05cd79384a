import assert from 'node:assert/strict'
import { test } from 'node:test'
import { FetchWindow } from '../../../appliance/sync/pull/fetch-window.ts'
import type { Giver, Slot } from '../../../appliance/sync/pull/fetch-window.ts'

const MIB = 1024 * 1024
const KIB128 = MIB / 8
const makeGiver = (): Giver => ({ session: {} })
const turns = async () => {
  for (let i = 0; i < 20; i++) await Promise.resolve()
}

/** Asks for blocks, and notes which of them were let in. */
function asker(window: FetchWindow) {
  const slots: Slot<Giver>[] = []
  const ask = async (count: number, bytes: number, ...givers: [Giver, ...Giver[]]) => {
    for (let i = 0; i < count; i++) void window.enter(bytes, givers).then((slot) => slots.push(slot))
    await turns()
  }
  const at = (giver: Giver) => slots.filter((slot) => slot.giver.session === giver.session)
  const giveBack = async (slot: Slot<Giver> | undefined, hasGiven = true) => {
    if (slot) slots.splice(slots.indexOf(slot), 1)
    slot?.release(hasGiven)
    await turns()
  }
  return { slots, ask, at, giveBack }
}

test('a peer that never answers is asked for little, and one that stopped answering leaves room for others', async () => {
  const { ask, at, giveBack } = asker(new FetchWindow(32 * MIB, 256))
  const [silent, stopped, good] = [makeGiver(), makeGiver(), makeGiver()]
  await ask(1000, KIB128, silent)
  assert.equal(at(silent).length, 16)
  await ask(1000, KIB128, stopped)
  assert.equal(at(stopped).length, 16)
  await giveBack(at(stopped)[0])
  const heldByStopped = at(stopped).length
  assert.ok(heldByStopped > 200 && heldByStopped <= 256, `${heldByStopped}`)
  await ask(1000, KIB128, good)
  await giveBack(at(good)[0])
  assert.ok(at(good).length >= 50, `${at(good).length}`)
})

test('a peer that is alone and answers has 32 MiB or 256 blocks under way', async () => {
  for (const [bytes, count] of [
    [100, 256],
    [KIB128, 256],
    [MIB, 32],
    [16 * MIB, 2],
  ] as const) {
    const { ask, at, giveBack } = asker(new FetchWindow(32 * MIB, 256))
    const giver = makeGiver()
    await ask(1000, bytes, giver)
    await giveBack(at(giver)[0])
    assert.equal(at(giver).length, count, `blocks of ${bytes} bytes`)
  }
})

test('a hundred peers that never answer keep nobody from a block', async () => {
  const { ask, at, slots } = asker(new FetchWindow(32 * MIB, 256))
  for (let i = 0; i < 100; i++) await ask(100, KIB128, makeGiver())
  const bytes = slots.length * KIB128
  assert.ok(bytes <= 60 * MIB, `${bytes / MIB} MiB`)
  const good = makeGiver()
  await ask(1, KIB128, good)
  assert.equal(at(good).length, 1)
})

test('a block that several peers have comes from the one with least under way, and waits for whoever is free first', async () => {
  const { ask, at, giveBack } = asker(new FetchWindow(32 * MIB, 256))
  const [a, b] = [makeGiver(), makeGiver()]
  await ask(20, KIB128, a, b)
  assert.deepEqual([at(a).length, at(b).length], [10, 10])
  await ask(1000, KIB128, a, b)
  assert.deepEqual([at(a).length, at(b).length], [16, 16])
  await giveBack(at(b)[0])
  assert.equal(at(a).length, 16)
  assert.ok(at(b).length > 100)
})

test('at each peer blocks come in the order of asking, and all that is asked for comes', async () => {
  const window = new FetchWindow(4 * MIB, 20)
  const givers = [makeGiver(), makeGiver(), makeGiver()]
  const order = new Map<object, number[]>()
  let done = 0
  const all = Array.from({ length: 500 }, async (_, i) => {
    const giver = givers[i % 3] ?? makeGiver()
    const slot = await window.enter(((i * 7919) % 64) * (MIB / 16), [giver])
    order.set(giver.session, [...(order.get(giver.session) ?? []), i])
    await new Promise((resolve) => setImmediate(resolve))
    slot.release(true)
    slot.release(true)
    done += 1
  })
  await Promise.all(all)
  assert.equal(done, 500)
  for (const asked of order.values())
    assert.deepEqual(
      asked,
      asked.toSorted((a, b) => a - b),
    )
})
