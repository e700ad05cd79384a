import { BlockList, isIP } from 'node:net'
import { plainAddress } from '../../appliance/sync/model/host-port.ts'

/** What `os.networkInterfaces()` tells of one address. */
export interface InterfaceAddress {
  readonly address: string
  /** e.g. `192.168.1.23/24`; null when the system does not know */
  readonly cidr: string | null
}

/** An address as it is compared: no zone (`%eth0`), no brackets, IPv4 not dressed up as IPv6. Undefined: no address. */
export function bareAddress(text: string): string | undefined {
  const address = plainAddress(text.replace(/^\[(.*)\]$/, '$1').replace(/%.*$/, ''))
  return isIP(address) === 0 ? undefined : address
}

const familyOf = (address: string) => (isIP(address) === 6 ? 'ipv6' : 'ipv4')

const blockList = (...subnets: readonly (readonly [network: string, prefixLength: number])[]) => {
  const list = new BlockList()
  for (const [network, prefixLength] of subnets) list.addSubnet(network, prefixLength, familyOf(network))
  return list
}

const loopback = blockList(['127.0.0.0', 8], ['::1', 128])

/** RFC 1918, 3927, 4193, 4291, and what carriers and some VPNs use inside (RFC 6598). */
const privateNetworks = blockList(
  ['10.0.0.0', 8],
  ['172.16.0.0', 12],
  ['192.168.0.0', 16],
  ['169.254.0.0', 16],
  ['100.64.0.0', 10],
  ['fc00::', 7],
  ['fe80::', 10],
)

const contains = (list: BlockList, address: string) => list.check(address, familyOf(address))

/** Of this very computer. */
export function isLoopback(text: string | undefined): boolean {
  const address = text === undefined ? undefined : bareAddress(text)
  return address !== undefined && contains(loopback, address)
}

/** An address that no name server of a stranger could lead to across the Internet. */
export function isPrivate(text: string): boolean {
  const address = bareAddress(text)
  return address !== undefined && (contains(loopback, address) || contains(privateNetworks, address))
}

/**
 * Whether a request's sender is this computer, or sits on the same link as one of its interfaces: the LAN or the VPN.
 * "Private ranges" would not do: at home, IPv6 addresses are public ones.
 */
export function isOnLink(text: string | undefined, interfaces: readonly InterfaceAddress[]): boolean {
  const address = text === undefined ? undefined : bareAddress(text)
  if (address === undefined) return false
  if (contains(loopback, address)) return true
  return interfaces.some(({ cidr }) => {
    const [network = '', length = ''] = cidr?.split('/') ?? []
    const prefixLength = Number(length)
    // a prefix of 0 would be everybody
    if (isIP(network) !== isIP(address) || !(prefixLength > 0)) return false
    return contains(blockList([network, prefixLength]), address)
  })
}

/** Whether it is one of this computer's own addresses. */
export function isOwn(text: string, interfaces: readonly InterfaceAddress[]): boolean {
  const address = bareAddress(text)
  if (address === undefined) return false
  const own = new BlockList()
  for (const each of interfaces) {
    const plain = bareAddress(each.address)
    if (plain !== undefined) own.addAddress(plain, familyOf(plain))
  }
  return contains(own, address)
}
