import { once } from 'node:events'
import { chmodSync, rmSync } from 'node:fs'
import type { AddressInfo, Server } from 'node:net'
import { join } from 'node:path'
import { hostPortText } from '../../appliance/sync/model/host-port.ts'
import type { HostPort } from '../../appliance/sync/model/host-port.ts'
import { UserError } from '../../appliance/sync/status.ts'
import { controlSocketPath } from '../control-socket.ts'

/** Why an address cannot be listened on, in words. @param option  the one to choose another with */
function listenError(error: unknown, where: string, option: string): UserError {
  const { code, message } = error as NodeJS.ErrnoException
  const choose = `Choose another with ${option} HOST:PORT.`
  if (code === 'EADDRINUSE')
    return new UserError('port-in-use', `${where} is in use already, maybe by another Homeseed. ${choose}`)
  if (code === 'EACCES') return new UserError('port-forbidden', `No permission to listen on ${where}. ${choose}`)
  if (code === 'EADDRNOTAVAIL' || code === 'ENOTFOUND' || code === 'EAI_AGAIN')
    return new UserError('no-such-address', `${where} is no address of this computer. ${choose}`)
  return new UserError('not-listening', `Cannot listen on ${where}: ${message}. ${choose}`)
}

/** @returns the port, which the system chose where 0 was asked for */
export async function listenOn(server: Server, wanted: HostPort, option: string): Promise<HostPort> {
  try {
    server.listen({ host: wanted.host, port: wanted.port })
    await once(server, 'listening')
  } catch (error) {
    throw listenError(error, hostPortText(wanted), option)
  }
  return { host: wanted.host, port: (server.address() as AddressInfo).port }
}

/** Listens on HOME/control.sock, for its owner alone. Only who holds the lock of the home may call this. */
export async function listenOnControlSocket(server: Server, home: string): Promise<string> {
  const path = join(home, 'control.sock')
  rmSync(path, { force: true }) // left behind by a process that was killed
  const short = controlSocketPath(home)
  try {
    const listening = once(server, 'listening')
    server.listen(short.path) // binds before it returns
    chmodSync(path, 0o600)
    await listening
  } catch (error) {
    throw new UserError('no-control-socket', `Cannot make ${path}: ${(error as Error).message}.`)
  } finally {
    short.close()
  }
  return path
}

/** Ends a server: no new requests, those under way get a moment. */
export async function closeServer(
  server: Server & { closeIdleConnections?(): void; closeAllConnections?(): void },
  graceMs: number,
): Promise<void> {
  if (!server.listening) return
  const closed = new Promise<void>((resolve) => server.close(() => resolve()))
  server.closeIdleConnections?.()
  const timer = setTimeout(() => server.closeAllConnections?.(), graceMs)
  await closed
  clearTimeout(timer)
}
