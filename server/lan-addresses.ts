import { isIPv4 } from 'node:net'
import { hostPortText, parseHostPort } from '../appliance/sync/model/host-port.ts'
import { isLoopback, isPrivate } from './guard/addresses.ts'
import type { InterfaceAddress } from './guard/addresses.ts'

/**
 * HOST:PORT at which other devices on the network reach this one; those of a home network first.
 * @param listen  HOST:PORT as listened on, where HOST may mean every address
 */
export function lanAddresses(listen: string, interfaces: readonly InterfaceAddress[]): readonly string[] {
  const at = parseHostPort(listen)
  if (!at) return []
  const isAny = ['0.0.0.0', '::', ''].includes(at.host)
  if (!isAny) return isLoopback(at.host) ? [] : [listen]
  const own = interfaces.map(({ address }) => address).filter((address) => isIPv4(address) && !isLoopback(address))
  return own
    .sort((a, b) => Number(isPrivate(b)) - Number(isPrivate(a)))
    .slice(0, 3)
    .map((host) => hostPortText({ host, port: at.port }))
}
