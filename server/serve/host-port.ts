import { isIP, isIPv6 } from 'node:net'
import { err, ok } from '../../appliance/sync/model/result.ts'
import type { Result } from '../../appliance/sync/model/result.ts'

export interface HostPort {
  /** an address without brackets, or a name */
  readonly host: string
  /** 0: any that is free */
  readonly port: number
}

/** `HOST:PORT`, `[IPv6]:PORT` or just `:PORT`, which means every address. */
export function parseHostPort(text: string): Result<HostPort, string> {
  const parts = /^(?:\[([0-9a-f:.%\w]+)\]|([\w.-]*)):(\d{1,5})$/i.exec(text.trim())
  const port = Number(parts?.[3])
  if (!parts || port > 65535) return err(`"${text}" is not HOST:PORT, for example 127.0.0.1:8888`)
  const [, ipv6, name] = parts
  if (ipv6 !== undefined && isIP(ipv6.replace(/%.*/, '')) !== 6) return err(`"${ipv6}" is no IPv6 address`)
  return ok({ host: ipv6 ?? (name || '0.0.0.0'), port })
}

export const hostPortText = ({ host, port }: HostPort): string => `${isIPv6(host) ? `[${host}]` : host}:${port}`
