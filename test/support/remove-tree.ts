import { lstatSync, readdirSync, rmdirSync, unlinkSync } from 'node:fs'
import { codeOf } from '../../appliance/sync/model/error-code.ts'

/**
 * Deletes a folder, or whatever else lies there, at most once: where a share works in it meanwhile, what comes or goes
 * in it is no reason to stop. Node's own recursive deletion then ends without an error, and leaves the rest.
 */
export function removeTree(path: string): void {
  removeAt(Buffer.from(path))
}

/** @param path  bytes, as not every name is text */
function removeAt(path: Buffer): void {
  for (;;) {
    try {
      if (!lstatSync(path).isDirectory()) return unlinkSync(path)
      for (const name of readdirSync(path, { encoding: 'buffer' })) removeAt(Buffer.concat([path, SLASH, name]))
      return rmdirSync(path)
    } catch (error) {
      if (codeOf(error) === 'ENOENT') return
      // something was put there meanwhile
      if (codeOf(error) !== 'ENOTEMPTY') throw error
    }
  }
}

const SLASH = Buffer.from('/')
