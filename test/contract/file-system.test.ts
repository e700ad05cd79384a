/** One suite for every `FileSystem`: what the engine relies on holds on a real disk and in memory alike. */
import assert from 'node:assert/strict'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, test } from 'node:test'
import { codeOf } from '../../appliance/sync/model/error-code.ts'
import { nodeFs } from '../../appliance/sync/node-fs.ts'
import type { Dir, FileSystem } from '../../appliance/sync/ports.ts'
import { MemoryFs } from '../support/memory-fs.ts'

interface Candidate {
  readonly name: string
  readonly make: () => { readonly fs: FileSystem; readonly root: string; readonly remove: () => void }
}
const candidates: readonly Candidate[] = [
  {
    name: 'disk',
    make: () => {
      const root = mkdtempSync(join(tmpdir(), 'homeseed-'))
      return { fs: nodeFs, root, remove: () => rmSync(root, { recursive: true, force: true }) }
    },
  },
  {
    name: 'memory',
    make: () => {
      const fs = new MemoryFs()
      fs.mkdir('/share')
      return { fs, root: '/share', remove: () => undefined }
    },
  },
]

const bytes = (text: string): Uint8Array => new TextEncoder().encode(text)

function write(dir: Dir, name: string, text: string): void {
  using file = dir.createFile(name)
  file.write(bytes(text), 0)
}

function read(dir: Dir, name: string): string {
  using file = dir.openFile(name)
  const into = new Uint8Array(1000)
  return new TextDecoder().decode(into.subarray(0, file.read(into, 0)))
}

const fails = (codes: string | readonly string[], action: () => unknown): void => {
  assert.throws(action, (error) => {
    assert.ok([codes].flat().includes(codeOf(error)), `${codeOf(error)} instead of ${[codes].flat().join(' or ')}`)
    return true
  })
}

for (const { name, make } of candidates) {
  describe(`file system: ${name}`, () => {
    /** Each test has a root of its own. */
    const check = (title: string, run: (root: Dir, fs: FileSystem, path: string) => void | Promise<void>) =>
      void test(title, async () => {
        const { fs, root, remove } = make()
        try {
          using dir = fs.openRoot(root)
          await run(dir, fs, root)
        } finally {
          remove()
        }
      })

    check('in a folder that is gone there is nothing, and nothing comes into it', (root) => {
      write(root, 'a', 'hello')
      root.makeDir('d', 0o755)
      using dir = root.openDir('d')
      root.removeDir('d')
      assert.deepEqual(dir.list(), [])
      assert.equal(dir.lstat('a'), undefined)
      fails('ENOENT', () => dir.createFile('f'))
      fails('ENOENT', () => dir.makeDir('f', 0o755))
      fails('ENOENT', () => dir.makeLink('f', 'target'))
      fails('ENOENT', () => root.link('a', dir, 'f'))
      fails('ENOENT', () => root.rename('a', dir, 'f'))
      assert.equal(read(root, 'a'), 'hello')
    })

    check('a file written is read back', (root) => {
      write(root, 'a', 'hello')
      assert.equal(read(root, 'a'), 'hello')
      using file = root.openFile('a')
      const stat = file.stat()
      assert.deepEqual([stat.type, stat.sizeBytes, stat.mode], ['file', 5, 0o600])
      assert.deepEqual(root.lstat('a'), stat)
      assert.deepEqual(root.list(), ['a'])
    })

    check('reading past the end gives what there is', (root) => {
      write(root, 'a', 'hello')
      using file = root.openFile('a')
      const into = new Uint8Array(4)
      assert.equal(file.read(into, 3), 2)
      assert.equal(file.read(into, 5), 0)
      assert.equal(file.read(into, 500), 0)
    })

    check('a hole reads as zeros', (root) => {
      using file = root.createFile('a')
      file.setSize(4)
      file.write(bytes('x'), 2)
      const into = new Uint8Array(4)
      assert.equal(file.read(into, 0), 4)
      assert.deepEqual([...into], [0, 0, 120, 0])
      file.setSize(1)
      assert.equal(file.stat().sizeBytes, 1)
    })

    check('a name that is taken is not taken again', (root) => {
      write(root, 'a', '1')
      root.makeDir('d', 0o755)
      root.makeLink('l', 'nowhere')
      for (const taken of ['a', 'd', 'l']) {
        fails('EEXIST', () => root.createFile(taken))
        fails('EEXIST', () => root.makeDir(taken, 0o755))
        fails('EEXIST', () => root.makeLink(taken, 'x'))
        fails('EEXIST', () => root.link('a', root, taken))
      }
    })

    check('what is not there', (root) => {
      assert.equal(root.lstat('a'), undefined)
      fails('ENOENT', () => root.openFile('a'))
      fails('ENOENT', () => root.openDir('a'))
      fails('ENOENT', () => root.readLink('a'))
      fails('ENOENT', () => root.removeFile('a'))
      fails('ENOENT', () => root.removeDir('a'))
      fails('ENOENT', () => root.rename('a', root, 'b'))
      fails('ENOENT', () => root.link('a', root, 'b'))
    })

    check('a file is no folder, a folder no file', (root) => {
      write(root, 'a', '1')
      root.makeDir('d', 0o755)
      fails('ENOTDIR', () => root.openDir('a'))
      fails('ENOTDIR', () => root.removeDir('a'))
      fails(['EISDIR', 'EPERM'], () => root.removeFile('d'))
      fails('EISDIR', () => root.rename('a', root, 'd'))
      fails('EPERM', () => root.link('d', root, 'e'))
    })

    check('a folder that holds something stays', (root) => {
      root.makeDir('d', 0o755)
      using dir = root.openDir('d')
      write(dir, 'a', '1')
      fails('ENOTEMPTY', () => root.removeDir('d'))
      dir.removeFile('a')
      root.removeDir('d')
      assert.deepEqual(root.list(), [])
    })

    check('no symlink is followed', (root) => {
      root.makeDir('d', 0o755)
      write(root, 'a', 'secret')
      root.makeLink('to-d', 'd')
      root.makeLink('to-a', 'a')
      assert.equal(root.lstat('to-a')?.type, 'symlink')
      assert.equal(root.readLink('to-a'), 'a')
      fails('ELOOP', () => root.openFile('to-a'))
      fails(['ENOTDIR', 'ELOOP'], () => root.openDir('to-d'))
      root.link('to-a', root, 'second')
      assert.equal(root.readLink('second'), 'a')
      root.removeFile('to-a')
      assert.equal(read(root, 'a'), 'secret')
    })

    check('no name leads elsewhere', (root) => {
      root.makeDir('d', 0o755)
      using dir = root.openDir('d')
      for (const evil of ['..', '.', '../x', 'a/b', '/etc']) {
        assert.throws(() => dir.createFile(evil))
        assert.throws(() => dir.lstat(evil))
        assert.throws(() => root.rename('d', dir, evil))
      }
    })

    check('an open folder stays itself when another takes its name', (root) => {
      root.makeDir('d', 0o755)
      using dir = root.openDir('d')
      root.rename('d', root, 'moved')
      root.makeLink('d', '/tmp')
      write(dir, 'a', '1')
      using moved = root.openDir('moved')
      assert.deepEqual(moved.list(), ['a'])
    })

    check('a link is a second name of one file', (root) => {
      write(root, 'a', '1')
      root.makeDir('d', 0o755)
      using dir = root.openDir('d')
      root.link('a', dir, 'b')
      assert.equal(root.lstat('a')?.inode, dir.lstat('b')?.inode)
      root.removeFile('a')
      assert.equal(read(dir, 'b'), '1')
    })

    check('renaming replaces, and keeps the inode', (root) => {
      write(root, 'a', '1')
      write(root, 'b', '2')
      const before = root.lstat('a')
      root.rename('a', root, 'b')
      assert.equal(read(root, 'b'), '1')
      assert.equal(root.lstat('b')?.inode, before?.inode)
      assert.deepEqual(root.list(), ['b'])
    })

    check('an open file survives the loss of its name', (root) => {
      write(root, 'a', '1')
      using file = root.openFile('a')
      root.removeFile('a')
      const into = new Uint8Array(1)
      assert.equal(file.read(into, 0), 1)
    })

    check('mode and time are what was set', (root) => {
      using file = root.createFile('a')
      file.setMode(0o754)
      for (const ns of [0n, 1_700_000_000_123_456_000n, 1_700_000_000_000_001_000n, 1_732_100_000_999_999_999n]) {
        file.setMtime(ns)
        assert.equal(file.stat().mtimeNs / 1000n, ns / 1000n)
      }
      file.setMtime(-5_000_000_000n)
      assert.equal(file.stat().mtimeNs, -5_000_000_000n)
      assert.equal(file.stat().mode, 0o754)
      root.setMode(0o710)
      root.setMtime(1_600_000_000_000_000_000n)
      assert.deepEqual([root.stat().mode, root.stat().mtimeNs], [0o710, 1_600_000_000_000_000_000n])
      root.setMode(0o755)
    })

    check('every kind of change moves the ctime', async (root, fs) => {
      using file = root.createFile('a')
      const seen = new Set<bigint>()
      for (const change of [
        () => file.write(bytes('1'), 0),
        () => file.setMode(0o640),
        () => file.setMtime(1n),
        () => (root.lstat('b') ? root.removeFile('b') : root.link('a', root, 'b')),
        () => (root.lstat('a') ? root.rename('a', root, 'c') : root.rename('c', root, 'a')),
      ]) {
        // a disk's clock may tick as seldom as 100 times a second
        while (seen.has(file.stat().ctimeNs)) change()
        seen.add(file.stat().ctimeNs)
      }
      assert.deepEqual(await fs.sync([file, root]), [undefined, undefined])
    })

    check('names of any script, byte by byte', (root) => {
      const names = ['ñ', 'n\u0303', '日本語', '🐟', '\uFFFD', '\uE000', 'a b', '-', 'Ω', 'é'.repeat(127)]
      for (const each of names) write(root, each, each)
      assert.deepEqual([...root.list()].sort(), [...names].sort())
      for (const each of names) assert.equal(read(root, each), each)
      fails('ENAMETOOLONG', () => root.createFile('é'.repeat(128)))
    })

    check('space', (root) => {
      const { freeBytes, totalBytes } = root.space()
      assert.ok(freeBytes > 0 && freeBytes <= totalBytes)
    })
  })
}
