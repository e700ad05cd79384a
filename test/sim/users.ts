import type { SeededRandom } from './random.ts'
import { SHARE_FOLDER } from './sim-device.ts'
import type { SimDevice } from './sim-device.ts'
import { Values, valueOf } from './values.ts'

const names = ['a', 'b', 'c.txt', 'd.jpg', 'ñandú', 'e'] as const
const HINT_PROBABILITY = 0.8
const BLOCK_BYTES = 131_072

export interface UsersOptions {
  /** how many different names there are: few of them meet often */
  readonly names: number
  /** whether some files have several blocks */
  readonly large: boolean
  /** devices that follow only: what is done there stays there */
  readonly readers: ReadonlySet<string>
}

/** People at the devices' folders. Every write has a content that no other write has. */
export class Users {
  readonly values = new Values()
  readonly #random: SeededRandom
  readonly #trace: (line: string) => void
  readonly #options: UsersOptions
  /** by device: what people took away there since it was last asked for */
  readonly #taken = new Map<string, Set<string>>()
  /** by reader: its own values that nobody replaced there */
  readonly #readers = new Map<string, Set<string>>()
  /** by reader: where anything was done */
  readonly #touched = new Map<string, Set<string>>()
  /** by device: what people gave another place there */
  readonly #moved = new Map<string, Set<string>>()
  /** by device: what its owner last left there; for when only one device is edited */
  readonly #left = new Map<string, ReadonlyMap<string, string | null>>()
  #lastWritten: { readonly path: string; readonly value: string } | undefined

  constructor(random: SeededRandom, options: UsersOptions, trace: (line: string) => void) {
    this.#random = random
    this.#options = options
    this.#trace = trace
  }

  /** What people at a device replaced or deleted since the last call. */
  takenAt(device: SimDevice): ReadonlySet<string> {
    const taken = this.#taken.get(device.name) ?? new Set()
    this.#taken.set(device.name, new Set())
    return taken
  }

  /** What was written at a reader and nobody replaced there. */
  ownOf(device: SimDevice): ReadonlySet<string> {
    return this.#readers.get(device.name) ?? new Set()
  }

  /** Whether somebody gave a content another place at a device, and so took it from where it was. */
  hasMoved(device: SimDevice, content: string): boolean {
    return this.#moved.get(device.name)?.has(valueOf(content)) === true
  }

  /** Whether something was done at a reader to a path, to what lies below or to a folder that it lies in. */
  touched(device: SimDevice, path: string): boolean {
    const touched = [...(this.#touched.get(device.name) ?? [])]
    return touched.some((at) => at === '' || at === path || at.startsWith(`${path}/`) || path.startsWith(`${at}/`))
  }

  /** A device's folder as its owner last left it. */
  leftAt(device: SimDevice): ReadonlyMap<string, string | null> {
    return this.#left.get(device.name) ?? new Map()
  }

  /** A reader wants what others have, and its own in the archive. */
  putAway(device: SimDevice): void {
    this.#readers.delete(device.name)
  }

  /** Its disk is no more. @param isElsewhere  whether another device holds this content at the same path */
  forgetDisk(device: SimDevice, isElsewhere: (path: string, content: string) => boolean): void {
    for (const [path, { content }] of device.tree()) {
      if (content === null) continue
      this.#setOf(this.#taken, device).add(valueOf(content))
      if (!isElsewhere(path, content)) this.values.excuse(valueOf(content))
    }
    this.#readers.delete(device.name)
    this.#setOf(this.#touched, device).add('')
  }

  /**
   * Somebody edits in the very moment in which the engine works on a path. What it has just moved from there to the
   * archive is what they believe to have before them.
   */
  ambush(device: SimDevice, path: string): void {
    const present = new Set([...device.tree().values()].map(({ content }) => valueOf(content ?? '')))
    const displaced = device.archived(path).map(valueOf)
    for (const value of displaced) if (!present.has(value)) this.#supersedeValue(device, value)
    this.edit(device, path)
  }

  edit(device: SimDevice, path = this.#path()): void {
    if (!device.isPlugged) return
    const random = this.#random
    const dice = random.below(100)
    if (dice < 44) this.#write(device, path)
    else if (dice < 56) this.#remove(device, path)
    else if (dice < 70) this.#rename(device, path, this.#path())
    else if (dice < 76) this.#swap(device, path, this.#path())
    else if (dice < 84) this.#makeFolder(device, path)
    else if (dice < 89) this.#makeLink(device, path)
    else if (dice < 93) this.#chmod(device, path)
    else if (dice < 95) this.#touch(device, path)
    else if (dice < 98) this.#writeSame(device)
    else this.#turn(device, path)
    this.#left.set(device.name, new Map([...device.tree()].map(([at, { content }]) => [at, content])))
  }

  #path(): string {
    const depth = 1 + this.#random.below(3)
    const some = names.slice(0, this.#options.names)
    return Array.from({ length: depth }, () => this.#random.pick(some)).join('/')
  }

  #write(device: SimDevice, path: string, same?: string): void {
    if (!this.#hasFolders(device, path)) return
    const stat = device.disk.stat(full(path))
    if (stat && stat.type !== 'file') return
    const value = same ?? this.#newValue(device, path)
    const content = this.values.contentOf(value) ?? ''
    if (device.disk.freeBytes < content.length) return this.values.replaced(value)
    this.#supersede(device, path)
    // as programs do: in place, or anew
    if (stat && this.#random.chance(0.3)) device.disk.remove(full(path))
    device.disk.writeFile(full(path), content)
    this.#lastWritten = { path, value }
    this.#wrote(device, value)
    this.#did(device, 'writes', path, value)
  }

  /** Two people have the same thought. */
  #writeSame(device: SimDevice): void {
    const last = this.#lastWritten
    if (!last || this.#options.readers.size > 0) return
    const there = device.tree().get(last.path)?.content
    if (there !== null && (there === undefined || valueOf(there) !== last.value))
      this.#write(device, last.path, last.value)
  }

  #makeLink(device: SimDevice, path: string): void {
    if (!this.#hasFolders(device, path)) return
    const stat = device.disk.stat(full(path))
    if (stat?.type === 'directory') return
    this.#supersede(device, path)
    if (stat) device.disk.remove(full(path))
    const target = this.values.make(device.name, `${device.name}:${path}`, 0)
    device.disk.symlink(full(path), target)
    this.#wrote(device, target)
    this.#did(device, 'links', path, target)
  }

  #makeFolder(device: SimDevice, path: string): void {
    if (device.disk.stat(full(path)) || !this.#hasFolders(device, path)) return
    device.disk.mkdir(full(path))
    this.#did(device, 'makes folder', path)
  }

  #remove(device: SimDevice, path: string): void {
    if (!device.disk.stat(full(path))) return
    this.#supersede(device, path)
    device.disk.remove(full(path))
    this.#did(device, 'removes', path)
  }

  #rename(device: SimDevice, from: string, to: string): void {
    if (isWithin(from, to) || isWithin(to, from)) return
    if (!device.disk.stat(full(from)) || !this.#hasFolders(device, to)) return
    this.#supersede(device, to)
    const parent = to.slice(0, Math.max(0, to.lastIndexOf('/')))
    if (parent !== '') device.disk.mkdir(full(parent))
    device.disk.rename(full(from), full(to))
    this.#did(device, `renames to ${to}`, from)
    this.#noteChange(device, to)
    this.#noteMoved(device, to)
  }

  #swap(device: SimDevice, a: string, b: string): void {
    if (isWithin(a, b) || isWithin(b, a) || !device.disk.stat(full(a)) || !device.disk.stat(full(b))) return
    device.disk.rename(full(a), ASIDE)
    device.disk.rename(full(b), full(a))
    device.disk.rename(ASIDE, full(b))
    this.#did(device, `swaps with ${b}`, a)
    this.#noteChange(device, b)
    for (const path of [a, b]) this.#noteMoved(device, path)
  }

  /** A file becomes a folder that holds something, a folder a file. */
  #turn(device: SimDevice, path: string): void {
    const stat = device.disk.stat(full(path))
    if (!stat) return
    this.#remove(device, path)
    this.#write(device, stat.type === 'directory' ? path : `${path}/${this.#random.pick(names)}`)
  }

  #chmod(device: SimDevice, path: string): void {
    const stat = device.disk.stat(full(path))
    if (!stat || stat.type === 'symlink') return
    const mode = stat.type === 'file' ? stat.mode ^ 0o111 : stat.mode ^ 0o020
    device.disk.chmod(full(path), mode)
    this.#did(device, `sets mode ${mode.toString(8)}`, path)
  }

  #touch(device: SimDevice, path: string): void {
    const stat = device.disk.stat(full(path))
    if (stat?.type !== 'file') return
    device.disk.setTimes(full(path), stat.mtimeNs - BigInt(this.#random.below(1_000_000)) * 1_000_000_000n)
    this.#did(device, 'sets the time of', path)
  }

  /** Whether the folders above a path are folders, or can be made. */
  #hasFolders(device: SimDevice, path: string): boolean {
    const parts = path.split('/')
    for (let i = 1; i < parts.length; i++) {
      const stat = device.disk.stat(full(parts.slice(0, i).join('/')))
      if (stat && stat.type !== 'directory') return false
    }
    return true
  }

  /** What lies at a path on this device is replaced or deleted by a person who could see it. */
  #supersede(device: SimDevice, path: string): void {
    for (const [at, { content }] of device.tree())
      if (content !== null && isWithin(at, path)) this.#supersedeValue(device, valueOf(content))
  }

  #supersedeValue(device: SimDevice, value: string): void {
    this.#setOf(this.#taken, device).add(value)
    if (this.#options.readers.has(device.name)) this.#setOf(this.#readers, device).delete(value)
    else this.values.replaced(value)
  }

  #newValue(device: SimDevice, path: string): string {
    const isLarge = this.#options.large && this.#random.chance(0.15)
    const sizeBytes = isLarge ? 1 + this.#random.below(3 * BLOCK_BYTES) : 0
    return this.values.make(device.name, `${device.name}:${path}`, sizeBytes)
  }

  #wrote(device: SimDevice, value: string): void {
    this.#setOf(this.#taken, device).delete(value)
    if (!this.#options.readers.has(device.name)) return
    this.#setOf(this.#readers, device).add(value)
    this.values.replaced(value) // nobody else gets to see it
  }

  #did(device: SimDevice, what: string, path: string, value = ''): void {
    this.#trace(`user at ${device.name} ${what} ${path} ${value}`)
    this.#noteChange(device, path)
  }

  /** A watcher tells most of what happens, not all of it. */
  #noteChange(device: SimDevice, path: string): void {
    if (this.#options.readers.has(device.name)) this.#setOf(this.#touched, device).add(path)
    if (this.#random.chance(HINT_PROBABILITY)) device.hint(path)
  }

  #noteMoved(device: SimDevice, to: string): void {
    for (const [at, { content }] of device.tree())
      if (content !== null && isWithin(at, to)) this.#setOf(this.#moved, device).add(valueOf(content))
  }

  #setOf(all: Map<string, Set<string>>, device: SimDevice): Set<string> {
    let set = all.get(device.name)
    if (!set) all.set(device.name, (set = new Set()))
    return set
  }
}

/** outside the share */
const ASIDE = '/aside'
const full = (path: string): string => `${SHARE_FOLDER}/${path}`
const isWithin = (path: string, outer: string): boolean => path === outer || path.startsWith(`${outer}/`)
