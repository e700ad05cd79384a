import type { ShareStatus } from '../appliance/sync/status.ts'
import type { IconName } from './icons.ts'
import type { Texts } from './texts/texts.ts'

/** The words that people see, worst first: where there is room for one, the first of these wins. */
export const stateWords = [
  'problem',
  'diskMissing',
  'diskFull',
  'conflict',
  'receiving',
  'sending',
  'indexing',
  'waiting',
  'paused',
  'upToDate',
] as const satisfies readonly (keyof Texts['state'])[]
export type StateWord = (typeof stateWords)[number]

export type Tone = 'ok' | 'busy' | 'quiet' | 'warn' | 'bad'

/** Lucide icon and colour of each word; never the colour alone. */
export const stateLooks: Readonly<Record<StateWord, { readonly icon: IconName; readonly tone: Tone }>> = {
  problem: { icon: 'triangle-alert', tone: 'bad' },
  diskMissing: { icon: 'unplug', tone: 'bad' },
  diskFull: { icon: 'database-zap', tone: 'bad' },
  conflict: { icon: 'git-fork', tone: 'warn' },
  receiving: { icon: 'arrow-down', tone: 'busy' },
  sending: { icon: 'arrow-up', tone: 'busy' },
  indexing: { icon: 'scan-search', tone: 'busy' },
  waiting: { icon: 'hourglass', tone: 'warn' },
  paused: { icon: 'pause', tone: 'quiet' },
  upToDate: { icon: 'circle-check', tone: 'ok' },
}

const isSomeoneConnected = (share: ShareStatus): boolean => share.peers.some(({ connected }) => connected)

/** What the engine's state is called for people. */
export function stateWord(share: ShareStatus): StateWord {
  switch (share.state) {
    case 'paused':
      return 'paused'
    case 'disk-missing':
      return 'diskMissing'
    case 'disk-full':
      return 'diskFull'
    case 'held':
    case 'error':
      return 'problem'
    case 'scanning':
      return 'indexing'
    case 'syncing':
      return isSomeoneConnected(share) ? 'receiving' : 'waiting'
    case 'in-sync': {
      const isBehind = share.peers.some(({ connected, completion }) => connected && completion < 1)
      if (isBehind && share.rateOut >= 1) return 'sending'
      // a share that was joined and has seen nobody yet knows of no files at all
      return share.files === 0 && share.peers.length === 0 ? 'waiting' : 'upToDate'
    }
  }
}

export const worstWord = (shares: readonly ShareStatus[]): StateWord | undefined => {
  const present = new Set(shares.map(stateWord))
  return stateWords.find((word) => present.has(word))
}
