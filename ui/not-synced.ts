import type { ShareStatus } from '../appliance/sync/status.ts'
import type { Texts } from './texts/texts.ts'

/** The engine names at most so many problems of a share. */
const maxProblems = 100

/** A number of problems; `100+` where there may be more. */
export const problemCount = (n: number): string => (n >= maxProblems ? `${n}+` : String(n))

/** `2 not synced`; empty when everything is. */
export const notSynced = ({ problems }: Pick<ShareStatus, 'problems'>, { share }: Texts): string =>
  problems.length === 0 ? '' : share.notSynced(problems.length, problemCount(problems.length))
