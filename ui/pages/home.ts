import type { ShareStatus } from '../../appliance/sync/status.ts'
import { hasProgress, pauseButton, progressBar, reason, stateChip, stateLine } from '../components/share-status.ts'
import { formatEta, formatPercent } from '../format.ts'
import { html } from '../html.ts'
import type { Html } from '../html.ts'
import { icon } from '../icons.ts'
import { layout } from '../layout.ts'
import type { LiveParts } from '../live-parts.ts'
import { domId } from '../live-parts.ts'
import { sharePath } from '../paths.ts'
import { problemCount } from '../not-synced.ts'
import { plainText } from '../plain-text.ts'
import { stateLooks, stateWord, worstWord } from '../share-state.ts'
import type { Tone } from '../share-state.ts'
import type { AssetName, View } from '../view.ts'

/** What the browser's tab shows of all shares: `62 % · homeseed`. */
export function tabTitle(view: View, shares: readonly ShareStatus[]): string {
  const worst = worstWord(shares)
  if (worst === undefined || worst === 'upToDate' || worst === 'paused') return 'homeseed'
  if (worst === 'receiving') return `${formatPercent(overallProgress(shares))} · homeseed`
  return `${view.t.state[worst]} · homeseed`
}

/** Of all shares that receive, weighed by what they lack. */
function overallProgress(shares: readonly ShareStatus[]): number {
  const receiving = shares.filter((share) => stateWord(share) === 'receiving')
  // progress = done / batch and needBytes = batch - done
  const batches = receiving.map(({ needBytes, progress }) => needBytes / Math.max(1e-6, 1 - progress))
  const batch = batches.reduce((sum, bytes) => sum + bytes, 0)
  const left = receiving.reduce((sum, { needBytes }) => sum + needBytes, 0)
  return batch === 0 ? 0 : 1 - left / batch
}

const overallEta = (shares: readonly ShareStatus[]): number | undefined => {
  const etas = shares.filter((share) => stateWord(share) === 'receiving').map(({ etaSeconds }) => etaSeconds)
  return etas.some((eta) => eta === undefined) ? undefined : Math.max(...etas.map((eta) => eta ?? 0))
}

/** The icon in the browser's tab. */
const tabIcons: Readonly<Record<Tone, AssetName>> = {
  ok: 'icon-ok.svg',
  quiet: 'icon-ok.svg',
  busy: 'icon-busy.svg',
  warn: 'icon-bad.svg',
  bad: 'icon-bad.svg',
}

const tabIcon = (shares: readonly ShareStatus[]): AssetName =>
  tabIcons[stateLooks[worstWord(shares) ?? 'upToDate'].tone]

function summaryText(view: View, shares: readonly ShareStatus[]): string {
  const { t } = view
  const worst = worstWord(shares)
  if (worst === undefined || worst === 'upToDate') {
    const problems = shares.reduce((sum, share) => sum + share.problems.length, 0)
    return problems > 0 ? t.summary.upToDateBut(problems, problemCount(problems)) : t.summary.allUpToDate(shares.length)
  }
  if (worst === 'receiving')
    return t.summary.now(t.state.receiving, formatPercent(overallProgress(shares)), formatEta(overallEta(shares), t))
  const name = shares.find((share) => stateWord(share) === worst)?.name ?? ''
  return t.summary.worst(t.state[worst], plainText(name))
}

const summary = (view: View, shares: readonly ShareStatus[]): Html => {
  if (shares.length === 0) return html`<p id="status" class="status" data-title="homeseed" hidden></p>`
  const worst = worstWord(shares) ?? 'upToDate'
  const { icon: name, tone } = stateLooks[worst]
  return html`<p
    id="status"
    class="status tone-${tone}"
    data-title="${tabTitle(view, shares)}"
    data-icon="${view.assets[tabIcon(shares)]}"
  >
    ${icon(view, name)}<span>${summaryText(view, shares)}</span>
  </p>`
}

const movingId = (share: ShareStatus) => domId('p', share.id)

/** What changes each second while a share moves. */
const moving = (view: View, share: ShareStatus): Html =>
  html`<div class="moving" id="${movingId(share)}">
    ${progressBar(view, share)}
    <p class="line">${stateLine(view, share)}</p>
  </div>`

const canPause = (share: ShareStatus) => hasProgress(share) || stateWord(share) === 'paused'

/** All that the rest of the card shows. */
const cardKey = (share: ShareStatus): string =>
  JSON.stringify([share.name, stateWord(share), share.access, share.message, share.problems.length, canPause(share)])

const shareCard = (view: View, share: ShareStatus): Html => {
  const word = stateWord(share)
  return html`<li class="card share" id="${domId('s', share.id)}" data-state="${word}">
    <div class="card-head">
      <h2>
        <a class="whole" href="${sharePath(share)}"><bdi>${plainText(share.name)}</bdi></a>
      </h2>
      ${stateChip(view, word)}
    </div>
    ${moving(view, share)} ${canPause(share) ? pauseButton(view, share, 'home') : ''} ${reason(view, share)}
    ${share.access === 'read-write' ? '' : html`<p class="muted small-text">${icon(view, 'lock')}${share.access === 'read-only' ? view.t.share.readOnly : view.t.share.sealed}</p>`}
  </li>`
}

/** Where there is no share yet, the page offers more exact ways to add one. */
const addButton = (view: View, shares: readonly ShareStatus[]): Html =>
  html`<div id="add" class="title-action">
    ${
      shares.length === 0
        ? ''
        : html`<a class="button primary" href="/shares/new">${icon(view, 'plus')}<span>${view.t.home.add}</span></a>`
    }
  </div>`

const empty = (view: View): Html =>
  html`<li class="card empty">
    <span class="empty-mark">${icon(view, 'sprout')}</span>
    <h2>${view.t.home.emptyTitle}</h2>
    <p>${view.t.home.emptyText}</p>
    <div class="actions">
      <a class="button primary" href="/shares/create">${icon(view, 'folder-plus')}<span>${view.t.home.create}</span></a>
      <a class="button" href="/shares/join">${icon(view, 'key-round')}<span>${view.t.home.join}</span></a>
    </div>
  </li>`

const shareList = (view: View, shares: readonly ShareStatus[]): Html =>
  html`<ul id="shares" class="cards">
    ${shares.length === 0 ? empty(view) : shares.map((share) => shareCard(view, share))}
  </ul>`

export const homeParts = (view: View, shares: readonly ShareStatus[]): LiveParts => [
  { id: 'status', html: () => summary(view, shares) },
  { id: 'add', html: () => addButton(view, shares) },
  { id: 'shares', html: () => shareList(view, shares), key: shares.map(({ id }) => id).join() },
  ...shares.flatMap((share) => {
    const id = domId('s', share.id)
    return [
      { id, html: () => shareCard(view, share), key: cardKey(share), within: 'shares' },
      { id: movingId(share), html: () => moving(view, share), within: id },
    ]
  }),
]

export const homePage = (view: View, shares: readonly ShareStatus[], said: string | undefined): Html =>
  layout(view, {
    title: view.t.home.title,
    tabTitle: tabTitle(view, shares),
    icon: tabIcon(shares),
    tab: 'home',
    live: 'home',
    isBusy: shares.some((share) => stateLooks[stateWord(share)].tone === 'busy'),
    said,
    action: addButton(view, shares),
    body: html`${summary(view, shares)} ${shareList(view, shares)}`,
  })
