import { parseHostPort, plainAddress } from './host-port.ts'

/**
 * Whose network an address belongs to, as far as one can tell: an IPv4 address is one, of an IPv6 address the first 64 bits.
 * @param address  HOST:PORT
 */
export function networkOf(address: string): string {
  const host = plainAddress(parseHostPort(address)?.host ?? address)
  if (!host.includes(':')) return host
  const [before = '', after] = host.replace(/%.*$/, '').split('::')
  const groups = before === '' ? [] : before.split(':')
  // what `::` leaves out are zeros
  if (after !== undefined) {
    const last = after === '' ? [] : after.split(':')
    groups.push(...Array<string>(Math.max(0, 8 - groups.length - last.length)).fill('0'), ...last)
  }
  return groups
    .slice(0, 4)
    .map((group) => group.toLowerCase().replace(/^0+(?=.)/, ''))
    .join(':')
}
