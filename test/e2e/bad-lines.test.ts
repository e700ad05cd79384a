/** Slow lines, lines that go silent, lines that break: it goes on, and nobody says that all is there before it is. */
import assert from 'node:assert/strict'
import { once } from 'node:events'
import { writeFileSync } from 'node:fs'
import { createServer, connect } from 'node:net'
import type { AddressInfo, Socket } from 'node:net'
import { join } from 'node:path'
import test from 'node:test'
import { setTimeout as pause } from 'node:timers/promises'
import { until } from '../support/scratch.ts'
import { differences, treeOf } from '../support/trees.ts'
import { noise } from './content.ts'
import { SHARE, assertSame, makeWorld, secretOf } from './devices.ts'
import type { Device } from './devices.ts'

/** A line to a device: so many bytes a second in each direction, and it can go silent or break. */
class Line implements AsyncDisposable {
  readonly #server = createServer((near) => this.#join(near))
  readonly #ends = new Set<Socket>()
  readonly #to: string
  bytesPerSecond = Infinity
  isSilent = false

  constructor(to: string) {
    this.#to = to
  }

  async open(): Promise<string> {
    await once(this.#server.listen(0, '127.0.0.1'), 'listening')
    return `127.0.0.1:${(this.#server.address() as AddressInfo).port}`
  }

  break(): void {
    for (const end of this.#ends) end.destroy()
  }

  #join(near: Socket): void {
    const [host = '', port = ''] = this.#to.split(':')
    const far = connect(Number(port), host)
    const close = () => {
      near.destroy()
      far.destroy()
    }
    for (const end of [near, far]) {
      this.#ends.add(end)
      end.on('error', close).on('close', () => {
        this.#ends.delete(end)
        close()
      })
    }
    void this.#carry(near, far)
    void this.#carry(far, near)
  }

  async #carry(from: Socket, to: Socket): Promise<void> {
    try {
      for await (const piece of from as AsyncIterable<Buffer>) {
        while (this.isSilent) await pause(20)
        if (this.bytesPerSecond !== Infinity) await pause((piece.length / this.bytesPerSecond) * 1000)
        if (!to.write(piece)) await once(to, 'drain')
      }
    } catch {
      // broken, as it is meant to be
    }
    to.destroy()
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.break()
    this.#server.close()
    await once(this.#server, 'close')
  }
}

const saysAllIsThere = async ({ homeseed }: Device): Promise<boolean> => {
  const { state, peers } = await homeseed.share(SHARE)
  return state === 'in-sync' && peers.some(({ connected, completion }) => connected && completion === 1)
}

test('a slow line that goes silent and breaks in the middle of a file', async () => {
  await using world = await makeWorld('bad-lines')
  const [a, b] = await Promise.all([world.start('anna'), world.start('ben')])
  await using line = new Line(a.homeseed.listen)
  const address = await line.open()
  await world.add(a)
  const secret = await secretOf(a, 'read-write')
  await b.homeseed.run('share', 'join', secret, b.folder, '--name', SHARE, '--host', address)
  await assertSame(a, b)
  line.bytesPerSecond = 125_000
  const files = ['first', 'second', 'third']
  for (const [i, name] of files.entries()) writeFileSync(join(a.folder, name), noise(400_000, i))
  await a.homeseed.run('share', 'rescan', SHARE)
  const trouble = (async () => {
    for (const [what, ms] of [
      ['silent', 1500],
      ['break', 0],
      ['silent', 3000],
      ['break', 0],
    ] as const) {
      await pause(1500)
      if (what === 'break') line.break()
      else {
        line.isSilent = true
        await pause(ms)
        line.isSilent = false
      }
    }
  })()
  const look = async () => {
    const before = differences(treeOf(a.folder), treeOf(b.folder))
    // what is the same now may have become so just after the look
    if ((await saysAllIsThere(a)) && (await saysAllIsThere(b)))
      assert.deepEqual(before.length === 0 ? [] : differences(treeOf(a.folder), treeOf(b.folder)), [])
    return before.length === 0
  }
  await until('all is there', look, { timeoutMs: 90_000, describe: () => b.homeseed.describe() })
  await trouble
  await assertSame(a, b)
})
