/** What a reader has made of what it follows: how its owner sees that. */
import type { EntryType } from './entry.ts'
import type { HeldEntry } from './local-change.ts'
import { nothingSeen, seenOnDisk, timesOfSeen } from './seen.ts'

/** added: others do not have it, or have deleted it */
export type OwnChangeKind = 'changed' | 'added' | 'deleted'

export interface OwnChange {
  readonly kind: OwnChangeKind
  readonly type: EntryType
  /** of what lies here, else of what was deleted */
  readonly sizeBytes: number
  readonly mtimeNs: bigint
}

const types: readonly EntryType[] = ['file', 'directory', 'symlink']

/** @param held  whose `localOnly` is true */
export function ownChangeOf({ entry, seen }: HeldEntry): OwnChange {
  const onDisk = seenOnDisk(seen)
  const { type, sizeBytes, mtimeNs } = entry
  if (onDisk === nothingSeen) return { kind: 'deleted', type, sizeBytes, mtimeNs }
  const kind = entry.deleted || entry.version.length === 0 ? 'added' : 'changed'
  const times = timesOfSeen(onDisk)
  return {
    kind,
    type: types.find((each) => onDisk.startsWith(`${each}:`)) ?? type,
    sizeBytes: onDisk.startsWith('file:') && times ? Number(times.sizeBytes) : 0,
    mtimeNs: times ? BigInt(times.mtimeNs) : mtimeNs,
  }
}
