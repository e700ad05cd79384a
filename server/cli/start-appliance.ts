import { spawn } from 'node:child_process'
import { closeSync, mkdirSync, openSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Call } from './call.ts'
import { CliError, exitCodes } from './cli-error.ts'
import { ask } from './client.ts'

const START_MS = 30_000
const LOOK_MS = 100
const LOG = 'serve.log'

/**
 * Has the appliance run, by itself from now on, if it does not yet: for who has none that a service manager starts.
 * @throws CliError when it does not come up
 */
export async function startAppliance({ home, io }: Call): Promise<void> {
  if (await answers(home)) return
  mkdirSync(home, { recursive: true, mode: 0o700 })
  const logPath = join(home, LOG)
  const log = openSync(logPath, 'a', 0o600)
  const [, program = ''] = process.argv
  const child = spawn(process.execPath, [...process.execArgv, program, 'serve', '--home', home], {
    cwd: home,
    detached: true,
    stdio: ['ignore', log, log],
  })
  closeSync(log)
  let hasEnded = false
  child.on('error', () => (hasEnded = true))
  child.on('exit', () => (hasEnded = true))
  child.unref()
  for (let waitedMs = 0; waitedMs < START_MS; waitedMs += LOOK_MS) {
    if (await answers(home)) {
      io.err(`Homeseed was not running and has been started; its log is ${logPath}.\n`)
      return
    }
    if (hasEnded) break
    await sleep(LOOK_MS)
  }
  const said = readFileSync(logPath, 'utf8').trimEnd().split('\n').at(-1) ?? ''
  throw new CliError(exitCodes.failed, 'not-started', `Homeseed could not be started: ${said || `see ${logPath}`}`)
}

async function answers(home: string): Promise<boolean> {
  try {
    await ask({ home, method: 'GET', path: '/device' })
    return true
  } catch (error) {
    if (error instanceof CliError && error.exitCode === exitCodes.notRunning) return false
    throw error
  }
}
