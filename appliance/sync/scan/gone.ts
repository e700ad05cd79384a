import type { Found, KnownEntries, KnownEntry } from '../disk-work.ts'
import type { Folders } from '../folders.ts'
import { codeOf, leadsNowhere } from '../model/error-code.ts'
import { nameOf, parentOf } from '../model/rel-path.ts'
import type { RelPath } from '../model/rel-path.ts'
import { heldSeen, missingSeen, nothingSeen } from '../model/seen.ts'
import { compareBytes } from './byte-order.ts'
import { KnownCursor } from './known-cursor.ts'

/** Entries of the index, one behind the other, none of which was found. */
interface Run {
  readonly within: RelPath | undefined
  /** they begin behind this one */
  readonly after: RelPath | undefined
  last: RelPath
}

/**
 * What a scan did not find. It is told only at the end, and kept until then as runs: a deleted folder of a hundred
 * thousand files is one, since the index holds their names anyway.
 */
export class Gone {
  readonly #runs: Run[] = []
  #isOpen = false

  /** @param after the path that the index holds before this one */
  add(path: RelPath, within: RelPath | undefined, after: RelPath | undefined): void {
    const run = this.#runs.at(-1)
    if (this.#isOpen && run) run.last = path
    else this.#runs.push({ within, after, last: path })
    this.#isOpen = true
  }

  /** What comes next was found, or nothing is known of it. */
  endRun(): void {
    this.#isOpen = false
  }

  /** Looks once more whether they are really not there: some programs save by removing and writing anew. */
  *confirm(known: KnownEntries, shareId: string, folders: Folders): Generator<Found | undefined> {
    for (const { within, after, last } of this.#runs) {
      const cursor = new KnownCursor(known, shareId, within, after)
      for (let entry = cursor.next(); entry && compareBytes(entry.path, last) <= 0; entry = cursor.next())
        yield !isKnownGone(entry) && isAbsent(folders, entry.path) ? { kind: 'gone', path: entry.path } : undefined
    }
  }
}

/** What was found gone before, and is to come back or waits for a decision: no news. */
export const isKnownGone = ({ seen }: KnownEntry): boolean => seen === missingSeen || seen === heldSeen(nothingSeen)

/** Also where a folder on the way is missing, or is none any more. */
function isAbsent(folders: Folders, path: RelPath): boolean {
  try {
    return folders.lstatExact(folders.open(parentOf(path)), nameOf(path)) === undefined
  } catch (error) {
    return leadsNowhere(codeOf(error))
  }
}
