/**
 * Tests that need something a computer may not have skip there and say what is missing. Where CI is set they fail
 * instead: a suite that silently tests less is no proof.
 */
import { accessSync, constants } from 'node:fs'
import { delimiter, join } from 'node:path'
import type { TestContext } from 'node:test'

/** Debian packages, where the package is not called as its tool. */
const packageOfTool: Readonly<Record<string, string>> = {
  ip: 'iproute2',
  'mkfs.exfat': 'exfatprogs',
  'mkfs.ext4': 'e2fsprogs',
  'mkfs.ntfs': 'ntfs-3g',
  'mkfs.vfat': 'dosfstools',
  'ntfs-3g': 'ntfs-3g',
  'qemu-system-aarch64': 'qemu-system-arm',
  setpriv: 'util-linux',
  unshare: 'util-linux',
  smbclient: 'smbclient',
  smbd: 'samba',
  sshd: 'openssh-server',
  tc: 'iproute2',
  testparm: 'samba-common-bin',
  'transmission-remote': 'transmission-cli',
  'transmission-cli': 'transmission-cli',
  wg: 'wireguard-tools',
}

const isExecutable = (path: string): boolean => {
  try {
    accessSync(path, constants.X_OK)
    return true
  } catch {
    return false // not there, or not for us: try the next place
  }
}

/** Full path of a program, also where only root has its folder in PATH. */
export const findTool = (tool: string): string | undefined =>
  [...(process.env['PATH'] ?? '').split(delimiter), '/usr/sbin', '/sbin']
    .filter((folder) => folder !== '')
    .map((folder) => join(folder, tool))
    .find(isExecutable)

/** What a test context does here; a test of this file passes its own. */
export type Skippable = Pick<TestContext, 'skip'>

const missing = (t: Skippable, reason: string): undefined => {
  if (process.env['CI'] === 'true') throw new Error(`${reason} (in CI that is a failure)`)
  t.skip(reason)
}

/**
 * Full path of the tool; undefined after skipping the test, which then has to return:
 *
 *     const syncthing = needTool(t, 'syncthing')
 *     if (!syncthing) return
 *
 * @throws in CI when the tool is missing
 */
export const needTool = (t: Skippable, tool: string, debianPackage = packageOfTool[tool] ?? tool): string | undefined =>
  findTool(tool) ?? missing(t, `${tool} is not installed: apt-get install ${debianPackage}`)

/**
 * Whether the test runs as root; false after skipping it.
 * @throws in CI when it does not
 */
export const needRoot = (t: Skippable): boolean =>
  process.getuid?.() === 0 || (missing(t, 'needs root: run it with sudo') ?? false)
