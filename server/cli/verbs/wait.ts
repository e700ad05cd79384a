import { plainText } from '../../../ui/plain-text.ts'
import type { ShareJson, StatusJson } from '../../api/json.ts'
import { argument, textOption } from '../call.ts'
import type { Call } from '../call.ts'
import { CliError, exitCodes, usageError } from '../cli-error.ts'
import { ask, events } from '../client.ts'
import { print } from '../call.ts'
import { shareLine } from '../share-lines.ts'
import { sharePath } from './share.ts'

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
    if (!done) {
      const reasons = (await meant(call, share)).flatMap((each) => whyNot(each, peers ?? 1) ?? [])
      throw new CliError(
        exitCodes.timedOut,
        'timed-out',
        `not in sync after ${timeoutSeconds} s: ${reasons.join('; ') || 'almost there'}.`,
      )
    }
    print(call, { done }, () => [])
    return exitCodes.done
  } finally {
    stop.abort()
    await watching
  }
}

const meant = async ({ home }: Call, share: string | undefined): Promise<readonly ShareJson[]> =>
  share === undefined
    ? ask<readonly ShareJson[]>({ home, method: 'GET', path: '/shares' })
    : [await ask<ShareJson>({ home, method: 'GET', path: sharePath(share) })]

/** What a share is still waiting for; undefined: nothing. */
function whyNot({ name, state, message, needFiles, peers }: ShareJson, wanted: number): string | undefined {
  const tell = (reason: string) => `${plainText(name)}: ${reason}`
  if (state === 'paused') return tell('it is paused')
  // what else it waits for will not be over with that
  if (state === 'scanning') return tell(message || 'its folder is being looked through')
  if (needFiles > 0 || state !== 'in-sync') return tell(message || `${needFiles} files are still to come`)
  const connected = peers.filter((peer) => peer.connected)
  if (connected.length < wanted) return tell(`${connected.length} of ${wanted} other devices connected`)
  const whole = connected.filter(({ completion }) => completion >= 1).length
  return whole < wanted ? tell(`${whole} of ${wanted} other devices have everything`) : undefined
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
