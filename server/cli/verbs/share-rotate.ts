/** New secrets for a share: made here, or taken over from another device. */
import type { RotationReport, ShareSecret } from '../../../appliance/sync/status.ts'
import { deviceName } from '../../../ui/device-name.ts'
import { plainText } from '../../../ui/plain-text.ts'
import type { ShareJson } from '../../api/json.ts'
import { argument, listOption, print } from '../call.ts'
import type { Call } from '../call.ts'
import { exitCodes } from '../cli-error.ts'
import { ask } from '../client.ts'
import { sharePath } from './share.ts'

export async function shareRotate(call: Call) {
  const { home } = call
  const body = { without: listOption(call, 'without') }
  const path = `${sharePath(argument(call, 0))}/rotate`
  const report = await ask<RotationReport>({ home, method: 'POST', path, body })
  const secretFor = (access: string) =>
    ask<ShareSecret>({ home, method: 'POST', path: `${sharePath(report.id)}/secret`, body: { access } })
  const readWrite = await secretFor('read-write')
  const readOnly = await secretFor('read-only')
  const document = { ...report, secret: readWrite.secret, readOnlySecret: readOnly.secret, link: readWrite.link }
  print(call, document, () => [`read-write  ${readWrite.secret}`, `read-only   ${readOnly.secret}`, ...linesOf(report)])
  return exitCodes.done
}

const names = (devices: readonly { readonly device: string; readonly name: string }[]) =>
  devices.map((device) => deviceName(device)).join(', ')

function linesOf({ id, staying, removed, toAdd, oneTimeSecrets }: RotationReport): readonly string[] {
  const bySecret = staying.filter(({ linked }) => !linked)
  const linked = staying.filter((device) => device.linked)
  return [
    ...(bySecret.length === 0 ? [] : [`Get theirs by themselves: ${names(bySecret)}`]),
    ...(linked.length === 0 ? [] : [`Have to take the share by its new ID, ${id}: ${names(linked)}`]),
    ...(removed.length === 0 ? [] : [`Out, with the files that they have: ${names(removed)}`]),
    ...(toAdd.length === 0 ? [] : [`Have to be given a new secret, or linked again: ${names(toAdd)}`]),
    ...(oneTimeSecrets === 0 ? [] : [`One-time secrets that are good no more: ${oneTimeSecrets}`]),
    'The old secrets open nothing any more.',
  ]
}

export async function shareTake(call: Call) {
  const path = `${sharePath(argument(call, 0))}/take`
  const device = call.args[1]
  const share = await ask<ShareJson>({ home: call.home, method: 'POST', path, body: { device } })
  print(call, share, () => [`${plainText(share.name)} has the new secrets, and the ID ${share.id}.`])
  return exitCodes.done
}
