import type { DeviceIdentity, DeviceStatus, ShareStatus } from '../../appliance/sync/status.ts'
import { choices, copyText, faultSummary, field } from '../components/form.ts'
import type { FormState } from '../components/form.ts'
import { qrCode } from '../components/qr-code.ts'
import { deviceName } from '../device-name.ts'
import { html } from '../html.ts'
import type { Html } from '../html.ts'
import { icon } from '../icons.ts'
import { layout } from '../layout.ts'
import { longest } from '../limits.ts'
import type { LiveParts } from '../live-parts.ts'
import { plainText } from '../plain-text.ts'
import { replacePath } from './replace-secrets.ts'
import type { View } from '../view.ts'

const deviceRow = (view: View, device: DeviceStatus, shares: readonly ShareStatus[]): Html => {
  const { t } = view
  const isCommon = ({ id, peers }: ShareStatus) =>
    device.shares.includes(id) || peers.some((peer) => peer.device === device.device)
  const names = shares.filter(isCommon).map(({ name }) => plainText(name))
  const how = [
    device.connected ? t.sharePage.connected : t.sharePage.notConnected,
    device.linked ? t.devices.linked : t.devices.bySecret,
  ].join(' · ')
  const details = [device.client, device.connected ? device.address : device.addresses.join(', ')].filter(
    (part) => part !== '',
  )
  return html`<li class="row">
    <span class="dot ${device.connected ? 'dot-on' : ''}" aria-hidden="true"></span>
    <div class="row-main">
      <p class="name"><bdi>${deviceName(device)}</bdi></p>
      <p class="muted">${how}</p>
      <p class="muted">${names.length > 0 ? t.devices.sharesWith(names.join(', ')) : t.devices.sharesNone}</p>
      ${details.length === 0 ? '' : html`<p class="muted small-text">${plainText(details.join(' · '))}</p>`}
    </div>
    <a
      class="button small"
      href="/devices/${encodeURIComponent(device.device)}/remove"
      aria-label="${t.devices.removeName(deviceName(device))}"
      >${t.devices.remove}</a
    >
  </li>`
}

const deviceList = (view: View, devices: readonly DeviceStatus[], shares: readonly ShareStatus[]): Html =>
  html`<section id="devices">
    <h2>${view.t.devices.others}</h2>
    ${
      devices.length === 0
        ? html`<p class="card muted">${view.t.devices.none}</p>`
        : html`<ul class="card rows">
            ${devices.map((device) => deviceRow(view, device, shares))}
          </ul>`
    }
  </section>`

export const devicesParts = (
  view: View,
  devices: readonly DeviceStatus[],
  shares: readonly ShareStatus[],
): LiveParts => [{ id: 'devices', html: () => deviceList(view, devices, shares) }]

interface DevicesPage {
  readonly identity: DeviceIdentity
  readonly devices: readonly DeviceStatus[]
  readonly shares: readonly ShareStatus[]
  /** HOST:PORT of this device, as others on the network see it */
  readonly addresses: readonly string[]
  readonly said: string | undefined
}

export const devicesPage = (view: View, { identity, devices, shares, addresses, said }: DevicesPage): Html => {
  const { t } = view
  return layout(view, {
    title: t.devices.title,
    tab: 'devices',
    live: 'devices',
    said,
    body: html`${deviceList(view, devices, shares)}
      <div class="actions main-action">
        <a class="button primary" href="/devices/link">${icon(view, 'plus')}<span>${t.devices.link}</span></a>
      </div>
      <section>
        <h2>${t.devices.own}</h2>
        <div class="card secret">
          <p class="name"><bdi>${plainText(identity.name)}</bdi></p>
          <p class="muted">${t.devices.ownText}</p>
          ${qrCode(identity.device, t.devices.qr)}
          ${copyText(view, 'own-id', t.devices.id, identity.device)}
          ${addresses.length === 0 ? '' : copyText(view, 'own-address', t.devices.listens, addresses.join(' '))}
        </div>
      </section>`,
  })
}

export const linkDevicePage = (view: View, form: FormState, shares: readonly ShareStatus[]): Html => {
  const { linkDevice, devices, access } = view.t
  const shareChoices = shares
    .filter((share) => share.access !== 'seed-only')
    .map(({ id, name }) => ({ value: id, label: plainText(name) }))
  return layout(view, {
    title: linkDevice.title,
    tab: 'devices',
    back: { href: '/devices', label: devices.title },
    body: html`${faultSummary(view, form)}
      <form method="post" action="/devices/link" class="card stack">
        ${field(view, form, {
          name: 'device',
          label: linkDevice.id,
          hint: linkDevice.idHint,
          isRequired: true,
          kind: 'code',
          maxLength: longest.deviceId,
        })}
        ${field(view, form, { name: 'name', label: linkDevice.name, hint: linkDevice.nameHint, maxLength: longest.name })}
        ${field(view, form, {
          name: 'address',
          label: linkDevice.address,
          hint: linkDevice.addressHint,
          kind: 'code',
          inputMode: 'url',
          maxLength: longest.host,
        })}
        ${
          shares.length === 0
            ? ''
            : choices(
                'share',
                linkDevice.share,
                [...shareChoices, { value: '', label: linkDevice.shareNone }],
                form.values['share'] ?? (shares.length === 1 ? (shares[0]?.id ?? '') : ''),
              )
        }
        ${
          shares.length === 0
            ? ''
            : choices(
                'access',
                linkDevice.access,
                [
                  { value: 'read-write', label: access['read-write'] },
                  { value: 'seed-only', label: access['seed-only'], hint: linkDevice.sealedHint },
                ],
                form.values['access'] ?? 'read-write',
              )
        }
        <p class="muted">${linkDevice.then}</p>
        <div class="actions"><button class="button primary wide">${linkDevice.submit}</button></div>
      </form>`,
  })
}

/** @param shares  whose secrets can be replaced here, and that it takes part in */
export const removeDevicePage = (view: View, device: DeviceStatus, shares: readonly ShareStatus[]): Html => {
  const { removeDevice, devices } = view.t
  return layout(view, {
    title: removeDevice.title(deviceName(device)),
    tab: 'devices',
    back: { href: '/devices', label: devices.title },
    body: html`<div class="card stack">
      <p>${removeDevice.text}</p>
      ${
        shares.length === 0
          ? ''
          : html`<p>${removeDevice.prevent}</p>
              <ul>
                ${shares.map(
                  (share) =>
                    html`<li><a class="button small" href="${replacePath(share)}?without=${encodeURIComponent(device.device)}">${plainText(share.name)}</a></li>`,
                )}
              </ul>`
      }
      <div class="actions">
        <a class="button" href="/devices">${removeDevice.cancel}</a>
        <form method="post" action="/devices/${encodeURIComponent(device.device)}/remove">
          <button class="button danger">${removeDevice.submit}</button>
        </form>
      </div>
    </div>`,
  })
}
