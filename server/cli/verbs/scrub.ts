import type { ScrubStatus } from '../../../appliance/sync/status.ts'
import { plainText } from '../../../ui/plain-text.ts'
import { argument, hasOption, print } from '../call.ts'
import type { Call } from '../call.ts'
import { exitCodes } from '../cli-error.ts'
import { ask } from '../client.ts'
import { scrubText } from '../share-lines.ts'
import { sharePath } from './share.ts'

export async function scrub(call: Call) {
  const share = argument(call, 0)
  const stop = hasOption(call, 'stop')
  const answer = await ask<ScrubStatus>({
    home: call.home,
    method: 'POST',
    path: `${sharePath(share)}/scrub`,
    body: { stop },
  })
  const name = plainText(share)
  print(call, answer, () =>
    answer.isRunning
      ? [`${name} is read through for damage. "homeseed share show" tells how far it is.`]
      : [`${name} is not read through any more: ${answer.startedAt === null ? 'it never was' : scrubText(answer)}.`],
  )
  return exitCodes.done
}
