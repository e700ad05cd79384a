/**
 * `FileSystem` on a real disk. Calls are synchronous: in a worker thread that costs a fifth of what promises do
 * for small files. On Linux every name is reached through the open directory (`/proc/self/fd/N/name`), which is
 * openat(2) without a native module: a directory that is swapped for a symlink meanwhile changes nothing. Elsewhere
 * names are joined to the directory's path: the last component is still never followed, but a parent that somebody
 * swaps in that very moment could be. The appliance runs on Linux.
 */
import fs from 'node:fs'
import { codeOf } from './model/error-code.ts'
import type { Xattr } from './model/platform.ts'
import { nodeAccounts } from './node-accounts.ts'
import { readXattrs, writeXattrs } from './node-xattrs.ts'
import { pulse } from './pulse.ts'
import type { Dir, File, FileSystem, Stat } from './ports.ts'

const {
  COPYFILE_EXCL,
  COPYFILE_FICLONE_FORCE,
  O_CREAT,
  O_DIRECTORY,
  O_EXCL,
  O_NOFOLLOW,
  O_NONBLOCK,
  O_RDONLY,
  O_RDWR,
} = fs.constants
const hasHandlePaths = process.platform === 'linux' && fs.existsSync('/proc/self/fd')

/**
 * FAT and exFAT number a file anew whenever the kernel has forgotten it, and keep no ctime: taken as they come,
 * every file would look changed after each mount.
 */
const WITHOUT_INODES: readonly number[] = [0x4d44, 0x2011bab0]

/** setuid, setgid and sticky: on a folder they are its owner's, who hands it to a group with them. */
const SPECIAL_BITS = 0o7000

function statOf(stat: fs.BigIntStats, hasInodes: boolean): Stat {
  const type = stat.isFile() ? 'file' : stat.isDirectory() ? 'directory' : stat.isSymbolicLink() ? 'symlink' : 'other'
  return {
    type,
    sizeBytes: Number(stat.size),
    mode: Number(stat.mode) & 0o777,
    mtimeNs: stat.mtimeNs,
    ctimeNs: hasInodes ? stat.ctimeNs : stat.mtimeNs,
    birthNs: stat.birthtimeNs > 0n ? stat.birthtimeNs : stat.ctimeNs,
    inode: hasInodes ? stat.ino : 0n,
    device: stat.dev,
    links: Number(stat.nlink),
    uid: Number(stat.uid),
    gid: Number(stat.gid),
  }
}

/**
 * Node takes seconds as a double, which cannot hold nanoseconds, and takes negative ones for a mistake. Chosen so
 * that what is stored agrees with what was asked for down to the microsecond.
 */
function timeForNode(ns: bigint): number | Date {
  if (ns < 0n) return new Date(Number(ns / 1_000_000n))
  const seconds = Number(ns) / 1e9
  const stored = Math.trunc(seconds) * 1e6 + Math.trunc((seconds - Math.trunc(seconds)) * 1e6)
  const wanted = Number(ns / 1000n)
  return stored === wanted ? seconds : (wanted + 0.5) / 1e6
}

class NodeFile implements File {
  readonly fd: number
  readonly #hasInodes: boolean
  readonly #folder: number

  constructor(fd: number, hasInodes: boolean, folder: number) {
    this.fd = fd
    this.#hasInodes = hasInodes
    this.#folder = folder
  }

  stat(): Stat {
    pulse.beat(this.#folder)
    return statOf(fs.fstatSync(this.fd, { bigint: true }), this.#hasInodes)
  }

  read(into: Uint8Array, position: number): number {
    let done = 0
    while (done < into.length) {
      pulse.beat(this.#folder)
      const got = fs.readSync(this.fd, into, done, into.length - done, position + done)
      if (got === 0) break
      done += got
    }
    return done
  }

  write(bytes: Uint8Array, position: number): void {
    for (let done = 0; done < bytes.length;) {
      pulse.beat(this.#folder)
      done += fs.writeSync(this.fd, bytes, done, bytes.length - done, position + done)
    }
  }

  cloneTo(dir: Dir, name: string): void {
    // without handle paths the name would have to be looked up again, and could be something else's by then
    if (!hasHandlePaths) throw Object.assign(new Error('no clones here'), { code: 'ENOTSUP' })
    const target = nodeDir(dir).pathOf(name)
    fs.copyFileSync(`/proc/self/fd/${this.fd}`, target, COPYFILE_EXCL | COPYFILE_FICLONE_FORCE)
    fs.chmodSync(target, 0o600)
  }

  setSize(sizeBytes: number): void {
    pulse.beat(this.#folder)
    fs.ftruncateSync(this.fd, sizeBytes)
  }

  setMode(mode: number): void {
    fs.fchmodSync(this.fd, mode)
  }

  setOwner(uid: number, gid: number): void {
    fs.fchownSync(this.fd, uid, gid)
  }

  setMtime(mtimeNs: bigint): void {
    const time = timeForNode(mtimeNs)
    fs.futimesSync(this.fd, time, time)
  }

  close(): void {
    fs.closeSync(this.fd)
  }

  [Symbol.dispose](): void {
    this.close()
  }
}

class NodeDir implements Dir {
  readonly fd: number
  readonly #base: string
  readonly #hasInodes: boolean
  readonly #folder: number

  constructor(fd: number, path: string, hasInodes: boolean, folder: number) {
    this.fd = fd
    this.#folder = folder
    this.#base = hasHandlePaths ? `/proc/self/fd/${fd}/` : `${path}/`
    this.#hasInodes = hasInodes
  }

  stat(): Stat {
    pulse.beat(this.#folder)
    return statOf(fs.fstatSync(this.fd, { bigint: true }), this.#hasInodes)
  }

  list(): readonly (string | Uint8Array)[] {
    pulse.beat(this.#folder)
    const names = fs.readdirSync(this.#base)
    // node has replaced what is not UTF-8 with U+FFFD: a name that does not exist
    return names.some((name) => name.includes('\uFFFD')) ? this.#listBytes() : names
  }

  #listBytes(): readonly (string | Uint8Array)[] {
    return fs.readdirSync(this.#base, { encoding: 'buffer' }).map((bytes) => {
      const name = bytes.toString('utf8')
      return bytes.equals(Buffer.from(name, 'utf8')) ? name : bytes
    })
  }

  lstat(name: string): Stat | undefined {
    const stat = fs.lstatSync(this.#at(name), { bigint: true, throwIfNoEntry: false })
    return stat && statOf(stat, this.#hasInodes)
  }

  openDir(name: string): Dir {
    const path = this.#at(name)
    return new NodeDir(fs.openSync(path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW), path, this.#hasInodes, this.#folder)
  }

  openFile(name: string): File {
    return new NodeFile(fs.openSync(this.#at(name), O_RDONLY | O_NOFOLLOW | O_NONBLOCK), this.#hasInodes, this.#folder)
  }

  createFile(name: string): File {
    return new NodeFile(
      fs.openSync(this.#at(name), O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW, 0o600),
      this.#hasInodes,
      this.#folder,
    )
  }

  editFile(name: string): File {
    return new NodeFile(fs.openSync(this.#at(name), O_RDWR | O_NOFOLLOW | O_NONBLOCK), this.#hasInodes, this.#folder)
  }

  makeDir(name: string, mode: number): void {
    fs.mkdirSync(this.#at(name), mode)
  }

  makeLink(name: string, target: string): void {
    fs.symlinkSync(target, this.#at(name))
  }

  readLink(name: string): string {
    return fs.readlinkSync(this.#at(name))
  }

  link(name: string, toDir: Dir, toName: string): void {
    fs.linkSync(this.#at(name), nodeDir(toDir).#at(toName))
  }

  rename(name: string, toDir: Dir, toName: string): void {
    fs.renameSync(this.#at(name), nodeDir(toDir).#at(toName))
  }

  removeFile(name: string): void {
    fs.unlinkSync(this.#at(name))
  }

  removeDir(name: string): void {
    fs.rmdirSync(this.#at(name))
  }

  setMode(mode: number): void {
    const special = fs.fstatSync(this.fd).mode & SPECIAL_BITS
    fs.fchmodSync(this.fd, special | mode)
  }

  setMtime(mtimeNs: bigint): void {
    const time = timeForNode(mtimeNs)
    fs.futimesSync(this.fd, time, time)
  }

  setOwner(uid: number, gid: number): void {
    fs.fchownSync(this.fd, uid, gid)
  }

  xattrs(name: string): readonly Xattr[] {
    return readXattrs(this.#at(name))
  }

  setXattrs(name: string, xattrs: readonly Xattr[]): void {
    writeXattrs(this.#at(name), xattrs)
  }

  space(): { freeBytes: number; totalBytes: number } {
    pulse.beat(this.#folder)
    const { bavail, blocks, bsize } = fs.statfsSync(this.#base)
    return { freeBytes: bavail * bsize, totalBytes: blocks * bsize }
  }

  close(): void {
    fs.closeSync(this.fd)
  }

  [Symbol.dispose](): void {
    this.close()
  }

  /** For who has no other way than a path. */
  pathOf(name: string): string {
    return this.#at(name)
  }

  /** The last line against a name that leads elsewhere: whoever calls has checked it already. */
  #at(name: string): string {
    if (name === '' || name === '.' || name === '..' || name.includes('/'))
      throw new Error(`not a single name: ${name}`)
    pulse.beat(this.#folder)
    return this.#base + name
  }
}

function nodeDir(dir: Dir): NodeDir {
  if (!(dir instanceof NodeDir)) throw new TypeError('a directory of another file system')
  return dir
}

/** Some file systems cannot: then there is nothing to wait for. */
const cannotSync: readonly (string | undefined)[] = ['EINVAL', 'ENOTSUP', 'EOPNOTSUPP', 'ENOSYS']

/** At once; a disk that hangs must not take all of the threads that node has for such work. */
const SYNCS = 12

function syncOne(fd: number): Promise<string | undefined> {
  return new Promise((resolve) => {
    fs.fsync(fd, (error) => resolve(error && !cannotSync.includes(codeOf(error)) ? codeOf(error) : undefined))
  })
}

export const nodeFs: FileSystem = {
  exactTimes: false,
  accounts: nodeAccounts,
  openRoot(path) {
    const folder = pulse.nameOf(path)
    pulse.beat(folder)
    const fd = fs.openSync(path, O_RDONLY | O_DIRECTORY)
    const { type } = fs.statfsSync(hasHandlePaths ? `/proc/self/fd/${fd}/` : path)
    return new NodeDir(fd, path, !WITHOUT_INODES.includes(type), folder)
  },
  async sync(handles) {
    const fds = handles.map((handle) => {
      if (handle instanceof NodeFile || handle instanceof NodeDir) return handle.fd
      throw new TypeError('a handle of another file system')
    })
    const outcomes: (string | undefined)[] = []
    let next = 0
    const work = async () => {
      for (let at = next++; at < fds.length; at = next++) outcomes[at] = await syncOne(fds[at] ?? -1)
    }
    await Promise.all(Array.from({ length: Math.min(SYNCS, fds.length) }, work))
    return fds.map((_, i) => outcomes[i])
  },
}
