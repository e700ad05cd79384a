/** HOST:PORT with a name, an IPv4 address or an IPv6 address in brackets, as typed or pasted; undefined: it is none. */
export function parseHostPort(typed: string): string | undefined {
  const host = typed.trim().replace(/^tcp:\/\//, '')
  const port = Number(/:(\d{1,5})$/.exec(host)?.[1])
  const isHost = /^(\[[0-9a-fA-F:.%\w]+\]|[\w.-]{1,253}):\d{1,5}$/.test(host)
  return isHost && port >= 1 && port <= 65535 ? host : undefined
}
