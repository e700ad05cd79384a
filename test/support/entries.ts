/** Entries for tests: a plain file unless told otherwise, and arbitrary ones for properties. */
import { createHash } from 'node:crypto'
import fc from 'fast-check'
import { noBytes } from '../../appliance/sync/model/entry.ts'
import type { Entry } from '../../appliance/sync/model/entry.ts'
import type { RelPath } from '../../appliance/sync/model/rel-path.ts'
import { joinVersions } from '../../appliance/sync/model/version-vector.ts'
import type { VersionVector } from '../../appliance/sync/model/version-vector.ts'

export const authors = ['0000000000000001', '0000000000000002', '0000000000000003'] as const

/** `vector('a1', 'b2')`: author a counted to 1, b to 2. */
export const vector = (...counters: readonly string[]): VersionVector =>
  counters.reduce<VersionVector>((version, text) => {
    const author = authors[text.charCodeAt(0) - 97]
    if (!author) throw new Error(`no author ${text}`)
    return joinVersions(version, [{ author, value: Number(text.slice(1)) }])
  }, [])

export const blocksOf = (content: string): Uint8Array =>
  content === '' ? noBytes : createHash('sha256').update(content).digest()

/** A file with a content; `undefined` content makes a tombstone. */
export function file(content: string | undefined, version: VersionVector, rest: Partial<Entry> = {}): Entry {
  return {
    path: 'f' as RelPath,
    type: 'file',
    deleted: content === undefined,
    sizeBytes: content?.length ?? 0,
    mode: 0o644,
    mtimeNs: 1_000_000_000n,
    modifiedBy: authors[0],
    version,
    blockBytes: content ? 131_072 : 0,
    blocks: blocksOf(content ?? ''),
    linkTarget: undefined,
    deletedHash: undefined,
    signature: undefined,
    ...rest,
  }
}

export const anyVersion: fc.Arbitrary<VersionVector> = fc
  .uniqueArray(
    fc.record(
      { author: fc.constantFrom(...authors), value: fc.integer({ min: 1, max: 3 }) },
      { noNullPrototype: true },
    ),
    { selector: ({ author }) => author },
  )
  .map((counters) => [...counters].sort((a, b) => (a.author < b.author ? -1 : 1)))

/** As devices make them: the same version is always the same entry. */
export const anyEntries: fc.Arbitrary<readonly Entry[]> = fc
  .array(
    fc.record({
      version: anyVersion.filter(({ length }) => length > 0),
      content: fc.constantFrom('x', 'y', undefined),
      mtime: fc.integer({ min: 1, max: 3 }),
      gone: fc.constantFrom('x', 'y'),
    }),
    { maxLength: 4 },
  )
  .map((drafts) => {
    const byVersion = new Map(drafts.map((draft) => [JSON.stringify(draft.version), draft]))
    return [...byVersion.values()].map(({ version, content, mtime, gone }) =>
      file(content, version, {
        mtimeNs: BigInt(mtime),
        deletedHash: content === undefined ? blocksOf(gone) : undefined,
      }),
    )
  })
