/** Whether a disk keeps permissions. */
import { HOME } from '../model/ignored.ts'
import type { Dir, Random } from '../ports.ts'
import { MARKER } from './marker.ts'
import { tryOut } from './try-out.ts'

/** The second one has execute bits and lacks write bits: FAT and its like give back something else for at least one. */
const tried: readonly number[] = [0o640, 0o751]

/**
 * Tried out on a file of our own, as the file system's name says little: the same driver keeps permissions or does
 * not, as it is mounted, and some say that they have set what they have not.
 * @param root the share's
 */
export function keepsModes(root: Dir, random: Random): boolean {
  try {
    using home = root.openDir(HOME)
    using tmp = home.openDir('tmp')
    return tryOut(tmp, random, (name) => {
      using file = tmp.editFile(name)
      return tried.every((mode) => {
        file.setMode(mode)
        return file.stat().mode === mode
      })
    })
  } catch {
    return looksKept(root) // it refused, is full, or cannot be written to
  }
}

/** Whether our own folder and marker have the permissions that they were made with. */
function looksKept(root: Dir): boolean {
  try {
    using home = root.openDir(HOME)
    return home.lstat('tmp')?.mode === 0o700 && home.lstat(MARKER)?.mode === 0o600
  } catch {
    return false
  }
}
