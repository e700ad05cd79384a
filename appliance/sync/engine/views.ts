import type { ShareRow } from '../index/configuration.ts'
import type { Totals } from '../index/share-index.ts'
import { etaSeconds, fractionDone } from '../model/progress.ts'
import type { HeldStatus, ShareState, ShareStatus } from '../status.ts'
import type { Share } from './share.ts'

/** 0 to 1: how much of what this device holds a peer holds too; 1 only when nothing is missing there. */
export function completion(totals: Totals, missing: Totals | undefined): number {
  if (!missing) return 0 // still being counted
  if (missing.files === 0) return 1
  const done = totals.bytes > 0 ? 1 - missing.bytes / totals.bytes : 1 - missing.files / Math.max(1, totals.files)
  return Math.max(0, Math.min(0.99, done))
}

/** What status tells of a share; also takes the sample that its speeds are made from. */
export function shareStatus(
  row: ShareRow,
  share: Share,
  { peers, newSecrets }: Pick<ShareStatus, 'peers' | 'newSecrets'>,
): ShareStatus {
  const figures = share.figures()
  const { totals, need, transfers, progress, rates, trouble, held, problems, localChanges, nowMs } = figures
  // knows of no files and of no other device: what it lacks, nobody has told yet
  const isAlone = totals.files === 0 && peers.length === 0
  return {
    id: row.id,
    name: row.name,
    path: row.path,
    access: share.keys.access,
    state: stateOf(share, figures, isAlone),
    reason: trouble?.reason ?? '',
    message:
      trouble?.message ??
      heldMessage(held, row.name) ??
      (need.files > 0 ? waitingFor(problems) : isAlone ? 'no other device has been met yet' : ''),
    held,
    files: totals.files,
    bytes: totals.bytes,
    needFiles: need.files,
    needBytes: need.bytes,
    rateIn: Math.round(rates.in),
    rateOut: Math.round(rates.out),
    etaSeconds: etaSeconds(progress, nowMs),
    progress: isAlone ? 0 : need.files === 0 ? 1 : Math.min(0.99, fractionDone(progress)),
    transfers: transfers.map(({ path, sizeBytes, doneBytes }) => ({ path, sizeBytes, doneBytes })),
    problems,
    localChanges,
    scrub: share.scrub.status,
    newSecrets,
    peers,
  }
}

function stateOf(
  share: Share,
  { trouble, held, need, isScanning, isStarting }: ReturnType<Share['figures']>,
  isAlone: boolean,
): ShareState {
  if (share.paused) return 'paused'
  if (trouble) return trouble.state
  if (held.length > 0) return 'held'
  if (isScanning || isStarting) return 'scanning'
  return need.files > 0 || !share.isSettled() || isAlone ? 'syncing' : 'in-sync'
}

/** What is held, and what the owner can do. */
function heldMessage(held: readonly HeldStatus[], name: string): string | undefined {
  if (held.length === 0) return undefined
  const told = held.map(({ direction, files, of, device }) => {
    const count = `${files.toLocaleString('en-US')} of ${of.toLocaleString('en-US')} files`
    return direction === 'outgoing'
      ? `${count} are gone or changed here. Other devices keep theirs until you decide.`
      : `${device} has removed or changed ${count}. They stay here until you decide.`
  })
  const commands = `"homeseed share release ${name}" lets it through, "homeseed share undo ${name}" undoes it.`
  return [...told, commands].join(' ')
}

/** Why nothing moves, when that is so: the first reason stands for the rest. */
const waitingFor = (problems: readonly { readonly path: string; readonly reason: string }[]): string => {
  const [first, ...more] = problems
  if (!first) return ''
  return more.length === 0
    ? `${first.path}: ${first.reason}`
    : `${first.path}: ${first.reason} (and ${more.length} more)`
}
