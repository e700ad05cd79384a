import { HOME } from '../model/ignored.ts'
import type { Dir, FileSystem } from '../ports.ts'
import { removeQuietly } from '../tmp-folder.ts'

/**
 * Writes a small file in `.homeseed`, durably: it is there all the time, the old one or the new one.
 * @throws node's errors
 */
export async function writeHomeFile(fs: FileSystem, root: Dir, name: string, text: string): Promise<void> {
  using home = root.openDir(HOME)
  const next = `${name}.next`
  if (home.lstat(next)) home.removeFile(next)
  using file = home.createFile(next)
  try {
    file.write(new TextEncoder().encode(text), 0)
    const [code] = await fs.sync([file])
    if (code !== undefined) throw Object.assign(new Error(code), { code })
    home.rename(next, home, name)
  } catch (error) {
    removeQuietly(home, next)
    throw error
  }
  await fs.sync([home])
}
