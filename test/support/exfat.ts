/** A real exFAT, in a file: no permissions, whole seconds, no links, names in any letters' case alike. */
import { execFileSync } from 'node:child_process'
import { mkdirSync, truncateSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { needRoot, needTool } from './need-tool.ts'
import type { Skippable } from './need-tool.ts'

export interface Disk extends Disposable {
  readonly folder: string
  /** As when it is unplugged and plugged in again. @param options of the mount */
  remount(options?: string): void
}

const IMAGE_BYTES = 64 * 1024 * 1024

/** undefined after skipping the test. @param folder where it is to be; the image lies beside it */
export function makeExfat(t: Skippable, folder: string): Disk | undefined {
  if (!needRoot(t)) return undefined
  const mount = needTool(t, 'mount.exfat-fuse', 'exfat-fuse')
  const format = needTool(t, 'mkfs.exfat')
  if (!mount || !format) return undefined
  const image = `${folder}.img`
  mkdirSync(folder, { recursive: true })
  writeFileSync(image, '')
  truncateSync(image, IMAGE_BYTES)
  execFileSync(format, [image], { stdio: 'ignore' })
  const device = execFileSync('losetup', ['--find', '--show', image], { encoding: 'utf8' }).trim()
  const mountIt = (options: string) => void execFileSync(mount, ['-o', options, device, folder], { stdio: 'ignore' })
  mountIt('umask=022')
  return {
    folder: join(folder, 'share'),
    remount: (options = 'umask=022') => {
      execFileSync('umount', [folder])
      mountIt(options)
    },
    [Symbol.dispose]: () => {
      execFileSync('umount', ['-l', folder])
      execFileSync('losetup', ['-d', device])
    },
  }
}
