/** S1 and S2: what one side has is indexed, then the other side gets all of it. */
import assert from 'node:assert/strict'
import { mkdirSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { noise, writeLarge } from '../e2e/content.ts'
import { until } from '../support/scratch.ts'
import type { Scratch } from '../support/scratch.ts'
import { differences, treeOf } from '../support/trees.ts'
import type { Engine } from './engines.ts'
import { othersCpuSeconds, usageOf } from './usage.ts'

export interface TransferRun {
  readonly indexSeconds: number
  readonly indexCpu: number
  readonly syncSeconds: number
  readonly syncCpuA: number
  readonly syncCpuB: number
  readonly totalCpu: number
  readonly peakBytesA: number
  readonly peakBytesB: number
  /** cores that were busy with something else meanwhile: the figures of a busy machine mean little */
  readonly otherCores: number
}

export interface Content {
  readonly files: number
  /** Fills an empty folder. */
  make(folder: string): void
  /** Whether all files have arrived under their names; asked often, so it has to be cheap. */
  hasArrived(folder: string): () => boolean
  /** Files of a run that are in the way of the next one; small ones stay, see `small`. */
  readonly isBulky: boolean
}

const SMALL_BYTES = 4096
const FILES_IN_FOLDER = 100
/** what still goes on after a side has said that it is done counts too */
const SETTLE_MS = 1000
/** nobody takes a file for one that is still being written */
const REST_MS = 3000
const POLL_MS = 20
const SYNC_MS = 900_000

export const large = (bytes: number): Content => ({
  files: 1,
  make: (folder) => writeLarge(join(folder, 'large.bin'), bytes, 1),
  hasArrived: (folder) => () => readdirSync(folder).includes('large.bin'),
  isBulky: true,
})

/**
 * They are left where they are until the whole bench is over: ext4 passes over the inodes of what was deleted in
 * the last minutes, which costs whoever makes many files next.
 */
export const small = (files: number, bytes = SMALL_BYTES): Content => {
  const folders = Math.ceil(files / FILES_IN_FOLDER)
  const filesIn = (index: number) => Math.min(FILES_IN_FOLDER, files - index * FILES_IN_FOLDER)
  return {
    files,
    make: (folder) => {
      for (let i = 0; i < folders; i++) {
        mkdirSync(join(folder, `folder-${i}`))
        for (let j = 0; j < filesIn(i); j++) {
          writeFileSync(join(folder, `folder-${i}`, `file-${j}`), noise(bytes, i * FILES_IN_FOLDER + j + 1))
        }
      }
    },
    hasArrived: (folder) => {
      const missing = new Set(Array.from({ length: folders }, (_, index) => index))
      return () => {
        for (const index of missing) {
          if (arrivedIn(join(folder, `folder-${index}`)) < filesIn(index)) return false
          missing.delete(index)
        }
        return true
      }
    },
    isBulky: false,
  }
}

function arrivedIn(folder: string): number {
  try {
    return readdirSync(folder).filter((name) => name.startsWith('file-')).length
  } catch {
    return 0 // not made yet
  }
}

/** One run in a folder of its own. */
export async function runTransfer(
  engine: Engine,
  content: Content,
  scratch: Scratch,
  run: string,
): Promise<TransferRun> {
  const a = await scratch.folder(run, 'a')
  const b = await scratch.folder(run, 'b')
  content.make(a)
  await pause(REST_MS)
  const homes = { homeA: await scratch.folder(run, 'home-a'), homeB: await scratch.folder(run, 'home-b') }
  const result = await measure(engine, content, { a, b, ...homes })
  assert.deepEqual(differences(treeOf(a), treeOf(b)), [], `${engine.name}: the folders are the same`)
  if (content.isBulky) for (const folder of [a, b]) rmSync(folder, { recursive: true })
  return result
}

async function measure(
  engine: Engine,
  content: Content,
  folders: Parameters<Engine['start']>[0],
): Promise<TransferRun> {
  await using pair = await engine.start(folders)
  const cpu = () => [usageOf(pair.pids.a).cpuSeconds, usageOf(pair.pids.b).cpuSeconds] as const
  const [before] = cpu()
  const others = othersCpuSeconds()
  const startMs = performance.now()
  await pair.index(content.files)
  const indexSeconds = (performance.now() - startMs) / 1000
  const [indexed, idle] = cpu()
  const connectMs = performance.now()
  await pair.connect()
  const between = () => pause(POLL_MS)
  await until('all have arrived', content.hasArrived(folders.b), { timeoutMs: SYNC_MS, between })
  await until('it says so', () => pair.isDone(content.files), { timeoutMs: SYNC_MS, between })
  const syncSeconds = (performance.now() - connectMs) / 1000
  await pause(SETTLE_MS)
  const [endA, endB] = cpu()
  const wallSeconds = (performance.now() - startMs) / 1000
  const own = endA - before + endB - idle
  return {
    indexSeconds,
    indexCpu: indexed - before,
    syncSeconds,
    syncCpuA: endA - indexed,
    syncCpuB: endB - idle,
    totalCpu: own,
    peakBytesA: usageOf(pair.pids.a).peakBytes,
    peakBytesB: usageOf(pair.pids.b).peakBytes,
    otherCores: Math.max(0, (othersCpuSeconds() - others - own) / wallSeconds),
  }
}
