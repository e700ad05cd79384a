import { faultSummary, field } from '../components/form.ts'
import type { FormState } from '../components/form.ts'
import { formatTime } from '../format.ts'
import { html } from '../html.ts'
import type { Html } from '../html.ts'
import { layout } from '../layout.ts'
import { longest } from '../limits.ts'
import { userName } from './doors.ts'
import { plainText } from '../plain-text.ts'
import { catalogue, languages } from '../texts/texts.ts'
import type { View } from '../view.ts'

interface SettingsPage {
  readonly form: FormState
  readonly deviceName: string
  readonly version: string
  /** ms since 1970 */
  readonly claimedAt: number | null
  readonly claimedFrom: string | null
  readonly browsers: number
  readonly said: string | undefined
}

/** A row of buttons of which one is pressed: one tap, no script. */
const chooser = (
  action: string,
  name: string,
  title: string,
  options: readonly { readonly value: string; readonly label: string; readonly language?: string }[],
  chosen: string,
): Html =>
  html`<section>
    <h2 id="${name}-title">${title}</h2>
    <form method="post" action="${action}">
      <input type="hidden" name="back" value="/settings" />
      <div class="segments" role="group" aria-labelledby="${name}-title">
      ${options.map(
        ({ value, label, language }) =>
          html`<button
            class="segment"
            name="${name}"
            value="${value}"
            aria-pressed="${value === chosen ? 'true' : 'false'}"
            ${language ? html`lang="${language}"` : ''}
          >
            ${label}
          </button>`,
      )}
      </div>
    </form>
  </section>`

const claimedText = (view: View, at: number, from: string | null): string =>
  view.t.settings.claimedText(
    formatTime(at, view.language),
    from === 'command-line' ? view.t.settings.fromCommandLine : (from ?? ''),
  )

export const settingsPage = (view: View, page: SettingsPage): Html => {
  const { settings } = view.t
  return layout(view, {
    title: settings.title,
    tab: 'settings',
    said: page.said,
    body: html`${faultSummary(view, page.form)}
      ${chooser(
        '/language',
        'language',
        settings.language,
        languages.map((language) => ({ value: language, label: catalogue[language].languageName, language })),
        view.language,
      )}
      ${chooser(
        '/theme',
        'theme',
        settings.look,
        [
          { value: 'system', label: settings.lookSystem },
          { value: 'light', label: settings.lookLight },
          { value: 'dark', label: settings.lookDark },
        ],
        view.theme,
      )}
      <section>
        <h2>${settings.password}</h2>
        <form method="post" action="/settings/password" class="card stack">
          ${userName}${field(view, page.form, {
            name: 'current',
            label: settings.currentPassword,
            type: 'password',
            autocomplete: 'current-password',
            isRequired: true,
            maxLength: longest.password,
          })}
          ${field(view, page.form, {
            name: 'password',
            label: settings.newPassword,
            hint: view.t.claim.hint,
            type: 'password',
            autocomplete: 'new-password',
            isRequired: true,
            maxLength: longest.password,
          })}
          <p class="muted">${settings.changePasswordText}</p>
          <div class="actions"><button class="button">${settings.changePassword}</button></div>
        </form>
      </section>
      <section>
        <h2>${view.t.keys.title}</h2>
        <div class="card stack">
          <p>${view.t.keys.settingsText}</p>
          <div class="actions"><a class="button" href="/settings/keys">${view.t.keys.open}</a></div>
        </div>
      </section>
      <section>
        <h2>${settings.signedIn}</h2>
        <div class="card stack">
          <p>${settings.browsers(page.browsers)}</p>
          ${
            page.claimedAt === null
              ? ''
              : html`<p class="muted">${settings.claimed}: ${claimedText(view, page.claimedAt, page.claimedFrom)}</p>`
          }
          <div class="actions">
            <form method="post" action="/sign-out"><button class="button">${settings.signOut}</button></form>
            ${
              page.browsers > 1
                ? html`<form method="post" action="/settings/sign-out-others">
                    <button class="button">${settings.signOutOthers}</button>
                  </form>`
                : ''
            }
          </div>
        </div>
      </section>
      <section>
        <h2>${settings.about}</h2>
        <dl class="card facts">
          <div><dt>${settings.device}</dt><dd><bdi>${plainText(page.deviceName)}</bdi></dd></div>
          <div><dt>${settings.version}</dt><dd>${page.version}</dd></div>
          <div><dt>${settings.licenses}</dt><dd>${settings.licensesText} <a href="/settings/licenses">${settings.licensesWhole}</a></dd></div>
        </dl>
      </section>`,
  })
}

/** The terms of what our pages carry of others, word for word. */
export const licensesPage = (view: View, works: readonly { readonly name: string; readonly text: string }[]): Html =>
  layout(view, {
    title: view.t.settings.licenses,
    tab: 'settings',
    back: { href: '/settings', label: view.t.settings.title },
    body: html`${works.map(
      ({ name, text }) =>
        html`<section lang="en">
          <h2>${name}</h2>
          <p class="card license">${text}</p>
        </section>`,
    )}`,
  })
