import assert from 'node:assert/strict'
import fs from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, test } from 'node:test'
import type { WatchFolder } from '../../../appliance/sync/ports.ts'
import { watchLargeFolder } from '../../../appliance/sync/scan/watch-large.ts'
import { watchSmallFolder } from '../../../appliance/sync/scan/watch-small.ts'
import { watchFolder } from '../../../appliance/sync/scan/watch.ts'
import { until } from '../../support/scratch.ts'

const temporary = (): string => fs.mkdtempSync(join(tmpdir(), 'homeseed-'))

class Watched implements AsyncDisposable {
  readonly root = temporary()
  readonly outside = temporary()
  readonly seen = new Set<string>()
  #watcher: ReturnType<WatchFolder> | undefined

  start(watch: WatchFolder): void {
    const onChange = (path: string) => void this.seen.add(path)
    this.#watcher = watch(
      this.root,
      onChange,
      (error) => assert.fail(error),
      () => undefined,
    )
  }

  /** Does it again and again until all that is wanted was told: nobody tells when watching has begun. */
  async until(wanted: readonly string[], action: (attempt: number) => void = () => undefined): Promise<void> {
    this.seen.clear()
    let attempts = 0
    const isTold = () => {
      if (wanted.every((path) => this.seen.has(path))) return true
      action(attempts++)
      return false
    }
    // not at once again: chokidar comes to nothing as long as there is no end of changes
    await until(`${wanted.join(' and ')} told`, isTold, { describe: () => `told: ${[...this.seen].join(' ')}` })
  }

  write(path: string, content: string | number): void {
    fs.writeFileSync(join(this.root, path), String(content))
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#watcher?.close()
    for (const folder of [this.root, this.outside]) fs.rmSync(folder, { recursive: true })
  }
}

for (const watch of [watchSmallFolder, watchLargeFolder, watchFolder]) {
  describe(watch.name, { skip: watch === watchLargeFolder && process.platform !== 'linux' && 'for Linux' }, () => {
    test('tells where something changed, below the root and nowhere else', async () => {
      await using folder = new Watched()
      const { root, outside } = folder
      fs.mkdirSync(join(root, 'd'))
      fs.mkdirSync(join(root, '.homeseed'))
      fs.symlinkSync(outside, join(root, 'out'))
      folder.start(watch)
      await folder.until(['d/last', 'ñ'], (attempt) => {
        fs.writeFileSync(join(outside, 'x'), String(attempt))
        for (const path of ['.homeseed/x', 'ñ', 'd/last']) folder.write(path, attempt)
      })
      const others = [...folder.seen].filter((path) => !['d', 'd/last', 'ñ', 'out'].includes(path))
      assert.deepEqual(others, [])
    })

    test('new, moved, and removed folders', async () => {
      await using folder = new Watched()
      const { root } = folder
      folder.start(watch)
      await folder.until(['first'], (attempt) => folder.write('first', attempt))
      fs.mkdirSync(join(root, 'a/b/c'), { recursive: true })
      await folder.until(['a/b/c/x'], (attempt) => folder.write('a/b/c/x', attempt))
      fs.renameSync(join(root, 'a'), join(root, 'moved'))
      await folder.until(['moved/b/c/x'], (attempt) => folder.write('moved/b/c/x', attempt))
      fs.rmSync(join(root, 'moved'), { recursive: true })
      await folder.until(['moved'])
      fs.mkdirSync(join(root, 'moved/b'), { recursive: true })
      await folder.until(['moved/b/y'], (attempt) => folder.write('moved/b/y', attempt))
    })

    test('a folder that is not there, and closing at once', async () => {
      const watcher = watch(
        join(tmpdir(), 'homeseed-none'),
        () => undefined,
        () => undefined,
        () => undefined,
      )
      await watcher.close()
    })
  })
}

test(
  'a folder that grows large goes on being watched',
  { skip: process.platform !== 'linux' && 'for Linux' },
  async () => {
    await using folder = new Watched()
    folder.start(watchFolder)
    await folder.until(['first'], (attempt) => folder.write('first', attempt))
    for (let i = 0; i < 6000; i++) folder.write(`f${i}`, '')
    fs.mkdirSync(join(folder.root, 'd'))
    await folder.until(['f5999', 'd/x'], (attempt) => {
      folder.write('f5999', attempt)
      folder.write('d/x', attempt)
    })
  },
)
