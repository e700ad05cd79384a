import type { Texts } from '../ui/texts/texts.ts'
import type { PanelContext } from './panel-env.ts'

/** What a page says of what was just done. In the address stands only which of the texts. */
type Said = keyof Texts['said']

export const back = (path: string, said: Said): string => `${path}?said=${said}`

export function saidText(c: PanelContext): string | undefined {
  const said = c.req.query('said')
  const texts: Readonly<Record<string, string>> = c.get('view').t.said
  return said !== undefined && Object.hasOwn(texts, said) ? texts[said] : undefined
}
