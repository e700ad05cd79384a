/** What tests with real processes share: a folder of their own, free ports, and patience with an end. */
import type { ChildProcess } from 'node:child_process'
import { rmSync } from 'node:fs'
import { mkdir, mkdtemp, rm, statfs } from 'node:fs/promises'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'

export interface Scratch extends AsyncDisposable {
  readonly path: string
  /** Makes a folder in it. */
  folder(...names: readonly string[]): Promise<string>
}

/** A new folder that goes away with its owner; `HOMESEED_TEST_KEEP=1` leaves it, to be looked at. */
export async function makeScratch(name: string, parent = tmpdir()): Promise<Scratch> {
  const path = await mkdtemp(join(parent, `homeseed-${name}-`))
  scratches.add(path)
  return {
    path,
    folder: async (...names) => {
      const folder = join(path, ...names)
      await mkdir(folder, { recursive: true })
      return folder
    },
    [Symbol.asyncDispose]: async () => {
      scratches.delete(path)
      if (process.env['HOMESEED_TEST_KEEP'] === '1') console.error(`kept: ${path}`)
      else await rm(path, { recursive: true, force: true, maxRetries: 3 })
    },
  }
}

/** What is still there when this process ends before its time. */
const scratches = new Set<string>()
const children = new Set<ChildProcess>()

/**
 * No program outlives the test that started it, even one that was broken off: with its whole process group, which
 * it has to lead (`detached`), as Syncthing's monitor leaves its worker behind.
 */
export function endWithMe(child: ChildProcess): void {
  children.add(child)
  child.once('exit', () => {
    killGroup(child)
    children.delete(child)
  })
}

/** SIGKILL to a child and all that it started. */
export function killGroup({ pid }: ChildProcess): void {
  try {
    if (pid !== undefined) process.kill(-pid, 'SIGKILL')
  } catch {
    // all of them have ended
  }
}

process.once('exit', () => {
  for (const child of children) killGroup(child)
  if (process.env['HOMESEED_TEST_KEEP'] === '1') return
  for (const path of scratches) rmSync(path, { recursive: true, force: true, maxRetries: 3 })
})

/** Below the range from which Linux takes the near end of a connection, so that none takes it before its server. */
const [LOWEST_PORT, PORTS] = [15_000, 15_000]
const given = new Set<number>()

/** A port of 127.0.0.1 that nobody listens on. Test files run side by side: each starts its search elsewhere. */
export async function freePort(): Promise<number> {
  for (let attempt = 0; attempt < 200; attempt++) {
    const port = LOWEST_PORT + Math.floor(Math.random() * PORTS)
    if (!given.has(port) && (await canListen(port))) {
      given.add(port)
      return port
    }
  }
  throw new Error('no free port found')
}

function canListen(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer()
    server.once('error', () => resolve(false))
    server.listen(port, '127.0.0.1', () => server.close(() => resolve(true)))
  })
}

export async function freeBytes(path: string): Promise<number> {
  const { bavail, bsize } = await statfs(path)
  return bavail * bsize
}

export interface Patience {
  readonly timeoutMs?: number
  /** waits between two looks; an event to wait for is better than a short time */
  readonly between?: () => Promise<unknown>
  /** what to add to the message when it never came true */
  readonly describe?: () => string | Promise<string>
}

/**
 * Looks again and again until the answer is neither undefined nor false.
 * @throws when that took longer than `timeoutMs`, with the last error that a look threw
 */
export async function until<T>(
  what: string,
  look: () => T | Promise<T>,
  { timeoutMs = 60_000, between = () => pause(25), describe = () => '' }: Patience = {},
): Promise<Exclude<T, undefined | false>> {
  const deadline = performance.now() + timeoutMs
  for (;;) {
    let fault: Error | undefined
    try {
      const answer = await look()
      if (answer !== undefined && answer !== false) return answer as Exclude<T, undefined | false>
    } catch (error) {
      fault = error instanceof Error ? error : new Error(String(error))
    }
    if (performance.now() > deadline) {
      const lines = [
        `not within ${timeoutMs / 1000} s: ${what}`,
        fault ? `last look: ${fault.message}` : '',
        await describe(),
      ]
      throw new Error(lines.filter((line) => line !== '').join('\n'), { cause: fault })
    }
    await between()
  }
}
