/**
 * `npm run bench [-- SCENARIO...] [--quick] [--rounds N] [--dir DIR] [--json FILE]`: this engine beside Debian's
 * Syncthing, the same work in the same run, one after the other in turns. Scenarios: limits, s1, s2, s3, s4.
 */
import { execFileSync } from 'node:child_process'
import { writeFileSync } from 'node:fs'
import { availableParallelism, cpus, loadavg, tmpdir, totalmem } from 'node:os'
import { parseArgs } from 'node:util'
import { findTool } from '../support/need-tool.ts'
import { makeScratch, until } from '../support/scratch.ts'
import type { Scratch } from '../support/scratch.ts'
import { homeseed, syncthing } from './engines.ts'
import type { Engine } from './engines.ts'
import { kinds, runLatency } from './latency.ts'
import type { LatencyRun } from './latency.ts'
import { measureLimits } from './limits.ts'
import { runScale } from './scale.ts'
import { median, percentile, table } from './table.ts'
import { large, runTransfer, small } from './transfer.ts'
import type { Content, TransferRun } from './transfer.ts'

// so that what it started ends with it, and its files go
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.once(signal, () => process.exit(1))

const MIB = 1024 ** 2
const scenarios = ['limits', 's1', 's2', 's3', 's4'] as const

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    quick: { type: 'boolean', default: false },
    rounds: { type: 'string' },
    dir: { type: 'string', default: tmpdir() },
    json: { type: 'string' },
  },
})
const wanted = positionals.length === 0 ? scenarios : positionals.map((name) => name.toLowerCase())
const unknown = wanted.find((name) => !(scenarios as readonly string[]).includes(name))
if (unknown !== undefined) {
  console.error(`bench: no scenario "${unknown}"; there are ${scenarios.join(', ')}`)
  process.exit(2)
}

/** `--quick` shows that it runs, not how fast anything is. */
const scale = values.quick
  ? { largeBytes: 24 * MIB, files: 200, shareFiles: 200, changes: 1, slowChanges: 0, manyFiles: 600, idleMs: 500 }
  : {
      largeBytes: 2048 * MIB,
      files: 10_000,
      shareFiles: 10_000,
      changes: 10,
      slowChanges: 3,
      manyFiles: 200_000,
      // more than a thread without work goes on
      idleMs: 75_000,
    }
const rounds = Number(values.rounds ?? (values.quick ? 1 : 3))

const program = findTool('syncthing')
if (!program)
  console.log('Syncthing is not installed, so nothing stands beside our figures: apt-get install syncthing\n')
const engines: readonly Engine[] = program ? [homeseed, syncthing(program)] : [homeseed]
const results: Record<string, unknown> = {}

const number = (value: number): string =>
  value >= 100 ? value.toFixed(0) : value >= 10 ? value.toFixed(1) : value.toFixed(2)
const print = (title: string, text: string): void => console.log(`\n${title}\n\n${text}`)

{
  await using scratch = await makeScratch('bench', values.dir)
  describeMachine()
  if (wanted.includes('limits')) limits(scratch)
  if (wanted.includes('s1'))
    await transfer('s1', `one file of ${scale.largeBytes / MIB} MiB`, large(scale.largeBytes), scratch)
  if (wanted.includes('s2')) await transfer('s2', `${scale.files} files of 4 KiB`, small(scale.files), scratch)
  if (wanted.includes('s3')) await manyFiles(scratch)
  if (wanted.includes('s4')) await latency(scratch)
}
if (values.json !== undefined) writeFileSync(values.json, `${JSON.stringify(results, undefined, 2)}\n`)

function describeMachine(): void {
  const version = program
    ? execFileSync(program, ['--version'], { encoding: 'utf8' }).split(' ').slice(0, 2).join(' ')
    : 'none'
  const machine = {
    cpu: `${availableParallelism()} x ${cpus()[0]?.model ?? 'unknown'}`,
    memoryGiB: Math.round(totalmem() / 1024 ** 3),
    load: loadavg()[0],
    syncthing: version,
    node: process.version,
  }
  results['machine'] = machine
  console.log(`${machine.cpu}, ${machine.memoryGiB} GiB, load ${machine.load?.toFixed(2)}; beside ${version}`)
  console.log('Both sides run on this machine. Both write to a temporary name, fsync every file, then rename it.')
}

function limits(scratch: Scratch): void {
  const measured = measureLimits(scratch.path, scale.largeBytes)
  results['limits'] = measured
  const rows = measured.map(({ what, wallSeconds, cpuSeconds }) => [what, number(wallSeconds), number(cpuSeconds)])
  print('What this machine can do at most', table(['', 'wall s', 'CPU s'], rows))
}

async function transfer(name: string, what: string, content: Content, scratch: Scratch): Promise<void> {
  const runs = new Map<string, TransferRun[]>(engines.map((engine) => [engine.name, []]))
  for (let round = 0; round < rounds; round++) {
    // who comes second may find a warmer or a fuller disk
    for (const engine of round % 2 === 0 ? engines : engines.toReversed()) {
      progress(`${name}, round ${round + 1} of ${rounds}: ${engine.name}`)
      runs.get(engine.name)?.push(await runTransfer(engine, content, scratch, `${name}-${engine.name}-${round}`))
    }
  }
  results[name] = Object.fromEntries(runs)
  const columns: readonly (readonly [string, (run: TransferRun) => number])[] = [
    ['index s', (run) => run.indexSeconds],
    ['sync s', (run) => run.syncSeconds],
    ['both s', (run) => run.indexSeconds + run.syncSeconds],
    ['index CPU s', (run) => run.indexCpu],
    ['sync CPU s A', (run) => run.syncCpuA],
    ['B', (run) => run.syncCpuB],
    ['all CPU s', (run) => run.totalCpu],
    ['peak MiB A', (run) => run.peakBytesA / MIB],
    ['B', (run) => run.peakBytesB / MIB],
  ]
  const medians = [...runs].map(([engine, all]) => ({
    engine,
    figures: columns.map(([, of]) => median(all.map(of))),
    all,
  }))
  const rows = medians.map(({ engine, figures, all }) => [
    engine,
    ...figures.map(number),
    number(median(all.map(({ otherCores }) => otherCores))),
  ])
  const [ours, theirs] = medians
  if (ours && theirs)
    rows.push(['ratio', ...ours.figures.map((figure, i) => number(figure / (theirs.figures[i] ?? NaN))), ''])
  const title = `${name.toUpperCase()}: ${what}, index then sync (A to B); median of ${rounds}`
  print(title, table(['', ...columns.map(([head]) => head), 'other cores'], rows))
}

async function manyFiles(scratch: Scratch): Promise<void> {
  const figures = await runScale(scale.manyFiles, scale.idleMs, scratch)
  results['s3'] = figures
  const rows = figures.map(({ phase, device, seconds, cpuSeconds, peakBytes, endBytes, loop }) => [
    phase,
    device,
    ...[seconds, cpuSeconds, peakBytes / MIB, endBytes / MIB, loop.p50, loop.p99, loop.max].map(number),
  ])
  const title = `S3: a share of ${scale.manyFiles} files; milliseconds that the main thread kept others waiting`
  const heads = ['phase', 'device', 'wall s', 'CPU s', 'peak MiB', 'end MiB', 'p50 ms', 'p99 ms', 'max ms']
  print(title, table(heads, rows))
}

async function latency(scratch: Scratch): Promise<void> {
  const runs: Record<string, LatencyRun> = {}
  for (const engine of engines) {
    const folder = (part: string) => scratch.folder(`s4-${engine.name}`, part)
    const [a, b, homeA, homeB] = [await folder('a'), await folder('b'), await folder('home-a'), await folder('home-b')]
    const content = small(scale.shareFiles)
    content.make(a)
    await using pair = await engine.start({ a, b, homeA, homeB })
    await pair.index(content.files)
    await pair.connect()
    await until('all have arrived', () => pair.isDone(content.files), { timeoutMs: 600_000 })
    if (!pair.setWatcherDelay) {
      progress(`s4: ${engine.name}`)
      runs[engine.name] = await runLatency(pair, a, b, scale.changes)
      continue
    }
    progress(`s4: ${engine.name} as it comes`)
    if (scale.slowChanges > 0) runs[`${engine.name} as it comes`] = await runLatency(pair, a, b, scale.slowChanges)
    progress(`s4: ${engine.name} at its fastest`)
    await pair.setWatcherDelay(1)
    runs[`${engine.name}, watcher delay 1 s`] = await runLatency(pair, a, b, scale.changes)
  }
  results['s4'] = runs
  const both = (values: readonly number[]) => `${median(values).toFixed(3)} / ${percentile(values, 95).toFixed(3)}`
  const rows = Object.entries(runs).map(([name, { seconds, cpuMsPerChangeA, cpuMsPerChangeB }]) => [
    name,
    ...kinds.map((kind) => both(seconds[kind])),
    both(kinds.flatMap((kind) => seconds[kind])),
    number(cpuMsPerChangeA),
    number(cpuMsPerChangeB),
  ])
  const title = `S4: single changes in a share of ${scale.shareFiles} files; seconds until they are on the other side, median / p95`
  print(title, table(['', ...kinds, 'all', 'CPU ms A', 'B'], rows))
}

function progress(text: string): void {
  console.error(`... ${text}`)
}
