import { Hono } from 'hono'
import { UserError } from '../../appliance/sync/status.ts'
import type { DeviceStatus } from '../../appliance/sync/status.ts'
import { emptyForm } from '../../ui/components/form.ts'
import { longest } from '../../ui/limits.ts'
import { devicesPage, linkDevicePage, removeDevicePage } from '../../ui/pages/devices.ts'
import { atMost, given, givenHost, isHost, required, submit } from '../form.ts'
import { lanAddresses } from '../lan-addresses.ts'
import type { PanelContext, PanelDeps, PanelEnv } from '../panel-env.ts'
import { back, saidText } from '../said.ts'

export function deviceRoutes({ sync, interfaces }: PanelDeps) {
  function deviceOf(c: PanelContext): DeviceStatus {
    const device = sync.devices().find(({ device: id }) => id === c.req.param('id'))
    if (!device) throw new UserError('no-such-device', 'No such device is known here.')
    return device
  }

  return new Hono<PanelEnv>()
    .get('/devices', (c) => {
      const identity = sync.identity()
      const addresses = lanAddresses(identity.listen, interfaces())
      const said = saidText(c)
      return c.html(
        devicesPage(c.get('view'), { identity, devices: sync.devices(), shares: sync.shares(), addresses, said }),
      )
    })
    .get('/devices/link', (c) => {
      const share = c.req.query('share')
      return c.html(linkDevicePage(c.get('view'), { ...emptyForm, values: share ? { share } : {} }, sync.shares()))
    })
    .post('/devices/link', (c) =>
      submit(c, {
        checks: { device: [required, atMost(longest.deviceId)], name: [atMost(longest.name)], address: [isHost] },
        page: (form) => linkDevicePage(c.get('view'), form, sync.shares()),
        act: async ({ device, share, name, address, access }) => {
          await sync.addDevice({
            device: given(device) ?? '',
            share: given(share),
            name: given(name),
            address: givenHost(address),
            access: access === 'seed-only' ? access : 'read-write',
          })
          return back('/devices', 'device-linked')
        },
      }),
    )
    .get('/devices/:id/remove', (c) => {
      const device = deviceOf(c)
      const its = sync.shares().filter(({ id, access }) => access === 'read-write' && device.shares.includes(id))
      return c.html(removeDevicePage(c.get('view'), device, its))
    })
    .post('/devices/:id/remove', async (c) => {
      await sync.removeDevice(deviceOf(c).device)
      return c.redirect(back('/devices', 'device-removed'), 303)
    })
}
