/** What the other side has already is not sent again. */
import assert from 'node:assert/strict'
import { mkdirSync, openSync, closeSync, renameSync, rmSync, utimesSync, writeSync } from 'node:fs'
import { connect, createServer } from 'node:net'
import type { AddressInfo, Socket } from 'node:net'
import { join } from 'node:path'
import test from 'node:test'
import { noise, writeLarge } from './content.ts'
import { SHARE, assertSame, makeWorld, secretOf } from './devices.ts'

const MIB = 1024 * 1024

interface Counter extends AsyncDisposable {
  readonly address: string
  /** Bytes that went through since this was last asked, in both directions. */
  take(): number
}

/** Stands between two devices and counts. */
async function countBytes(to: string): Promise<Counter> {
  let bytes = 0
  const open = new Set<Socket>()
  const [host, port] = to.split(':')
  const server = createServer((near) => {
    const far = connect(Number(port), host)
    for (const [from, into] of [
      [near, far],
      [far, near],
    ] as const) {
      from.on('data', (chunk: Buffer) => (bytes += chunk.length))
      open.add(from)
      from.on('error', () => into.destroy())
      from.on('close', () => {
        open.delete(from)
        into.destroy()
      })
      from.pipe(into)
    }
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return {
    address: `127.0.0.1:${(server.address() as AddressInfo).port}`,
    take: () => {
      const taken = bytes
      bytes = 0
      return taken
    },
    [Symbol.asyncDispose]: () => {
      const closed = new Promise<void>((resolve) => server.close(() => resolve()))
      for (const socket of open) socket.destroy()
      return closed
    },
  }
}

test('what the other side has already is not sent again', async (t) => {
  await using world = await makeWorld('traffic')
  const [a, b] = await Promise.all([world.start('anna'), world.start('ben')])
  await using counter = await countBytes(a.homeseed.listen)
  mkdirSync(join(a.folder, 'album'))
  mkdirSync(join(b.folder, 'album'))
  for (let i = 0; i < 20; i++) {
    for (const { folder } of [a, b]) writeLarge(join(folder, `album/${i}`), 2 * MIB, i)
    utimesSync(join(b.folder, `album/${i}`), 1_000_000_000 + i, 1_000_000_000 + i)
  }
  writeLarge(join(a.folder, 'large'), 40 * MIB, 99)
  await world.add(a)
  const secret = await secretOf(a, 'read-write')
  await b.homeseed.run('share', 'join', secret, b.folder, '--name', SHARE, '--host', counter.address)

  await t.test('equal files that were on both sides before they knew each other', async () => {
    const tree = await assertSame(a, b)
    assert.equal(tree.size, 22, 'and they are no conflict')
    const bytes = counter.take()
    assert.ok(bytes > 40 * MIB && bytes < 42 * MIB, `${bytes} bytes for one file of 40 MiB`)
  })

  await t.test('a renamed folder and a renamed file', async () => {
    renameSync(join(a.folder, 'album'), join(a.folder, 'holiday'))
    renameSync(join(a.folder, 'large'), join(a.folder, 'holiday/film'))
    await assertSame(a, b)
    assertLittle(counter.take(), 2 * MIB)
  })

  await t.test('a copy of a file', async () => {
    writeLarge(join(a.folder, 'copy'), 40 * MIB, 99)
    await assertSame(a, b)
    assertLittle(counter.take(), 2 * MIB)
  })

  await t.test('the rest of a file that changed in one place', async () => {
    const file = openSync(join(a.folder, 'copy'), 'r+')
    writeSync(file, noise(1000, 4), 0, 1000, 13 * MIB)
    closeSync(file)
    await assertSame(a, b)
    assertLittle(counter.take(), 2 * MIB)
  })

  await t.test('anything, after both were started again', async () => {
    await Promise.all([a.homeseed.stop(), b.homeseed.stop()])
    await Promise.all([a.homeseed.restart(), b.homeseed.restart()])
    await assertSame(a, b)
    assertLittle(counter.take(), 100_000)
  })

  await t.test('what was deleted', async () => {
    rmSync(join(a.folder, 'copy'))
    await assertSame(a, b)
    assertLittle(counter.take(), 100_000)
  })
})

function assertLittle(bytes: number, most: number): void {
  assert.ok(bytes < most, `${bytes} bytes went over the wire, more than ${most}`)
}
