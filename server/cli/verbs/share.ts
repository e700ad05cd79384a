import { networkInterfaces } from 'node:os'
import type { DeviceIdentity, ShareSecret } from '../../../appliance/sync/status.ts'
import { plainText } from '../../../ui/plain-text.ts'
import type { SecretJson, ShareJson } from '../../api/json.ts'
import { lanAddresses } from '../../lan-addresses.ts'
import { argument, folderArgument, hasOption, listOption, print, textOption } from '../call.ts'
import type { Call } from '../call.ts'
import { CliError, exitCodes, usageError } from '../cli-error.ts'
import { ask } from '../client.ts'
import { firstLine } from '../first-line.ts'
import { secondOf } from '../second-of.ts'
import { typedAddress } from '../typed-address.ts'
import { newSecretsText, shareBlock, shareTable } from '../share-lines.ts'
import { shellWord } from '../../shell-word.ts'

export const sharePath = (share: string): string => `/shares/${encodeURIComponent(share)}`

const name = (call: Call) => {
  const given = textOption(call, 'name')
  return given === undefined ? {} : { name: given }
}

export async function add(call: Call) {
  const { home } = call
  const body = { path: folderArgument(call, 0), ...name(call) }
  const share = await ask<ShareJson>({ home, method: 'POST', path: '/shares', body })
  const secretFor = (access: string) =>
    ask<ShareSecret>({ home, method: 'POST', path: `${sharePath(share.id)}/secret`, body: { access } })
  const readWrite = await secretFor('read-write')
  const readOnly = await secretFor('read-only')
  const document = { ...share, secret: readWrite.secret, readOnlySecret: readOnly.secret, link: readWrite.link }
  print(call, document, () => [
    `${plainText(share.name)}: ${plainText(share.path)}`,
    `read-write  ${readWrite.secret}`,
    `read-only   ${readOnly.secret}`,
  ])
  if (!call.json && call.io.isErrTerminal)
    call.io.err(
      `Whoever has a secret has the files. On another device: homeseed share join SECRET DIR --host ${await ownAddress(home)}\n`,
    )
  return exitCodes.done
}

/** HOST:PORT at which another device reaches this one; where only this computer does, that. */
async function ownAddress(home: string): Promise<string> {
  const { listen } = await ask<DeviceIdentity>({ home, method: 'GET', path: '/device' })
  const interfaces = Object.values(networkInterfaces()).flatMap((addresses) => addresses ?? [])
  return lanAddresses(listen, interfaces)[0] ?? listen
}

/** A share that knows of no device, nor of an address, receives nothing: one line on what to do about it. */
async function tellIfAlone({ home, json, io }: Call, { id, name, peers }: ShareJson): Promise<void> {
  if (json || peers.length > 0) return
  const hosts = await ask<readonly string[]>({ home, method: 'GET', path: `${sharePath(id)}/hosts` })
  if (hosts.length > 0) return
  io.err(
    `No device that has it is known yet. Add the address of one: homeseed host add ${shellWord(plainText(name))} HOST:PORT\n`,
  )
}

export async function join(call: Call) {
  const typed = argument(call, 0)
  const secret = typed === '-' ? await firstLine(call.io.stdin) : typed
  if (secret.trim() === '') throw usageError('SECRET is empty')
  const hosts = listOption(call, 'host').map((typed) => typedAddress(typed, '--host'))
  const body = { secret, path: folderArgument(call, 1), ...name(call), hosts }
  const share = await ask<ShareJson>({ home: call.home, method: 'POST', path: '/shares/join', body })
  print(call, share, () => [`${plainText(share.name)}: ${plainText(share.path)} (${share.access})`])
  await tellIfAlone(call, share)
  return exitCodes.done
}

export async function list(call: Call) {
  const shares = await ask<readonly ShareJson[]>({ home: call.home, method: 'GET', path: '/shares' })
  const asked = shares.flatMap((share) => share.newSecrets.map((each) => newSecretsText(share, each)))
  print(call, shares, () => (shares.length === 0 ? [] : [...shareTable(shares, call.io.useColor), ...asked]))
  if (shares.length === 0 && !call.json) call.io.err('No shares yet. "homeseed share add DIR" makes one.\n')
  return exitCodes.done
}

export async function show(call: Call) {
  const share = await ask<ShareJson>({ home: call.home, method: 'GET', path: sharePath(argument(call, 0)) })
  print(call, share, () => shareBlock(share, call.io.useColor))
  if (share.files === 0) await tellIfAlone(call, share) // with files, others come and call this one
  return exitCodes.done
}

export async function remove(call: Call) {
  const { home } = call
  const share = await ask<ShareJson>({ home, method: 'GET', path: sharePath(argument(call, 0)) })
  const removed = await ask({ home, method: 'DELETE', path: sharePath(share.id) })
  print(call, removed, () => [
    `${plainText(share.name)} is no longer shared here. Its files stay in ${plainText(share.path)}.`,
  ])
  return exitCodes.done
}

export async function secret(call: Call) {
  const once = hasOption(call, 'once')
  const body = {
    ...(hasOption(call, 'read-only') ? { access: 'read-only' } : {}),
    ...(hasOption(call, 'seed-only') ? { access: 'seed-only' } : {}),
    ...(once ? { once, ...validity(call) } : {}),
  }
  if (hasOption(call, 'read-only') && hasOption(call, 'seed-only'))
    throw usageError('--read-only or --seed-only, not both')
  if (!once && textOption(call, 'valid') !== undefined) throw usageError('--valid is for --once')
  const path = `${sharePath(argument(call, 0))}/secret`
  const answer = await ask<SecretJson>({ home: call.home, method: 'POST', path, body })
  const code = hasOption(call, 'qr') && !call.json ? await terminalQr(answer.pageLink, call.io.isOutTerminal) : []
  // where it is good is in the link alone
  const isForOthers = code.length > 0 || once
  print(call, answer, () => [
    ...code,
    ...(isForOthers ? [answer.pageLink] : []),
    answer.secret,
    ...(isForOthers ? [answer.link] : []),
  ])
  if (once && !call.json)
    call.io.err(
      `Good once, until ${secondOf(answer.expires ?? '')}. The other device has to reach this one: homeseed share join 'LINK' DIR\n`,
    )
  return exitCodes.done
}

const unitSeconds: Readonly<Record<string, number>> = { m: 60, h: 3600, d: 24 * 3600 }

/** @throws CliError for what is none */
function validity(call: Call): { readonly validSeconds?: number } {
  const typed = textOption(call, 'valid')
  if (typed === undefined) return {}
  const [, count, unit = ''] = /^(\d{1,4})([mhd])$/.exec(typed) ?? []
  if (count === undefined) throw usageError(`--valid takes a time such as 30m, 24h or 7d, not "${typed}"`)
  const validSeconds = Number(count) * (unitSeconds[unit] ?? 0)
  if (validSeconds < 60 || validSeconds > 30 * 24 * 3600) throw usageError('--valid takes a time from 1m to 30d')
  return { validSeconds }
}

export async function terminalQr(text: string, isTerminal: boolean): Promise<readonly string[]> {
  const { qrLines } = await import('../terminal-qr.ts')
  return qrLines(text, isTerminal)
}

const done = {
  pause: 'is paused',
  resume: 'goes on',
  rescan: 'was looked through for changes',
  release: 'lets through what was held',
  undo: 'undoes what was held: the files come back',
} as const

export async function act(call: Call, action: keyof typeof done) {
  const path = `${sharePath(argument(call, 0))}/${action}`
  const share = await ask<ShareJson>({ home: call.home, method: 'POST', path })
  if (!share.id) throw new CliError(exitCodes.failed, 'failed', 'the appliance gave no answer')
  print(call, share, () => [`${plainText(share.name)} ${done[action]}.`])
  return exitCodes.done
}
