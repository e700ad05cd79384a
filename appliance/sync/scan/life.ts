/** The mark in `.homeseed/life` tells one life of a disk from an old copy of it (engine/disk-life.ts). */
import type { ShareRoot } from '../disk-work.ts'
import { codeOf } from '../model/error-code.ts'
import { HOME } from '../model/ignored.ts'
import type { FileSystem, Random } from '../ports.ts'
import { openTmp, removeQuietly } from '../tmp-folder.ts'

const LIFE = 'life'
const MAX_BYTES = 256

/** @returns undefined: there is none. @throws node's errors */
export function readLife(fs: FileSystem, root: ShareRoot): string | undefined {
  using dir = fs.openRoot(root.path)
  using home = dir.openDir(HOME)
  try {
    using file = home.openFile(LIFE)
    const bytes = new Uint8Array(MAX_BYTES)
    return new TextDecoder().decode(bytes.subarray(0, file.read(bytes, 0))).trim()
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return undefined
    throw error
  }
}

/** @throws node's errors */
export async function writeLife(fs: FileSystem, random: Random, root: ShareRoot, mark: string): Promise<void> {
  using dir = fs.openRoot(root.path)
  using home = dir.openDir(HOME)
  using tmp = openTmp(dir)
  const name = Buffer.from(random.bytes(16)).toString('hex')
  using file = tmp.createFile(name)
  try {
    file.write(new TextEncoder().encode(`${mark}\n`), 0)
    const [code] = await fs.sync([file])
    if (code !== undefined) throw Object.assign(new Error(code), { code })
    tmp.rename(name, home, LIFE)
  } catch (error) {
    removeQuietly(tmp, name)
    throw error
  }
  await fs.sync([home])
}
