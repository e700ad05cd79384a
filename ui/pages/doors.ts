/** What somebody sees who is not signed in: claim, sign in, or why not. */
import { faultSummary, field } from '../components/form.ts'
import type { FormState } from '../components/form.ts'
import { html } from '../html.ts'
import type { Html } from '../html.ts'
import { icon } from '../icons.ts'
import { layout } from '../layout.ts'
import { longest } from '../limits.ts'
import { catalogue, languages } from '../texts/texts.ts'
import type { View } from '../view.ts'

/** Each language in its own words, for who cannot read this one. */
const languageSwitch = (view: View, to: string | undefined): Html =>
  html`<form method="post" action="/language">
    <input type="hidden" name="back" value="${to === undefined || to === '/' ? view.path : `${view.path}?to=${encodeURIComponent(to)}`}" />
    ${languages
      .filter((language) => language !== view.language)
      .map(
        (language) =>
          html`<button class="button small quiet" name="language" value="${language}" lang="${language}">
            ${catalogue[language].languageName}
          </button>`,
      )}
  </form>`

const masthead = (view: View, to: string | undefined): Html =>
  html`<div class="masthead">
    <p class="brand">${icon(view, 'sprout')}<span>${view.t.appName}</span></p>
    ${languageSwitch(view, to)}
  </div>`

/** @param to  the page that it leads to */
const door = (view: View, title: string, body: Html, to?: string): Html =>
  layout(view, { title, body, masthead: masthead(view, to) })

/** Password managers want a name to go with a password. */
export const userName = html`<input type="text" name="username" value="homeseed" autocomplete="username" hidden />`

/** For the password that there is. */
export const passwordField = (view: View, form: FormState): Html =>
  html`${userName}${field(view, form, {
    name: 'password',
    label: view.t.signIn.password,
    type: 'password',
    autocomplete: 'current-password',
    isRequired: true,
    maxLength: longest.password,
  })}`

export const claimPage = (view: View, form: FormState): Html => {
  const { claim } = view.t
  return door(
    view,
    claim.title,
    html`${faultSummary(view, form)}
      <p class="lead">${claim.text}</p>
      <form method="post" action="/claim" class="card stack">
        <input type="hidden" name="to" value="${form.values['to'] ?? '/'}" />
        ${userName}${field(view, form, {
          name: 'password',
          label: claim.password,
          hint: claim.hint,
          type: 'password',
          autocomplete: 'new-password',
          isRequired: true,
          maxLength: longest.password,
        })}
        <div class="actions"><button class="button primary wide">${claim.submit}</button></div>
      </form>`,
    form.values['to'],
  )
}

const passwordCommand = ({ commandOptions }: View): Html =>
  html`<code class="code">homeseed panel password${commandOptions}</code>`

export const claimClosedPage = (view: View): Html => {
  const { claim } = view.t
  return door(
    view,
    claim.closedTitle,
    html`<p class="lead">${claim.closed}</p>
      <div class="card"><p>${claim.closedHow}</p>${passwordCommand(view)}</div>`,
  )
}

export const signInPage = (view: View, form: FormState, stays: boolean): Html => {
  const { signIn } = view.t
  return door(
    view,
    signIn.title,
    html`${faultSummary(view, form)}
      <form method="post" action="/sign-in" class="card stack">
        <input type="hidden" name="to" value="${form.values['to'] ?? '/'}" />
        ${passwordField(view, form)}
        <label class="choice"
          ><input type="checkbox" name="stay" value="yes" ${stays ? html`checked` : ''} /><span>${signIn.stay}</span></label
        >
        <div class="actions"><button class="button primary wide">${signIn.submit}</button></div>
      </form>
      <details class="forgot"><summary>${signIn.forgot}</summary>${passwordCommand(view)}</details>`,
    form.values['to'],
  )
}

export const messagePage = (view: View, title: string, text: string): Html =>
  layout(view, {
    title,
    body: html`<p class="lead">${text}</p>
      <div class="actions"><a class="button primary" href="/">${view.t.errors.home}</a></div>`,
  })
