import { html } from '../html.ts'
import type { Html } from '../html.ts'
import { icon } from '../icons.ts'
import type { View } from '../view.ts'

/** What was typed and what is wrong with it: a form comes back as it was sent, with a text beside each fault. */
export interface FormState {
  readonly values: Readonly<Record<string, string>>
  /** text by field name */
  readonly faults: Readonly<Record<string, string>>
  /** what failed as a whole */
  readonly failure?: string | undefined
}

export const emptyForm: FormState = { values: {}, faults: {} }

interface Field {
  readonly name: string
  readonly label: string
  readonly hint?: string
  readonly isRequired?: boolean
  readonly type?: 'text' | 'password'
  readonly autocomplete?: string
  /** `code`: no spelling, no capitals */
  readonly kind?: 'words' | 'code'
  readonly inputMode?: 'url' | 'numeric'
  /** as the server takes it */
  readonly maxLength: number
  /** an example, shown while the field is empty */
  readonly placeholder?: string
}

const describedBy = (field: Field, fault: string | undefined) =>
  [field.hint && `${field.name}-hint`, fault && `${field.name}-fault`].filter(Boolean).join(' ')

const codeAttributes = html`autocapitalize="none" autocorrect="off" spellcheck="false"`

export function field(view: View, form: FormState, field: Field): Html {
  const fault = form.faults[field.name]
  const described = describedBy(field, fault)
  // a password is never sent back
  const value = field.type === 'password' ? '' : (form.values[field.name] ?? '')
  return html`<div class="field">
    <label for="${field.name}"
      >${field.label}${field.isRequired ? '' : html` <span class="muted">(${view.t.forms.optional})</span>`}</label
    >
    <div class="input">
      <input
        id="${field.name}"
        name="${field.name}"
        type="${field.type ?? 'text'}"
        value="${value}"
        autocomplete="${field.autocomplete ?? 'off'}"
        maxlength="${field.maxLength}"
        ${field.placeholder ? html`placeholder="${field.placeholder}"` : ''}
        ${field.inputMode ? html`inputmode="${field.inputMode}"` : ''}
        ${field.kind === 'code' || field.type === 'password' ? codeAttributes : ''}
        ${field.isRequired ? html`required` : ''}
        ${described ? html`aria-describedby="${described}"` : ''}
        ${fault ? html`aria-invalid="true"` : ''}
      />
      ${field.type === 'password' ? revealButton(view, field.name) : ''}
    </div>
    ${fault ? html`<p class="fault" id="${field.name}-fault">${icon(view, 'triangle-alert')}${fault}</p>` : ''}
    ${field.hint ? html`<p class="hint" id="${field.name}-hint">${field.hint}</p>` : ''}
  </div>`
}

/** Needs script, so script unhides it. */
const revealButton = (view: View, name: string): Html =>
  html`<button
    type="button"
    class="reveal"
    data-reveal="${name}"
    aria-label="${view.t.forms.reveal}"
    aria-pressed="false"
    hidden
  >
    ${icon(view, 'eye')}
  </button>`

interface Choice {
  readonly value: string
  readonly label: string
  readonly hint?: string
}

/** One of a few, all in sight. */
export const choices = (name: string, legend: string, options: readonly Choice[], chosen: string): Html =>
  html`<fieldset class="choices">
    <legend>${legend}</legend>
    ${options.map(
      ({ value, label, hint }) =>
        html`<label class="choice"
          ><input type="radio" name="${name}" value="${value}" ${value === chosen ? html`checked` : ''} /><span
            ><bdi>${label}</bdi>${hint ? html`<span class="hint">${hint}</span>` : ''}</span
          ></label
        >`,
    )}
  </fieldset>`

/** What is wrong, before the form, with a way to each field; takes the focus when the page opens. */
export function faultSummary(view: View, form: FormState): Html {
  const faults = Object.entries(form.faults)
  if (form.failure === undefined && faults.length === 0) return html``
  return html`<div class="summary-faults" role="alert" tabindex="-1" autofocus>
    <p class="strong">${icon(view, 'triangle-alert')}${view.t.forms.failed}</p>
    ${form.failure === undefined ? '' : html`<p>${form.failure}</p>`}
    ${
      faults.length === 0
        ? ''
        : html`<ul>
            ${faults.map(([name, text]) => html`<li><a href="#${name}">${text}</a></li>`)}
          </ul>`
    }
  </div>`
}

/** Text to take along, whole with one tap; script adds a button that copies it. */
export const copyText = (view: View, id: string, label: string, text: string): Html =>
  html`<div class="copy">
    <div class="copy-head">
      <p class="copy-label">${label}</p>
      <button type="button" class="button small quiet" data-copy="${id}" data-copied="${view.t.forms.copied}" hidden>
        ${icon(view, 'copy')}<span>${view.t.forms.copy}</span>
      </button>
    </div>
    <code class="code" id="${id}">${text}</code>
  </div>`
