import { peerAddress } from '../../appliance/sync/model/host-port.ts'
import { usageError } from './cli-error.ts'

/**
 * Where a peer can be dialled, with the protocol's own port where none was typed.
 * @param name  how the argument or option is called
 * @throws CliError for exit code 2
 */
export function typedAddress(typed: string, name: string): string {
  const address = peerAddress(typed)
  if (address === undefined)
    throw usageError(`${name}: "${typed}" is not HOST:PORT with a port from 1 to 65535, for example 192.168.1.23:22000`)
  return address
}
