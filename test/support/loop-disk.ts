/** A disk of its own for a test: an image file, mounted through a loop device. Needs root. */
import { execFileSync, spawnSync } from 'node:child_process'
import { mkdirSync, readFileSync, truncateSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { findTool, needRoot, needTool } from './need-tool.ts'
import type { Skippable } from './need-tool.ts'

export type LoopKind = 'ext4' | 'btrfs' | 'xfs'

const makers: Readonly<Record<LoopKind, readonly string[]>> = {
  ext4: ['mkfs.ext4', '-q', '-F', '-b', '4096', '-E', 'lazy_itable_init=0,lazy_journal_init=0'],
  btrfs: ['mkfs.btrfs', '-q', '-f'],
  xfs: ['mkfs.xfs', '-q', '-f'],
}
const packages: Readonly<Record<LoopKind, string>> = { ext4: 'e2fsprogs', btrfs: 'btrfs-progs', xfs: 'xfsprogs' }

/** Whether such disks can be had here; false after skipping the test. @throws in CI when they cannot */
export const needLoopDisk = (t: Skippable, kind: LoopKind = 'ext4'): boolean =>
  needRoot(t) &&
  needTool(t, makers[kind][0] ?? '', packages[kind]) !== undefined &&
  needTool(t, 'losetup') !== undefined

const mounted = new Set<string>()
const devices = new Set<string>()

process.once('exit', () => {
  for (const path of mounted) spawnSync('umount', ['-l', path])
  for (const device of devices) spawnSync('losetup', ['-d', device])
})

/** Full path of a tool that only root may have in PATH. */
const tool = (name: string): string => findTool(name) ?? name

export class LoopDisk implements Disposable {
  readonly image: string
  /** where it is mounted; an empty folder lies there while it is not */
  readonly path: string
  readonly kind: LoopKind
  #device = ''

  private constructor(image: string, path: string, kind: LoopKind) {
    this.image = image
    this.path = path
    this.kind = kind
  }

  /** Makes it, and mounts it at `folder/name`. @param sizeMiB  at least 16 for ext4, 120 for btrfs, 300 for XFS */
  static make(
    folder: string,
    name: string,
    { kind = 'ext4', sizeMiB = 64 }: { kind?: LoopKind; sizeMiB?: number } = {},
  ) {
    const disk = new LoopDisk(join(folder, `${name}.img`), join(folder, name), kind)
    writeFileSync(disk.image, '')
    truncateSync(disk.image, sizeMiB * 2 ** 20)
    const [maker = '', ...args] = makers[kind]
    execFileSync(tool(maker), [...args, disk.image], { stdio: ['ignore', 'ignore', 'pipe'] })
    mkdirSync(disk.path)
    disk.mount()
    return disk
  }

  /** An image that is there already, such as a copy of another one. */
  static of(image: string, path: string, kind: LoopKind = 'ext4') {
    mkdirSync(path, { recursive: true })
    return new LoopDisk(image, path, kind)
  }

  /** `/dev/loopN` */
  get device(): string {
    return this.#device
  }

  get isMounted(): boolean {
    return mounted.has(this.path)
  }

  mount(options = 'rw'): void {
    if (this.#device === '') {
      this.#device = execFileSync(tool('losetup'), ['--find', '--show', this.image], { encoding: 'utf8' }).trim()
      devices.add(this.#device)
    }
    execFileSync('mount', ['-o', options, this.#device, this.path])
    mounted.add(this.path)
  }

  remount(options: string): void {
    execFileSync('mount', ['-o', `remount,${options}`, this.path])
  }

  /** @param how lazily: at once, whoever uses it */
  unmount(how: 'at-once' | 'lazily' = 'at-once'): void {
    execFileSync('umount', how === 'lazily' ? ['-l', this.path] : [this.path])
    mounted.delete(this.path)
  }

  /** Takes it out: no program can keep it. */
  detach(): void {
    if (mounted.has(this.path)) spawnSync('umount', ['-l', this.path])
    mounted.delete(this.path)
    if (this.#device !== '') spawnSync(tool('losetup'), ['-d', this.#device])
    devices.delete(this.#device)
    this.#device = ''
  }

  [Symbol.dispose](): void {
    this.detach()
  }
}

export const dropCaches = (): void => {
  execFileSync('sync')
  writeFileSync('/proc/sys/vm/drop_caches', '3')
}

export const isMounted = (path: string): boolean =>
  readFileSync('/proc/mounts', 'utf8')
    .split('\n')
    .some((line) => line.split(' ')[1] === path)
