/** Files that are changed while they are sent or received: never a mixture, never a loss. */
import assert from 'node:assert/strict'
import {
  closeSync,
  existsSync,
  mkdirSync,
  openSync,
  readFileSync,
  readdirSync,
  writeFileSync,
  writeSync,
} from 'node:fs'
import { join } from 'node:path'
import test from 'node:test'
import { setImmediate as breathe, setTimeout as pause } from 'node:timers/promises'
import { until } from '../support/scratch.ts'
import { treeOf } from '../support/trees.ts'
import { SHARE, assertSame, keptIn, startTwo } from './devices.ts'
import type { Device } from './devices.ts'

const MIB = 1024 * 1024

test('a file that is written again and again never shows a mixture on the other side', async () => {
  await using world = await startTwo('busy')
  const { a, b } = world
  const files = [
    { name: 'small', bytes: 100_000 },
    { name: 'middle', bytes: 4 * MIB },
    { name: 'large', bytes: 20 * MIB },
  ]
  for (const { name, bytes } of files) writeFileSync(join(a.folder, name), Buffer.alloc(bytes, 'a'))
  let isOver = false
  let seen = 0
  const look = async () => {
    for (; !isOver; await pause(5)) {
      for (const { name } of files) {
        const path = join(b.folder, name)
        if (!existsSync(path)) continue
        const bytes = readFileSync(path)
        assert.ok(bytes.equals(Buffer.alloc(bytes.length, bytes[0])), `${name} on the other side is of two versions`)
        seen += 1
      }
    }
  }
  const write = async () => {
    for (let version = 1; version <= 12; version++) {
      for (const { name, bytes } of files) await overwrite(join(a.folder, name), bytes, 97 + version)
      // now and then it is quiet for long enough to be taken
      await pause(version % 4 === 3 ? 2500 : 200 * (version % 4))
    }
    isOver = true
  }
  await Promise.all([look(), write()])
  const tree = await assertSame(a, b)
  assert.deepEqual([...tree.keys()], ['large', 'middle', 'small'], 'no conflict copies: only one side wrote')
  assert.ok(seen > 0)
  assert.equal(readFileSync(join(b.folder, 'large'))[0], 97 + 12)
})

/** In place and piece by piece, as programs do that keep a file open. */
async function overwrite(path: string, bytes: number, value: number): Promise<void> {
  const piece = Buffer.alloc(Math.ceil(bytes / 16), value)
  const file = openSync(path, 'r+')
  for (let offset = 0; offset < bytes; offset += piece.length) {
    writeSync(file, piece, 0, Math.min(piece.length, bytes - offset), offset)
    await breathe()
  }
  closeSync(file)
}

const conflicts = ({ folder }: Device): number =>
  readdirSync(join(folder, 'notes')).filter((name) => name.includes('.sync-conflict-')).length

test('both sides write the same files at the same moment: whatever was written is kept', async () => {
  await using world = await startTwo('moment')
  const { a, b } = world
  mkdirSync(join(a.folder, 'notes'))
  const names = Array.from({ length: 8 }, (_, i) => `notes/note-${i}.txt`)
  for (const name of names) writeFileSync(join(a.folder, name), `first ${name}`)
  await assertSame(a, b)
  const lost: string[] = []
  for (let round = 0; round < 5; round++) {
    const known = conflicts(a)
    const texts = names.flatMap((name, i) => {
      const mine = `${name} by a in round ${round}`
      const theirs = `${name} by b in round ${round}`
      writeFileSync(join(i % 2 === 0 ? a.folder : b.folder, name), i % 2 === 0 ? mine : theirs)
      writeFileSync(join(i % 2 === 0 ? b.folder : a.folder, name), i % 2 === 0 ? theirs : mine)
      return [mine, theirs]
    })
    // the watchers race with what arrives; each round is broken into after another conflict
    await until(`${round} more conflicts`, () => Math.max(conflicts(a), conflicts(b)) >= known + round)
    await a.homeseed.run('share', 'rescan', SHARE)
    await b.homeseed.run('share', 'rescan', SHARE)
    await assertSame(a, b)
    const kept = new Set(
      [a, b]
        .flatMap(keptIn)
        .flatMap((folder) =>
          [...treeOf(folder)].flatMap(([path, { type }]) =>
            type === 'file' ? [readFileSync(join(folder, Buffer.from(path, 'latin1').toString()), 'utf8')] : [],
          ),
        ),
    )
    lost.push(...texts.filter((text) => !kept.has(text)))
  }
  assert.deepEqual(lost, [])
})
