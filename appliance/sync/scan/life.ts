/** The mark in `.homeseed/life` tells one life of a disk from an old copy of it (engine/disk-life.ts). */
import type { ShareRoot } from '../disk-work.ts'
import { codeOf } from '../model/error-code.ts'
import { HOME } from '../model/ignored.ts'
import type { FileSystem } from '../ports.ts'
import { writeHomeFile } from './home-file.ts'

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
export async function writeLife(fs: FileSystem, root: ShareRoot, mark: string): Promise<void> {
  using dir = fs.openRoot(root.path)
  await writeHomeFile(fs, dir, LIFE, `${mark}\n`)
}
