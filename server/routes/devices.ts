import { Hono } from 'hono'
import { UserError } from '../../appliance/sync/status.ts'
import type { DeviceStatus } from '../../appliance/sync/status.ts'
import { emptyForm } from '../../ui/components/form.ts'
import { devicesPage, linkDevicePage, removeDevicePage } from '../../ui/pages/devices.ts'
import { atMost, failedForm, faultsOf, given, givenHost, isHost, readForm, required } from '../form.ts'
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
    .post('/devices/link', async (c) => {
      const view = c.get('view')
      const values = await readForm(c)
      const checks = { device: [required, atMost(100)], name: [atMost(200)], address: [isHost] }
      const faults = faultsOf(values, checks, view)
      if (Object.keys(faults).length > 0) return c.html(linkDevicePage(view, { values, faults }, sync.shares()), 422)
      try {
        await sync.addDevice({
          device: given(values['device']) ?? '',
          share: given(values['share']),
          name: given(values['name']),
          address: givenHost(values['address']),
        })
      } catch (error) {
        if (error instanceof UserError)
          return c.html(linkDevicePage(view, failedForm(values, error), sync.shares()), 422)
        throw error
      }
      return c.redirect(back('/devices', 'device-linked'), 303)
    })
    .get('/devices/:id/remove', (c) => c.html(removeDevicePage(c.get('view'), deviceOf(c))))
    .post('/devices/:id/remove', async (c) => {
      await sync.removeDevice(deviceOf(c).device)
      return c.redirect(back('/devices', 'device-removed'), 303)
    })
}
