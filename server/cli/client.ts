import { request } from 'node:http'
import type { IncomingMessage } from 'node:http'
import { controlSocketPath } from '../control-socket.ts'
import { CliError, exitCodes } from './cli-error.ts'

/** Answers are small; this is what keeps a wild one from filling memory. */
const maxAnswerBytes = 64 * 1024 * 1024

const notRunning = (home: string) =>
  new CliError(
    exitCodes.notRunning,
    'not-running',
    `the appliance isn't running in ${home}. Start it with "homeseed serve", or name another --home.`,
  )

interface Ask {
  readonly home: string
  readonly method: 'GET' | 'POST' | 'DELETE'
  /** below /api/v1 */
  readonly path: string
  readonly body?: unknown
  readonly signal?: AbortSignal
}

/** @throws CliError: 3 when nothing listens or it stops meanwhile, 1 when it says no */
export async function ask<T>(options: Ask): Promise<T> {
  const answer = await send(options)
  let text = ''
  answer.setEncoding('utf8')
  try {
    for await (const part of answer) {
      text += part as string
      if (text.length > maxAnswerBytes) throw new Error('the answer is too long')
    }
  } catch (error) {
    throw gone(options, error)
  }
  const document = JSON.parse(text) as T & { readonly error?: { readonly code: string; readonly message: string } }
  if ((answer.statusCode ?? 500) < 400) return document
  const { code = 'failed', message = `it answered ${answer.statusCode}` } = document.error ?? {}
  throw new CliError(exitCodes.failed, code, message)
}

/** The events of a stream, until it ends. @throws CliError as `ask` */
export async function* events(home: string, path: string, signal: AbortSignal): AsyncGenerator<string> {
  const options = { home, method: 'GET', path, signal } as const
  const answer = await send(options)
  answer.setEncoding('utf8')
  let rest = ''
  try {
    for await (const part of answer) {
      const blocks = (rest + (part as string)).split('\n\n')
      rest = blocks.pop() ?? ''
      for (const block of blocks) {
        const data = block.split('\n').filter((line) => line.startsWith('data: '))
        if (data.length > 0) yield data.map((line) => line.slice(6)).join('\n')
      }
    }
  } catch (error) {
    if (signal.aborted) return
    throw gone(options, error)
  }
  if (!signal.aborted) throw notRunning(home) // a stream ends only with the appliance
}

const gone = ({ home, signal }: Pick<Ask, 'home' | 'signal'>, error: unknown): Error => {
  if (signal?.aborted) return signal.reason as Error
  const { code } = error as NodeJS.ErrnoException
  return code === 'ECONNRESET' || code === 'EPIPE' ? notRunning(home) : (error as Error)
}

function send({ home, method, path, body, signal }: Ask): Promise<IncomingMessage> {
  const text = body === undefined ? undefined : JSON.stringify(body)
  const headers =
    text === undefined ? {} : { 'Content-Type': 'application/json', 'Content-Length': Buffer.byteLength(text) }
  return new Promise((resolve, reject) => {
    let socket: ReturnType<typeof controlSocketPath>
    try {
      socket = controlSocketPath(home)
    } catch {
      return reject(notRunning(home)) // there is not even such a folder
    }
    const done = <T>(settle: (value: T) => void) => {
      return (value: T) => {
        socket.close()
        settle(value)
      }
    }
    const outgoing = request(
      { socketPath: socket.path, path: `/api/v1${path}`, method, headers, ...(signal ? { signal } : {}) },
      done(resolve),
    )
    outgoing.on(
      'error',
      done((error: NodeJS.ErrnoException) => {
        if (error.code === 'EACCES')
          return reject(
            new CliError(
              exitCodes.failed,
              'no-permission',
              `no permission to use ${home}. Run this as the user that runs the appliance.`,
            ),
          )
        const isGone = ['ENOENT', 'ECONNREFUSED', 'ENOTDIR', 'ENOTSOCK'].includes(error.code ?? '')
        reject(isGone ? notRunning(home) : gone({ home, ...(signal ? { signal } : {}) }, error))
      }),
    )
    outgoing.end(text)
  })
}
