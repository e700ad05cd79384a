import type { Choice } from '../../../appliance/sync/status.ts'
import { plainText } from '../../../ui/plain-text.ts'
import { argument, hasOption, listOption, print } from '../call.ts'
import type { Call } from '../call.ts'
import { exitCodes, usageError } from '../cli-error.ts'
import { ask } from '../client.ts'
import { sharePath } from './share.ts'

export async function shareSelect(call: Call) {
  const path = `${sharePath(argument(call, 0))}/choice`
  const body = { only: listOption(call, 'only'), skip: listOption(call, 'skip') }
  const isGiven = body.only.length + body.skip.length > 0
  if (isGiven && hasOption(call, 'all')) throw usageError('--all takes neither --only nor --skip')
  const choice = await ask<Choice>(
    isGiven || hasOption(call, 'all')
      ? { home: call.home, method: 'POST', path, body }
      : { home: call.home, method: 'GET', path },
  )
  print(call, choice, () => linesOf(choice))
  return exitCodes.done
}

function linesOf({ only, skip }: Choice): readonly string[] {
  if (only.length + skip.length === 0) return ['Everything is chosen.']
  return [...only.map((path) => `only  ${plainText(path)}`), ...skip.map((path) => `skip  ${plainText(path)}`)]
}
