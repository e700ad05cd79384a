import { plainText } from '../../../ui/plain-text.ts'
import { argument, print } from '../call.ts'
import type { Call } from '../call.ts'
import { exitCodes } from '../cli-error.ts'
import { ask } from '../client.ts'
import { typedAddress } from '../typed-address.ts'
import { sharePath } from './share.ts'

const hostsPath = (call: Call) => `${sharePath(argument(call, 0))}/hosts`

const typedHost = (call: Call) => typedAddress(argument(call, 1), 'HOST:PORT')

const tell = (call: Call, hosts: readonly string[]) => {
  print(call, hosts, () => hosts.map(plainText))
  return exitCodes.done
}

export const list = async (call: Call) =>
  tell(call, await ask<readonly string[]>({ home: call.home, method: 'GET', path: hostsPath(call) }))

export async function add(call: Call) {
  const body = { host: typedHost(call) }
  return tell(call, await ask<readonly string[]>({ home: call.home, method: 'POST', path: hostsPath(call), body }))
}

export async function remove(call: Call) {
  const path = `${hostsPath(call)}/${encodeURIComponent(typedHost(call))}`
  return tell(call, await ask<readonly string[]>({ home: call.home, method: 'DELETE', path }))
}
