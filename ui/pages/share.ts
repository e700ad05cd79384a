import type { PeerStatus, ShareStatus, TransferStatus } from '../../appliance/sync/status.ts'
import { field } from '../components/form.ts'
import type { FormState } from '../components/form.ts'
import { heldLines, pauseButton, progressBar, reason, stateChip, stateLine } from '../components/share-status.ts'
import { formatBytes, formatCount, formatPercent, formatRate, formatTime, percentOf } from '../format.ts'
import { deviceName } from '../device-name.ts'
import { html } from '../html.ts'
import type { Html } from '../html.ts'
import { icon } from '../icons.ts'
import { layout } from '../layout.ts'
import { longest } from '../limits.ts'
import type { LiveParts } from '../live-parts.ts'
import { domId } from '../live-parts.ts'
import { sharePath } from '../paths.ts'
import { newSecretsChoice } from './replace-secrets.ts'
import { plainText } from '../plain-text.ts'
import { problemReason } from '../problem-reason.ts'
import { stateLooks, stateWord } from '../share-state.ts'
import type { View } from '../view.ts'

const statusCard = (view: View, share: ShareStatus): Html => {
  const word = stateWord(share)
  const { t, language } = view
  return html`<section id="share-status" class="card" data-state="${word}" data-title="${tabTitle(view, share)}">
    <p class="chip-line">
      ${stateChip(view, word)}
      ${share.access === 'read-write' ? '' : html`<span class="muted small-text">${icon(view, 'lock')}${share.access === 'read-only' ? t.share.readOnly : t.share.sealed}</span>`}
    </p>
    ${progressBar(view, share)}
    <p class="line">${stateLine(view, share)}</p>
    ${share.held.length > 0 ? heldChoice(view, share) : reason(view, share)}
    ${
      share.localChanges > 0
        ? html`<p class="why">${t.share.changedHere(share.localChanges, formatCount(share.localChanges, language))}</p>
            <div class="actions"><a class="button small" href="${sharePath(share)}/changes">${t.ownChanges.look}</a></div>`
        : ''
    }
    ${newSecretsChoice(view, share)}
    <div class="actions">
      ${pauseButton(view, share, 'share')}
      <form method="post" action="${sharePath(share)}/rescan">
        <button class="button small">${icon(view, 'refresh-cw')}<span>${t.sharePage.rescan}</span></button>
      </form>
    </div>
  </section>`
}

const heldChoice = (view: View, share: ShareStatus): Html => {
  const path = sharePath(share)
  const { undo, release } = view.t.held
  return html`${heldLines(view, share).map((line) => html`<p class="why">${line}</p>`)}
    <div class="actions">
      ${share.access === 'read-write' ? html`<a class="button primary small" href="${path}/undo">${undo.choose}</a>` : ''}
      <a class="button danger-quiet small" href="${path}/release">${release.choose}</a>
    </div>`
}

const tabTitle = (view: View, share: ShareStatus): string => {
  const word = stateWord(share)
  const state = word === 'receiving' ? formatPercent(share.progress) : word === 'upToDate' ? '' : view.t.state[word]
  return [state, plainText(share.name), 'homeseed'].filter((part) => part !== '').join(' · ')
}

const transferRow = (view: View, transfer: TransferStatus): Html => {
  const fraction = transfer.sizeBytes === 0 ? 1 : transfer.doneBytes / transfer.sizeBytes
  const name = plainText(transfer.path)
  return html`<li class="row" id="${domId('t', transfer.path)}">
    <div class="row-main">
      <p class="name"><bdi>${name}</bdi></p>
      <progress max="100" value="${percentOf(fraction)}" aria-label="${view.t.share.progressOf(name)}"></progress>
    </div>
    <p class="row-side muted">${formatPercent(fraction)} · ${formatBytes(transfer.sizeBytes, view.language)}</p>
  </li>`
}

const transfers = (view: View, share: ShareStatus): Html =>
  html`<section id="share-transfers" ${share.transfers.length === 0 ? html`hidden` : ''}>
    <h2>${view.t.sharePage.now}</h2>
    <ul class="card rows">
      ${share.transfers.map((transfer) => transferRow(view, transfer))}
    </ul>
  </section>`

const problems = (view: View, share: ShareStatus): Html =>
  html`<section id="share-problems" ${share.problems.length === 0 ? html`hidden` : ''}>
    <h2>${view.t.sharePage.problems}</h2>
    <ul class="card rows">
      ${share.problems.map(
        ({ path: file, reason: why }) =>
          html`<li class="row">
            <div class="row-main">
              <p class="name"><bdi>${plainText(file)}</bdi></p>
              <p class="muted">${problemReason(view, why)}</p>
            </div>
          </li>`,
      )}
    </ul>
  </section>`

const peerRow = (view: View, share: ShareStatus, peer: PeerStatus): Html => {
  const { t } = view
  const { language } = view
  const lacks = peer.missing?.files ?? 0
  const has =
    lacks > 0
      ? t.sharePage.lacks(lacks, formatCount(lacks, language), formatBytes(peer.missing?.bytes ?? 0, language))
      : peer.completion >= 1
        ? t.sharePage.fullCopy
        : t.sharePage.has(formatPercent(peer.completion))
  const time = (text: string) => formatTime(Date.parse(text), language)
  const seen = peer.connected
    ? t.sharePage.connected
    : peer.lastSeen === null
      ? t.sharePage.neverSeen
      : t.sharePage.lastSeen(time(peer.lastSeen))
  const details = [
    plainText(peer.client),
    plainText(peer.address),
    peer.firstSeen === null ? '' : t.sharePage.firstSeen(time(peer.firstSeen)),
  ].filter((part) => part !== '')
  return html`<li class="row">
    <span class="dot ${peer.connected ? 'dot-on' : ''}" aria-hidden="true"></span>
    <div class="row-main">
      <p class="name"><bdi>${deviceName(peer)}</bdi></p>
      <p class="muted">
        ${peer.waits ? t.sharePage.waits : html`${seen} · ${has}`}
        ${peer.access === 'read-write' ? '' : html` · ${peer.access === 'read-only' ? t.share.readOnly : t.share.sealed}`}${peer.rolledBack ? html` · <strong>${t.share.rolledBack}</strong>` : ''}
      </p>
      ${details.length === 0 ? '' : html`<p class="muted small-text">${details.join(' · ')}</p>`}
    </div>
    ${
      peer.waits
        ? html`<form method="post" action="${sharePath(share)}/devices/approve">
            <input type="hidden" name="device" value="${peer.device}" />
            <button class="button small primary" aria-label="${t.sharePage.letIn}: ${deviceName(peer)}">${t.sharePage.letIn}</button>
          </form>`
        : ''
    }
  </li>`
}

const peers = (view: View, share: ShareStatus): Html => {
  const { t, language } = view
  const rates = [
    share.rateIn >= 1 ? html`${icon(view, 'arrow-down')}${formatRate(share.rateIn, t, language)}` : undefined,
    share.rateOut >= 1 ? html`${icon(view, 'arrow-up')}${formatRate(share.rateOut, t, language)}` : undefined,
  ]
  return html`<section id="share-devices">
    <div class="head-line">
      <h2>${t.sharePage.devices}</h2>
      <p class="muted rates">${rates}</p>
    </div>
    ${
      share.peers.length === 0
        ? html`<p class="card muted">${t.sharePage.noDevices}</p>`
        : html`<ul class="card rows">
            ${share.peers.map((peer) => peerRow(view, share, peer))}
          </ul>`
    }
  </section>`
}

const size = ({ t, language }: View, { bytes, files }: ShareStatus): Html =>
  html`<dd id="share-size">${formatBytes(bytes, language)} · ${t.share.files(files, formatCount(files, language))}</dd>`

const details = (view: View, share: ShareStatus): Html => {
  const { t } = view
  return html`<section>
    <h2>${t.sharePage.details}</h2>
    <dl class="card facts">
      <div><dt>${t.sharePage.folder}</dt><dd><bdi>${plainText(share.path)}</bdi></dd></div>
      <div><dt>${t.sharePage.size}</dt>${size(view, share)}</div>
      <div><dt>${t.sharePage.access}</dt><dd>${t.access[share.access]}</dd></div>
      <div><dt>${t.sharePage.id}</dt><dd class="id">${share.id}</dd></div>
    </dl>
  </section>`
}

const hostSection = (view: View, share: ShareStatus, hosts: readonly string[], form: FormState): Html => {
  const { t } = view
  const knowsNobody = hosts.length === 0 && share.peers.length === 0 && stateWord(share) === 'waiting'
  const isOpen = knowsNobody || Object.keys(form.faults).length > 0 || form.failure !== undefined
  return html`<details class="card fold" id="hosts" ${isOpen ? html`open` : ''}>
    <summary><h2>${t.sharePage.hosts}</h2><span class="muted">${hosts.length > 0 ? hosts.length : ''}</span></summary>
    <p class="muted">${hosts.length === 0 ? t.sharePage.noHosts : t.sharePage.hostsText}</p>
    ${
      hosts.length === 0
        ? ''
        : html`<ul class="rows inner">
            ${hosts.map(
              (host) =>
                html`<li class="row">
                  <p class="row-main name">${plainText(host)}</p>
                  <form method="post" action="${sharePath(share)}/hosts/remove">
                    <input type="hidden" name="host" value="${host}" />
                    <button class="button small" aria-label="${t.sharePage.removeHost(plainText(host))}">
                      ${t.sharePage.remove}
                    </button>
                  </form>
                </li>`,
            )}
          </ul>`
    }
    <form method="post" action="${sharePath(share)}/hosts" class="stack">
      ${form.failure === undefined ? '' : html`<p class="fault" role="alert">${form.failure}</p>`}
      ${field(view, form, {
        name: 'host',
        label: t.sharePage.host,
        hint: t.sharePage.hostHint,
        isRequired: true,
        kind: 'code',
        inputMode: 'url',
        maxLength: longest.host,
      })}
      <div class="actions"><button class="button">${t.sharePage.addHost}</button></div>
    </form>
  </details>`
}

export const shareParts = (view: View, share: ShareStatus): LiveParts => [
  { id: 'share-status', html: () => statusCard(view, share) },
  { id: 'share-transfers', html: () => transfers(view, share) },
  { id: 'share-problems', html: () => problems(view, share) },
  { id: 'share-devices', html: () => peers(view, share) },
  { id: 'share-size', html: () => size(view, share) },
]

interface SharePage {
  readonly share: ShareStatus
  readonly hosts: readonly string[]
  /** of the form that adds a fixed address */
  readonly hostForm: FormState
  readonly said: string | undefined
}

export const sharePage = (view: View, { share, hosts, hostForm, said }: SharePage): Html =>
  layout(view, {
    title: plainText(share.name),
    tabTitle: tabTitle(view, share),
    tab: 'home',
    back: { href: '/', label: view.t.home.title },
    live: `share:${share.id}`,
    isBusy: stateLooks[stateWord(share)].tone === 'busy',
    said,
    body: html`${statusCard(view, share)}
      <div class="actions main-action">
        <a class="button primary" href="${sharePath(share)}/secrets"
          >${icon(view, 'user-round-plus')}<span>${view.t.sharePage.addDevice}</span></a
        >
      </div>
      ${transfers(view, share)} ${problems(view, share)} ${peers(view, share)} ${details(view, share)}
      ${hostSection(view, share, hosts, hostForm)}
      <div class="actions">
        <a class="button danger-quiet" href="${sharePath(share)}/stop">${icon(view, 'unplug')}<span>${view.t.sharePage.stop}</span></a>
      </div>`,
  })
