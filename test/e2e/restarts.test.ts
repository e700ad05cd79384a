/** Stopped or killed at any moment, both sides end up the same, with nothing lost and nothing left over. */
import assert from 'node:assert/strict'
import {
  appendFileSync,
  existsSync,
  mkdirSync,
  readdirSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs'
import { join } from 'node:path'
import test from 'node:test'
import { once } from 'node:events'
import { createServer } from 'node:net'
import type { AddressInfo } from 'node:net'
import { setImmediate as breathe } from 'node:timers/promises'
import { listen } from '../../appliance/sync/wire/tls.ts'
import { until } from '../support/scratch.ts'
import { contentHash, treeOf } from '../support/trees.ts'
import { noise, writeLarge } from './content.ts'
import { SHARE, assertSame, contentsOf, keptIn, startTwo, temps, untilInSync, untilSame } from './devices.ts'
import type { Device } from './devices.ts'
import { makeIdentity } from './hostile-peer.ts'

const MIB = 1024 * 1024

/** Bytes of the file that is being received. */
const receivedBytes = (device: Device): number =>
  temps(device).reduce((sum, name) => {
    const path = join(device.folder, '.homeseed/tmp', name)
    return sum + (statSync(path, { throwIfNoEntry: false })?.blocks ?? 0) * 512
  }, 0)

test('hosts that take a connection and say nothing keep nobody from stopping', async () => {
  await using world = await startTwo('silent-hosts')
  const { a } = world
  await using resources = new AsyncDisposableStack()
  const calls: string[] = []
  const server = createServer(() => void calls.push('of a host that answers nothing'))
  resources.defer(() => void server.close())
  await once(server.listen(0, '127.0.0.1'), 'listening')
  const encrypted = resources.use(
    await listen('127.0.0.1:0', await makeIdentity(), () => {
      calls.push('of one that is encrypted, and says no more')
      return new Promise(() => {})
    }),
  )
  for (const address of [`127.0.0.1:${(server.address() as AddressInfo).port}`, encrypted.address])
    await a.homeseed.run('host', 'add', SHARE, address)
  await until('both were dialled', () => new Set(calls).size === 2, { describe: () => a.homeseed.describe() })
  await a.homeseed.stop()
})

test('a transfer goes on after either side was stopped or killed', async (t) => {
  await using world = await startTwo('restarts')
  const { a, b } = world
  const cases = [
    { name: 'the receiver is killed', interrupt: () => b.homeseed.kill(), resume: () => b.homeseed.restart() },
    { name: 'the sender is killed', interrupt: () => a.homeseed.kill(), resume: () => a.homeseed.restart() },
    { name: 'the receiver is stopped', interrupt: () => b.homeseed.stop(), resume: () => b.homeseed.restart() },
    { name: 'the sender is stopped', interrupt: () => a.homeseed.stop(), resume: () => a.homeseed.restart() },
  ]
  for (const [round, { name, interrupt, resume }] of cases.entries()) {
    await t.test(name, async (t) => {
      const file = `large-${round}`
      const made = join(world.scratch.path, file)
      writeLarge(made, 128 * MIB, round)
      renameSync(made, join(a.folder, file)) // appears whole, and not written to lately
      await until('a part has arrived', () => receivedBytes(b) > 4 * MIB || existsSync(join(b.folder, file)), {
        describe: () => b.homeseed.describe(),
        between: () => breathe(),
      })
      const wasWhole = existsSync(join(b.folder, file))
      if (wasWhole) t.diagnostic('it arrived before it could be interrupted')
      await interrupt()
      if (!wasWhole && existsSync(join(b.folder, file))) {
        assert.equal(contentHash(join(b.folder, file)), contentHash(join(a.folder, file)), 'whole, or not there at all')
      }
      await resume()
      await assertSame(a, b)
    })
  }
})

test('both sides are killed again and again while their owners work', async () => {
  await using world = await startTwo('kills')
  const { a, b } = world
  const random = numbers(20_261_121)
  const written = new Set<string>()
  for (let round = 0; round < 8; round++) {
    const device = round % 2 === 0 ? a : b
    const folder = join(device.folder, `round-${round}`)
    mkdirSync(folder)
    for (let i = 0; i < 150; i++) {
      const path = join(folder, `file-${i}`)
      writeFileSync(path, noise(1 + random(20_000), round * 1000 + i))
      written.add(contentHash(path))
    }
    // only what it made itself: two who change one file at a time are a conflict
    for (let older = round - 2; older >= 0; older -= 2) {
      const victim = join(device.folder, `round-${older}`, `file-${random(150)}`)
      if (!existsSync(victim)) continue
      written.delete(contentHash(victim)) // its owner has replaced it
      appendFileSync(victim, `changed in round ${round}`)
      written.add(contentHash(victim))
    }
    const other = device === a ? b : a
    const seen = () =>
      existsSync(join(other.folder, `round-${round}`)) ? readdirSync(join(other.folder, `round-${round}`)).length : 0
    const enough = random(150)
    await until(`${enough} files have arrived`, () => seen() > enough || seen() === 150, {
      describe: () => other.homeseed.describe(),
      between: () => breathe(),
    })
    const killed = random(2) === 0 ? a : b
    await killed.homeseed.kill()
    await killed.homeseed.restart()
  }
  const tree = await assertSame(a, b)
  assert.equal([...tree.keys()].filter((path) => path.includes('sync-conflict')).length, 0, 'no false conflicts')
  const kept = new Set([a, b].flatMap(keptIn).flatMap((folder) => contentsOf(treeOf(folder))))
  assert.deepEqual(
    [...written].filter((content) => !kept.has(content)),
    [],
    'nothing that was written is lost',
  )
})

test('what changes while one side is away arrives when it is back', async () => {
  await using world = await startTwo('away')
  const { a, b } = world
  for (const name of ['kept', 'changed', 'renamed', 'deleted']) writeFileSync(join(a.folder, name), `this is ${name}`)
  await assertSame(a, b)
  await a.homeseed.stop()
  // without anybody who watches
  writeFileSync(join(a.folder, 'changed'), 'while nobody watched')
  renameSync(join(a.folder, 'renamed'), join(a.folder, 'new name'))
  rmSync(join(a.folder, 'deleted'))
  writeFileSync(join(b.folder, 'made by b'), 'while a was away')
  await a.homeseed.restart()
  const tree = await assertSame(a, b)
  assert.deepEqual([...tree.keys()].sort(), ['changed', 'kept', 'made by b', 'new name'])
  await untilInSync(a)
})

test('what changes while a device starts is noticed, too', async () => {
  await using world = await startTwo('starting')
  const { a, b } = world
  for (let round = 0; round < 4; round++) {
    await a.homeseed.stop()
    await a.homeseed.restart()
    // between the first look of its scan and the moment from which its watcher sees everything
    mkdirSync(join(a.folder, `folder-${round}`))
    for (let i = 0; i < 300; i++) {
      writeFileSync(join(a.folder, `folder-${round}`, `new-${i}`), `file ${i}`)
      if (i % 10 === 0) await breathe()
    }
    await untilSame(a, b)
  }
})

/** Whole numbers below a bound, the same in each run. */
function numbers(seed: number): (below: number) => number {
  let state = seed >>> 0
  return (below) => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0
    return Math.floor((state / 2 ** 32) * below)
  }
}
