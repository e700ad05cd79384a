import type { Access } from '../model/access.ts'
import type { Entry } from '../model/entry.ts'
import type { Authorship, HeldEntry } from '../model/local-change.ts'
import type { RelPath } from '../model/rel-path.ts'
import { bumpVersion, compareVersions, noVersion } from '../model/version-vector.ts'
import type { VersionVector } from '../model/version-vector.ts'
import type { Clock } from '../ports.ts'
import { authorWithoutHistory, isSameAuthor } from './author.ts'
import type { Self } from './local-entries.ts'

export interface OwnAuthorshipDeps {
  readonly clock: Clock
  readonly self: Self
  readonly access: Access
  /** What peers announce of a path, and can give. */
  readonly announced: (path: RelPath) => readonly Entry[]
  /** A number of this device's order of changes that no other change gets. */
  readonly nextSequence: () => number
}

/** How changes that are made here are marked as this device's. */
export class OwnAuthorship {
  readonly #deps: OwnAuthorshipDeps

  constructor(deps: OwnAuthorshipDeps) {
    this.#deps = deps
  }

  now(): Authorship {
    const { self, clock } = this.#deps
    return { author: self.author, modifiedBy: self.shortId, nowSeconds: clock.now() / 1000 }
  }

  /**
   * Of a change made now to what has this version. Where that was made without regard to what this device had made
   * before, that is still not superseded.
   */
  with(version: VersionVector): Authorship {
    const own = this.#deps.self.author
    const counted = version.filter(({ author }) => isSameAuthor(author, own))
    const last = counted.at(-1)
    return last && counted.every(({ author }) => author !== own) ? { ...this.now(), author: last.author } : this.now()
  }

  /** As `with`. What this device does not know of, or has forgotten, it must not supersede, though it has told it. */
  for(path: RelPath, held: HeldEntry | undefined): Authorship {
    const { access, announced } = this.#deps
    const before = held?.entry.version ?? noVersion
    if (access !== 'read-write') return this.with(before)
    if (held?.entry.version.length === 0) return this.nobodyBefore()
    const by = this.with(before)
    const after = bumpVersion(before, by.author, by.nowSeconds)
    // made by another life of this index, in the very second of something that this one has made
    const isOfAnother = ({ version }: Entry) => isIncluded(version, after) && !isIncluded(version, before)
    return announced(path).some(isOfAnother) ? this.nobodyBefore() : by
  }

  /** Of a change that supersedes nothing. */
  nobodyBefore(): Authorship {
    const { self, nextSequence } = this.#deps
    return { ...this.now(), author: authorWithoutHistory(self.author, nextSequence()) }
  }
}

/** Whether a version is superseded by another one, or is the same. */
const isIncluded = (version: VersionVector, by: VersionVector): boolean =>
  ['equal', 'before'].includes(compareVersions(version, by))
