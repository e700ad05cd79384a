/** Before a mass of changes is let through, or undone: what that means. */
import type { HeldStatus, ShareStatus } from '../../appliance/sync/status.ts'
import { heldLines } from '../components/share-status.ts'
import { formatCount } from '../format.ts'
import { html } from '../html.ts'
import type { Html } from '../html.ts'
import { layout } from '../layout.ts'
import { sharePath } from '../paths.ts'
import { plainText } from '../plain-text.ts'
import type { View } from '../view.ts'

export type HeldAnswer = 'release' | 'undo'

export const heldPage = (view: View, share: ShareStatus, answer: HeldAnswer): Html => {
  const { t, language } = view
  const name = plainText(share.name)
  const path = sharePath(share)
  const meaning = ({ direction, files }: HeldStatus) => t.held[answer][direction](formatCount(files, language))
  return layout(view, {
    title: t.held[answer].title(name),
    tab: 'home',
    back: { href: path, label: name },
    body: html`<div class="card stack">
      ${heldLines(view, share).map((line) => html`<p>${line}</p>`)}
      ${share.held.map((held) => html`<p class="why">${meaning(held)}</p>`)}
      <div class="actions">
        <a class="button" href="${path}">${t.held.cancel}</a>
        <form method="post" action="${path}/${answer}">
          <button class="button ${answer === 'release' ? 'danger' : 'primary'}">${t.held[answer].submit}</button>
        </form>
      </div>
    </div>`,
  })
}
