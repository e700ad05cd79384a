/** When so much of a share goes or changes at once that its owner is asked first. Pure; engine/ counts and holds. */
import { bytesEqual } from './entry.ts'
import type { FoundContent } from '../disk-work.ts'
import type { HeldEntry } from './local-change.ts'
import { isDamagedSeen, nothingSeen } from './seen.ts'

/** what counts as "at once" */
export const WINDOW_MS = 30 * 60_000
/** so many files within so long are not looked at twice */
export const FEW_FILES = 20
export const FEW_WITHIN_MS = 10_000
/** how long nothing must have been added */
export const QUIET_MS = 500
/** something that goes on and on is taken as it is after this */
export const PATIENCE_MS = 60_000

export interface MassLimits {
  /** 1 to 100: so much of the files, or more */
  readonly percent: number
  /** and at least so many of them */
  readonly files: number
}

/** What happened to files within the time that counts as "at once". A rename takes nothing away. */
export interface Losses {
  /** files whose content is gone or replaced, and lies nowhere else in the share */
  readonly lost: number
  /** the same, taken over a little earlier */
  readonly latelyLost: number
  /** how many of those are not there any more */
  readonly latelyGone: number
  /** files in the share now; what is lost counts as there */
  readonly files: number
  /** of those, how many came lately: what replaces the lost ones under other names makes the share no larger */
  readonly latelyMade: number
}

/** How much of the share that is: the second number is what there was before. */
export function extentOf({ lost, latelyLost, latelyGone, files, latelyMade }: Losses): {
  readonly lost: number
  readonly of: number
} {
  const all = lost + latelyLost
  return { lost: all, of: Math.max(all, files + latelyGone - Math.min(latelyMade, all)) }
}

export function isMassChange(losses: Losses, { percent, files }: MassLimits): boolean {
  const { lost, of } = extentOf(losses)
  return lost >= files && lost * 100 >= percent * of
}

export type Verdict =
  | 'take'
  /** more may follow: look at the same paths once more */
  | 'look-again'
  /** only a look at everything tells how much it is, and what was only renamed */
  | 'look-everywhere'
  | 'hold'

export interface Look {
  readonly losses: Losses
  /** everything was looked at */
  readonly isWhole: boolean
  /** nothing was added since the last look */
  readonly isQuiet: boolean
  /** so few, lately too, that nobody would call it a mass of files */
  readonly isFew: boolean
  /** the share is held already */
  readonly isHeld: boolean
}

/** What becomes of what a look at the folder found gone or rewritten. */
export function judgeLook({ losses, isWhole, isQuiet, isFew, isHeld }: Look, limits: MassLimits): Verdict {
  if (losses.lost === 0) return 'take'
  if (isHeld) return 'hold'
  if (losses.files < limits.files) return 'take'
  if (isMassChange(losses, limits)) return isWhole ? 'hold' : 'look-everywhere'
  if (isQuiet) return 'take'
  return isFew ? 'look-again' : 'look-everywhere'
}

/** Whether what was found at a path is another content than the one that the index has of a file there. */
export function isRewritten(held: HeldEntry | undefined, found: FoundContent): boolean {
  if (!held || held.localOnly || held.seen === nothingSeen || isDamagedSeen(held.seen)) return false
  const { entry } = held
  if (entry.deleted || entry.type !== 'file') return false
  return found.type !== 'file' || found.sizeBytes !== entry.sizeBytes || !bytesEqual(found.blocks, entry.blocks)
}
