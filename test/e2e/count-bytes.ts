import { connect, createServer } from 'node:net'
import type { AddressInfo, Socket } from 'node:net'

interface Counter extends AsyncDisposable {
  readonly address: string
  /** Bytes that went through since this was last asked, in both directions. */
  take(): number
}

/** Stands between two devices and counts. */
export async function countBytes(to: string): Promise<Counter> {
  let bytes = 0
  const open = new Set<Socket>()
  const [host, port] = to.split(':')
  const server = createServer((near) => {
    const far = connect(Number(port), host)
    for (const [from, into] of [
      [near, far],
      [far, near],
    ] as const) {
      from.on('data', (chunk: Buffer) => (bytes += chunk.length))
      open.add(from)
      from.on('error', () => into.destroy())
      from.on('close', () => {
        open.delete(from)
        into.destroy()
      })
      from.pipe(into)
    }
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return {
    address: `127.0.0.1:${(server.address() as AddressInfo).port}`,
    take: () => {
      const taken = bytes
      bytes = 0
      return taken
    },
    [Symbol.asyncDispose]: () => {
      const closed = new Promise<void>((resolve) => server.close(() => resolve()))
      for (const socket of open) socket.destroy()
      return closed
    },
  }
}
