/** How a share is doing, for the list of shares and for its own page. */
import type { ShareStatus } from '../../appliance/sync/status.ts'
import { deviceName } from '../device-name.ts'
import { formatBytes, formatCount, formatEta, formatPercent, formatRate, percentOf } from '../format.ts'
import { html } from '../html.ts'
import type { Html } from '../html.ts'
import { icon } from '../icons.ts'
import { notSynced } from '../not-synced.ts'
import { sharePath } from '../paths.ts'
import { plainText } from '../plain-text.ts'
import { problemReason } from '../problem-reason.ts'
import { stateLooks, stateWord } from '../share-state.ts'
import type { StateWord } from '../share-state.ts'
import { userErrorText } from '../user-error-text.ts'
import type { View } from '../view.ts'

/** Breaks only between the parts. */
const joined = (parts: readonly string[]): Html =>
  html`${parts
    .filter((part) => part !== '')
    .map((part, i) => html`${i > 0 ? ' · ' : ''}<span class="part">${part}</span>`)}`

export const stateChip = (view: View, word: StateWord): Html => {
  const { icon: name, tone } = stateLooks[word]
  return html`<span class="chip tone-${tone}">${icon(view, name)}${view.t.state[word]}</span>`
}

/** Whether there is something of which the percentage tells. */
export const hasProgress = (share: ShareStatus): boolean => {
  const word = stateWord(share)
  return (
    share.needBytes + share.needFiles > 0 &&
    (word === 'receiving' || word === 'waiting' || word === 'paused' || word === 'diskFull')
  )
}

export const progressBar = (view: View, share: ShareStatus): Html =>
  hasProgress(share)
    ? html`<progress max="100" value="${percentOf(share.progress)}" aria-label="${view.t.share.progressOf(plainText(share.name))}">
        ${formatPercent(share.progress)}
      </progress>`
    : html``

/** The line that always stands under the state word: how much, how fast, how long, or why not. */
export function stateLine(view: View, share: ShareStatus): Html {
  const { t, language } = view
  const size = formatBytes(share.bytes, language)
  const files = t.share.files(share.files, formatCount(share.files, language))
  const left = t.share.left(formatBytes(share.needBytes, language))
  switch (stateWord(share)) {
    case 'upToDate': {
      if (share.files === 0) return html`${t.share.noFiles}`
      return joined([
        size,
        files,
        share.peers.length === 0 ? t.share.noOtherDevice : t.share.devices(share.peers.length),
        notSynced(share, t),
      ])
    }
    case 'receiving':
      return joined([
        formatPercent(share.progress),
        left,
        formatRate(share.rateIn, t, language),
        formatEta(share.etaSeconds, t),
      ])
    case 'sending':
      return joined([size, formatRate(share.rateOut, t, language), notSynced(share, t)])
    case 'indexing':
      return html`${t.share.indexingLine(files)}`
    case 'waiting': {
      const names = share.peers.filter(({ connected }) => !connected).map(deviceName)
      if (names.length === 0 || share.needBytes === 0) return html`${t.share.waitingFirst}`
      return html`${t.share.waitingFor(names.slice(0, 3).join(', '), left)}`
    }
    case 'paused':
      return joined([t.share.pausedByYou, share.needBytes > 0 ? left : size])
    case 'conflict':
    case 'diskMissing':
    case 'diskFull':
    case 'problem':
      return joined([size, share.needBytes > 0 ? left : ''])
  }
}

/** One sentence for each of what is held. */
export const heldLines = (view: View, { held, message }: ShareStatus): readonly string[] =>
  held.map(({ direction, files, of, device }) =>
    userErrorText(view, {
      code: `held/${direction}`,
      message,
      details: { files: formatCount(files, view.language), of: formatCount(of, view.language), device },
    }),
  )

/** Why, and what to do. */
export function reason(view: View, share: ShareStatus): Html {
  const { state, message, problems } = share
  const [first] = problems
  if (message === '') return html``
  if (share.held.length > 0) return html`${heldLines(view, share).map((line) => html`<p class="why">${line}</p>`)}`
  if (state === 'disk-missing' || state === 'disk-full' || state === 'held' || state === 'error')
    return html`<p class="why">${userErrorText(view, { code: state, message, details: { kind: share.reason } })}</p>`
  // what is waited for stands in the line above
  if (!first) return html``
  const more = problems.length > 1 ? ` (${view.t.share.andMore(String(problems.length - 1))})` : ''
  return html`<p class="why"><bdi>${plainText(first.path)}</bdi>: ${problemReason(view, first.reason)}${more}</p>`
}

const verb = { pause: 'pause', resume: 'play' } as const

/** Stops the share or lets it go on. The answer is the new state of what is on the page. */
export function pauseButton(view: View, share: ShareStatus, from: 'home' | 'share'): Html {
  const action = share.state === 'paused' ? 'resume' : 'pause'
  const label = view.t.sharePage[action]
  return html`<form method="post" action="${sharePath(share)}/${action}">
    <input type="hidden" name="from" value="${from}" />
    <button class="button small" aria-label="${label}: ${plainText(share.name)}">
      ${icon(view, verb[action])}<span>${label}</span>
    </button>
  </form>`
}
