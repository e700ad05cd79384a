import type { SeededRandom } from './random.ts'
import { SHARE_FOLDER } from './sim-device.ts'
import type { SimDevice } from './sim-device.ts'

const names = ['a', 'b', 'c.txt', 'd.jpg', 'ñandú', 'e'] as const
const HINT_PROBABILITY = 0.8

/** People at the devices' folders. Every write has a content that no other write has. */
export class Users {
  readonly #random: SeededRandom
  readonly #trace: (line: string) => void
  readonly #written = new Map<string, string>()
  readonly #replaced = new Set<string>()
  #count = 0

  constructor(random: SeededRandom, trace: (line: string) => void) {
    this.#random = random
    this.#trace = trace
  }

  /** Contents that no user replaced or deleted, wherever it had got to. */
  *unreplaced(): Generator<{ readonly value: string; readonly where: string }> {
    for (const [value, where] of this.#written) if (!this.#replaced.has(value)) yield { value, where }
  }

  wrote(value: string): boolean {
    return this.#written.has(value)
  }

  /** Edits are random and on all devices, so conflicts are always explained. */
  readonly hadConcurrency = true

  edit(device: SimDevice): void {
    const random = this.#random
    const path = this.#path()
    const dice = random.below(100)
    if (dice < 50) this.#write(device, path)
    else if (dice < 65) this.#remove(device, path)
    else if (dice < 82) this.#rename(device, path, this.#path())
    else if (dice < 92) this.#makeFolder(device, path)
    else this.#makeLink(device, path)
  }

  #path(): string {
    const depth = 1 + this.#random.below(3)
    return Array.from({ length: depth }, () => this.#random.pick(names)).join('/')
  }

  #write(device: SimDevice, path: string): void {
    if (!this.#makeRoom(device, path, 'file')) return
    const value = this.#newValue(device, path)
    this.#supersede(device, path)
    device.disk.writeFile(full(path), value)
    this.#did(device, 'writes', path, value)
  }

  #makeLink(device: SimDevice, path: string): void {
    if (this.#random.chance(0.5) || !this.#makeRoom(device, path, 'none')) return
    this.#supersede(device, path)
    if (device.disk.stat(full(path))) device.disk.remove(full(path))
    const target = this.#newValue(device, path)
    device.disk.symlink(full(path), target)
    this.#written.set(`-> ${target}`, `${device.name}:${path}`)
    this.#written.delete(target)
    this.#did(device, 'links', path, target)
  }

  #makeFolder(device: SimDevice, path: string): void {
    if (device.disk.stat(full(path)) || !this.#makeRoom(device, path, 'none')) return
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
    if (from === to || to.startsWith(`${from}/`) || from.startsWith(`${to}/`)) return
    if (!device.disk.stat(full(from)) || !this.#makeRoom(device, to, 'none')) return
    this.#supersede(device, to)
    const parent = to.slice(0, Math.max(0, to.lastIndexOf('/')))
    if (parent !== '') device.disk.mkdir(full(parent))
    device.disk.rename(full(from), full(to))
    this.#did(device, `renames to ${to}`, from)
    this.#hint(device, to)
  }

  /** Makes sure that the folders above a path can exist and, for a file, that no folder is in its place. */
  #makeRoom(device: SimDevice, path: string, wanted: 'file' | 'none'): boolean {
    const parts = path.split('/')
    for (let i = 1; i < parts.length; i++) {
      const stat = device.disk.stat(full(parts.slice(0, i).join('/')))
      if (stat && stat.type !== 'directory') return false
    }
    const stat = device.disk.stat(full(path))
    return wanted === 'none' || !stat || stat.type === 'file'
  }

  /** What lies at a path on this device is replaced or deleted by a person who could see it. */
  #supersede(device: SimDevice, path: string): void {
    const tree = device.disk.tree(SHARE_FOLDER)
    for (const [at, value] of Object.entries(tree)) {
      if (value !== null && (at === path || at.startsWith(`${path}/`))) this.#replaced.add(value)
    }
  }

  #newValue(device: SimDevice, path: string): string {
    this.#count += 1
    const value = `${device.name}${this.#count}`
    this.#written.set(value, `${device.name}:${path}`)
    return value
  }

  #did(device: SimDevice, what: string, path: string, value = ''): void {
    this.#trace(`user at ${device.name} ${what} ${path} ${value}`)
    this.#hint(device, path)
  }

  /** A watcher tells most of what happens, not all of it. */
  #hint(device: SimDevice, path: string): void {
    if (this.#random.chance(HINT_PROBABILITY)) device.hint(path)
  }
}

const full = (path: string): string => `${SHARE_FOLDER}/${path}`
