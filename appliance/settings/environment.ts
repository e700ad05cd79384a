import { homedir } from 'node:os'
import { isAbsolute, join, resolve } from 'node:path'

export interface Environment {
  /** absolute folder of keys, index and settings */
  readonly home: string
}

/** The only reader of the environment. An empty variable counts as not set. */
export function readEnvironment(env: Readonly<Record<string, string | undefined>>): Environment {
  const data = env['XDG_DATA_HOME']
  // the XDG rules say to ignore a relative path
  const dataFolder = data && isAbsolute(data) ? data : join(env['HOME'] || homedir(), '.local', 'share')
  return { home: resolve(env['HOMESEED_HOME'] || join(dataFolder, 'homeseed')) }
}
