import { closeSync, openSync } from 'node:fs'
import { join } from 'node:path'

/** What a Unix socket's path may be long, less the final zero. */
const maxPathBytes = 107

/**
 * HOME/control.sock as a path that is short enough to bind and connect to. A long one goes by way of an open
 * descriptor of its folder; `close` it once bound or connected.
 */
export function controlSocketPath(home: string): { readonly path: string; close(): void } {
  const path = join(home, 'control.sock')
  if (Buffer.byteLength(path) <= maxPathBytes || process.platform !== 'linux') return { path, close: () => {} }
  const folder = openSync(home, 'r')
  return { path: `/proc/self/fd/${folder}/control.sock`, close: () => closeSync(folder) }
}
