/** Why something could not be put in place, or removed, that its owner asked for. */
import type { PlaceResult } from '../disk-work.ts'

export type Outcome = 'done' | 'disk-full' | { readonly reason: string }

export function outcomeOf(result: PlaceResult): Outcome {
  switch (result.type) {
    case 'done':
      return 'done'
    case 'no-space':
      return 'disk-full'
    case 'changed-underneath':
    case 'bad-content':
      return { reason: 'it is being changed here' }
    case 'blocked':
      return { reason: blockedReasons[result.reason] }
    case 'twin':
      return { reason: 'this disk takes its name for that of another one here' }
    case 'failed':
      return { reason: `the disk refused it (${result.code})` }
  }
}

const blockedReasons = {
  'not-empty': 'the folder still holds something',
  'no-parent': 'its folder is not here yet',
  'bad-name': 'this disk cannot keep this name',
  'no-permission': 'Homeseed may not write here',
  'has-other-names': 'Homeseed may not write here',
  'no-attributes': 'this disk cannot keep its extended attributes',
  'no-links': 'this disk keeps no links',
  'is-in-the-way': 'a folder of this name is in its place',
} as const
