import type { PlaceOp } from '../disk-work.ts'
import { isSafeName } from './rel-path.ts'
import type { RelPath } from './rel-path.ts'

/** Where what lies at a path goes when something else comes there. */
export interface Displacement {
  /** in the archive */
  readonly archived: RelPath
  /** a conflict copy's name, where it goes from the archive once its successor is in place */
  readonly beside: RelPath | undefined
}

/** The conflict copy's name that an op wants for what it displaces. */
export const besideOf = (op: PlaceOp): RelPath | undefined => ('beside' in op ? op.beside : undefined)

/** For an `Intent`: a new folder is made where nothing lay. */
export const nothingArchived = ''

/** Text form, for an `Intent`. */
export const displacementToText = ({ archived, beside }: Displacement): string =>
  JSON.stringify(beside === undefined ? [archived] : [archived, beside])

/** @param text what `displacementToText` gave; undefined for anything else */
export function displacementFromText(text: string): Displacement | undefined {
  try {
    const [archived, beside] = (JSON.parse(text) as readonly unknown[]).map(pathOf)
    return archived && { archived, beside }
  } catch {
    return undefined // not ours
  }
}

/** In the archive a path may be longer and deeper than in the share. */
const pathOf = (text: unknown): RelPath | undefined =>
  typeof text === 'string' && text.split('/').every(isSafeName) ? (text as RelPath) : undefined
