import type { DeviceIdentity, DeviceStatus } from '../../../appliance/sync/status.ts'
import { plainText } from '../../../ui/plain-text.ts'
import { argument, hasOption, print, textOption } from '../call.ts'
import type { Call } from '../call.ts'
import { exitCodes } from '../cli-error.ts'
import { ask } from '../client.ts'
import { table } from '../table.ts'
import { terminalQr } from './share.ts'

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
  const optional = Object.fromEntries(
    (['share', 'name', 'address'] as const).flatMap((name) => {
      const value = textOption(call, name)
      return value === undefined ? [] : [[name, value]]
    }),
  )
  const body = { device: argument(call, 0), ...optional }
  const device = await ask<DeviceStatus>({ home: call.home, method: 'POST', path: '/devices', body })
  print(call, device, () => [`${plainText(device.name) || device.device.slice(0, 7)} is linked.`])
  return exitCodes.done
}

export async function remove(call: Call) {
  const path = `/devices/${encodeURIComponent(argument(call, 0))}`
  const removed = await ask({ home: call.home, method: 'DELETE', path })
  print(call, removed, () => ['The device is no longer linked. It keeps the files that it has.'])
  return exitCodes.done
}
