import { SeededRandom } from '../sim/random.ts'
import { targets } from './targets.ts'

export interface Finding {
  readonly target: string
  readonly seed: number
  readonly error: string
}

/** Runs one case of each target for each seed from `first` on. The same seed gives the same cases. */
export function fuzz(first: number, count: number, only?: string): readonly Finding[] {
  const findings: Finding[] = []
  for (let seed = first; seed < first + count; seed++)
    for (const [i, { name, run }] of targets.entries()) {
      if (only !== undefined && name !== only) continue
      try {
        run(new SeededRandom(seed * targets.length + i))
      } catch (error) {
        findings.push({
          target: name,
          seed,
          error: error instanceof Error ? (error.stack ?? error.message) : String(error),
        })
      }
    }
  return findings
}
