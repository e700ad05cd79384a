/** S4: how long a single change takes to the other side, in a share of many files. */
import { existsSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { noise } from '../e2e/content.ts'
import { until } from '../support/scratch.ts'
import type { Pair } from './engines.ts'
import { usageOf } from './usage.ts'

export const kinds = ['create', 'modify', 'rename', 'delete'] as const
export type Kind = (typeof kinds)[number]

export interface LatencyRun {
  /** seconds, one per change */
  readonly seconds: Readonly<Record<Kind, readonly number[]>>
  readonly cpuMsPerChangeA: number
  readonly cpuMsPerChangeB: number
}

const LOOK_EVERY_MS = 2
const LATEST_MS = 60_000
/** pauses between changes, so that none is taken along by the one before */
const [SHORTEST_MS, LONGEST_MS] = [200, 700]

/** @param rounds how many changes of each kind */
export async function runLatency(pair: Pair, a: string, b: string, rounds: number): Promise<LatencyRun> {
  const seconds: Record<Kind, number[]> = { create: [], modify: [], rename: [], delete: [] }
  const before = [usageOf(pair.pids.a).cpuSeconds, usageOf(pair.pids.b).cpuSeconds] as const
  for (let round = 0; round < rounds; round++) {
    for (const kind of kinds) {
      await pause(SHORTEST_MS + ((round * 137 + kind.length * 89) % (LONGEST_MS - SHORTEST_MS)))
      seconds[kind].push(await timeChange(kind, a, b, round))
    }
  }
  const changes = rounds * kinds.length
  const msPerChange = (pid: number, start: number) => ((usageOf(pid).cpuSeconds - start) * 1000) / changes
  return {
    seconds,
    cpuMsPerChangeA: msPerChange(pair.pids.a, before[0]),
    cpuMsPerChangeB: msPerChange(pair.pids.b, before[1]),
  }
}

/** A file is made, changed, renamed and deleted in turn. */
async function timeChange(kind: Kind, a: string, b: string, round: number): Promise<number> {
  const [name, renamed] = [`change-${round}`, `change-${round}-renamed`]
  const content = noise(4096, round + (kind === 'modify' ? 1_000_000 : 1))
  const startMs = performance.now()
  if (kind === 'rename') renameSync(join(a, name), join(a, renamed))
  else if (kind === 'delete') rmSync(join(a, renamed))
  else writeFileSync(join(a, name), content)
  const isThere = () => {
    if (kind === 'rename') return existsSync(join(b, renamed)) && !existsSync(join(b, name))
    if (kind === 'delete') return !existsSync(join(b, renamed))
    return existsSync(join(b, name)) && readFileSync(join(b, name)).equals(content)
  }
  await until(`${kind} has arrived`, isThere, { timeoutMs: LATEST_MS, between: () => pause(LOOK_EVERY_MS) })
  return (performance.now() - startMs) / 1000
}
