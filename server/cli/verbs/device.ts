import { parseDeviceId } from '../../../appliance/sync/model/device-id.ts'
import type { DeviceIdentity, DeviceStatus } from '../../../appliance/sync/status.ts'
import { deviceName } from '../../../ui/device-name.ts'
import { plainText } from '../../../ui/plain-text.ts'
import type { ShareJson } from '../../api/json.ts'
import { argument, hasOption, print, textOption } from '../call.ts'
import type { Call } from '../call.ts'
import { exitCodes, usageError } from '../cli-error.ts'
import { ask } from '../client.ts'
import { table } from '../table.ts'
import { typedAddress } from '../typed-address.ts'
import { sharePath, terminalQr } from './share.ts'

export async function id(call: Call) {
  const identity = await ask<DeviceIdentity>({ home: call.home, method: 'GET', path: '/device' })
  const code = hasOption(call, 'qr') && !call.json ? await terminalQr(identity.device, call.io.isOutTerminal) : []
  print(call, identity, () => [...code, identity.device])
  return exitCodes.done
}

export async function list(call: Call) {
  const devices = await ask<readonly DeviceStatus[]>({ home: call.home, method: 'GET', path: '/devices' })
  print(call, devices, () => (devices.length === 0 ? [] : deviceTable(devices)))
  if (devices.length === 0 && !call.json) call.io.err('No other device is known yet.\n')
  return exitCodes.done
}

const deviceTable = (devices: readonly DeviceStatus[]) =>
  table(
    ['STATE', 'NAME', 'HOW', 'ADDRESS', 'CLIENT', 'DEVICE ID'],
    devices.map((device) => [
      device.connected ? 'connected' : 'not connected',
      device.name,
      device.linked ? 'linked' : 'by secret',
      device.address || device.addresses.join(','),
      device.client,
      device.device,
    ]),
  )

export async function add(call: Call) {
  const device = argument(call, 0)
  if (!parseDeviceId(device).ok)
    throw usageError(`"${device}" is no device ID. Copy the whole ID from the other device.`)
  const address = textOption(call, 'address')
  const body = {
    device,
    share: textOption(call, 'share'),
    name: textOption(call, 'name'),
    address: address === undefined ? undefined : typedAddress(address, '--address'),
    ...(hasOption(call, 'seed-only') ? { access: 'seed-only' } : {}),
  }
  const linked = await ask<DeviceStatus>({ home: call.home, method: 'POST', path: '/devices', body })
  print(call, linked, () => [`${deviceName(linked)} is linked.`])
  return exitCodes.done
}

export async function remove(call: Call) {
  const path = `/devices/${encodeURIComponent(argument(call, 0))}`
  const removed = await ask({ home: call.home, method: 'DELETE', path })
  print(call, removed, () => [
    'The device is removed. It keeps the files that it has.',
    'If it knows the secret of a share, it can come back. To prevent that: homeseed share rotate SHARE',
  ])
  return exitCodes.done
}

export async function approve(call: Call) {
  const path = `${sharePath(argument(call, 0))}/devices/${encodeURIComponent(argument(call, 1))}/approve`
  const share = await ask<ShareJson>({ home: call.home, method: 'POST', path })
  print(call, share, () => [`The device is let into ${plainText(share.name)}. It comes again by itself.`])
  return exitCodes.done
}
