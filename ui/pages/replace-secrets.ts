/** New secrets for a share: before they are made, who is to be out, and what that means. */
import type { DeviceStatus, NewSecretsStatus, ShareStatus } from '../../appliance/sync/status.ts'
import { faultSummary } from '../components/form.ts'
import type { FormState } from '../components/form.ts'
import { deviceName } from '../device-name.ts'
import { html } from '../html.ts'
import type { Html } from '../html.ts'
import { layout } from '../layout.ts'
import { sharePath } from '../paths.ts'
import { plainText } from '../plain-text.ts'
import type { View } from '../view.ts'

/** What the field is called that says that a device is to be out. */
export const withoutField = (device: string): string => `without-${device}`

export const replacePath = (share: { readonly id: string }): string => `${sharePath(share)}/replace`

interface ReplacePage {
  readonly share: ShareStatus
  /** which of its devices are linked by their ID */
  readonly devices: readonly DeviceStatus[]
  readonly form: FormState
}

export const replaceSecretsPage = (view: View, { share, devices, form }: ReplacePage): Html => {
  const { replace } = view.t
  const name = plainText(share.name)
  const path = sharePath(share)
  const members = share.peers.filter(({ waits, access }) => !waits && access !== 'seed-only')
  const keepers = share.peers.filter(({ waits, access }) => !waits && access === 'seed-only')
  const linked = members.filter((peer) => devices.some((each) => each.linked && each.device === peer.device))
  return layout(view, {
    title: replace.title(name),
    tab: 'home',
    back: { href: `${path}/secrets`, label: view.t.secrets.title },
    body: html`${faultSummary(view, form)}
      <form method="post" action="${replacePath(share)}" class="card stack">
        <p class="why">${replace.text}</p>
        <p>${replace.stay}</p>
        ${linked.length === 0 ? '' : html`<p>${replace.linked(linked.map((device) => deviceName(device)).join(', '))}</p>`}
        ${keepers.length === 0 ? '' : html`<p>${replace.keepers(keepers.map((device) => deviceName(device)).join(', '))}</p>`}
        ${members.length === 0 ? '' : outFields(view, members, form)}
        <label class="choice"
          ><input type="checkbox" name="sure" value="yes" required
            ${form.faults['sure'] ? html`aria-invalid="true"` : ''} /><span>${replace.sure}</span></label
        >
        <div class="actions">
          <a class="button" href="${path}/secrets">${replace.cancel}</a>
          <button class="button danger">${replace.submit}</button>
        </div>
      </form>`,
  })
}

const outFields = (view: View, members: ShareStatus['peers'], { values }: FormState): Html => {
  const { replace } = view.t
  return html`<fieldset class="choices">
      <legend>${replace.out}</legend>
      ${members.map(
        (peer) =>
          html`<label class="choice"
            ><input type="checkbox" name="${withoutField(peer.device)}" value="yes"
              ${values[withoutField(peer.device)] ? html`checked` : ''} /><span><bdi>${deviceName(peer)}</bdi></span></label
          >`,
      )}
    </fieldset>
    <p class="muted">${replace.keeps}</p>`
}

/** Another device has made new ones: what its owner can do about that. */
export const newSecretsChoice = (view: View, share: ShareStatus): Html => {
  const { taken } = view.t
  const text = (each: NewSecretsStatus) =>
    taken.offered(deviceName(each), each.device.slice(0, 7), plainText(share.name))
  return html`${share.newSecrets.map(
    (each) =>
      html`<p class="why">${text(each)}</p>
        <p class="muted">${taken.text}</p>
        <form method="post" action="${sharePath(share)}/take">
          <input type="hidden" name="device" value="${each.device}" />
          <button class="button small" aria-label="${taken.submit}: ${deviceName(each)}">${taken.submit}</button>
        </form>`,
  )}`
}
