import { parseHostPort } from '../../../appliance/sync/model/host-port.ts'
import type { HostPort } from '../../../appliance/sync/model/host-port.ts'
import { UserError } from '../../../appliance/sync/status.ts'
import { jsonLog } from '../../log.ts'
import { print, textOption } from '../call.ts'
import type { Call } from '../call.ts'
import { CliError, exitCodes, usageError } from '../cli-error.ts'
import type { OpenSync, Serving } from '../../serve/serve.ts'

/** What does not end in time is cut off: systemd would kill it soon anyway. */
const closeDeadlineMs = 8000

const defaults = { panel: '127.0.0.1:8888', listen: '0.0.0.0:22000' }

export async function serveVerb(call: Call, openSync?: OpenSync) {
  const { io, home } = call
  const log = jsonLog((line) => io.err(line))
  const name = textOption(call, 'name')
  if (name !== undefined && name.length > 100) throw usageError('--name is longer than 100 characters')
  const options = { home, panel: address(call, 'panel'), listen: address(call, 'listen'), name, log }
  const { serve } = await import('../../serve/serve.ts')
  let serving: Serving
  try {
    serving = await serve(options, openSync ?? (await import('../../wire-up.ts')).openSync)
  } catch (error) {
    if (error instanceof UserError) throw new CliError(exitCodes.failed, error.code, error.message)
    throw error
  }
  const { panel, panelOnNetwork, listen, control } = serving
  const also = panelOnNetwork.length > 0 ? ` (on your network: ${panelOnNetwork.join(' ')})` : ''
  print(call, { panel, panelOnNetwork, listen, control }, () => [
    `panel    ${panel}${also}`,
    `peers    ${listen}`,
    `control  ${control}`,
  ])
  const signal = await stopSignal()
  log.info('stopping', { signal })
  const deadline = setTimeout(() => {
    log.warn('stopped-late')
    process.exit(exitCodes.done)
  }, closeDeadlineMs)
  await serving.close()
  deadline.unref() // what is left open keeps the program no longer than that
  return exitCodes.done
}

/** `:PORT` means every address. */
function address(call: Call, option: keyof typeof defaults): HostPort {
  const text = textOption(call, option) ?? defaults[option]
  const at = parseHostPort(text)
  if (!at) throw usageError(`--${option}: "${text}" is not HOST:PORT, for example ${defaults[option]}`)
  return { ...at, host: at.host || '0.0.0.0' }
}

/** The first asks to stop, the second does it. */
const stopSignal = () =>
  new Promise<string>((resolve) => {
    for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const)
      process.on(signal, () => {
        resolve(signal)
        process.once(signal, () => process.exit(exitCodes.failed))
      })
  })
