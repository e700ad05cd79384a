/** A shared folder for a test, on a real disk or in memory, with a user's hands and the engine's. */
import nodeDisk from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import type { Found, KnownEntries, KnownEntry, ScanEnd } from '../../appliance/sync/disk-work.ts'
import { LocalDiskWork } from '../../appliance/sync/local-disk-work.ts'
import type { RelPath } from '../../appliance/sync/model/rel-path.ts'
import { nodeFs } from '../../appliance/sync/node-fs.ts'
import type { FileSystem } from '../../appliance/sync/ports.ts'
import { compareBytes } from '../../appliance/sync/scan/byte-order.ts'
import { MemoryFs } from './memory-fs.ts'
import type { MemoryFsOptions } from './memory-fs.ts'

/** What a user does; paths are relative to the shared folder. */
export interface Hands {
  write(path: string, content: string | Uint8Array): void
  read(path: string): string
  mkdir(path: string): void
  symlink(path: string, target: string): void
  rename(from: string, to: string): void
  remove(path: string): void
  chmod(path: string, mode: number): void
  setTimes(path: string, mtimeNs: bigint): void
  /** every path and its content, without `.homeseed` */
  tree(): Record<string, string | null>
  /** likewise, of `.homeseed/archive` */
  archive(): Record<string, string | null>
  /** names in `.homeseed/tmp` */
  temps(): readonly string[]
}

export interface DiskWorld extends Hands, Disposable {
  readonly root: { readonly shareId: string; readonly path: string }
  readonly disk: LocalDiskWork
  readonly index: TestIndex
  /** How far the engine's clock is ahead of the one that the file system goes by: enough for all to be at rest. */
  readonly clock: { aheadMs: number }
  readonly memory: MemoryFs | undefined
  /** What a scan finds, and takes over into `index` as the engine would. */
  scan(within?: readonly string[]): Promise<readonly Found[]>
  scanEnd(within?: readonly string[]): Promise<ScanEnd>
}

/** The index as far as the disk side needs it. */
export class TestIndex implements KnownEntries {
  readonly #seen = new Map<string, string>()
  #sorted: readonly KnownEntry[] | undefined

  set(path: string, seen: string): void {
    this.#sorted = undefined
    if (seen === '') this.#seen.delete(path)
    else this.#seen.set(path, seen)
  }

  seen(path: string): string {
    return this.#seen.get(path) ?? ''
  }

  get paths(): readonly string[] {
    return this.#all().map(({ path }) => path)
  }

  page(
    _shareId: string,
    within: RelPath | undefined,
    after: RelPath | undefined,
    limit: number,
  ): readonly KnownEntry[] {
    const isWithin = (path: string) => within === undefined || path === within || path.startsWith(`${within}/`)
    const isAfter = (path: string) => after === undefined || compareBytes(path, after) > 0
    return this.#all()
      .filter(({ path }) => isWithin(path) && isAfter(path))
      .slice(0, limit)
  }

  take(found: Found): void {
    if (found.kind === 'changed') this.set(found.path, found.seen)
    else if (found.kind === 'gone') this.set(found.path, '')
  }

  #all(): readonly KnownEntry[] {
    return (this.#sorted ??= [...this.#seen]
      .map(([path, seen]) => ({ path: path as RelPath, seen }))
      .sort((a, b) => compareBytes(a.path, b.path)))
  }
}

export const NOW_MS = Date.UTC(2026, 0, 31, 23, 59)
const AHEAD_MS = 60_000

export type WorldKind = 'disk' | 'memory'
export const worldKinds: readonly WorldKind[] = ['memory', 'disk']

export async function makeWorld(kind: WorldKind, options: MemoryFsOptions = {}): Promise<DiskWorld> {
  const world = kind === 'memory' ? memoryWorld(options) : diskWorld()
  await world.disk.prepare(world.root)
  return world
}

function memoryWorld(options: MemoryFsOptions): DiskWorld {
  const memory = new MemoryFs({ now: () => NOW_MS, ...options })
  memory.mkdir('/share')
  const at = (path: string) => `/share/${path}`
  const hands: Hands = {
    write: (path, content) => memory.writeFile(at(path), content),
    read: (path) => memory.readText(at(path)),
    mkdir: (path) => memory.mkdir(at(path)),
    symlink: (path, target) => memory.symlink(at(path), target),
    rename: (from, to) => memory.rename(at(from), at(to)),
    remove: (path) => memory.remove(at(path)),
    chmod: (path, mode) => memory.chmod(at(path), mode),
    setTimes: (path, mtimeNs) => memory.setTimes(at(path), mtimeNs),
    tree: () => memory.tree('/share'),
    archive: () => memory.tree('/share/.homeseed/archive'),
    temps: () => Object.keys(memory.tree('/share/.homeseed/tmp')),
  }
  return make(hands, '/share', { fs: memory, now: () => NOW_MS }, memory, () => undefined)
}

function diskWorld(): DiskWorld {
  const root = nodeDisk.mkdtempSync(join(tmpdir(), 'homeseed-'))
  const at = (path: string) => join(root, path)
  const hands: Hands = {
    write(path, content) {
      nodeDisk.mkdirSync(dirname(at(path)), { recursive: true })
      nodeDisk.writeFileSync(at(path), content)
    },
    read: (path) => nodeDisk.readFileSync(at(path), 'utf8'),
    mkdir: (path) => void nodeDisk.mkdirSync(at(path), { recursive: true }),
    symlink: (path, target) => nodeDisk.symlinkSync(target, at(path)),
    rename: (from, to) => nodeDisk.renameSync(at(from), at(to)),
    remove: (path) => nodeDisk.rmSync(at(path), { recursive: true, force: true }),
    chmod: (path, mode) => nodeDisk.chmodSync(at(path), mode),
    setTimes: (path, mtimeNs) => nodeDisk.utimesSync(at(path), Number(mtimeNs) / 1e9, Number(mtimeNs) / 1e9),
    tree: () => treeOf(root),
    archive: () => treeOf(at('.homeseed/archive')),
    temps: () => nodeDisk.readdirSync(at('.homeseed/tmp')),
  }
  const remove = () => {
    openUp(root)
    nodeDisk.rmSync(root, { recursive: true, force: true })
  }
  return make(hands, root, { fs: nodeFs, now: Date.now }, undefined, remove)
}

function make(
  hands: Hands,
  path: string,
  { fs, now }: { readonly fs: FileSystem; readonly now: () => number },
  memory: MemoryFs | undefined,
  dispose: () => void,
): DiskWorld {
  const index = new TestIndex()
  let count = 0
  const random = { bytes: (length: number) => Buffer.from(String(++count).padStart(length, '0')) }
  const clock = { aheadMs: AHEAD_MS, now: () => now() + clock.aheadMs, monotonic: () => 0 }
  const disk = new LocalDiskWork({ fs, known: index, random, clock })
  const root = { shareId: 'SHARE', path }
  const { signal } = new AbortController()
  const world: DiskWorld = {
    ...hands,
    root,
    disk,
    index,
    memory,
    clock,
    async scan(within) {
      const all: Found[] = []
      const end = await disk.scan(
        root,
        within as readonly RelPath[] | undefined,
        (found) => {
          for (const each of found) index.take(each)
          all.push(...found)
          return Promise.resolve()
        },
        signal,
      )
      if (end.type !== 'complete') throw new Error(end.reason)
      return all
    },
    scanEnd: (within) => disk.scan(root, within as readonly RelPath[] | undefined, () => Promise.resolve(), signal),
    [Symbol.dispose]: dispose,
  }
  return world
}

function treeOf(root: string): Record<string, string | null> {
  const all: Record<string, string | null> = {}
  const visit = (folder: string, prefix: string) => {
    for (const entry of nodeDisk.readdirSync(folder, { withFileTypes: true })) {
      if (prefix === '' && entry.name === '.homeseed') continue
      const path = join(folder, entry.name)
      if (entry.isDirectory()) all[prefix + entry.name] = null
      else if (entry.isSymbolicLink()) all[prefix + entry.name] = `-> ${nodeDisk.readlinkSync(path)}`
      else if (entry.isFile()) all[prefix + entry.name] = nodeDisk.readFileSync(path, 'utf8')
      if (entry.isDirectory()) visit(path, `${prefix + entry.name}/`)
    }
  }
  visit(root, '')
  return Object.fromEntries(Object.entries(all).sort(([a], [b]) => (a < b ? -1 : 1)))
}

/** So that a folder whose permissions a test took away can be removed. */
function openUp(folder: string): void {
  if (!nodeDisk.lstatSync(folder, { throwIfNoEntry: false })) return // a name that is not UTF-8
  nodeDisk.chmodSync(folder, 0o700)
  for (const entry of nodeDisk.readdirSync(folder, { withFileTypes: true }))
    if (entry.isDirectory()) openUp(join(folder, entry.name))
}
