/**
 * What people wrote, and what they did with it. Every write has a value that no other write has, so that each can be
 * followed wherever it goes.
 */
export class Values {
  readonly #contents = new Map<string, string>()
  readonly #where = new Map<string, string>()
  readonly #replaced = new Set<string>()
  readonly #excused = new Set<string>()
  #count = 0

  /** A new one, not yet written. @param where  for the report */
  make(by: string, where: string, sizeBytes: number): string {
    this.#count += 1
    const value = `${by}${this.#count}`
    this.#where.set(value, where)
    this.#contents.set(value, sizeBytes === 0 ? value : `${value}|`.repeat(Math.ceil(sizeBytes / (value.length + 1))))
    return value
  }

  /** The whole content of a file with this value; undefined: nobody wrote it. */
  contentOf(value: string): string | undefined {
    return this.#contents.get(value)
  }

  /** A person who could see it replaced or deleted it. */
  replaced(value: string): void {
    this.#replaced.add(value)
  }

  /** It was on a disk that is no more, and nowhere else: it may be gone, or be found again. */
  excuse(value: string): void {
    this.#excused.add(value)
  }

  /** What has to be there in the end. */
  *lasting(): Generator<{ readonly value: string; readonly where: string }> {
    for (const [value, where] of this.#where)
      if (!this.#replaced.has(value) && !this.#excused.has(value)) yield { value, where }
  }
}

/** The value in a file's content, or the beginning of it; of a link, in its target. */
export const valueOf = (content: string): string =>
  content.startsWith('-> ') ? content.slice(3) : (content.split('|')[0] ?? '')
