/** The handles that `MemoryFs` gives out: what an open file descriptor is to a real file system. */
import type { Dir, File, Stat } from '../../appliance/sync/ports.ts'
import type { Xattr } from '../../appliance/sync/model/platform.ts'
import type { MemoryFs } from './memory-fs.ts'

export interface Inode {
  readonly inode: bigint
  readonly type: Stat['type']
  device: bigint
  mode: number
  mtimeNs: bigint
  ctimeNs: bigint
  readonly birthNs: bigint
  /** how many names it has */
  links: number
  uid: number
  gid: number
  xattrs: readonly Xattr[]
  /** a file's content; the array may be longer */
  bytes: Uint8Array
  sizeBytes: number
  /** a symlink's target */
  target: string
  /** a directory's entries by name, as the file system compares names */
  readonly children: Map<string, Child>
}
export interface Child {
  readonly name: string | Uint8Array
  readonly node: Inode
}

/** As the real one's, it has no stack. */
export function failure(code: string, path: string): Error & { code: string } {
  const { stackTraceLimit } = Error
  Error.stackTraceLimit = 0
  const error = Object.assign(new Error(`${code}: ${path}`), { code })
  Error.stackTraceLimit = stackTraceLimit
  return error
}

export const statOf = (node: Inode): Stat => {
  const { type, mode, mtimeNs, ctimeNs, birthNs, inode, device, sizeBytes, links, uid, gid } = node
  return { type, sizeBytes, mode, mtimeNs, ctimeNs, birthNs, inode, device, links, uid, gid }
}

export const contentOf = (node: Inode): Uint8Array => node.bytes.subarray(0, node.sizeBytes)
const decoder = new TextDecoder()
export const textOf = (node: Inode, maxBytes = Infinity): string =>
  decoder.decode(node.bytes.subarray(0, Math.min(node.sizeBytes, maxBytes)))

const utf8 = new TextEncoder()

function checkName(name: string): void {
  if (name === '.' || name === '..' || name.includes('/')) throw new Error(`not a single name: ${name}`)
}

export class MemoryDir implements Dir {
  readonly #fs: MemoryFs
  readonly #node: Inode
  readonly path: string
  #closed = false

  constructor(fs: MemoryFs, node: Inode, path: string) {
    this.#fs = fs
    this.#node = node
    this.path = path
  }

  /** @internal */
  get node(): Inode {
    return this.#node
  }

  stat(): Stat {
    this.#enter('statDir', '')
    return statOf(this.#node)
  }

  list(): readonly (string | Uint8Array)[] {
    this.#enter('list', '')
    this.#fs.allow(this.#node, 4, this.path)
    if (this.#fs.isGone(this.#node)) return []
    return Array.from(this.#node.children.values(), ({ name }) => name)
  }

  lstat(name: string): Stat | undefined {
    this.#reach('lstat', name)
    const node = this.#fs.find(this.#node, name)
    return node && statOf(node)
  }

  openDir(name: string): Dir {
    this.#reach('openDir', name)
    const node = this.#get(name)
    if (node.type !== 'directory') throw failure('ENOTDIR', this.#at(name))
    this.#fs.allow(node, 4, this.#at(name))
    return new MemoryDir(this.#fs, node, this.#at(name))
  }

  openFile(name: string): File {
    this.#reach('openFile', name)
    return this.#opened(name, 4)
  }

  editFile(name: string): File {
    this.#reach('editFile', name)
    return this.#opened(name, 6)
  }

  #opened(name: string, rights: number): File {
    const node = this.#get(name)
    if (node.type === 'symlink') throw failure('ELOOP', this.#at(name))
    if (node.type === 'directory') throw failure('EISDIR', this.#at(name))
    this.#fs.allow(node, rights, this.#at(name))
    return new MemoryFile(this.#fs, node, this.#at(name))
  }

  createFile(name: string): File {
    this.#change('createFile', name)
    this.#mustBeFree(name)
    const node = this.#fs.add(this.#node, name, this.#fs.make('file', 0o600, this.#node.device))
    return new MemoryFile(this.#fs, node, this.#at(name))
  }

  makeDir(name: string, mode: number): void {
    this.#change('makeDir', name)
    this.#mustBeFree(name)
    this.#fs.add(this.#node, name, this.#fs.make('directory', mode, this.#node.device))
  }

  makeLink(name: string, target: string): void {
    this.#change('makeLink', name)
    this.#mustBeFree(name)
    this.#fs.add(this.#node, name, this.#fs.make('symlink', 0o777, this.#node.device)).target = target
  }

  readLink(name: string): string {
    this.#reach('readLink', name)
    const node = this.#get(name)
    if (node.type !== 'symlink') throw failure('EINVAL', this.#at(name))
    return node.target
  }

  link(name: string, toDir: Dir, toName: string): void {
    const to = toDir as MemoryDir
    this.#reach('link', name)
    to.#mayChange(toName)
    const node = this.#get(name)
    to.#mustBeFree(toName)
    if (!this.#fs.canLink || node.type === 'directory') throw failure('EPERM', to.#at(toName))
    if (to.#node.device !== this.#node.device) throw failure('EXDEV', to.#at(toName))
    this.#fs.add(to.#node, toName, node)
  }

  rename(name: string, toDir: Dir, toName: string): void {
    const to = toDir as MemoryDir
    this.#change('rename', name)
    to.#mayChange(toName)
    const node = this.#get(name)
    if (to.#node.device !== this.#node.device) throw failure('EXDEV', to.#at(toName))
    const existing = this.#fs.find(to.#node, toName)
    if (existing && existing !== node) {
      to.#mustBeReplaceable(existing, node, toName)
    } else if (existing && !(to.#node === this.#node && this.#fs.isSameName(name, toName))) return // two names of one
    this.#fs.move(this.#node, name, to.#node, toName, node)
  }

  removeFile(name: string): void {
    this.#change('removeFile', name)
    if (this.#get(name).type === 'directory') throw failure('EISDIR', this.#at(name))
    this.#fs.drop(this.#node, name)
  }

  removeDir(name: string): void {
    this.#change('removeDir', name)
    const node = this.#get(name)
    if (node.type !== 'directory') throw failure('ENOTDIR', this.#at(name))
    if (node.children.size > 0) throw failure('ENOTEMPTY', this.#at(name))
    this.#fs.drop(this.#node, name)
  }

  setMode(mode: number): void {
    this.#enter('setMode', '')
    this.#fs.change(this.#node, { mode })
  }

  setMtime(mtimeNs: bigint): void {
    this.#enter('setMtime', '')
    this.#fs.change(this.#node, { mtimeNs })
  }

  setOwner(uid: number, gid: number): void {
    this.#enter('setOwner', '')
    this.#fs.change(this.#node, { uid, gid })
  }

  xattrs(name: string): readonly Xattr[] {
    this.#reach('xattrs', name)
    return this.#get(name).xattrs
  }

  setXattrs(name: string, xattrs: readonly Xattr[]): void {
    this.#reach('setXattrs', name)
    this.#fs.change(this.#get(name), { xattrs })
  }

  space(): { freeBytes: number; totalBytes: number } {
    this.#enter('space', '')
    return { freeBytes: this.#fs.freeBytes, totalBytes: this.#fs.totalBytes }
  }

  close(): void {
    if (this.#closed) throw failure('EBADF', this.path)
    this.#closed = true
  }

  [Symbol.dispose](): void {
    this.close()
  }

  #enter(call: string, name: string): void {
    if (this.#closed) throw failure('EBADF', this.path)
    checkName(name)
    this.#fs.enter(call, name === '' ? this.path : this.#at(name))
  }

  #reach(call: string, name: string): void {
    this.#enter(call, name)
    this.#fs.allow(this.#node, 1, this.path)
  }

  #change(call: string, name: string): void {
    this.#enter(call, name)
    this.#mayChange(name)
  }

  #mayChange(name: string): void {
    if (this.#closed) throw failure('EBADF', this.path)
    checkName(name)
    if (name.length > 85 && utf8.encode(name).length > 255) throw failure('ENAMETOOLONG', this.#at(name))
    this.#fs.allow(this.#node, 3, this.path)
  }

  #mustBeFree(name: string): void {
    if (this.#fs.find(this.#node, name)) throw failure('EEXIST', this.#at(name))
  }

  #mustBeReplaceable(existing: Inode, by: Inode, name: string): void {
    if (existing.type === 'directory' && by.type !== 'directory') throw failure('EISDIR', this.#at(name))
    if (existing.type !== 'directory' && by.type === 'directory') throw failure('ENOTDIR', this.#at(name))
    if (existing.children.size > 0) throw failure('ENOTEMPTY', this.#at(name))
  }

  #get(name: string): Inode {
    const node = this.#fs.find(this.#node, name)
    if (!node) throw failure('ENOENT', this.#at(name))
    return node
  }

  #at(name: string): string {
    return `${this.path}/${name}`
  }
}

export class MemoryFile implements File {
  readonly #fs: MemoryFs
  readonly #node: Inode
  readonly path: string
  #closed = false

  constructor(fs: MemoryFs, node: Inode, path: string) {
    this.#fs = fs
    this.#node = node
    this.path = path
  }

  /** @internal */
  get node(): Inode {
    return this.#node
  }

  stat(): Stat {
    this.#enter('stat')
    return statOf(this.#node)
  }

  read(into: Uint8Array, position: number): number {
    this.#enter('read')
    const bytes = this.#node.bytes.subarray(position, Math.min(position + into.length, this.#node.sizeBytes))
    into.set(bytes)
    return bytes.length
  }

  write(bytes: Uint8Array, position: number): void {
    this.#enter('write')
    this.#fs.put(this.#node, bytes, position)
  }

  cloneTo(dir: Dir, name: string): void {
    this.#enter('cloneTo')
    if (!this.#fs.canClone) throw failure('ENOTSUP', this.path)
    const clone = dir.createFile(name)
    clone.write(this.#node.bytes.subarray(0, this.#node.sizeBytes), 0)
    clone.close()
  }

  setSize(sizeBytes: number): void {
    this.#enter('setSize')
    this.#fs.resize(this.#node, sizeBytes)
  }

  setMode(mode: number): void {
    this.#enter('setMode')
    this.#fs.change(this.#node, { mode })
  }

  setOwner(uid: number, gid: number): void {
    this.#enter('setOwner')
    this.#fs.change(this.#node, { uid, gid })
  }

  setMtime(mtimeNs: bigint): void {
    this.#enter('setMtime')
    this.#fs.change(this.#node, { mtimeNs })
  }

  close(): void {
    if (this.#closed) throw failure('EBADF', this.path)
    this.#closed = true
  }

  [Symbol.dispose](): void {
    this.close()
  }

  #enter(call: string): void {
    if (this.#closed) throw failure('EBADF', this.path)
    this.#fs.enter(call, this.path)
  }
}
