import type { ShareJson, StatusJson } from '../../api/json.ts'
import { argument, hasOption, print } from '../call.ts'
import type { Call } from '../call.ts'
import { exitCodes } from '../cli-error.ts'
import { ask, events } from '../client.ts'
import { untilStopped } from '../stopped.ts'
import { shareBlock, shareLine, statusLines } from '../share-lines.ts'
import { sharePath } from './share.ts'

export async function status(call: Call) {
  const wanted = call.args.length > 0 ? argument(call, 0) : undefined
  if (hasOption(call, 'watch')) return watch(call, wanted)
  const { home, io } = call
  if (wanted === undefined) {
    const document = await ask<StatusJson>({ home, method: 'GET', path: '/status' })
    print(call, document, () => statusLines(document, io.useColor))
  } else {
    const share = await ask<ShareJson>({ home, method: 'GET', path: sharePath(wanted) })
    print(call, share, () => shareBlock(share, io.useColor))
  }
  return exitCodes.done
}

/** Until Ctrl+C: on a terminal one picture that moves, elsewhere one line for each share that changed. */
async function watch(call: Call, wanted: string | undefined) {
  const { home, io, json } = call
  // a name may fit no share: that is told before the waiting begins
  const id =
    wanted === undefined ? undefined : (await ask<ShareJson>({ home, method: 'GET', path: sharePath(wanted) })).id
  const told = new Map<string, string>()
  let linesBefore = 0
  for await (const text of events(home, '/events', untilStopped())) {
    const document = JSON.parse(text) as StatusJson
    const shares = document.shares.filter((share) => id === undefined || share.id === id)
    if (json) io.out(`${JSON.stringify(id === undefined ? document : shares[0])}\n`)
    else if (io.isOutTerminal) {
      const only = id === undefined ? undefined : shares[0]
      const lines = (only ? shareBlock(only, io.useColor) : statusLines(document, io.useColor)).map((line) =>
        cut(line, io.columns),
      )
      io.out(`${linesBefore > 0 ? `\u001b[${linesBefore}A\u001b[J` : ''}${lines.join('\n')}\n`)
      linesBefore = lines.length
    } else
      for (const share of shares) {
        const line = shareLine(share)
        if (told.get(share.id) !== line) io.out(`${line}\n`)
        told.set(share.id, line)
      }
  }
  return exitCodes.done
}

/** A line that wrapped would be two, and the picture would creep. Colours do not count. */
const cut = (line: string, columns: number): string => {
  let width = 0
  let kept = ''
  for (const [part] of line.matchAll(/\u001b\[[\d;]*m|./gsu)) {
    if (!part.startsWith('\u001b') && (width += 1) > columns - 1) continue
    kept += part
  }
  return kept
}
