import { accessSync, constants, mkdirSync, statSync } from 'node:fs'
import { UserError } from '../../appliance/sync/status.ts'

const reasons: Readonly<Record<string, string>> = {
  EACCES: 'no permission to write there',
  EPERM: 'no permission to write there',
  EROFS: 'the disk is read-only',
  ENOSPC: 'the disk is full',
  ENOTDIR: 'a file is in the way',
  EEXIST: 'a file is in the way',
}

/** Makes the folder of keys, index and settings, for its owner alone. @throws UserError when that cannot be */
export function prepareHome(home: string): void {
  try {
    // a folder that was there before keeps its permissions: each file in it is for its owner alone anyway
    mkdirSync(home, { recursive: true, mode: 0o700 })
    if (!statSync(home).isDirectory()) throw Object.assign(new Error('not a directory'), { code: 'ENOTDIR' })
    accessSync(home, constants.R_OK | constants.W_OK | constants.X_OK)
  } catch (error) {
    const { code = '', message } = error as NodeJS.ErrnoException
    throw new UserError(
      'home-unusable',
      `Homeseed cannot keep its files in ${home}: ${reasons[code] ?? message}. Choose another folder with --home DIR.`,
    )
  }
}
