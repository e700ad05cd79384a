import type { Access, ShareSecret, ShareStatus } from '../../appliance/sync/status.ts'
import { copyText, faultSummary } from '../components/form.ts'
import type { FormState } from '../components/form.ts'
import { qrCode } from '../components/qr-code.ts'
import { html } from '../html.ts'
import type { Html } from '../html.ts'
import { icon } from '../icons.ts'
import { layout } from '../layout.ts'
import { passwordField } from './doors.ts'
import { sharePath } from '../paths.ts'
import { plainText } from '../plain-text.ts'
import type { View } from '../view.ts'

const accessesToGive: Readonly<Record<Access, readonly Access[]>> = {
  'read-write': ['read-write', 'read-only'],
  'read-only': ['read-only'],
}

/** Which secret to show. None of them is in this page. */
export const secretsPage = (view: View, share: ShareStatus): Html => {
  const { secrets } = view.t
  const words = {
    'read-write': { title: secrets.readWrite, text: secrets.readWriteText },
    'read-only': { title: secrets.readOnly, text: secrets.readOnlyText },
  }
  return layout(view, {
    title: secrets.title,
    tab: 'home',
    back: { href: sharePath(share), label: plainText(share.name) },
    body: html`<p class="lead">${secrets.intro}</p>
      <ul class="cards">
        ${accessesToGive[share.access].map(
          (access) =>
            html`<li class="card">
              <h2>${words[access].title}</h2>
              <p class="muted">${words[access].text}</p>
              <form method="post" action="${sharePath(share)}/secrets" class="actions">
                <input type="hidden" name="access" value="${access}" />
                <button class="button ${access === share.access ? 'primary' : ''}" aria-label="${secrets.show}: ${words[access].title}">
                  ${icon(view, 'key-round')}<span>${secrets.show}</span>
                </button>
              </form>
            </li>`,
        )}
        <li class="card">
          <h2>${secrets.syncthingTitle}</h2>
          <p class="muted">${secrets.syncthingText}</p>
          <div class="actions">
            <a class="button" href="/devices/link?share=${encodeURIComponent(share.id)}"
              >${icon(view, 'link')}<span>${secrets.syncthing}</span></a
            >
          </div>
        </li>
      </ul>`,
  })
}

/** Asks for the password again, when it was typed a while ago. */
export const confirmSecretPage = (view: View, share: ShareStatus, access: Access, form: FormState): Html => {
  const { secrets } = view.t
  return layout(view, {
    title: secrets.confirmTitle,
    tab: 'home',
    back: { href: `${sharePath(share)}/secrets`, label: secrets.title },
    body: html`${faultSummary(view, form)}
      <p class="lead">${secrets.confirmText}</p>
      <form method="post" action="${sharePath(share)}/secrets" class="card stack">
        <input type="hidden" name="access" value="${access}" />
        ${passwordField(view, form)}
        <div class="actions"><button class="button primary wide">${secrets.show}</button></div>
      </form>`,
  })
}

interface ShownSecret {
  readonly share: ShareStatus
  readonly secret: ShareSecret
  /** HOST:PORT that the other device can reach this one at */
  readonly addresses: readonly string[]
}

/** A folder to join into that needs no quoting in a shell. */
const folderFor = (name: string) =>
  `~/Homeseed/${name.replace(/[^\p{L}\p{N}._-]+/gu, '-').replace(/^[-.]+|-+$/g, '') || 'Share'}`

export const shownSecretPage = (view: View, { share, secret, addresses }: ShownSecret): Html => {
  const { secrets, access } = view.t
  const host = addresses[0] === undefined ? '' : ` --host ${addresses[0]}`
  const command = `homeseed share join ${secret.secret} ${folderFor(share.name)}${host}`
  return layout(view, {
    title: secrets.shownTitle(plainText(share.name)),
    tab: 'home',
    back: { href: `${sharePath(share)}/secrets`, label: secrets.title },
    body: html`<p class="lead">${secrets.howTo}</p>
      <section class="card secret">
        <p class="chip-line"><span class="chip tone-${secret.access === 'read-write' ? 'warn' : 'quiet'}"
          >${icon(view, secret.access === 'read-write' ? 'key-round' : 'lock')}${access[secret.access]}</span></p>
        ${qrCode(secret.link, secrets.qr)}
        ${copyText(view, 'secret', secrets.secret, secret.secret)}
        ${copyText(view, 'link', secrets.link, secret.link)}
        ${addresses.length === 0 ? '' : copyText(view, 'address', view.t.join.host, addresses.join(' '))}
        ${copyText(view, 'command', secrets.howToCommand, command)}
      </section>
      <p class="muted">${secrets.hides}</p>
      <div class="actions"><a class="button primary wide" href="${sharePath(share)}">${secrets.done}</a></div>`,
  })
}
