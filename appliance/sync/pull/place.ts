/** Puts a batch of changes in place: whole, verified and durable, or not at all. */
import type { PlaceOp, PlaceResult } from '../disk-work.ts'
import { nothingSeen, racySeen, seenOf } from '../model/seen.ts'
import type { Dir, File } from '../ports.ts'
import { Batch } from './place-batch.ts'
import type { PlaceDeps } from './place-batch.ts'
import { resultOfError } from './place-result.ts'
import { stage } from './place-stage.ts'
import { swap } from './place-swap.ts'
import type { Swapped } from './place-swap.ts'
import { isSameThing } from './same-thing.ts'
import { discard, roomFor } from './temp.ts'
import { openTmp } from '../tmp-folder.ts'
import type { Temp } from './temp.ts'

/** Where an op of the batch stands. */
interface Job {
  readonly op: PlaceOp
  readonly archivePlace: string | undefined
  temp: Temp | undefined
  swapped: Swapped | undefined
  /** what has to be fsynced for it to be done */
  readonly needed: Set<File | Dir>
  result: PlaceResult | undefined
}

/**
 * The failure of one op touches no other. Temps given in `ops` are used up, whatever the results.
 * @param archivePlaces what `archivePlaces` gave for these ops
 */
export async function place(
  deps: PlaceDeps,
  ops: readonly PlaceOp[],
  archivePlaces: readonly (string | undefined)[],
): Promise<readonly PlaceResult[]> {
  using tmp = openTmp(deps.folders.root)
  const batch = new Batch(deps, tmp)
  const jobs = ops.map((op, i): Job => {
    return {
      op,
      archivePlace: archivePlaces[i],
      temp: undefined,
      swapped: undefined,
      needed: new Set(),
      result: undefined,
    }
  })
  try {
    await stageAll(batch, jobs)
    for (const job of jobs) step(job, () => (job.swapped = swap(batch, job.op, job.archivePlace, job.temp, job.needed)))
    batch.restoreModes()
    await batch.sync(jobs.flatMap(({ needed }) => [...needed]))
    for (const job of jobs) step(job, () => (job.result = outcome(batch, job)))
    return jobs.map(({ result }) => result ?? { type: 'failed', code: 'NO_RESULT' })
  } finally {
    for (const job of jobs) release(batch, job)
  }
}

/** Does nothing for an op that has its result already. */
function step(job: Job, action: () => void): void {
  if (job.result) return
  try {
    action()
  } catch (error) {
    job.result = resultOfError(error)
  }
}

/** Nothing is moved before all new content is on disk: one wait for the whole batch. */
async function stageAll(batch: Batch, jobs: readonly Job[]): Promise<void> {
  let room = roomFor(batch.tmp, batch.reserve)
  for (const job of jobs) {
    const { op } = job
    if (op.type !== 'file') continue
    if ('bytes' in op.from && (room -= op.from.bytes.length) < 0) job.result = { type: 'no-space' }
    else step(job, () => (job.temp = stage(batch, op)))
  }
  await batch.sync(jobs.flatMap(({ temp }) => (temp ? [temp.file] : [])))
  for (const job of jobs) {
    const code = job.temp && batch.whyNotDurable([job.temp.file])
    // never synced again: after a failure the kernel may call its pages clean
    if (code !== undefined) job.result = resultOfError({ code })
  }
}

function outcome(batch: Batch, { swapped, needed }: Job): PlaceResult {
  const code = batch.whyNotDurable(needed)
  if (code !== undefined) return resultOfError({ code })
  const { at, placed, moved, isRacy = false } = swapped ?? {}
  const now = at?.dir.lstat(at.name)
  // where a user was faster, what we placed is told, so that the next scan sees the user's change
  const seen = placed ? seenOf(now && isSameThing(placed, now) ? now : placed) : nothingSeen
  return { type: 'done', seen: isRacy ? racySeen(seen) : seen, archived: moved?.archived, beside: moved?.beside }
}

function release(batch: Batch, { temp, swapped, needed }: Job): void {
  if (swapped) temp?.[Symbol.dispose]()
  else if (temp) discard(batch.tmp, temp)
  for (const handle of needed) if ('read' in handle) handle.close()
}
