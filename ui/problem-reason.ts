import { html } from './html.ts'
import type { Html } from './html.ts'
import { plainText } from './plain-text.ts'
import type { View } from './view.ts'

/** Why a path is not synced: the engine's English words, or what stands for them in the language of the panel. */
export function problemReason({ t }: View, reason: string): Html {
  const [, words = reason, more = ''] = /^(.*?)( \([^()]*\))?$/s.exec(reason) ?? []
  const known = Object.hasOwn(t.problemReasons, words) ? t.problemReasons[words] : undefined
  return known === undefined ? html`<span lang="en">${plainText(reason)}</span>` : html`${known}${plainText(more)}`
}
