/** The keys of this device, for a safe place: as a file, and on paper; and how they come back. */
import { faultSummary, field } from '../components/form.ts'
import type { FormState } from '../components/form.ts'
import { html } from '../html.ts'
import type { Html } from '../html.ts'
import { icon } from '../icons.ts'
import { layout } from '../layout.ts'
import { longest } from '../limits.ts'
import type { View } from '../view.ts'
import { userName } from './doors.ts'

interface KeysPage {
  readonly form: FormState
  /** whether the password was typed too long ago */
  readonly asksPassword: boolean
}

export const keysPage = (view: View, { form, asksPassword }: KeysPage): Html => {
  const { t } = view
  const { keys } = t
  const passwordNow = (name: string) =>
    asksPassword
      ? html`${userName}${field(view, form, {
          name,
          label: t.settings.currentPassword,
          hint: keys.passwordHint,
          type: 'password',
          autocomplete: 'current-password',
          isRequired: true,
          maxLength: longest.password,
        })}`
      : ''
  return layout(view, {
    title: keys.title,
    tab: 'settings',
    back: { href: '/settings', label: t.settings.title },
    body: html`${faultSummary(view, form)}
      <p class="lead">${keys.text}</p>
      <section>
        <h2>${keys.file}</h2>
        <form method="post" action="/settings/keys/export" class="card stack" data-download>
          <p>${keys.fileText}</p>
          ${field(view, form, {
            name: 'passphrase',
            label: keys.passphrase,
            hint: keys.passphraseHint,
            type: 'password',
            autocomplete: 'new-password',
            isRequired: true,
            maxLength: longest.password,
          })}
          ${field(view, form, {
            name: 'again',
            label: keys.again,
            type: 'password',
            autocomplete: 'new-password',
            isRequired: true,
            maxLength: longest.password,
          })}
          ${passwordNow('current')}
          <div class="actions"><button class="button primary">${icon(view, 'arrow-down')}<span>${keys.download}</span></button></div>
        </form>
      </section>
      <section>
        <h2>${keys.sheet}</h2>
        <form method="post" action="/settings/keys/sheet" class="card stack">
          <p>${keys.sheetText}</p>
          ${passwordNow('current-sheet')}
          <div class="actions"><button class="button">${icon(view, 'key-round')}<span>${keys.showSheet}</span></button></div>
        </form>
      </section>
      <section>
        <h2>${keys.back}</h2>
        <div class="card stack">
          <p>${keys.backText}</p>
          <code class="code">homeseed keys import ${keys.fileName}.keys</code>
          <p class="muted">${keys.backOnce}</p>
        </div>
      </section>`,
  })
}
