/** A program whose changes to the disk are counted, and at a chosen one end it or fail (faults.c). */
import { execFileSync } from 'node:child_process'
import { closeSync, openSync, readSync, writeFileSync, writeSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { constants } from 'node:os'

/** What happens at the chosen call: the process ends, or the call fails with an errno. */
export type Fault = 'kill' | 'EIO' | 'ENOSPC' | 'EROFS'
export interface Strike {
  /** the how manieth call, from 1 on */
  readonly at: number
  readonly fault: Fault
  /** whether all later ones fail as well */
  readonly isLasting?: boolean
  /** once more, at that call of the next start, where this one ended the program */
  readonly thenAt?: number
  readonly only?: 'all' | 'fsync' | 'write' | 'read'
}

const kinds = { all: 0, fsync: 1, write: 2, read: 3 } as const
const WORDS = 6

export class Faults implements Disposable {
  /** for the program that is to have them */
  readonly env: Readonly<Record<string, string>>
  readonly #control: number

  /** @param folder  where the tool and its control file may lie. @param prefixes  folders that are meant */
  constructor(folder: string, prefixes: readonly string[]) {
    const library = join(folder, 'faults.so')
    const source = fileURLToPath(new URL('faults.c', import.meta.url))
    execFileSync('cc', ['-O1', '-Wall', '-Wextra', '-Werror', '-shared', '-fPIC', '-o', library, source, '-ldl'], {
      stdio: ['ignore', 'ignore', 'pipe'],
    })
    const control = join(folder, 'faults.control')
    writeFileSync(control, Buffer.alloc(4096))
    this.#control = openSync(control, 'r+')
    this.env = { LD_PRELOAD: library, FAULTS_CONTROL: control, FAULTS_PREFIX: prefixes.join(':'), UV_USE_IO_URING: '0' }
  }

  /** Counts anew, and strikes when it gets there. */
  arm({ at, fault, isLasting = false, only = 'all' }: Strike): void {
    const what = fault === 'kill' ? 0 : constants.errno[fault]
    this.#write(at, what, Number(isLasting), 0, 0, kinds[only])
  }

  /** Counts anew, and lets everything pass. */
  disarm(): void {
    this.#write(0, 0, 0, 0, 0, 0)
  }

  get calls(): number {
    return this.#read(3)
  }

  get struck(): number {
    return this.#read(4)
  }

  #write(...words: readonly number[]): void {
    writeSync(this.#control, Buffer.from(Int32Array.from(words).buffer), 0, WORDS * 4, 0)
  }

  #read(word: number): number {
    const words = new Int32Array(WORDS)
    readSync(this.#control, Buffer.from(words.buffer), 0, WORDS * 4, 0)
    return words[word] ?? 0
  }

  [Symbol.dispose](): void {
    closeSync(this.#control)
  }
}
