import type { ConflictStatus, Kept } from '../../../appliance/sync/status.ts'
import { formatBytes } from '../../../ui/format.ts'
import { plainText } from '../../../ui/plain-text.ts'
import { argument, print, textOption } from '../call.ts'
import type { Call } from '../call.ts'
import { exitCodes, usageError } from '../cli-error.ts'
import { ask } from '../client.ts'
import { sharePath } from './share.ts'

const choices: readonly Kept[] = ['original', 'copy', 'both']

export async function conflicts(call: Call) {
  const path = `${sharePath(argument(call, 0))}/conflicts`
  const copy = textOption(call, 'resolve')
  const keep = choices.find((choice) => choice === textOption(call, 'keep'))
  if ((copy === undefined) !== (textOption(call, 'keep') === undefined) || (copy !== undefined && !keep))
    throw usageError('--resolve COPY needs --keep original, copy or both')
  const left = await ask<readonly ConflictStatus[]>(
    copy === undefined
      ? { home: call.home, method: 'GET', path }
      : { home: call.home, method: 'POST', path, body: { copy, keep } },
  )
  print(call, left, () => left.map(lineOf))
  if (left.length === 0 && !call.json) call.io.err('No conflicts.\n')
  return exitCodes.done
}

function lineOf({ copy, device, at, sizeBytes, isOriginalThere }: ConflictStatus): string {
  const gone = isOriginalThere ? '' : ', the original is gone'
  return `${plainText(copy)}  (${plainText(device)}, ${at}, ${formatBytes(sizeBytes, 'en')}${gone})`
}
