/** The keys of this device and the secrets of its shares: into a file for a safe place, onto paper, and back. */
import { closeSync, fsyncSync, openSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { passwordFault } from '../../../appliance/settings/passwords.ts'
import { plainText } from '../../../ui/plain-text.ts'
import { readBackup, writeBackup } from '../../keys/backup.ts'
import type { KeysBackup } from '../../keys/backup.ts'
import { recoverySheet } from '../../keys/recovery-sheet.ts'
import { seal, unseal } from '../../keys/sealed-file.ts'
import type { OpenFault } from '../../keys/sealed-file.ts'
import { prepareHome } from '../../serve/home.ts'
import { lockHome } from '../../serve/home-lock.ts'
import { shellWord } from '../../shell-word.ts'
import { argument, hasOption, print } from '../call.ts'
import type { Call } from '../call.ts'
import { CliError, exitCodes } from '../cli-error.ts'
import { knownPassword, newPassword } from '../typed-unseen.ts'

const sharesText = (n: number) => (n === 1 ? '1 share' : `${n} shares`)

const failed = (code: string, message: string) => new CliError(exitCodes.failed, code, message)

export async function exportKeys(call: Call) {
  const { home, io } = call
  const file = argument(call, 0)
  const backup = readBackup(home) // nobody shall type for nothing
  const passphrase = await newPassword(io, 'Passphrase for the file')
  const fault = passwordFault(passphrase)
  if (fault)
    throw failed(
      'weak-passphrase',
      `the passphrase is ${fault.replace('-', ' ')}: several words that you will remember are good.`,
    )
  writeNew(file, await seal(Buffer.from(JSON.stringify(backup)), passphrase))
  const shares = backup.shares.map(({ name }) => name)
  print(call, { file, shares }, () => [
    `The keys of this device and the secrets of ${sharesText(shares.length)} are in ${plainText(file)}.`,
  ])
  if (!call.json)
    io.err('Keep it where a fire or a thief at home does not get at it. Without the passphrase it is worth nothing.\n')
  return exitCodes.done
}

const whyNotOpened: Readonly<Record<OpenFault, string>> = {
  'no-keys-file': 'that is no file that "homeseed keys export" has made.',
  'newer-version': 'that file was made by a newer Homeseed. Update this one to read it.',
  damaged: 'that file is not whole: its end is missing. Copy it again from where it was kept.',
  'wrong-passphrase': 'the passphrase is wrong, or the file was changed.',
}

export async function importKeys(call: Call) {
  const { home, io } = call
  const file = argument(call, 0)
  const sealed = readText(file)
  const opened = await unseal(sealed, await knownPassword(io, 'Passphrase of the file'))
  if (!opened.ok) throw failed(opened.error, whyNotOpened[opened.error])
  const backup = JSON.parse(opened.value.toString()) as KeysBackup
  if (backup.version !== 1) throw failed('newer-version', whyNotOpened['newer-version'])
  prepareHome(home)
  const lock = lockHome(home)
  try {
    writeBackup(home, backup)
  } finally {
    lock.release()
  }
  const shares = backup.shares.map(({ name }) => name)
  const serve = `homeseed serve${hasOption(call, 'home') ? ` --home ${shellWord(home)}` : ''}`
  print(call, { home, shares }, () => [
    `This is that device again, with ${sharesText(shares.length)}. Start it with: ${serve}`,
    ...backup.shares.map(({ name, path }) => `  ${plainText(name)}  ${plainText(path)}`),
  ])
  if (!call.json) io.err('The one that the keys are from must not run any more: two devices cannot be the same one.\n')
  return exitCodes.done
}

export async function sheet(call: Call) {
  const file = argument(call, 0)
  writeNew(file, recoverySheet(readBackup(call.home), new Date()).toString())
  print(call, { file }, () => [
    `Open ${plainText(file)} in a browser, print it, and delete it: whoever reads it has the files.`,
  ])
  return exitCodes.done
}

/** For its owner alone, and never over something else. */
function writeNew(path: string, text: string): void {
  try {
    const file = openSync(path, 'wx', 0o600)
    try {
      writeFileSync(file, text)
      fsyncSync(file)
    } catch (error) {
      rmSync(path)
      throw error
    } finally {
      closeSync(file)
    }
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException
    if (code === 'EEXIST')
      throw failed('file-exists', `${path} is there already. Choose another name, or delete it first.`)
    throw failed('not-written', `${path} cannot be written: ${message}.`)
  }
}

function readText(path: string): string {
  try {
    return readFileSync(path, 'utf8')
  } catch (error) {
    throw failed('not-read', `${path} cannot be read: ${(error as Error).message}.`)
  }
}
