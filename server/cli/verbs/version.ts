import { version } from '../../version.ts'
import { print } from '../call.ts'
import type { Call } from '../call.ts'
import { exitCodes } from '../cli-error.ts'

export async function versionVerb(call: Call) {
  print(call, { version }, () => [`homeseed ${version}`])
  return exitCodes.done
}
