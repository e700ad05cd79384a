/** What the simulated disk loses when the power goes: what a real one may. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Dir } from '../../../appliance/sync/ports.ts'
import { MemoryFs } from '../../support/memory-fs.ts'

const all = () => 0
/** `kept` first, then no chance for any change */
const nothing = () => {
  let count = 0
  return () => (count++ === 0 ? -1 : 0.5)
}
const bytes = (text: string) => new TextEncoder().encode(text)

function write(dir: Dir, name: string, text: string) {
  const file = dir.createFile(name)
  file.write(bytes(text), 0)
  return file
}

function makeDisk(elapsedMs = () => 0) {
  const fs = new MemoryFs({ losesUnsynced: true, elapsedMs })
  fs.mkdir('/share')
  return { fs, dir: fs.openRoot('/share') }
}

test('a file that was not synced is gone, one whose folder and content were is there', async () => {
  const { fs, dir } = makeDisk()
  const file = write(dir, 'kept', 'kept')
  write(dir, 'lost', 'lost')
  await fs.sync([file])
  fs.cutPower(nothing())
  assert.deepEqual(fs.tree('/share'), {})
  const again = fs.openRoot('/share')
  const synced = write(again, 'kept', 'kept')
  await fs.sync([synced, again])
  fs.cutPower(nothing())
  assert.deepEqual(fs.tree('/share'), { kept: 'kept' })
})

test('a name without its content is an empty or a torn file', async () => {
  const { fs, dir } = makeDisk()
  write(dir, 'a', 'content')
  await fs.sync([dir])
  fs.cutPower(() => 0.5)
  assert.deepEqual(fs.tree('/share'), { a: '' })
})

test('a rename is lost whole, or not at all', async () => {
  for (const next of [nothing(), all]) {
    const { fs, dir } = makeDisk()
    fs.writeFile('/share/a', 'a')
    fs.mkdir('/share/d')
    dir.rename('a', dir.openDir('d'), 'b')
    fs.cutPower(next)
    assert.deepEqual(fs.tree('/share'), next === all ? { d: null, 'd/b': 'a' } : { a: 'a', d: null })
  }
})

test('what a person does is there for good', () => {
  const { fs } = makeDisk()
  fs.writeFile('/share/d/a', 'mine')
  fs.chmod('/share/d/a', 0o755)
  fs.symlink('/share/l', 'd')
  fs.writeFile('/share/x', 'x')
  fs.remove('/share/x')
  fs.cutPower(nothing())
  assert.deepEqual(fs.tree('/share'), { d: null, 'd/a': 'mine', l: '-> d' })
  assert.equal(fs.stat('/share/d/a')?.mode, 0o755)
})

test('a copy of the disk in its place has the old files, inodes and times', () => {
  const { fs } = makeDisk()
  fs.writeFile('/share/d/a', 'old')
  const before = fs.stat('/share/d/a')
  const image = fs.imageOf('/share')
  fs.writeFile('/share/d/a', 'new one')
  fs.writeFile('/share/b', 'b')
  fs.putImage('/share', image)
  fs.cutPower(nothing())
  assert.deepEqual(fs.tree('/share'), { d: null, 'd/a': 'old' })
  assert.deepEqual(fs.stat('/share/d/a'), before)
})

test('what was done long ago is there, synced or not', () => {
  let nowMs = 0
  const { fs, dir } = makeDisk(() => nowMs)
  write(dir, 'old', 'old')
  dir.makeLink('link', 'old')
  write(dir, 'written again', 'first')
  nowMs = 30_000
  dir.openFile('written again').setMtime(0n)
  nowMs = 40_000
  write(dir, 'new', 'new')
  fs.cutPower(nothing())
  assert.deepEqual(fs.tree('/share'), { old: 'old', link: '-> old', 'written again': '' })
})
