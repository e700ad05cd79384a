export interface HostPort {
  /** name or address, without brackets; empty: all of this device's addresses */
  readonly host: string
  readonly port: number
}

/** `HOST:PORT`, `1.2.3.4:PORT`, `[::1]:PORT` or `:PORT`; undefined for anything else. */
export function parseHostPort(text: string): HostPort | undefined {
  const match = /^(?:\[([^\]]+)\]|([^:[\]\s/]*)):(\d{1,5})$/u.exec(text.trim())
  const port = Number(match?.[3])
  return match && port <= 65_535 ? { host: match[1] ?? match[2] ?? '', port } : undefined
}

export const hostPortText = ({ host, port }: HostPort): string =>
  host.includes(':') ? `[${host}]:${port}` : `${host}:${port}`
