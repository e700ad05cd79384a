/** `homeseed join LINK [DIR]`: from a link in a message to a share on this device, in one go. */
import { mkdirSync, readdirSync, rmdirSync } from 'node:fs'
import { homedir } from 'node:os'
import { join as joinPaths } from 'node:path'
import { mistakeIn } from '../../../appliance/sync/model/secret-mistake.ts'
import { parseSecret } from '../../../appliance/sync/model/secret-text.ts'
import { codeOf } from '../../../appliance/sync/model/error-code.ts'
import { folderName } from '../../../ui/folder-name.ts'
import { plainText } from '../../../ui/plain-text.ts'
import type { ShareJson } from '../../api/json.ts'
import { argument, folderArgument, print } from '../call.ts'
import type { Call } from '../call.ts'
import { CliError, exitCodes, usageError } from '../cli-error.ts'
import { ask } from '../client.ts'
import { firstLine } from '../first-line.ts'
import { startAppliance } from '../start-appliance.ts'

export async function join(call: Call) {
  const { home, io, args } = call
  const typed = argument(call, 0)
  const link = typed === '-' ? await firstLine(io.stdin) : typed
  const parsed = parseSecret(link)
  // nothing is started, and nothing made, for a link that is none
  if (!parsed.ok) throw new CliError(exitCodes.failed, 'secret-mistyped', mistakeIn(parsed.error))
  const path =
    args.length > 1
      ? folderArgument(call, 1)
      : joinPaths(io.env['HOME'] ?? homedir(), 'Homeseed', folderName(parsed.value.name ?? ''))
  const isNew = makeFolder(path, args.length > 1)
  try {
    await startAppliance(call)
    const share = await ask<ShareJson>({ home, method: 'POST', path: '/shares/join', body: { secret: link, path } })
    print(call, share, () => [`${plainText(share.name)}: ${plainText(share.path)} (${share.access})`])
  } catch (error) {
    if (isNew) removeEmpty(path)
    throw error
  }
  return exitCodes.done
}

/** @returns whether it was not there. @throws CliError for a folder with something in it that nobody named */
function makeFolder(path: string, isNamed: boolean): boolean {
  try {
    const made = mkdirSync(path, { recursive: true })
    if (made === undefined && !isNamed && readdirSync(path).length > 0)
      throw usageError(`${path} holds something already. Say where the share is to lie: homeseed join LINK DIR`)
    return made !== undefined
  } catch (error) {
    if (error instanceof CliError) throw error
    throw new CliError(exitCodes.failed, 'no-folder', `The folder ${path} cannot be made (${codeOf(error)}).`)
  }
}

function removeEmpty(path: string): void {
  try {
    rmdirSync(path)
  } catch {
    // there is something in it by now
  }
}
