// Makes a clone ready to run: packages installed, bundle built. Quick when there is nothing to do.
import { spawnSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { isBundled } from './bundle.mjs'
import { install, isInstalled } from './install.mjs'
import { nodePath, root } from './paths.mjs'

/**
 * @typedef {object} Needs
 * @property {boolean} devTools  what only checks and tests use
 * @property {'no' | 'try' | 'yes'} bundle  `try`: go on without it when it cannot be built
 */

/** @param {Needs} needs */
const isReady = ({ devTools, bundle }) => isInstalled(devTools) && (bundle === 'no' || isBundled())

/**
 * Does what is missing, one process at a time: the kernel's lock on the clone ends with the process that holds it.
 * Ends this process when something cannot be done; the reason is on stderr.
 * @param {Needs} needs
 */
export function prepare(needs) {
  if (isReady(needs)) return
  const self = [process.execPath, fileURLToPath(import.meta.url), JSON.stringify(needs)]
  /** @type {import('node:child_process').SpawnSyncOptions} */
  const options = { stdio: ['ignore', 2, 2] }
  const locked = spawnSync('flock', [root, ...self], options)
  const done = locked.error ? spawnSync(process.execPath, self.slice(1), options) : locked // no flock outside Linux
  if (done.status !== 0) process.exit(1)
}

/** @param {Needs} needs */
function prepareLocked(needs) {
  if (!isInstalled(needs.devTools)) install(needs.devTools)
  if (needs.bundle === 'no' || isBundled()) return
  const { status } = spawnSync(nodePath(), [`${root}server/boot/build.mjs`], { stdio: ['ignore', 2, 2] })
  if (status === 0) return
  if (needs.bundle === 'yes') throw new Error('the program could not be built; the reasons are above.')
  console.error('homeseed: the program could not be built; going on without it.')
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  try {
    prepareLocked(JSON.parse(process.argv[2] ?? ''))
  } catch (error) {
    console.error(`homeseed: ${error instanceof Error ? error.message : String(error)}`)
    process.exitCode = 1
  }
}
