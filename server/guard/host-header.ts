import { bareAddress, isOwn, isPrivate } from './addresses.ts'
import type { InterfaceAddress } from './addresses.ts'

/** Endings that no public name server answers for (RFC 6761, 6762, 8375), and what home routers call their network. */
const privateEndings = [
  'localhost',
  'local',
  'lan',
  'home',
  'home.arpa',
  'internal',
  'intranet',
  'localdomain',
  'fritz.box',
]

interface HostHeader {
  /** lower case; an address without brackets */
  readonly name: string
  readonly port: number
}

/** @returns undefined for what is no `name[:port]` */
export function parseHost(header: string | undefined): HostHeader | undefined {
  const parts = /^(\[[0-9a-f:.%]+\]|[a-z0-9._-]+)(?::(\d{1,5}))?$/i.exec(header ?? '')
  if (!parts?.[1]) return undefined
  const port = Number(parts[2] ?? 80)
  if (port > 65535) return undefined
  const name = parts[1]
    .toLowerCase()
    .replace(/^\[(.*)\]$/, '$1')
    .replace(/\.$/, '')
  return { name, port }
}

/**
 * Whether the panel answers to this name. A public name here is somebody's page that turned its own name into our
 * address (DNS rebinding), or a router that lets the Internet in; both are refused before anything else happens.
 * @param ownNames  this computer's names, lower case
 */
export function isOwnHost(
  header: string | undefined,
  ownNames: readonly string[],
  interfaces: readonly InterfaceAddress[],
): boolean {
  const host = parseHost(header)
  if (!host || host.name === '') return false
  if (bareAddress(host.name) !== undefined) return isPrivate(host.name) || isOwn(host.name, interfaces)
  if (ownNames.includes(host.name)) return true
  // digits and dots that are no address: browsers read some such forms as one
  if (/^[\d.]+$/.test(host.name)) return false
  if (!host.name.includes('.')) return true
  return privateEndings.some((ending) => host.name.endsWith(`.${ending}`))
}
