import { UserError } from '../../appliance/sync/status.ts'
import { resolve } from 'node:path'
import { readEnvironment } from '../../appliance/settings/environment.ts'
import { plainText } from '../../ui/plain-text.ts'
import type { Call } from './call.ts'
import { CliError, exitCodes } from './cli-error.ts'
import type { ExitCode } from './cli-error.ts'
import { processIo } from './io.ts'
import type { Io } from './io.ts'
import { parseCommandLine } from './parse.ts'
import type { VerbSpec } from './verbs.ts'

/** Lets tests serve another engine. */
type RunVerb = (verb: VerbSpec, call: Call) => Promise<ExitCode>

/** Runs one command line. @returns the exit code; whatever goes wrong was told on stderr */
export async function run(
  argv: readonly string[],
  io: Io = processIo(),
  runVerb: RunVerb = (verb, call) => verb.run(call),
): Promise<ExitCode> {
  const parsed = parseCommandLine(argv)
  if (!parsed.ok) {
    io.err(`homeseed: ${plainText(parsed.error)}\n`)
    return exitCodes.usage
  }
  if (parsed.value.type === 'help') {
    const { helpText } = await import('./help.ts')
    io.out(`${helpText(parsed.value.words)}\n`)
    return exitCodes.done
  }
  const { verb, args, options } = parsed.value
  const home = options.get('home')
  const call: Call = {
    args,
    options,
    home: typeof home === 'string' ? resolve(io.cwd, home) : readEnvironment(io.env).home,
    json: options.has('json'),
    io,
  }
  try {
    return await runVerb(verb, call)
  } catch (error) {
    return tell(io, error)
  }
}

function tell(io: Io, error: unknown): ExitCode {
  if (error instanceof CliError || error instanceof UserError) {
    io.err(`homeseed: ${plainText(error.message)}\n`)
    return error instanceof CliError ? error.exitCode : exitCodes.failed
  }
  // no message is meant for people here: it is a bug, and its place in the code helps
  io.err(`homeseed: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}\n`)
  return exitCodes.failed
}
