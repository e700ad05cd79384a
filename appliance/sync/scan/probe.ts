import type { FolderState, ScanEnd, ShareRoot } from '../disk-work.ts'
import { codeOf, isFull } from '../model/error-code.ts'
import { HOME } from '../model/ignored.ts'
import type { Dir, FileSystem } from '../ports.ts'
import { removeQuietly } from '../tmp-folder.ts'
import { checkFolder, renewMarker } from './marker.ts'

/** In `.homeseed`, for a moment. One that a crash left is taken away by the next probe. */
const PROBE = 'probe'

/**
 * Whether a folder is the share's, and its disk takes what is written to it. A disk that the kernel has made read-only
 * after an error may still call itself writable, and one that was pulled out still answers from memory: only a write
 * that reached the disk tells.
 */
export async function probeFolder(fs: FileSystem, root: ShareRoot): Promise<FolderState> {
  const end = checkFolder(fs, root)
  if (isOfBefore(end, root)) return renewed(fs, root)
  if (end.type !== 'complete') return end
  try {
    using dir = fs.openRoot(root.path)
    using home = dir.openDir(HOME)
    const code = await tryToWrite(fs, home)
    return code === undefined ? end : stateOf(code)
  } catch (error) {
    return stateOf(codeOf(error))
  }
}

const isOfBefore = (end: ScanEnd, { former = [] }: ShareRoot): boolean =>
  end.type === 'wrong-folder' && end.reason === 'other-share' && former.length > 0

/** The marker may tell of the share by an id that it had before. */
async function renewed(fs: FileSystem, root: ShareRoot): Promise<FolderState> {
  try {
    await renewMarker(fs, root)
  } catch (error) {
    return stateOf(codeOf(error))
  }
  const { former: _, ...now } = root
  return probeFolder(fs, now)
}

/** @returns why what was written did not get to the disk. @throws node's errors */
async function tryToWrite(fs: FileSystem, home: Dir): Promise<string | undefined> {
  if (home.lstat(PROBE)) home.removeFile(PROBE)
  using file = home.createFile(PROBE)
  try {
    file.write(new TextEncoder().encode('Written and removed again, to see whether this disk works.\n'), 0)
    return (await fs.sync([file]))[0]
  } finally {
    removeQuietly(home, PROBE)
  }
}

function stateOf(code: string): FolderState {
  if (isFull(code)) return { type: 'no-space' }
  switch (code) {
    case 'EROFS':
      return { type: 'read-only' }
    case 'EACCES':
    case 'EPERM':
      return { type: 'no-permission' }
    default:
      return { type: 'failing', code }
  }
}
