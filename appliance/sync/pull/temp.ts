import { hash } from 'node:crypto'
import { bytesEqual } from '../model/entry.ts'
import { codeOf, isFull } from '../model/error-code.ts'
import { reserveBytes } from '../model/reserve.ts'
import type { Reserve } from '../model/reserve.ts'
import { dataRuns } from '../model/zeros.ts'
import { removeQuietly } from '../tmp-folder.ts'
import type { Dir, File, Random } from '../ports.ts'

export const isHashOf = (bytes: Uint8Array, expected: Uint8Array): boolean =>
  bytesEqual(hash('sha256', bytes, 'buffer'), expected)

/** How many bytes may be written to this disk. @param reserve  what its owner wants to stay free */
export function roomFor(dir: Dir, reserve: Reserve): number {
  const { freeBytes, totalBytes } = dir.space()
  return freeBytes - reserveBytes(totalBytes, reserve)
}

/** Closes a temp and takes its name away. */
export function discard(folder: Dir, temp: Temp): void {
  temp[Symbol.dispose]()
  removeQuietly(folder, temp.name)
}

/** Names of temps that can be gone on with: what they are to hold, as 64 hex digits. */
export const isContentName = (name: string): boolean => /^[0-9a-f]{64}$/.test(name)

/** Those of all other temps: nobody can guess them, and nobody can go on with them. */
export const isRandomName = (name: string): boolean => /^[0-9a-f]{32}$/.test(name)

/** A file being received, in `.homeseed/tmp`. */
export class Temp implements Disposable {
  readonly name: string
  readonly file: File
  readonly sizeBytes: number
  /** size of each piece written, by offset */
  readonly #filled = new Map<number, number>()
  /** up to here it may hold what an interrupted write left: zeros have to be written there, too */
  readonly #dirtyBytes: number
  #hasHoles = false

  private constructor(name: string, file: File, sizeBytes: number, dirtyBytes: number) {
    this.name = name
    this.file = file
    this.sizeBytes = sizeBytes
    this.#dirtyBytes = dirtyBytes
  }

  /** A new one, under a name that nobody can guess. @throws node's errors: ENOSPC and the like */
  static make(folder: Dir, random: Random, sizeBytes: number): Temp {
    const name = Buffer.from(random.bytes(16)).toString('hex')
    return new Temp(name, folder.createFile(name), sizeBytes, 0)
  }

  /** One that may have been begun before, named by what it is to hold. @throws node's errors: ENOSPC and the like */
  static goOn(folder: Dir, content: string, sizeBytes: number): { readonly temp: Temp; readonly isKept: boolean } {
    const kept = folder.lstat(content)
    // a crash may have left it with its final name as well: what is written to it would be written to a user's file
    const isPlaced = kept !== undefined && kept.links > 1
    if (isPlaced) folder.removeFile(content)
    if (!kept || isPlaced) return { temp: new Temp(content, folder.createFile(content), sizeBytes, 0), isKept: false }
    const file = folder.editFile(content)
    if (kept.sizeBytes > sizeBytes) file.setSize(sizeBytes)
    return { temp: new Temp(content, file, sizeBytes, kept.sizeBytes), isKept: true }
  }

  /** Counts what lies there already as written, if it is what belongs there. */
  keep(offset: number, sizeBytes: number, expected: Uint8Array, buffer: Uint8Array): boolean {
    const bytes = buffer.subarray(0, sizeBytes)
    if (this.file.read(bytes, offset) < sizeBytes || !isHashOf(bytes, expected)) return false
    this.#filled.set(offset, sizeBytes)
    return true
  }

  /** Nothing gets in that does not have its hash. */
  writeVerified(bytes: Uint8Array, offset: number, expected: Uint8Array): 'ok' | 'bad-content' | 'no-space' | 'failed' {
    return isHashOf(bytes, expected) ? this.writeChecked(bytes, offset) : 'bad-content'
  }

  /** For bytes whose hash has been looked at elsewhere. */
  writeChecked(bytes: Uint8Array, offset: number): 'ok' | 'bad-content' | 'no-space' | 'failed' {
    if (offset < 0 || offset + bytes.length > this.sizeBytes) return 'bad-content'
    try {
      this.write(bytes, offset)
      return 'ok'
    } catch (error) {
      return isFull(codeOf(error)) ? 'no-space' : 'failed'
    }
  }

  /** For bytes that are known to be right. @throws node's errors */
  write(bytes: Uint8Array, offset: number): void {
    if (offset < this.#dirtyBytes) this.file.write(bytes, offset)
    else {
      let written = 0
      for (const { start, end } of dataRuns(bytes)) {
        this.file.write(bytes.subarray(start, end), offset + start)
        written += end - start
      }
      if (written < bytes.length) this.#hasHoles = true
    }
    this.#filled.set(offset, bytes.length)
  }

  /** Counts zeros as written. @throws node's errors */
  writeZeros(offset: number, sizeBytes: number): void {
    if (offset < this.#dirtyBytes) return this.write(new Uint8Array(sizeBytes), offset)
    this.#hasHoles = true
    this.#filled.set(offset, sizeBytes)
  }

  /** Where nothing but zeros belongs, nothing is written: this gives the file its size nevertheless. */
  finish(): void {
    if (this.#hasHoles) this.file.setSize(this.sizeBytes)
  }

  /** Whether it was written from end to end: a file that was not must never get a name. */
  get isWhole(): boolean {
    let end = 0
    for (const offset of [...this.#filled.keys()].sort((a, b) => a - b)) {
      if (offset > end) return false
      end = Math.max(end, offset + (this.#filled.get(offset) ?? 0))
    }
    return end === this.sizeBytes
  }

  [Symbol.dispose](): void {
    this.file.close()
  }
}
