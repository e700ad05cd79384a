/** A file that the disk damaged is no edit: it is fetched anew, and the damaged one kept. */
import assert from 'node:assert/strict'
import test from 'node:test'
import { SeededRandom } from './random.ts'
import { SimTime } from './sim-clock.ts'
import { SHARE_FOLDER, SimDevice } from './sim-device.ts'
import { SimNetwork } from './sim-network.ts'

test('a file cut short by its disk is healed from a peer, and is not in sync until then', async () => {
  const time = new SimTime()
  const random = new SeededRandom(7)
  const network = new SimNetwork(time, random)
  const [a, b] = ['a', 'b'].map(
    (name) => new SimDevice(name, { time, random, network, skewMs: 0, trace: () => undefined }),
  )
  assert.ok(a && b)
  const during = async <T>(promise: Promise<T>): Promise<T> => {
    let isSettled = false
    const settled = promise.finally(() => (isSettled = true))
    settled.catch(() => undefined)
    await new Promise((resolve) => setImmediate(resolve))
    while (!isSettled) if (!(await time.step(Number.MAX_SAFE_INTEGER))) throw new Error('nothing is left to happen')
    return settled
  }
  const wait = (device: SimDevice) =>
    during(device.engine.wait({ peers: 1, signal: new AbortController().signal, timeoutMs: 600_000 }))
  for (const device of [a, b]) await during(device.start())
  const { name } = await during(a.engine.addShare({ path: SHARE_FOLDER, name: 'Family' }))
  const { secret } = a.engine.secret(name, 'read-write')
  a.disk.writeFile(`${SHARE_FOLDER}/film`, 'the whole film')
  await during(b.engine.joinShare({ secret, path: SHARE_FOLDER, name: 'Family', hosts: ['a:22000'] }))
  assert.equal(await wait(a), true)
  assert.equal(await wait(b), true)
  const untilMs = time.nowMs + 600_000
  while (await time.step(untilMs)) continue
  a.disk.damage(`${SHARE_FOLDER}/film`, new TextEncoder().encode('the who'))
  const done = [await wait(a), await wait(b)]
  const films = [a, b].map(({ disk }) => disk.readText(`${SHARE_FOLDER}/film`))
  assert.deepEqual(
    { done, films },
    { done: [true, true], films: ['the whole film', 'the whole film'] },
    `a is ${a.engine.share('Family').state}`,
  )
})
