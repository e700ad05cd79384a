import type { StatusJson } from '../../api/json.ts'
import { argument, textOption } from '../call.ts'
import type { Call } from '../call.ts'
import { CliError, exitCodes, usageError } from '../cli-error.ts'
import { ask, events } from '../client.ts'
import { print } from '../call.ts'
import { shareLine } from '../share-lines.ts'

export async function wait(call: Call) {
  const { home, io } = call
  const timeoutSeconds = numberOption(call, 'timeout', /^\d+(\.\d+)?$/)
  const peers = numberOption(call, 'peers', /^\d+$/)
  const share = call.args.length > 0 ? argument(call, 0) : undefined
  const body = {
    ...(share === undefined ? {} : { share }),
    ...(peers === undefined ? {} : { peers }),
    ...(timeoutSeconds === undefined ? {} : { timeoutSeconds }),
  }
  const stop = new AbortController()
  const watching = io.isErrTerminal && !call.json ? showProgress(call, share, stop.signal) : Promise.resolve()
  try {
    const { done } = await ask<{ readonly done: boolean }>({ home, method: 'POST', path: '/wait', body })
    if (!done)
      throw new CliError(
        exitCodes.timedOut,
        'timed-out',
        `not in sync after ${timeoutSeconds} s. "homeseed status" shows what is missing.`,
      )
    print(call, { done }, () => [])
    return exitCodes.done
  } finally {
    stop.abort()
    await watching
  }
}

function numberOption(call: Call, name: string, form: RegExp): number | undefined {
  const text = textOption(call, name)
  if (text === undefined) return undefined
  if (!form.test(text)) throw usageError(`--${name} must be a number, not "${text}"`)
  return Number(text)
}

/** One line that moves, gone when the waiting is over. */
async function showProgress({ home, io }: Call, wanted: string | undefined, signal: AbortSignal): Promise<void> {
  try {
    for await (const text of events(home, '/events', signal)) {
      const { shares } = JSON.parse(text) as StatusJson
      const busy = shares.filter(
        (share) => wanted === undefined || share.name === wanted || share.id.startsWith(wanted),
      )
      const line = busy
        .map(shareLine)
        .join('; ')
        .slice(0, Math.max(20, io.columns - 1))
      io.err(`\r\u001b[K${line}`)
    }
  } catch {
    // the picture is a kindness; whether the waiting works is told by the request itself
  } finally {
    io.err('\r\u001b[K')
  }
}
