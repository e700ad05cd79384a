/** What this machine can do at most: no program that reads, hashes and writes everything once can be quicker. */
import { createHash } from 'node:crypto'
import { closeSync, copyFileSync, fsyncSync, openSync, readSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { writeLarge } from '../e2e/content.ts'

export interface Limit {
  readonly what: string
  readonly wallSeconds: number
  readonly cpuSeconds: number
}

export function measureLimits(folder: string, bytes: number): readonly Limit[] {
  const [path, copy] = [join(folder, 'original'), join(folder, 'copy')]
  writeLarge(path, bytes, 1)
  const size = `${(bytes / 1024 ** 2).toFixed(0)} MiB`
  const limits = [
    timed(`SHA-256 of ${size}, one thread`, () => hashFile(path)),
    timed(`copy of ${size}, fsync`, () => {
      copyFileSync(path, copy)
      const file = openSync(copy, 'r+')
      fsyncSync(file)
      closeSync(file)
    }),
  ]
  for (const made of [path, copy]) rmSync(made)
  return limits
}

function hashFile(path: string): void {
  const digest = createHash('sha256')
  const buffer = Buffer.alloc(1024 * 1024)
  const file = openSync(path, 'r')
  for (let read = readSync(file, buffer); read > 0; read = readSync(file, buffer))
    digest.update(buffer.subarray(0, read))
  closeSync(file)
  digest.digest()
}

function timed(what: string, work: () => void): Limit {
  const startMs = performance.now()
  const before = process.cpuUsage()
  work()
  const { user, system } = process.cpuUsage(before)
  return { what, wallSeconds: (performance.now() - startMs) / 1000, cpuSeconds: (user + system) / 1e6 }
}
