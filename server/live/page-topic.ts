import type { SyncService, ShareStatus } from '../../appliance/sync/status.ts'
import { html } from '../../ui/html.ts'
import type { Html } from '../../ui/html.ts'
import type { LiveParts } from '../../ui/live-parts.ts'
import { devicesParts } from '../../ui/pages/devices.ts'
import { homeParts } from '../../ui/pages/home.ts'
import { shareParts } from '../../ui/pages/share.ts'
import { plainText } from '../../ui/plain-text.ts'
import { stateWord, stateWords } from '../../ui/share-state.ts'
import type { StateWord } from '../../ui/share-state.ts'
import type { View } from '../../ui/view.ts'
import { eventText } from './topic.ts'
import type { Topic } from './topic.ts'

/** What of a page moves, and which shares it tells of aloud. */
interface Source {
  parts(): LiveParts
  shares(): readonly ShareStatus[]
}

/** @param wanted `home`, `devices` or `share:ID`; @returns undefined for anything else */
export function pageSource(wanted: string, sync: SyncService, view: View): Source | undefined {
  const shares = () => sync.shares()
  if (wanted === 'home') return { shares, parts: () => homeParts(view, sync.shares()) }
  if (wanted === 'devices') return { shares, parts: () => devicesParts(view, sync.devices(), sync.shares()) }
  const id = /^share:(.{1,200})$/s.exec(wanted)?.[1]
  if (id === undefined) return undefined
  return { shares: () => [sync.share(id)], parts: () => shareParts(view, sync.share(id)) }
}

/** Screen readers say a state that ended well or got worse, not each percent. */
const isWorthSaying = (before: StateWord, now: StateWord): boolean =>
  now === 'upToDate'
    ? before !== 'sending' && before !== 'indexing'
    : stateWords.indexOf(now) < stateWords.indexOf('receiving')

const partial = (id: string, content: Html, swap = 'outerMorph'): Html =>
  html`<hx-partial hx-target="#${id}" hx-swap="${swap}">${content}</hx-partial>`

/** One line: the spaces between tags are of no use on the wire. */
const message = (partials: readonly Html[]): string => eventText(partials.join('').replace(/\s*\n\s*/g, ' '))

/** A page as the pieces that htmx puts in place. */
export function pageTopic(source: Source, view: View): Topic {
  let sent: ReadonlyMap<string, string> = new Map()
  let words = wordsOf(source.shares())

  /** @param before  the keys of what the reader has */
  function moved(parts: LiveParts, before: ReadonlyMap<string, string>) {
    const keys = new Map<string, string>()
    const coming = new Set<string>()
    const partials: Html[] = []
    for (const { id, html: draw, key, within } of parts) {
      const comesAlong = within !== undefined && coming.has(within)
      const isDrawn = key === undefined || !(comesAlong || before.get(id) === key)
      const content = isDrawn ? draw() : undefined
      keys.set(id, key ?? String(content))
      if (comesAlong) coming.add(id)
      else if (content !== undefined && before.get(id) !== keys.get(id)) {
        coming.add(id)
        partials.push(partial(id, content))
      }
    }
    return { keys, partials }
  }

  function news(): readonly Html[] {
    const shares = source.shares()
    const before = words
    words = wordsOf(shares)
    const texts = shares.flatMap((share) => {
      const word = stateWord(share)
      const was = before.get(share.id)
      const name = plainText(share.name)
      if (was === undefined) return [view.t.summary.wasAdded(name)]
      if (was === word || !isWorthSaying(was, word)) return []
      return [word === 'upToDate' ? view.t.summary.isUpToDate(name) : view.t.summary.isNow(name, view.t.state[word])]
    })
    return texts.length === 0 ? [] : [partial('say', html`${texts.join(' ')}`, 'innerHTML')]
  }

  return {
    snapshot: () => {
      const { keys, partials } = moved(source.parts(), new Map())
      // the others of this topic have what they were sent, which may be less
      if (sent.size === 0) sent = keys
      return message(partials)
    },
    changes: () => {
      const { keys, partials } = moved(source.parts(), sent)
      sent = keys
      const all = [...partials, ...news()]
      return all.length === 0 ? undefined : message(all)
    },
  }
}

const wordsOf = (shares: readonly ShareStatus[]): ReadonlyMap<string, StateWord> =>
  new Map(shares.map((share) => [share.id, stateWord(share)]))
