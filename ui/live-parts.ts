import type { Html } from './html.ts'

/** A piece of a page that is sent again when it looks different: one element with this id. */
interface LivePart {
  readonly id: string
  readonly html: () => Html
  /** What it looks like, apart from the parts within it; by default its markup. */
  readonly key?: string
  /** id of the part that holds this one, which stands before it: where that is sent, this came along */
  readonly within?: string
}

/** All of a page that moves. */
export type LiveParts = readonly LivePart[]

/** An element's id that needs no escaping in a selector; another for each `id`. */
export const domId = (kind: string, id: string): string =>
  `${kind}-${id.replace(/[^a-zA-Z0-9-]/g, (unit) => `_${unit.charCodeAt(0).toString(16)}_`)}`
