import type { Dir, Random } from '../ports.ts'
import { removeQuietly } from '../tmp-folder.ts'

const ENDING = '.try'

/**
 * Tries out on a file of our own what a disk can do. One that could not be removed goes the next time.
 * @param tmp `.homeseed/tmp`
 * @throws node's errors
 */
export function tryOut(tmp: Dir, random: Random, attempt: (name: string) => boolean): boolean {
  for (const name of tmp.list()) if (typeof name === 'string' && name.endsWith(ENDING)) removeQuietly(tmp, name)
  const name = `${Buffer.from(random.bytes(16)).toString('hex')}${ENDING}`
  tmp.createFile(name).close()
  try {
    return attempt(name)
  } finally {
    tmp.removeFile(name)
  }
}
