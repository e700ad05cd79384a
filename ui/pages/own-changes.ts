/** What was changed here in a share that may only be read, and the question whether to take it back. */
import type { OwnChangePage, OwnChangeStatus, RevertReport, ShareStatus } from '../../appliance/sync/status.ts'
import { deviceName } from '../device-name.ts'
import { formatBytes, formatCount, formatTime } from '../format.ts'
import { html } from '../html.ts'
import type { Html } from '../html.ts'
import { layout } from '../layout.ts'
import { sharePath } from '../paths.ts'
import { plainText } from '../plain-text.ts'
import { problemReason } from '../problem-reason.ts'
import type { View } from '../view.ts'

/** how many of them the page lists */
export const CHANGES_SHOWN = 200

interface OwnChangesPage {
  readonly share: ShareStatus
  readonly page: OwnChangePage
  /** of a try that could not take back all */
  readonly report?: RevertReport | undefined
}

export const ownChangesPage = (view: View, { share, page, report }: OwnChangesPage): Html => {
  const { t, language } = view
  const words = t.ownChanges
  const name = plainText(share.name)
  const path = sharePath(share)
  const { changed, added, deleted } = page.totals
  const moved = changed + added
  const others = share.peers.filter(({ waits }) => !waits)
  const [first, ...more] = others
  const isAlone = !others.some(({ connected }) => connected)
  const counts = [
    changed > 0 ? words.changed(formatCount(changed, language)) : '',
    added > 0 ? words.added(formatCount(added, language)) : '',
    deleted > 0 ? words.deleted(formatCount(deleted, language)) : '',
  ].filter((part) => part !== '')
  const total = moved + deleted
  return layout(view, {
    title: first && more.length === 0 ? words.title(name, deviceName(first)) : words.titleOthers(name),
    tab: 'home',
    back: { href: path, label: name },
    body: html`${report ? notReverted(view, report) : ''}
      <div class="card stack">
        <p>${counts.join(' · ')}</p>
        ${moved > 0 ? html`<p>${words.toArchive}</p>` : ''}
        ${changed + deleted > 0 ? html`<p>${words.comesBack}</p>` : ''}
        <p>${words.others}</p>
        ${isAlone && changed + deleted > 0 ? html`<p class="why">${words.alone}</p>` : ''}
        <div class="actions">
          <a class="button primary" href="${path}">${words.keep}</a>
          <form method="post" action="${path}/changes">
            <button class="button danger-quiet">
              ${moved > 0 ? words.move(moved, formatCount(moved, language)) : words.bringBack(deleted, formatCount(deleted, language))}
            </button>
          </form>
        </div>
      </div>
      <section>
        <h2>${words.list}</h2>
        <ul class="card rows">
          ${page.changes.map((change) => changeRow(view, change))}
        </ul>
        ${
          total > page.changes.length
            ? html`<p class="muted">${t.share.andMore(formatCount(total - page.changes.length, language))}</p>`
            : ''
        }
      </section>`,
  })
}

const changeRow = ({ t, language }: View, { path, kind, type, sizeBytes, modified }: OwnChangeStatus): Html => {
  const isFolder = type === 'directory'
  const details = isFolder
    ? [t.ownChanges.kinds[kind], t.ownChanges.folder]
    : [t.ownChanges.kinds[kind], formatBytes(sizeBytes, language), formatTime(Date.parse(modified), language)]
  return html`<li class="row">
    <div class="row-main">
      <p class="name"><bdi>${plainText(path)}</bdi></p>
      <p class="muted">${details.join(' · ')}</p>
    </div>
  </li>`
}

const notReverted = (view: View, { notReverted: n, problems }: RevertReport): Html =>
  html`<div class="card" role="alert">
    <p class="fault">${view.t.ownChanges.notReverted(n, formatCount(n, view.language))}</p>
    <ul class="rows inner">
      ${problems.map(
        ({ path, reason }) =>
          html`<li class="row">
            <div class="row-main">
              <p class="name"><bdi>${plainText(path)}</bdi></p>
              <p class="muted">${problemReason(view, reason)}</p>
            </div>
          </li>`,
      )}
    </ul>
  </div>`
