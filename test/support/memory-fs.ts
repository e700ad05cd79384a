/**
 * `FileSystem` in memory: deterministic, quick, and with a user's hands (`writeFile`, `tree` and so on) to do what
 * people do to a shared folder behind the engine's back. It passes test/contract/file-system.test.ts.
 */
import { codeOf } from '../../appliance/sync/model/error-code.ts'
import type { Accounts, Dir, File, FileSystem, Stat } from '../../appliance/sync/ports.ts'
import { contentOf, failure, MemoryDir, statOf, textOf } from './memory-handles.ts'
import type { Child, Inode, MemoryFile } from './memory-handles.ts'
import { MemoryJournal } from './memory-journal.ts'
import type { MemoryFsOptions } from './memory-options.ts'
import { lastPart, parentPath, parts } from './memory-paths.ts'

export type { MemoryFsOptions }

const noBytes = new Uint8Array(0)
const utf8 = new TextEncoder()
/** the clock is put back when it is further behind than this */
const BACK_NS = 1_000_000n

/** What `imageOf` made. */
export interface Image {
  /** @internal */
  readonly root: Inode
}

export class MemoryFs implements FileSystem {
  readonly exactTimes = true
  readonly #options: MemoryFsOptions
  readonly #root: Inode
  #lastNs = 0n
  #count = 0n
  #lastInode = 1n
  #usedBytes = 0
  #capacityBytes: number
  readonly #journal: MemoryJournal | undefined

  constructor(options: MemoryFsOptions = {}) {
    this.#options = options
    this.#capacityBytes = options.capacityBytes ?? 2 ** 50
    this.#journal = options.losesUnsynced ? new MemoryJournal(options.elapsedMs ?? (() => 0)) : undefined
    this.#root = this.make('directory', 0o755, 1n)
  }

  // What the engine sees

  accounts(): Accounts {
    const none = () => undefined
    return { uidOf: none, gidOf: none, userOf: none, groupOf: none }
  }

  openRoot(path: string): Dir {
    this.enter('openRoot', path)
    return new MemoryDir(this, this.#directory(path), path)
  }

  sync(handles: readonly (File | Dir)[]): Promise<readonly (string | undefined)[]> {
    return Promise.resolve(
      handles.map((handle) => {
        try {
          const { path, node } = handle as MemoryFile | MemoryDir
          this.enter('sync', path)
          this.#journal?.sync(node)
          return undefined
        } catch (error) {
          return codeOf(error)
        }
      }),
    )
  }

  // What a user does; paths are absolute

  mkdir(path: string): void {
    this.#byHand(() => {
      let at = this.#root
      for (const name of parts(path)) {
        const next = this.find(at, name)
        if (next && next.type !== 'directory') throw failure('ENOTDIR', path)
        at = next ?? this.add(at, name, this.make('directory', 0o755, at.device))
      }
    })
  }

  /** In place, as most programs do: the inode stays. Missing folders are made. */
  writeFile(path: string, content: string | Uint8Array): void {
    const bytes = typeof content === 'string' ? utf8.encode(content) : content
    this.#byHand(() => {
      this.mkdir(parentPath(path))
      const parent = this.#directory(parentPath(path))
      const found = this.find(parent, lastPart(path))
      if (found && found.type !== 'file') throw failure('EISDIR', path)
      const node = found ?? this.add(parent, lastPart(path), this.make('file', 0o644, parent.device))
      this.resize(node, bytes.length)
      this.put(node, bytes, 0)
    })
  }

  readFile(path: string): Uint8Array {
    return contentOf(this.#get(path)).slice()
  }

  readText(path: string): string {
    return textOf(this.#get(path))
  }

  symlink(path: string, target: string): void {
    this.#byHand(() => {
      this.mkdir(parentPath(path))
      const parent = this.#directory(parentPath(path))
      const node = this.make('symlink', 0o777, parent.device)
      node.target = target
      this.add(parent, lastPart(path), node)
    })
  }

  /** A FIFO, or a name that is not UTF-8 when given as bytes. */
  makeOther(folder: string, name: string | Uint8Array): void {
    const parent = this.#directory(folder)
    const node = this.make(typeof name === 'string' ? 'other' : 'file', 0o644, parent.device)
    if (typeof name === 'string') this.add(parent, name, node)
    else parent.children.set(`\0${Buffer.from(name).toString('hex')}`, { name, node })
  }

  rename(from: string, to: string): void {
    this.#byHand(() => {
      const source = this.#directory(parentPath(from))
      const node = this.#get(from)
      const target = this.#directory(parentPath(to))
      this.move(source, lastPart(from), target, lastPart(to), node)
    })
  }

  /** With everything below; nothing when it is not there. */
  remove(path: string): void {
    const parent = this.#directory(parentPath(path))
    if (this.find(parent, lastPart(path))) this.#byHand(() => this.drop(parent, lastPart(path)))
  }

  chmod(path: string, mode: number): void {
    this.#byHand(() => this.change(this.#get(path), { mode }))
  }

  setTimes(path: string, mtimeNs: bigint): void {
    this.#byHand(() => this.change(this.#get(path), { mtimeNs }))
  }

  /** How much fits in all from now on. */
  setCapacity(bytes: number): void {
    this.#capacityBytes = bytes
  }

  /** What was not synced is lost, all of it or parts, as `next` (0 to 1) has it. With `losesUnsynced` only. */
  cutPower(next: () => number): void {
    this.#count += 1n
    this.#journal?.cut(this.#root, next)
    this.#usedBytes = 0
    this.#recount(this.#root, new Set())
  }

  /** A copy of a folder as it is now, as a backup of the whole disk has it. */
  imageOf(path: string): Image {
    return { root: this.#cloneOf(this.#directory(path), new Map()) }
  }

  /** Puts a copy in the place of a folder, inodes, times and all. */
  putImage(path: string, { root }: Image): void {
    this.remove(path)
    this.mkdir(path)
    this.#byHand(() => this.#fill(this.#directory(path), this.#cloneOf(root, new Map())))
    this.#count += 1n
    this.#usedBytes = 0
    this.#recount(this.#root, new Set())
  }

  /** Changes bytes without a trace in the times, as a failing disk does. */
  damage(path: string, content: Uint8Array): void {
    const node = this.#get(path)
    this.#count += 1n
    node.bytes = content.slice()
    node.sizeBytes = content.length
  }

  /** Makes a folder another file system's, as a mount does. */
  mount(path: string, device: bigint): void {
    this.#get(path).device = device
  }

  stat(path: string): Stat | undefined {
    const node = this.#walk(parts(path))
    return node && statOf(node)
  }

  /**
   * Every path below, relative, with its content: `null` for a folder, `-> target` for a link. Sorted.
   * @param maxBytes  how much of a file
   */
  tree(path: string, leaveOut = '.homeseed', maxBytes = Infinity): Record<string, string | null> {
    const all: Record<string, string | null> = {}
    const visit = (node: Inode, prefix: string) => {
      for (const { name, node: child } of node.children.values()) {
        const text = typeof name === 'string' ? name : Buffer.from(name).toString('latin1')
        if (prefix === '' && text === leaveOut) continue
        if (child.type === 'directory') all[prefix + text] = null
        else if (child.type === 'symlink') all[prefix + text] = `-> ${child.target}`
        else all[prefix + text] = textOf(child, maxBytes)
        if (child.type === 'directory') visit(child, `${prefix + text}/`)
      }
    }
    visit(this.#directory(path), '')
    const sorted: typeof all = {}
    for (const found of Object.keys(all).sort()) sorted[found] = all[found] ?? null
    return sorted
  }

  // What handles are made of

  /** @internal */
  enter(call: string, path: string): void {
    this.#options.before?.(call, path)
  }

  /** @internal */
  allow(node: Inode, bits: number, path: string): void {
    if (this.#options.enforceModes && ((node.mode >> 6) & bits) !== bits) throw failure('EACCES', path)
  }

  /** Grows with every change of what lies here. */
  get changes(): bigint {
    return this.#count
  }

  /** @internal */
  get canClone(): boolean {
    return this.#options.clones ?? false
  }

  get canLink(): boolean {
    return this.#options.hardLinks !== false
  }

  get freeBytes(): number {
    return this.totalBytes - this.#usedBytes
  }

  get totalBytes(): number {
    return this.#capacityBytes
  }

  /** @internal */
  make(type: Stat['type'], mode: number, device: bigint): Inode {
    const ns = this.#nextNs()
    this.#lastInode += 1n
    const times = { mtimeNs: ns, ctimeNs: ns, birthNs: ns }
    const empty = {
      links: 0,
      uid: 0,
      gid: 0,
      xattrs: [],
      bytes: noBytes,
      sizeBytes: 0,
      target: '',
      children: new Map<string, Child>(),
    }
    const kept = this.#options.keepsModes === false ? 0o777 : mode
    return { inode: this.#lastInode, type, device, mode: kept, ...times, ...empty }
  }

  /** @internal Whether a folder that is open has been removed: there is nothing in it then, and nothing comes into it. */
  isGone(dir: Inode): boolean {
    return dir.links === 0 && dir !== this.#root
  }

  /** @internal */
  find(dir: Inode, name: string): Inode | undefined {
    return this.isGone(dir) ? undefined : dir.children.get(this.#key(name))?.node
  }

  /** @internal */
  add(dir: Inode, name: string, node: Inode): Inode {
    if (this.isGone(dir)) throw failure('ENOENT', name)
    const child = { name, node }
    dir.children.set(this.#key(name), child)
    this.#journal?.add(dir, this.#key(name), child)
    node.links += 1
    node.ctimeNs = dir.mtimeNs = dir.ctimeNs = this.#nextNs()
    return node
  }

  /** @internal */
  drop(dir: Inode, name: string): void {
    const node = this.find(dir, name)
    if (!node) return
    dir.children.delete(this.#key(name))
    this.#journal?.drop(dir, this.#key(name), node)
    node.links -= 1
    node.ctimeNs = dir.mtimeNs = dir.ctimeNs = this.#nextNs()
    this.#release(node)
  }

  /** @internal A rename, whatever has the new name. */
  move(from: Inode, name: string, to: Inode, toName: string, node: Inode): void {
    if (this.isGone(to)) throw failure('ENOENT', toName)
    this.#atomically(() => {
      if (this.find(to, toName) !== node) this.drop(to, toName)
      node.links += 1 // so that dropping the old name does not free it
      this.drop(from, name)
      node.links -= 1
      this.add(to, toName, node)
    })
  }

  /** @internal */
  put(node: Inode, bytes: Uint8Array, position: number): void {
    this.#grow(node, position + bytes.length)
    node.bytes.set(bytes, position)
    this.touch(node)
  }

  /** @internal */
  resize(node: Inode, sizeBytes: number): void {
    if (sizeBytes < node.sizeBytes) {
      this.#usedBytes -= node.sizeBytes - sizeBytes
      node.bytes = node.bytes.slice(0, sizeBytes)
      node.sizeBytes = sizeBytes
    } else this.#grow(node, sizeBytes)
    this.touch(node)
  }

  /** @internal */
  touch(node: Inode): void {
    node.mtimeNs = node.ctimeNs = this.#nextNs()
    this.#journal?.change(node, true)
  }

  /** @internal */
  change(node: Inode, what: Partial<Pick<Inode, 'mode' | 'mtimeNs' | 'uid' | 'gid' | 'xattrs'>>): void {
    if (this.#options.keepsModes !== false) node.mode = what.mode ?? node.mode
    node.mtimeNs = what.mtimeNs ?? node.mtimeNs
    node.uid = what.uid ?? node.uid
    node.gid = what.gid ?? node.gid
    node.xattrs = what.xattrs ?? node.xattrs
    node.ctimeNs = this.#nextNs()
    this.#journal?.change(node, false)
  }

  #byHand<T>(action: () => T): T {
    return this.#journal ? this.#journal.byHand(action) : action()
  }

  #atomically<T>(action: () => T): T {
    return this.#journal ? this.#journal.atomically(action) : action()
  }

  #recount(node: Inode, seen: Set<Inode>): void {
    for (const { node: child } of node.children.values()) {
      if (!seen.has(child)) {
        child.links = 0
        this.#usedBytes += child.sizeBytes
      }
      child.links += 1
      if (!seen.has(child)) this.#recount(child, seen.add(child))
    }
  }

  #cloneOf(node: Inode, clones: Map<Inode, Inode>): Inode {
    const known = clones.get(node)
    if (known) return known
    const clone: Inode = { ...node, bytes: contentOf(node).slice(), children: new Map<string, Child>() }
    clones.set(node, clone)
    for (const [key, { name, node: child }] of node.children)
      clone.children.set(key, { name, node: this.#cloneOf(child, clones) })
    return clone
  }

  #fill(dir: Inode, from: Inode): void {
    for (const { name, node } of from.children.values()) {
      if (typeof name !== 'string') continue
      const { ctimeNs } = node
      const inside = { ...node, children: new Map(node.children) }
      node.children.clear()
      this.add(dir, name, node)
      this.#fill(node, inside)
      node.ctimeNs = ctimeNs
      this.#journal?.change(node, false)
    }
    Object.assign(dir, { mode: from.mode, mtimeNs: from.mtimeNs, ctimeNs: from.ctimeNs })
  }

  #grow(node: Inode, sizeBytes: number): void {
    if (sizeBytes <= node.sizeBytes) return
    if (sizeBytes - node.sizeBytes > this.freeBytes) throw failure('ENOSPC', '')
    this.#usedBytes += sizeBytes - node.sizeBytes
    if (sizeBytes > node.bytes.length) {
      const bytes = new Uint8Array(Math.max(sizeBytes, node.bytes.length === 0 ? 0 : node.bytes.length * 2))
      bytes.set(node.bytes)
      node.bytes = bytes
    }
    node.sizeBytes = sizeBytes
  }

  #release(node: Inode): void {
    if (node.links > 0) return
    this.#usedBytes -= node.sizeBytes
    for (const child of node.children.values()) {
      child.node.links -= 1
      this.#release(child.node)
    }
  }

  /** @internal */
  isSameName(a: string, b: string): boolean {
    return this.#key(a) === this.#key(b)
  }

  #key(name: string): string {
    return this.#options.ignoreCase ? name.toLowerCase() : name
  }

  /** Every change gets a time of its own, also when the clock was put back. */
  #nextNs(): bigint {
    const ns = BigInt(Math.floor((this.#options.now?.() ?? 1_700_000_000_000) * 1000)) * 1000n
    const isBack = ns < this.#lastNs - BACK_NS
    this.#count += 1n
    this.#lastNs = isBack ? ns + (this.#count % BACK_NS) : ns > this.#lastNs ? ns : this.#lastNs + 1n
    return this.#lastNs
  }

  #get(path: string): Inode {
    const node = this.#walk(parts(path))
    if (!node) throw failure('ENOENT', path)
    return node
  }

  #directory(path: string): Inode {
    const node = this.#get(path)
    if (node.type === 'symlink') return this.#directory(node.target)
    if (node.type !== 'directory') throw failure('ENOTDIR', path)
    return node
  }

  #walk(names: readonly string[]): Inode | undefined {
    let at: Inode | undefined = this.#root
    for (const name of names) at = at && this.find(at, name)
    return at
  }
}
