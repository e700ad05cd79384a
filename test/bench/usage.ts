/** What processes have used so far, as the kernel counts it. */
import { readFileSync, readdirSync } from 'node:fs'

export interface Usage {
  readonly cpuSeconds: number
  /** the most that each ever held, added up */
  readonly peakBytes: number
  readonly nowBytes: number
  readonly threads: number
}

const TICKS_PER_SECOND = 100

/** Of a process, all its threads, and the processes that it started. */
export function usageOf(pid: number): Usage {
  const tree = processTree(pid)
  return {
    cpuSeconds: tree.reduce((sum, { ticks }) => sum + ticks, 0) / TICKS_PER_SECOND,
    peakBytes: tree.reduce((sum, process) => sum + heldBy(process.pid, 'VmHWM'), 0),
    nowBytes: tree.reduce((sum, process) => sum + heldBy(process.pid, 'VmRSS'), 0),
    threads: tree.reduce((sum, process) => sum + process.threads, 0),
  }
}

/** CPU seconds that all processes of this machine have used, but for what this very process used. */
export function othersCpuSeconds(): number {
  const [user = 0, nice = 0, system = 0, , , irq = 0, softirq = 0] = (
    readFileSync('/proc/stat', 'utf8').split('\n')[0] ?? ''
  )
    .trim()
    .split(/\s+/)
    .slice(1)
    .map(Number)
  const own = process.cpuUsage()
  return (user + nice + system + irq + softirq) / TICKS_PER_SECOND - (own.user + own.system) / 1e6
}

interface Process {
  readonly pid: number
  readonly parent: number
  readonly ticks: number
  readonly threads: number
}

function processTree(root: number): readonly Process[] {
  const all = readdirSync('/proc').flatMap((name) => (/^\d+$/.test(name) ? (processOf(Number(name)) ?? []) : []))
  const tree = all.filter(({ pid }) => pid === root)
  for (let i = 0; i < tree.length; i++) tree.push(...all.filter(({ parent }) => parent === tree[i]?.pid))
  return tree
}

/** undefined: it has ended meanwhile */
function processOf(pid: number): Process | undefined {
  try {
    const text = readFileSync(`/proc/${pid}/stat`, 'latin1')
    // proc(5), after the name, which may hold anything: state ppid ... utime(14) stime(15) cutime(16) cstime(17) ... num_threads(20)
    const fields = text
      .slice(text.lastIndexOf(')') + 2)
      .split(' ')
      .map(Number)
    const [utime = 0, stime = 0, cutime = 0, cstime = 0] = fields.slice(11, 15)
    return { pid, parent: fields[1] ?? 0, ticks: utime + stime + cutime + cstime, threads: fields[17] ?? 0 }
  } catch {
    return undefined
  }
}

function heldBy(pid: number, what: 'VmHWM' | 'VmRSS'): number {
  const kilobytes = new RegExp(`${what}:\\s+(\\d+) kB`).exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]
  return Number(kilobytes ?? 0) * 1024
}
