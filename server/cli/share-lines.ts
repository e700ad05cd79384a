/** Shares as lines of text. */
import { deviceName } from '../../ui/device-name.ts'
import { formatBytes, formatCount, formatEta, formatPercent, formatRate } from '../../ui/format.ts'
import { notSynced } from '../../ui/not-synced.ts'
import { plainText } from '../../ui/plain-text.ts'
import { stateLooks, stateWord } from '../../ui/share-state.ts'
import type { Tone } from '../../ui/share-state.ts'
import { en } from '../../ui/texts/en.ts'
import type { NewSecretsStatus, PeerStatus, ScrubStatus } from '../../appliance/sync/status.ts'
import type { ShareJson, StatusJson } from '../api/json.ts'
import { shellWord } from '../shell-word.ts'
import { secondOf } from './second-of.ts'
import { table } from './table.ts'

/** The JSON form with the one difference undone. */
const status = (share: ShareJson) => ({ ...share, etaSeconds: share.etaSeconds ?? undefined })

/** `Up to date · 2 not synced` */
const stateText = (share: ShareJson): string => {
  const word = stateWord(status(share))
  const isWhole = word === 'upToDate' || word === 'sending'
  return [en.state[word], isWhole ? notSynced(share, en) : ''].filter((part) => part !== '').join(' · ')
}

const isMoving = (share: ShareJson) => share.needBytes + share.needFiles > 0

/** `62 %, 1.1 GB left, 11 MB/s, about 2 min`; empty when nothing is to be done. */
const progressText = (share: ShareJson): string =>
  !isMoving(share)
    ? ''
    : [
        formatPercent(share.progress),
        en.share.left(formatBytes(share.needBytes)),
        formatRate(share.rateIn, en),
        formatEta(share.etaSeconds, en),
      ]
        .filter((part) => part !== '')
        .join(', ')

export const shareLine = (share: ShareJson): string =>
  `${plainText(share.name)}: ${[stateText(share), progressText(share), plainText(share.message)].filter((part) => part !== '').join(', ')}`

const colours: Readonly<Record<Tone, number>> = { ok: 32, busy: 36, quiet: 2, warn: 33, bad: 31 }

/** A word in the colour of its state; only for terminals. */
const coloured = (text: string, share: ShareJson, useColor: boolean): string =>
  useColor ? `\u001b[${colours[stateLooks[stateWord(status(share))].tone]}m${text}\u001b[0m` : text

export const shareTable = (shares: readonly ShareJson[], useColor: boolean): readonly string[] => {
  const lines = table(
    ['STATE', 'NAME', 'DONE', 'LEFT', 'SPEED', 'ETA', 'FILES', 'SIZE', 'DEVICES', 'FOLDER'],
    shares.map((share) => [
      stateText(share),
      share.name,
      isMoving(share) ? formatPercent(share.progress) : '',
      isMoving(share) ? formatBytes(share.needBytes) : '',
      formatRate(share.rateIn, en),
      formatEta(share.etaSeconds, en),
      formatCount(share.files),
      formatBytes(share.bytes),
      `${share.peers.filter(({ connected }) => connected).length}/${share.peers.length}`,
      share.path,
    ]),
  )
  return lines.map((line, i) => {
    const share = shares[i - 1]
    const word = share && stateText(share)
    return word === undefined ? line : coloured(word, share as ShareJson, useColor) + line.slice(word.length)
  })
}

const bar = (fraction: number, width = 20) => {
  const full = Math.round(Math.min(1, Math.max(0, fraction)) * width)
  return `[${'#'.repeat(full)}${'.'.repeat(width - full)}]`
}

/** How far reading all files again has come, or how it ended. */
export function scrubText({
  isRunning,
  isWhole,
  endedAt,
  progress,
  files,
  bytes,
  damaged,
  repaired,
}: ScrubStatus): string {
  const when = isRunning ? formatPercent(progress) : `${isWhole ? 'done' : 'stopped'} ${secondOf(endedAt ?? '')}`
  const read = `${formatCount(files)} files, ${formatBytes(bytes)} read`
  return `${when}: ${read}, ${formatCount(damaged)} damaged, ${formatCount(repaired)} of them whole again`
}

/** What its owner is asked, and what to do. */
export function newSecretsText({ name }: ShareJson, { device, name: who, toldBy }: NewSecretsStatus): string {
  const through = toldBy === '' ? '' : ` (${plainText(toldBy)} says)`
  const id = device.slice(0, 7)
  const by = who === '' ? `device ${id}` : `${plainText(who)} (${id})`
  const command = `homeseed share take ${shellWord(name)} ${shellWord(who === '' ? device : who)}`
  return `${by} has new secrets for ${plainText(name)}${through}. To take them: ${command}`
}

const seenText = ({ lastSeen }: PeerStatus): string =>
  lastSeen === null ? 'never seen' : `last seen ${secondOf(lastSeen)}`

/** With the beginning of its ID where several are called the same. */
const nameAmong = (called: readonly string[], peer: PeerStatus): string => {
  const name = deviceName(peer)
  return called.filter((each) => each === name).length > 1 ? `${name} (${peer.device.slice(0, 7)})` : name
}

/** All of one share, as a block of lines. */
export function shareBlock(share: ShareJson, useColor: boolean): readonly string[] {
  const facts: readonly (readonly [string, string])[] = [
    ['folder', share.path],
    ['access', share.access],
    ['id', share.id],
    ['files', `${formatCount(share.files)}, ${formatBytes(share.bytes)}`],
    ...(isMoving(share)
      ? [['missing', `${formatCount(share.needFiles)} files, ${formatBytes(share.needBytes)}`] as const]
      : []),
    ...(share.localChanges > 0
      ? [['changed here', `${formatCount(share.localChanges)}, kept here and not sent on`] as const]
      : []),
    ...(share.scrub.startedAt === null ? [] : [['scrub', scrubText(share.scrub)] as const]),
    ...(share.rateOut >= 1 ? [['sending', formatRate(share.rateOut, en)] as const] : []),
  ]
  const called = share.peers.map((peer) => deviceName(peer))
  const peers = share.peers.map((peer) => [
    `  ${peer.connected ? '*' : '-'} ${nameAmong(called, peer)}`,
    peer.waits ? 'waits to be let in' : peer.connected ? 'connected' : seenText(peer),
    peer.waits ? '' : formatPercent(peer.completion),
    peer.access,
    peer.address,
    peer.client,
  ])
  const width = Math.max(...facts.map(([name]) => name.length))
  return [
    `${plainText(share.name)}: ${coloured(stateText(share), share, useColor)}`,
    ...(isMoving(share) ? [`  ${bar(share.progress)} ${progressText(share)}`] : []),
    ...(share.message === '' ? [] : [`  ${plainText(share.message)}`]),
    ...facts.map(([name, value]) => `  ${name.padEnd(width)}  ${plainText(value)}`),
    ...share.newSecrets.map((each) => `  ${newSecretsText(share, each)}`),
    ...(share.transfers.length === 0 ? [] : ['  receiving']),
    ...share.transfers.map(({ path, doneBytes, sizeBytes }) => {
      const fraction = sizeBytes === 0 ? 1 : doneBytes / sizeBytes
      return `  ${bar(fraction, 10)} ${formatPercent(fraction)} of ${formatBytes(sizeBytes)}  ${plainText(path)}`
    }),
    ...(share.problems.length === 0 ? [] : ['  cannot be synced']),
    ...share.problems.map(({ path, reason }) => `  ! ${plainText(path)}: ${plainText(reason)}`),
    ...(share.peers.length === 0
      ? ['  no other device yet']
      : table(['  DEVICE', 'STATE', 'HAS', 'ACCESS', 'ADDRESS', 'CLIENT'], peers)),
  ]
}

export const statusLines = ({ device, shares }: StatusJson, useColor: boolean): readonly string[] => [
  `${plainText(device.name)}  ${device.device}  listens on ${device.listen}`,
  '',
  ...(shares.length === 0 ? ['No shares yet. "homeseed share add DIR" makes one.'] : shareTable(shares, useColor)),
]
