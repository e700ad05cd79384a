import assert from 'node:assert/strict'
import { test } from 'node:test'
import { systemClock } from '../../server/clock.ts'

test('of those who give everything else its turn, one goes on in each turn of the event loop', async () => {
  let turn = 0
  let isOver = false
  const count = () => {
    turn += 1
    if (!isOver) setImmediate(count)
  }
  setImmediate(count)
  const turns: number[] = []
  const order: string[] = []
  const work = async (name: string) => {
    for (let slice = 1; slice <= 3; slice++) {
      await systemClock.breathe()
      turns.push(turn)
      order.push(`${name}${slice}`)
    }
  }
  await Promise.all(['a', 'b', 'c'].map(work))
  isOver = true
  assert.equal(new Set(turns).size, turns.length, `in turns ${turns.join()}`)
  assert.deepEqual(order, ['a1', 'b1', 'c1', 'a2', 'b2', 'c2', 'a3', 'b3', 'c3'])
})
