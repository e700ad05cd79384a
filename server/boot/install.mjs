// Are the packages of the lockfile in node_modules? If not, npm puts them there.
import { spawnSync } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import { basename, dirname, join } from 'node:path'
import { pinnedNode, root } from './paths.mjs'

/**
 * @typedef {{ version?: string, integrity?: string, dev?: boolean, devOptional?: boolean, optional?: boolean }} Package
 * @typedef {Record<string, Package>} Packages  by path below the clone; '' is the clone itself
 */

/**
 * @param {string} path
 * @returns {Packages}
 */
const packagesOf = (path) => JSON.parse(readFileSync(root + path, 'utf8')).packages

/** What npm says that it installed. It writes this file last: a broken-off `npm ci` leaves none. */
function installedPackages() {
  try {
    return packagesOf('node_modules/.package-lock.json')
  } catch {
    return {} // nothing there, or not all of it: either way it has to be installed
  }
}

/** @param {boolean} withDevTools  also what only checks and tests need */
export function isInstalled(withDevTools) {
  const installed = installedPackages()
  const locked = packagesOf('package-lock.json')
  for (const [path, wanted] of Object.entries(locked)) {
    if (path === '' || (!withDevTools && (wanted.dev || wanted.devOptional))) continue
    const found = installed[path]
    if (!found && wanted.optional) continue // for another kind of machine
    if (found?.version !== wanted.version || found?.integrity !== wanted.integrity) return false
  }
  return existsSync(pinnedNode) || !(`node_modules/node-${process.platform}-${process.arch}` in locked)
}

/**
 * Adds what is missing. What npm says goes to stderr. Never takes a developer's tools away.
 * @param {boolean} withDevTools
 * @throws when npm fails
 */
export function install(withDevTools) {
  const before = Object.values(installedPackages())
  const scope = withDevTools || before.some(({ dev }) => dev) ? '--include=dev' : '--omit=dev'
  const flags = [
    '--include=optional',
    scope,
    '--ignore-scripts',
    '--no-audit',
    '--no-fund',
    '--no-update-notifier',
    '--loglevel=error',
  ]
  console.error('homeseed: installing what is missing (once) ...')
  // `ci` empties node_modules first: right when it is empty or broken, wrong under a running appliance.
  const verbs = before.length === 0 ? [['ci'], ['install', '--no-save']] : [['install', '--no-save'], ['ci']]
  if (verbs.some((verb) => npm([...verb, ...flags]) && isInstalled(withDevTools))) return
  throw new Error('npm could not install the packages; its reasons are above. Is this computer online?')
}

/** @param {string[]} args */
function npm(args) {
  const cli = npmCli()
  const [command, ...first] = cli ? [process.execPath, cli] : ['npm']
  const { status, error } = spawnSync(command, [...first, ...args], { cwd: root, stdio: ['ignore', 2, 2] })
  if (error) console.error(`homeseed: cannot run ${command}: ${error.message}`)
  return status === 0
}

/** The npm that runs this, if one does: not another package manager, and not whatever npm comes first in PATH. */
function npmCli() {
  const running = process.env.npm_execpath
  if (!running || !/^np[mx]-cli\.c?js$/.test(basename(running))) return undefined
  const cli = join(dirname(running), 'npm-cli.js')
  return existsSync(cli) ? cli : undefined
}
