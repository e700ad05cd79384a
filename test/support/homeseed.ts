/** A real `homeseed serve`: the production bundle in a process of its own, spoken to as a user or a script does. */
import assert from 'node:assert/strict'
import { spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { mkdirSync } from 'node:fs'
import { request } from 'node:http'
import { join } from 'node:path'
import { isBundled } from '../../server/boot/bundle.mjs'
import { environment, programFlags, nodePath, root } from '../../server/boot/paths.mjs'
import type { ShareStatus } from '../../appliance/sync/status.ts'
import { Program } from './program.ts'
import { freePort, until } from './scratch.ts'

/** What `share list --json` tells of a share. */
export type Share = Omit<ShareStatus, 'etaSeconds'> & { readonly etaSeconds: number | null }

export interface Outcome {
  readonly code: number | null
  readonly stdout: string
  readonly stderr: string
}

export interface HomeseedOptions {
  /** keys, index, settings; kept over a restart */
  readonly home: string
  readonly name?: string
  readonly env?: Readonly<Record<string, string>>
  /** HOST:PORT for peers; any free port of 127.0.0.1 unless given */
  readonly listen?: string
  readonly panel?: string
}

/** Another build than this clone's, to measure one beside the other. */
export const bundle = process.env['HOMESEED_BUNDLE'] ?? `${root}dist/server.mjs`
const START_MS = 30_000
const COMMAND_MS = 120_000

/** As the boot script sets it. */
const environmentWith = (env: Readonly<Record<string, string>> = {}): NodeJS.ProcessEnv => ({
  ...process.env,
  ...environment,
  ...env,
})

let isBuilt = false

/** Builds the bundle from the sources as they are, once in a test process and only where that is needed. */
export function buildOnce(): void {
  if (isBuilt || process.env['HOMESEED_BUNDLE'] !== undefined || isBundled()) return
  const { status, stderr } = spawnSync(process.execPath, [`${root}server/boot/homeseed.mjs`, 'version'], {
    encoding: 'utf8',
  })
  assert.equal(status, 0, `the program cannot be built:\n${stderr}`)
  isBuilt = true
}

/** Runs one command to its end, in a process of its own. */
export async function runHomeseed(
  args: readonly string[],
  {
    env,
    timeoutMs = COMMAND_MS,
    input,
  }: {
    readonly env?: Readonly<Record<string, string>>
    readonly timeoutMs?: number
    /** what comes through a pipe on stdin */
    readonly input?: string
  } = {},
): Promise<Outcome> {
  buildOnce()
  const child = spawn(nodePath(), [...programFlags, bundle, ...args], {
    env: environmentWith(env),
    stdio: ['pipe', 'pipe', 'pipe'],
  })
  child.stdin.on('error', () => undefined) // it may end without having read it
  child.stdin.end(input)
  const stdout = textOf(child.stdout)
  const stderr = textOf(child.stderr)
  const timer = setTimeout(() => child.kill('SIGKILL'), timeoutMs)
  const [code] = (await once(child, 'close')) as [number | null]
  clearTimeout(timer)
  return { code, stdout: stdout(), stderr: stderr() }
}

export class Homeseed implements AsyncDisposable {
  readonly home: string
  /** where peers reach it */
  readonly listen: string
  readonly panel: string
  readonly #program: Program

  private constructor({ home, name, env }: HomeseedOptions, listen: string, panel: string) {
    this.home = home
    this.listen = listen
    this.panel = panel
    const named = name === undefined ? [] : ['--name', name]
    const args = ['serve', '--home', home, '--panel', panel, '--listen', listen, '--no-discovery', ...named]
    this.#program = new Program({
      file: nodePath(),
      args: [...programFlags, bundle, ...args],
      env: environmentWith(env),
    })
  }

  /** Starts it, and waits until it answers commands. */
  static async start(options: HomeseedOptions): Promise<Homeseed> {
    buildOnce()
    mkdirSync(options.home, { recursive: true })
    const listen = options.listen ?? `127.0.0.1:${await freePort()}`
    const panel = options.panel ?? `127.0.0.1:${await freePort()}`
    const homeseed = new Homeseed(options, listen, panel)
    try {
      await homeseed.#ready()
    } catch (error) {
      await homeseed.kill()
      throw error
    }
    return homeseed
  }

  /** Starts it again on the same home and ports, after `stop` or `kill`. */
  async restart(): Promise<void> {
    this.#program.restart()
    await this.#ready()
  }

  get pid(): number {
    return this.#program.pid
  }

  get isRunning(): boolean {
    return this.#program.isRunning
  }

  /** The end of what it wrote to stdout and stderr, for the message of a test that fails. */
  get log(): string {
    return this.#program.log
  }

  /** Asks it to stop; one that does not is killed, and that is an error. */
  async stop(): Promise<void> {
    await this.#program.end('SIGTERM')
    assert.equal(this.#program.ending, 0, `it ended with ${this.#program.ending}\n${this.log}`)
    assert.doesNotMatch(this.log, /"stopped-late"/, 'something kept it from stopping')
  }

  /** SIGKILL: nothing is put away. */
  async kill(): Promise<void> {
    await this.#program.end('SIGKILL')
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#program.end('SIGTERM')
  }

  /** Runs a command on this home. */
  command(...args: readonly string[]): Promise<Outcome> {
    return runHomeseed([...args, '--home', this.home])
  }

  /** The same for one that has to work: what it printed. */
  async run(...args: readonly string[]): Promise<string> {
    const { code, stdout, stderr } = await this.command(...args)
    assert.equal(code, 0, `homeseed ${args.join(' ')} ended with ${code}\n${stderr}${stdout}\n${this.log}`)
    return stdout
  }

  /** The same with `--json`. */
  async json<T>(...args: readonly string[]): Promise<T> {
    return JSON.parse(await this.run(...args, '--json')) as T
  }

  /** One request on its control socket: what a command does, without the cost of a process. */
  ask<T>(method: 'GET' | 'POST' | 'DELETE', path: string, body?: unknown): Promise<T> {
    return askControl<T>(join(this.home, 'control.sock'), method, path, body)
  }

  async share(name: string): Promise<Share> {
    return this.ask<Share>('GET', `/api/v1/shares/${encodeURIComponent(name)}`)
  }

  /** Waits, as `homeseed wait` does, until it and `peers` others hold the same. */
  async settled(share: string, { peers = 1, timeoutSeconds = 60 } = {}): Promise<void> {
    const { done } = await this.ask<{ done: boolean }>('POST', '/api/v1/wait', { share, peers, timeoutSeconds })
    assert.ok(done, `${share} is not in sync after ${timeoutSeconds} s: ${await this.describe()}`)
  }

  /** Its shares and its log, for the message of a test that fails. */
  async describe(): Promise<string> {
    const shares = await this.ask<unknown>('GET', '/api/v1/shares').catch((error: unknown) => String(error))
    return `${JSON.stringify(shares, undefined, 1)}\n${this.log}`
  }

  async #ready(): Promise<void> {
    const answers = async () => {
      if (!this.isRunning) return 'ended'
      await this.ask('GET', '/healthz')
      return 'ready'
    }
    const state = await until('it answers', answers, { timeoutMs: START_MS, describe: () => this.log })
    assert.equal(state, 'ready', `it ended with ${this.#program.ending}\n${this.log}`)
  }
}

/** @throws Error with what it answered, when that is an error */
function askControl<T>(socketPath: string, method: string, path: string, body: unknown): Promise<T> {
  return new Promise((resolve, reject) => {
    const headers = body === undefined ? {} : { 'content-type': 'application/json' }
    const asked = request({ socketPath, method, path, headers, agent: false }, (response) => {
      const text = textOf(response)
      response.once('error', reject).once('end', () => {
        if (response.statusCode === 200) resolve(JSON.parse(text()) as T)
        else reject(new Error(`${method} ${path}: ${response.statusCode} ${text()}`))
      })
    })
    asked.once('error', reject).end(body === undefined ? undefined : JSON.stringify(body))
  })
}

function textOf(stream: NodeJS.ReadableStream): () => string {
  const parts: string[] = []
  stream.setEncoding('utf8')
  stream.on('data', (text: string) => parts.push(text))
  return () => parts.join('')
}
