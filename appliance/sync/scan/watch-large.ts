import { watch } from 'node:fs'
import type { FSWatcher } from 'node:fs'
import { lstat, readdir } from 'node:fs/promises'
import { codeOf } from '../model/error-code.ts'
import { isUnwatched } from '../model/ignored.ts'
import { joinPath } from '../model/rel-path.ts'
import type { RelPath } from '../model/rel-path.ts'
import type { WatchFolder } from '../ports.ts'
import { readableTrouble } from './watch-trouble.ts'

/** One kernel watch for each folder and nothing for a file: 100,000 files in 10,000 folders take some 35 MiB. */
export const watchLargeFolder: WatchFolder = (root, onChange, onTrouble, onReady) => {
  const watchers = new Map<string, FSWatcher>()
  let isClosed = false
  let isInTrouble = false
  const fullPath = (path: RelPath | undefined): string => (path === undefined ? root : `${root}/${path}`)

  const trouble = (error: unknown): void => {
    if (['ENOENT', 'ENOTDIR', 'EACCES'].includes(codeOf(error))) return // gone again, or not ours to read: scans tell
    if (!isInTrouble) onTrouble(readableTrouble(error))
    isInTrouble = true
  }

  /** Watches first and lists then, so that no folder made in between is missed. */
  const add = async (path: RelPath | undefined): Promise<void> => {
    const waiting: (RelPath | undefined)[] = [path]
    while (waiting.length > 0 && !isClosed && !isInTrouble) {
      const folder = waiting.pop()
      try {
        watchOne(folder)
        for (const entry of await readdir(fullPath(folder), { withFileTypes: true }))
          if (entry.isDirectory() && !isUnwatched(joinPath(folder, entry.name)))
            waiting.push(joinPath(folder, entry.name))
      } catch (error) {
        trouble(error)
      }
    }
  }

  const watchOne = (folder: RelPath | undefined): void => {
    if (watchers.has(folder ?? '')) return
    const watcher = watch(fullPath(folder), (event, name) => {
      if (name === null) return
      const path = joinPath(folder, name)
      if (isUnwatched(path)) return
      onChange(path)
      if (event === 'rename') void look(path)
    })
    watcher.on('error', trouble)
    watchers.set(folder ?? '', watcher)
  }

  /** A name came or went. What had this name, if it was a folder, is another one now, or elsewhere. */
  const look = async (path: RelPath): Promise<void> => {
    if (watchers.has(path)) forget(path)
    const stat = await lstat(fullPath(path)).catch(() => undefined)
    if (!stat?.isDirectory()) return
    await add(path)
    if (!isClosed) onChange(path) // for what was put there before we watched
  }

  const forget = (path: string): void => {
    for (const [folder, watcher] of watchers) {
      if (folder !== path && !folder.startsWith(`${path}/`)) continue
      watcher.close()
      watchers.delete(folder)
    }
  }

  void add(undefined).then(() => {
    if (!isClosed) onReady()
  })
  return {
    close: () => {
      isClosed = true
      for (const watcher of watchers.values()) watcher.close()
      watchers.clear()
      return Promise.resolve()
    },
  }
}
