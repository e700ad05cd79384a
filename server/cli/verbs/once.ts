/** One-time secrets that were made on this device. */
import type { OneTimeStatus } from '../../../appliance/sync/status.ts'
import { plainText } from '../../../ui/plain-text.ts'
import { argument, print } from '../call.ts'
import type { Call } from '../call.ts'
import { exitCodes } from '../cli-error.ts'
import { ask } from '../client.ts'
import { secondOf } from '../second-of.ts'
import { sharePath } from './share.ts'

const oncePath = (call: Call) => `${sharePath(argument(call, 0))}/one-time`

const lineOf = ({ id, access, state, expires, used, usedBy }: OneTimeStatus): string => {
  const what = {
    open: `until ${secondOf(expires)}`,
    used: `used by ${plainText(usedBy)} ${secondOf(used ?? '')}`,
    revoked: 'taken back',
    expired: `expired ${secondOf(expires)}`,
  }[state]
  return `${id.padEnd(4)} ${access.padEnd(10)}  ${what}`
}

const tell = (call: Call, secrets: readonly OneTimeStatus[]) => {
  print(call, secrets, () => secrets.map(lineOf))
  return exitCodes.done
}

export const list = async (call: Call) =>
  tell(call, await ask<readonly OneTimeStatus[]>({ home: call.home, method: 'GET', path: oncePath(call) }))

export async function revoke(call: Call) {
  const path = `${oncePath(call)}/${encodeURIComponent(argument(call, 1))}`
  return tell(call, await ask<readonly OneTimeStatus[]>({ home: call.home, method: 'DELETE', path }))
}
