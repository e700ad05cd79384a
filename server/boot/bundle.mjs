// Is the bundle in dist/ made from the sources as they are now?
import { createHash } from 'node:crypto'
import { readdirSync, readFileSync, statSync } from 'node:fs'
import { root } from './paths.mjs'

/** Whatever lies here can change the bundle. */
const sources = ['appliance', 'server', 'ui', 'package-lock.json']

export const stampPath = `${root}dist/.built-from`

/** A digest of path, size and time of every source: reading none of them keeps each start quick. */
export function sourcesDigest() {
  const digest = createHash('sha256').update(process.arch)
  for (const path of sources) addTo(digest, path)
  return digest.digest('hex')
}

/**
 * @param {import('node:crypto').Hash} digest
 * @param {string} path
 */
function addTo(digest, path) {
  const stat = statSync(root + path, { throwIfNoEntry: false })
  if (stat?.isDirectory()) for (const name of readdirSync(root + path).sort()) addTo(digest, `${path}/${name}`)
  else if (stat) digest.update(`${path}\0${stat.size}\0${stat.mtimeMs}\0`)
}

export function isBundled() {
  try {
    return readFileSync(stampPath, 'utf8') === sourcesDigest()
  } catch {
    return false // never built, or not to the end
  }
}
