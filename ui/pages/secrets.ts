import type { Access, OneTimeStatus, ShareSecret, ShareStatus } from '../../appliance/sync/status.ts'
import { copyText, faultSummary } from '../components/form.ts'
import type { FormState } from '../components/form.ts'
import { qrCode } from '../components/qr-code.ts'
import { folderName } from '../folder-name.ts'
import { formatTime } from '../format.ts'
import { html } from '../html.ts'
import type { Html } from '../html.ts'
import { icon } from '../icons.ts'
import { layout } from '../layout.ts'
import { passwordField } from './doors.ts'
import { pageLink } from '../page-link.ts'
import { sharePath } from '../paths.ts'
import { replacePath } from './replace-secrets.ts'
import { plainText } from '../plain-text.ts'
import type { View } from '../view.ts'

const accessesToGive: Readonly<Record<Access, readonly Access[]>> = {
  'read-write': ['read-write', 'read-only', 'seed-only'],
  'read-only': ['read-only', 'seed-only'],
  'seed-only': ['seed-only'],
}

/** What is to be shown: a secret that is good until it is replaced, or a new one that is good once. */
export interface WantedSecret {
  readonly access: Access
  readonly once: boolean
}

const wantedFields = ({ access, once }: WantedSecret): Html =>
  html`<input type="hidden" name="access" value="${access}" />${
    once ? html`<input type="hidden" name="once" value="yes" />` : ''
  }`

/** Which secret to show. None of them is in this page. */
export const secretsPage = (
  view: View,
  {
    share,
    oneTime,
    said,
  }: { readonly share: ShareStatus; readonly oneTime: readonly OneTimeStatus[]; readonly said?: string | undefined },
): Html => {
  const { secrets } = view.t
  const ask = (wanted: WantedSecret, title: string, isMain: boolean) =>
    html`<form method="post" action="${sharePath(share)}/secrets">
      ${wantedFields(wanted)}
      <button class="button ${isMain ? 'primary' : ''}" aria-label="${wanted.once ? secrets.makeOnce : secrets.show}: ${title}">
        ${icon(view, wanted.once ? 'link' : 'key-round')}<span>${wanted.once ? secrets.makeOnce : secrets.show}</span>
      </button>
    </form>`
  const words = {
    'read-write': { title: secrets.readWrite, text: secrets.readWriteText },
    'read-only': { title: secrets.readOnly, text: secrets.readOnlyText },
    'seed-only': { title: secrets.seedOnly, text: secrets.seedOnlyText },
  }
  return layout(view, {
    title: secrets.title,
    tab: 'home',
    back: { href: sharePath(share), label: plainText(share.name) },
    said,
    body: html`<p class="lead">${share.access === 'seed-only' ? secrets.introSealed : secrets.intro}</p>
      <ul class="cards">
        ${accessesToGive[share.access].map(
          (access) =>
            html`<li class="card">
              <h2>${words[access].title}</h2>
              <p class="muted">${words[access].text}</p>
              <div class="actions">
                ${ask({ access, once: true }, words[access].title, access === share.access)}
                ${ask({ access, once: false }, words[access].title, false)}
              </div>
            </li>`,
        )}
        ${share.access === 'seed-only' ? '' : syncthingCard(view, share)}
        ${share.access === 'read-write' ? replaceCard(view, share) : ''}
      </ul>
      ${oneTimeList(view, share, oneTime)}`,
  })
}

const syncthingCard = (view: View, share: ShareStatus): Html => {
  const { secrets } = view.t
  return html`<li class="card">
    <h2>${secrets.syncthingTitle}</h2>
    <p class="muted">${secrets.syncthingText}</p>
    <div class="actions">
      <a class="button" href="/devices/link?share=${encodeURIComponent(share.id)}"
        >${icon(view, 'link')}<span>${secrets.syncthing}</span></a
      >
    </div>
  </li>`
}

const replaceCard = (view: View, share: ShareStatus): Html => {
  const { replace } = view.t
  return html`<li class="card">
    <h2>${replace.chooseTitle}</h2>
    <p class="muted">${replace.chooseText}</p>
    <div class="actions">
      <a class="button danger-quiet" href="${replacePath(share)}">${replace.choose}</a>
    </div>
  </li>`
}

const oneTimeList = (view: View, share: ShareStatus, oneTime: readonly OneTimeStatus[]): Html => {
  const { t, language } = view
  const { secrets } = t
  if (oneTime.length === 0) return html``
  const time = (text: string | null) => (text === null ? '' : formatTime(Date.parse(text), language))
  const told = ({ state, expires, used, usedBy }: OneTimeStatus) =>
    ({
      open: secrets.onceOpen(time(expires)),
      used: secrets.onceUsed(plainText(usedBy), time(used)),
      revoked: secrets.onceRevoked,
      expired: secrets.onceExpired(time(expires)),
    })[state]
  return html`<section id="one-time">
    <h2>${secrets.onceTitle}</h2>
    <ul class="card rows">
      ${oneTime.map(
        (secret) =>
          html`<li class="row">
            <div class="row-main">
              <p class="name">${t.access[secret.access]}</p>
              <p class="muted">${told(secret)}</p>
            </div>
            ${
              secret.state === 'open'
                ? html`<form method="post" action="${sharePath(share)}/one-time/revoke">
                    <input type="hidden" name="id" value="${secret.id}" />
                    <button class="button small" aria-label="${secrets.onceCancel}: ${told(secret)}">${secrets.onceCancel}</button>
                  </form>`
                : ''
            }
          </li>`,
      )}
    </ul>
  </section>`
}

/** Asks for the password again, when it was typed a while ago. */
export const confirmSecretPage = (view: View, share: ShareStatus, wanted: WantedSecret, form: FormState): Html => {
  const { secrets } = view.t
  return layout(view, {
    title: secrets.confirmTitle,
    tab: 'home',
    back: { href: `${sharePath(share)}/secrets`, label: secrets.title },
    body: html`${faultSummary(view, form)}
      <p class="lead">${secrets.confirmText}</p>
      <form method="post" action="${sharePath(share)}/secrets" class="card stack">
        ${wantedFields(wanted)}
        ${passwordField(view, form)}
        <div class="actions"><button class="button primary wide">${wanted.once ? secrets.makeOnce : secrets.show}</button></div>
      </form>`,
  })
}

interface ShownSecret {
  readonly share: ShareStatus
  readonly secret: ShareSecret
  /** HOST:PORT that the other device can reach this one at */
  readonly addresses: readonly string[]
}

export const shownSecretPage = (view: View, { share, secret, addresses }: ShownSecret): Html => {
  const { secrets, access } = view.t
  const host = addresses[0] === undefined ? '' : ` --host ${addresses[0]}`
  const page = pageLink(secret.link)
  const command = `homeseed share join ${secret.secret} ~/Homeseed/${folderName(share.name)}${host}`
  const title = secret.once ? secrets.shownOnceTitle(plainText(share.name)) : secrets.shownTitle(plainText(share.name))
  return layout(view, {
    title,
    tab: 'home',
    back: { href: `${sharePath(share)}/secrets`, label: secrets.title },
    body: html`<p class="lead">${secret.expires === null ? secrets.howTo : secrets.howToOnce(formatTime(Date.parse(secret.expires), view.language))}</p>
      <section class="card secret">
        <p class="chip-line"><span class="chip tone-${secret.access === 'read-write' ? 'warn' : 'quiet'}"
          >${icon(view, secret.access === 'read-write' ? 'key-round' : 'lock')}${access[secret.access]}</span></p>
        ${qrCode(page, secrets.qr)}
        ${copyText(view, 'secret', secrets.secret, secret.secret)}
        ${copyText(view, 'page-link', secrets.pageLink, page)}
        ${copyText(view, 'link', secrets.link, secret.link)}
        ${addresses.length === 0 ? '' : copyText(view, 'address', view.t.join.host, addresses.join(' '))}
        ${copyText(view, 'command', secrets.howToCommand, command)}
      </section>
      <p class="muted">${secrets.hides}</p>
      <div class="actions"><a class="button primary wide" href="${sharePath(share)}">${secrets.done}</a></div>`,
  })
}
