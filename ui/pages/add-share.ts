import { faultSummary, field } from '../components/form.ts'
import type { FormState } from '../components/form.ts'
import { html } from '../html.ts'
import type { Html } from '../html.ts'
import { icon } from '../icons.ts'
import type { IconName } from '../icons.ts'
import { layout } from '../layout.ts'
import { longest } from '../limits.ts'
import type { View } from '../view.ts'

const way = (view: View, href: string, name: IconName, title: string, text: string): Html =>
  html`<li class="card way">
    ${icon(view, name)}
    <div>
      <h2><a class="whole" href="${href}">${title}</a></h2>
      <p class="muted">${text}</p>
    </div>
    ${icon(view, 'chevron-right')}
  </li>`

export const addSharePage = (view: View): Html => {
  const { addShare, home } = view.t
  return layout(view, {
    title: addShare.title,
    tab: 'home',
    back: { href: '/', label: home.title },
    body: html`<ul class="cards">
      ${way(view, '/shares/create', 'folder-plus', addShare.createTitle, addShare.createText)}
      ${way(view, '/shares/join', 'key-round', addShare.joinTitle, addShare.joinText)}
    </ul>`,
  })
}

const back = (view: View) => ({ href: '/shares/new', label: view.t.addShare.title })

/** @param example  a folder that could be meant, e.g. `/home/anna/Photos` */
export const createPage = (view: View, form: FormState, example: string): Html => {
  const { create } = view.t
  return layout(view, {
    title: create.title,
    tab: 'home',
    back: back(view),
    body: html`${faultSummary(view, form)}
      <form method="post" action="/shares/create" class="card stack">
        ${field(view, form, {
          name: 'path',
          label: create.path,
          hint: create.pathHint,
          isRequired: true,
          kind: 'code',
          maxLength: longest.path,
          placeholder: example,
        })}
        ${field(view, form, { name: 'name', label: create.name, hint: create.nameHint, maxLength: longest.name })}
        <div class="actions"><button class="button primary wide">${create.submit}</button></div>
      </form>`,
  })
}

export const joinPage = (view: View, form: FormState, example: string): Html => {
  const { join } = view.t
  return layout(view, {
    title: join.title,
    tab: 'home',
    back: back(view),
    body: html`${faultSummary(view, form)}
      <form method="post" action="/shares/join" class="card stack">
        ${field(view, form, {
          name: 'secret',
          label: join.secret,
          hint: join.secretHint,
          isRequired: true,
          kind: 'code',
          maxLength: longest.secret,
        })}
        ${field(view, form, {
          name: 'path',
          label: join.path,
          hint: join.pathHint,
          kind: 'code',
          maxLength: longest.path,
          placeholder: example,
        })}
        ${field(view, form, { name: 'name', label: join.name, hint: join.nameHint, maxLength: longest.name })}
        ${field(view, form, {
          name: 'host',
          label: join.host,
          hint: join.hostHint,
          kind: 'code',
          inputMode: 'url',
          maxLength: longest.host,
        })}
        <div class="actions"><button class="button primary wide">${join.submit}</button></div>
      </form>`,
  })
}
