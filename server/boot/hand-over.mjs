// Runs a script under the pinned Node in place of this process, as far as that can be seen from outside.
import { spawn } from 'node:child_process'
import { constants } from 'node:os'
import { isatty } from 'node:tty'
import { environment, nodePath, program, programFlags, root } from './paths.mjs'

/**
 * Passes on stdin, stdout, stderr, signals, and how it ended.
 * @param {string} script  path below the clone
 * @param {readonly string[]} args
 */
export function handOver(script, args) {
  const flags = script === program ? programFlags : []
  const child = spawn(nodePath(), [...flags, root + script, ...args], {
    stdio: 'inherit',
    env: { ...environment, ...process.env },
  })
  // Ctrl+C reaches the child from the terminal already; a second one would mean "at once".
  const atTerminal = [0, 1, 2].some((fd) => isatty(fd))
  for (const signal of /** @type {const} */ (['SIGINT', 'SIGTERM', 'SIGHUP'])) {
    process.on(signal, () => {
      if (!(signal === 'SIGINT' && atTerminal)) child.kill(signal)
    })
  }
  // npx runs this through a shell that, when stopped, leaves it behind without a word.
  const { ppid } = process
  const orphaned = () => process.ppid !== ppid && child.kill('SIGTERM')
  if (process.env.npm_command) setInterval(orphaned, 500).unref()
  child.on('error', (error) => {
    console.error(`homeseed: cannot run ${nodePath()}: ${error.message}`)
    process.exitCode = 1
  })
  child.on('exit', (code, signal) => {
    // 128 + n, as a shell reports it: raising the signal here could still be delayed or caught
    process.exitCode = signal ? 128 + constants.signals[signal] : (code ?? 1)
  })
}
