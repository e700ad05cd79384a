/** The folders on this device's disks that become shares. */
import { constants, existsSync } from 'node:fs'
import { access, mkdir, realpath, stat } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'
import type { ShareFolders } from '../appliance/sync/engine/shares.ts'
import { codeOf } from '../appliance/sync/model/error-code.ts'
import { UserError } from '../appliance/sync/status.ts'

/** @param home Homeseed's own folder: what holds it, or lies in it, is no share */
export const shareFolders = (home: string): ShareFolders => ({
  locate: async (path, mayBeMissing) => {
    const found = await realOf(path)
    if (found.missing.length > 0 && !mayBeMissing)
      throw new UserError('folder-missing', `There is no folder ${path}. Make it first, or check the name.`, {
        folder: path,
      })
    if (!(await stat(found.real)).isDirectory())
      throw new UserError(
        'no-folder',
        `${found.missing.length > 0 ? found.real : path} is a file. Only a folder can be shared.`,
      )
    await access(found.real, constants.R_OK | constants.W_OK | constants.X_OK).catch(() => {
      throw notWritable(found.real)
    })
    const folder = join(found.real, ...found.missing)
    const ownHome = await realpath(home)
    if (`${ownHome}/`.startsWith(`${folder}/`) || folder.startsWith(`${ownHome}/`))
      throw new UserError(
        'folder-holds-home',
        `${folder} holds Homeseed's own files (${ownHome}). Choose another folder.`,
        { folder },
      )
    return { path: folder, isMissing: found.missing.length > 0 }
  },
  make: async (path) => {
    await mkdir(path, { recursive: true }).catch((error: NodeJS.ErrnoException) => {
      const reason = reasons[error.code ?? ''] ?? error.message
      throw new UserError('folder-not-made', `The folder ${path} cannot be made: ${reason}.`, { folder: path })
    })
  },
})

/** The real path of as much of it as is there, and the names that are not there yet. @throws UserError */
async function realOf(path: string): Promise<{ readonly real: string; readonly missing: readonly string[] }> {
  try {
    return { real: await realpath(path), missing: [] }
  } catch (error) {
    const code = codeOf(error)
    if (code === 'EACCES') throw notWritable(path)
    if (code === 'ENOTDIR')
      throw new UserError('no-folder', `A part of ${path} is a file. Only a folder can be shared.`)
    if (code !== 'ENOENT' || dirname(path) === path)
      throw new UserError('folder-missing', `The folder ${path} cannot be used (${code}). Check the name.`)
    const { real, missing } = await realOf(dirname(path))
    return { real, missing: [...missing, basename(path)] }
  }
}

const notWritable = (folder: string): UserError =>
  new UserError('folder-read-only', `Homeseed may not write to ${folder}. Change its owner or its permissions.`, {
    folder,
  })

const reasons: Readonly<Record<string, string>> = {
  EACCES: 'Homeseed may not write there',
  EPERM: 'Homeseed may not write there',
  EROFS: 'the disk is read-only',
  ENOSPC: 'the disk is full',
  ENOTDIR: 'a file is in the way',
  EEXIST: 'a file is in the way',
}

/** The path of a folder that is not there yet, called as the share or much like it. */
export function unusedFolder(parent: string, wanted: string | undefined): string {
  const name =
    (wanted ?? '')
      .replace(/[/\0\p{Cc}]/gu, '-')
      .replace(/^\.+/, '')
      .trim()
      .slice(0, 80) || 'Share'
  for (let n = 1; ; n += 1) {
    const path = join(parent, n === 1 ? name : `${name} ${n}`)
    if (!existsSync(path)) return path
  }
}
