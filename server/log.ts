import type { Log, LogLevel } from '../appliance/sync/ports.ts'

const plain = (_key: string, value: unknown): unknown => {
  if (typeof value === 'bigint') return value.toString()
  if (value instanceof Error)
    return { message: value.message, code: (value as NodeJS.ErrnoException).code, stack: value.stack }
  if (value instanceof Uint8Array) return Buffer.from(value).toString('hex')
  return value
}

/** One JSON line per event (style: a fixed name, then data). `debug` is for those who look for a fault. */
export function jsonLog(write: (line: string) => void, { debug = false } = {}): Log {
  const at = (level: LogLevel) => (event: string, data?: Readonly<Record<string, unknown>>) =>
    write(`${JSON.stringify({ time: new Date().toISOString(), level, event, ...data }, plain)}\n`)
  return { error: at('error'), warn: at('warn'), info: at('info'), debug: debug ? at('debug') : () => {} }
}
