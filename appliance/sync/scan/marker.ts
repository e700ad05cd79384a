/** The file `.homeseed/share` tells that a folder is a certain share's, and that its disk is there at all. */
import type { ScanEnd, ShareRoot } from '../disk-work.ts'
import { codeOf } from '../model/error-code.ts'
import { HOME } from '../model/ignored.ts'
import type { Dir, FileSystem } from '../ports.ts'
import { writeHomeFile } from './home-file.ts'

export const MARKER = 'share'
const MAX_MARKER_BYTES = 1024

/** The id in the marker, which is its first line. @throws node's errors: ENOENT, ENOTDIR, EIO and so on */
export function readMarker(root: Dir): string {
  using home = root.openDir(HOME)
  using file = home.openFile(MARKER)
  const bytes = Buffer.allocUnsafe(MAX_MARKER_BYTES)
  const text = bytes.toString('utf8', 0, file.read(bytes, 0))
  return (text.split('\n')[0] ?? '').trim()
}

/** @param held an open handle of the folder: it must still be what lies at the path */
export function checkFolder(fs: FileSystem, root: ShareRoot, held?: Dir): ScanEnd {
  let dir: Dir
  try {
    dir = fs.openRoot(root.path)
  } catch (error) {
    return wrong('missing', codeOf(error)) // whatever the reason: nothing can be said of what lies in it
  }
  try {
    const [now, before] = [dir.stat(), held?.stat()]
    if (before && (now.inode !== before.inode || now.device !== before.device)) return wrong('moved-away')
    return readMarker(dir) === root.shareId ? { type: 'complete' } : wrong('other-share')
  } catch (error) {
    return wrong('no-marker', codeOf(error)) // gone or unreadable: either way not the disk that was shared
  } finally {
    dir.close()
  }
}

/**
 * A share has got another id since its disk was here last: the marker tells of that one from now on.
 * @throws node's errors
 */
export async function renewMarker(fs: FileSystem, { path, shareId, former = [] }: ShareRoot): Promise<void> {
  using dir = fs.openRoot(path)
  if (former.includes(readMarker(dir))) await writeHomeFile(fs, dir, MARKER, `${shareId}\n`)
}

const wrong = (reason: 'missing' | 'no-marker' | 'other-share' | 'moved-away', code?: string): ScanEnd => ({
  type: 'wrong-folder',
  reason,
  ...(code === undefined || code === 'ENOENT' ? {} : { code }),
})
