import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import type { ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { endWithMe, killGroup } from './scratch.ts'

const STOP_MS = 15_000
const KEPT_LOG = 60_000

export interface ProgramOptions {
  readonly file: string
  readonly args: readonly string[]
  readonly env: NodeJS.ProcessEnv
}

/** A program that runs beside a test, in a process group of its own, and never outlives it. */
export class Program {
  readonly #options: ProgramOptions
  #child: ChildProcess
  #log = ''

  /** Starts it. */
  constructor(options: ProgramOptions) {
    this.#options = options
    this.#child = this.#spawn()
  }

  /** Starts it once more, after it has ended. */
  restart(): void {
    assert.ok(!this.isRunning, 'it is running still')
    this.#child = this.#spawn()
  }

  get pid(): number {
    assert.ok(this.#child.pid !== undefined, 'it could not be started')
    return this.#child.pid
  }

  get isRunning(): boolean {
    return this.ending === null
  }

  /** its exit code, or the signal that ended it; null while it runs */
  get ending(): number | string | null {
    return this.#child.exitCode ?? this.#child.signalCode
  }

  /** The end of what it wrote to stdout and stderr, over all its starts. */
  get log(): string {
    return this.#log
  }

  /** Sends a signal and waits for its end; one that does not end is killed. */
  async end(signal: NodeJS.Signals): Promise<void> {
    if (!this.isRunning) return
    const exited = once(this.#child, 'exit')
    this.#child.kill(signal)
    const timer = setTimeout(() => killGroup(this.#child), STOP_MS)
    await exited
    clearTimeout(timer)
  }

  #spawn(): ChildProcess {
    const { file, args, env } = this.#options
    const child = spawn(file, args, { env, stdio: ['ignore', 'pipe', 'pipe'], detached: true })
    endWithMe(child)
    for (const stream of [child.stdout, child.stderr])
      stream.setEncoding('utf8').on('data', (text: string) => (this.#log = (this.#log + text).slice(-KEPT_LOG)))
    return child
  }
}
