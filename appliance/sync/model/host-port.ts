/** Where something listens, in words that people type. */
export interface HostPort {
  /** a name or an address, without brackets; empty: all of this device's addresses */
  readonly host: string
  /** 0: any that is free */
  readonly port: number
}

/** of the protocol, and Syncthing's */
const PEER_PORT = 22_000

const FORM = /^(?:tcp:\/\/)?(?:\[(?<ipv6>[^\]]+)\]|(?<name>[\w.-]{0,253}))(?::(?<port>\d{1,5}))?$/

/**
 * `NAME:PORT`, `1.2.3.4:PORT`, `[::1]:PORT` or `:PORT`, as typed or pasted; undefined: it is none of them.
 * @param defaultPort  where none is named; without it one has to be
 */
export function parseHostPort(
  text: string,
  { defaultPort }: { readonly defaultPort?: number } = {},
): HostPort | undefined {
  const { ipv6, name, port } = FORM.exec(text.trim())?.groups ?? {}
  const host = ipv6 ?? name
  const number = port === undefined ? defaultPort : Number(port)
  if (host === undefined || number === undefined || number > 65_535) return undefined
  if (ipv6 !== undefined && !isIpv6(ipv6)) return undefined
  return { host, port: number }
}

export const hostPortText = ({ host, port }: HostPort): string =>
  host.includes(':') ? `[${host}]:${port}` : `${host}:${port}`

/** Where one peer can be dialled, as `HOST:PORT` with the protocol's port where none was typed; undefined: nowhere. */
export function peerAddress(text: string): string | undefined {
  const at = parseHostPort(text, { defaultPort: PEER_PORT })
  return at && at.host !== '' && at.port > 0 ? hostPortText(at) : undefined
}

/** An IPv4 address as such, also where IPv6 carries it. */
export const plainAddress = (address: string): string => address.replace(/^::ffff:(?=\d{1,3}(?:\.\d{1,3}){3}$)/i, '')

const ZONE = /%[\w.-]+$/
const BYTE = '(?:25[0-5]|2[0-4]\\d|1?\\d?\\d)'
/** an IPv4 address in the place of the last two groups */
const IPV4_AT_END = new RegExp(`(?<=:)${BYTE}(?:\\.${BYTE}){3}$`)
const GROUPS = '[\\da-f]{1,4}(?::[\\da-f]{1,4})'
const ALL_EIGHT = new RegExp(`^${GROUPS}{7}$`, 'i')
const SHORTENED = new RegExp(`^(?:${GROUPS}{0,6})?::(?:${GROUPS}{0,6})?$`, 'i')

/** RFC 4291, 2.2: eight groups, or fewer with `::` for the zeros. The zone may follow. */
function isIpv6(text: string): boolean {
  const address = text.replace(ZONE, '').replace(IPV4_AT_END, '0:0')
  if (ALL_EIGHT.test(address)) return true
  return SHORTENED.test(address) && address.split(/::?/).filter((group) => group !== '').length <= 7
}
