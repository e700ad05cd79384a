import { HOME } from '../model/ignored.ts'
import type { Dir, Random } from '../ports.ts'
import { removeQuietly } from '../tmp-folder.ts'

const ENDING = '.try'

/**
 * Tries out on a file of our own what a disk can do. One that could not be removed goes with the next look at
 * everything.
 * @param tmp `.homeseed/tmp`
 * @throws node's errors
 */
export function tryOut(tmp: Dir, random: Random, attempt: (name: string) => boolean): boolean {
  const name = `${Buffer.from(random.bytes(16)).toString('hex')}${ENDING}`
  tmp.createFile(name).close()
  try {
    return attempt(name)
  } finally {
    removeQuietly(tmp, name)
  }
}

/** Removes what a disk would not let go of. While nothing is tried out. */
export function dropTried(root: Dir): void {
  try {
    using home = root.openDir(HOME)
    using tmp = home.openDir('tmp')
    for (const name of tmp.list()) if (typeof name === 'string' && name.endsWith(ENDING)) removeQuietly(tmp, name)
  } catch {
    // whatever the reason: it does no harm, and goes the next time
  }
}
