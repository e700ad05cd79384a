import { readdir } from 'node:fs/promises'
import { join } from 'node:path'
import type { WatchFolder, Watcher } from '../ports.ts'
import { watchLargeFolder } from './watch-large.ts'
import { watchSmallFolder } from './watch-small.ts'

/** Above this, what chokidar keeps in memory is too much for a box that holds many shares. */
const SMALL_ENTRIES = 5000

/**
 * Tells of changes soon after they were made, paths relative to the root. A hint and no more: the kernel drops
 * events without a word when there are many, so the scans are what counts. A folder that
 * outgrows chokidar is watched in our own way from then on, where that works (Linux).
 */
export const watchFolder: WatchFolder = (root, onChange, onTrouble, onReady) => {
  let watcher: Watcher | undefined
  let isClosed = false

  const watchLarge = (): void => {
    const before = watcher
    watcher = watchLargeFolder(root, onChange, onTrouble, onReady)
    void before?.close()
  }
  const start = async (): Promise<void> => {
    const isLinux = process.platform === 'linux'
    let entries = isLinux ? await countEntries(root, SMALL_ENTRIES) : 0
    if (isClosed) return
    if (entries > SMALL_ENTRIES) return watchLarge()
    watcher = watchSmallFolder(root, onChange, onTrouble, onReady, (by) => {
      const wasSmall = entries <= SMALL_ENTRIES
      entries += by
      if (isLinux && wasSmall && entries > SMALL_ENTRIES && !isClosed) watchLarge()
    })
  }

  const starting = start().catch((error: unknown) =>
    onTrouble(error instanceof Error ? error : new Error(String(error))),
  )
  return {
    async close() {
      isClosed = true
      await starting
      await watcher?.close()
    },
  }
}

/** Stops counting behind `enough`. */
async function countEntries(root: string, enough: number): Promise<number> {
  let entries = 0
  const folders = [root]
  for (let folder = folders.pop(); folder !== undefined && entries <= enough; folder = folders.pop()) {
    const listed = await readdir(folder, { withFileTypes: true }).catch(() => []) // the scans report what is unreadable
    entries += listed.length
    for (const entry of listed) if (entry.isDirectory()) folders.push(join(folder, entry.name))
  }
  return entries
}
