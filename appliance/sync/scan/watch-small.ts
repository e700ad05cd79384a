import { join, relative, sep } from 'node:path'
import { watch } from 'chokidar'
import { isUnwatched } from '../model/ignored.ts'
import type { RelPath } from '../model/rel-path.ts'
import type { Watcher, WatchFolder } from '../ports.ts'
import { readableTrouble } from './watch-trouble.ts'

/**
 * With chokidar, which knows the ways of many systems but keeps some 5 KiB in memory for each file.
 * @param onGrown called with each file and folder that is new, net of those that are gone
 */
export const watchSmallFolder = (
  ...[root, onChange, onTrouble, onReady, onGrown]: [...Parameters<WatchFolder>, ((by: 1 | -1) => void)?]
): Watcher => {
  const within = (path: string): RelPath => relative(root, path).split(sep).join('/') as RelPath
  const watcher = watch(root, {
    ignoreInitial: true,
    followSymlinks: false,
    atomic: false,
    ignored: (path) => isUnwatched(within(path)),
  })
  const tell = (path: string): void => {
    const changed = within(path)
    if (changed !== '' && changed !== '..' && !changed.startsWith('../') && !isUnwatched(changed)) onChange(changed)
  }
  watcher.on('all', (event, path) => {
    if (event === 'add' || event === 'addDir') onGrown?.(1)
    if (event === 'unlink' || event === 'unlinkDir') onGrown?.(-1)
    tell(path)
  })
  // what the system itself says: at once, where chokidar waits until a file that is written to has come to rest
  watcher.on('raw', (_event, name, details) => {
    const folder = folderOf(details)
    if (folder !== undefined && typeof name === 'string' && name !== '') tell(join(folder, name))
  })
  watcher.on('ready', onReady)
  watcher.on('error', (error) => onTrouble(readableTrouble(error)))
  return { close: () => watcher.close() }
}

const folderOf = (details: unknown): string | undefined =>
  typeof details === 'object' && details !== null && 'watchedPath' in details && typeof details.watchedPath === 'string'
    ? details.watchedPath
    : undefined
