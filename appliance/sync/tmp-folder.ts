/** `.homeseed/tmp`: what is being received, and nothing that has to last. */
import { HOME } from './model/ignored.ts'
import type { Dir } from './ports.ts'

/** Opens it, made anew where somebody has tidied it away. @throws node's errors; ENOENT: no shared folder */
export function openTmp(root: Dir): Dir {
  using home = root.openDir(HOME)
  if (!home.lstat('tmp')) home.makeDir('tmp', 0o700)
  return home.openDir('tmp')
}

export function removeQuietly(folder: Dir, name: string): void {
  try {
    folder.removeFile(name)
  } catch {
    // the disk is gone, or the name already is: the next start clears the folder
  }
}
