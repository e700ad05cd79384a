import { existsSync } from 'node:fs'
import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { UserError } from '../appliance/sync/status.ts'

/** Tries `action`; when all it lacks is the folder, makes that and tries once more. */
export async function withNewFolder<T>(path: string, action: () => Promise<T>): Promise<T> {
  try {
    return await action()
  } catch (error) {
    if (!(error instanceof UserError) || error.code !== 'folder-missing') throw error
  }
  await mkdir(path, { recursive: true }).catch((error: NodeJS.ErrnoException) => {
    throw new UserError(
      'folder-not-made',
      `The folder ${path} cannot be made: ${reasons[error.code ?? ''] ?? error.message}.`,
    )
  })
  return action()
}

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
