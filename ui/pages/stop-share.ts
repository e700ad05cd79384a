import type { ShareStatus } from '../../appliance/sync/status.ts'
import { formatBytes } from '../format.ts'
import { html } from '../html.ts'
import type { Html } from '../html.ts'
import { layout } from '../layout.ts'
import { sharePath } from '../paths.ts'
import { plainText } from '../plain-text.ts'
import type { View } from '../view.ts'

export const stopSharePage = (view: View, share: ShareStatus): Html => {
  const { t, language } = view
  const name = plainText(share.name)
  const path = sharePath(share)
  return layout(view, {
    title: t.stop.title(name),
    tab: 'home',
    back: { href: path, label: name },
    body: html`<div class="card stack">
      <p>${t.stop.stays(plainText(share.path), formatBytes(share.bytes, language))}</p>
      <p>${t.stop.others}</p>
      ${share.needBytes > 0 ? html`<p class="why">${t.stop.notYet(formatBytes(share.needBytes, language))}</p>` : ''}
      <p>${t.stop.again}</p>
      <div class="actions">
        <a class="button" href="${path}">${t.stop.cancel}</a>
        <form method="post" action="${path}/stop"><button class="button danger">${t.stop.submit}</button></form>
      </div>
    </div>`,
  })
}
