/** Entries for tests: fixed ones, and any that may lie in an index. */
import fc from 'fast-check'
import { MAX_BLOCK_BYTES, MIN_BLOCK_BYTES } from '../../../appliance/sync/model/block-size.ts'
import type { Entry } from '../../../appliance/sync/model/entry.ts'
import { signatureToBytes } from '../../../appliance/sync/model/signature.ts'
import { platformOf } from '../../../appliance/sync/model/platform.ts'
import { parseRelPath } from '../../../appliance/sync/model/rel-path.ts'
import type { RelPath } from '../../../appliance/sync/model/rel-path.ts'
import type { WireEntry } from '../../../appliance/sync/wire/peer-session.ts'

/** Like `fc.record`, but of plain objects, as the code makes them. */
export const record = <T>(model: { [K in keyof T]: fc.Arbitrary<T[K]> }): fc.Arbitrary<T> =>
  fc.record<T>(model, { noNullPrototype: true })

export const pathOf = (path: string): RelPath => {
  const parsed = parseRelPath(path)
  if (parsed === undefined) throw new Error(`not a path: ${path}`)
  return parsed
}

export const someFile: Entry = {
  path: pathOf('photos/summer.jpg'),
  type: 'file',
  deleted: false,
  sizeBytes: 200_000,
  mode: 0o644,
  mtimeNs: 1_700_000_000_123_456_789n,
  modifiedBy: '00112233445566ff',
  version: [
    { author: '00112233445566ff', value: 1_700_000_000 },
    { author: 'ffeeddccbbaa9988', value: 3 },
  ],
  blockBytes: MIN_BLOCK_BYTES,
  blocks: Uint8Array.from({ length: 64 }, (_, i) => i),
  linkTarget: undefined,
  deletedHash: undefined,
  signature: undefined,
}

const bytes = (length: number) => fc.uint8Array({ minLength: length, maxLength: length })
const authorId = bytes(8).map((id) => Buffer.from(id).toString('hex'))
const safeInteger = fc.maxSafeNat()

export const anyVersion = fc
  .uniqueArray(record({ author: authorId, value: fc.integer({ min: 1, max: Number.MAX_SAFE_INTEGER }) }), {
    selector: ({ author }) => author,
    maxLength: 6,
  })
  .map((counters) => counters.toSorted((a, b) => (a.author < b.author ? -1 : 1)))

export const anyPath = fc
  .array(fc.string({ unit: 'grapheme', minLength: 1, maxLength: 12 }), { minLength: 1, maxLength: 5 })
  .map((parts) => parseRelPath(parts.join('/')))
  .filter((path) => path !== undefined)

const anyContent = fc
  .constantFrom(MIN_BLOCK_BYTES, 1024 * 1024, MAX_BLOCK_BYTES)
  .chain((blockBytes) =>
    fc
      .integer({ min: 1, max: 9 * blockBytes })
      .chain((sizeBytes) =>
        bytes(32 * Math.ceil(sizeBytes / blockBytes)).map((blocks) => ({ sizeBytes, blockBytes, blocks })),
      ),
  )

const noContent = {
  sizeBytes: 0,
  blockBytes: 0,
  blocks: new Uint8Array(0),
  linkTarget: undefined,
  deletedHash: undefined,
}
const anyShape = fc.oneof(
  anyContent.map((content) => ({ ...noContent, ...content, type: 'file' as const, deleted: false })),
  fc.constant({ ...noContent, type: 'file' as const, deleted: false }),
  fc.constant({ ...noContent, type: 'directory' as const, deleted: false }),
  fc
    .string({ unit: 'grapheme', minLength: 1, maxLength: 30 })
    .filter((target) => !target.includes('\0'))
    .map((linkTarget) => ({ ...noContent, type: 'symlink' as const, deleted: false, linkTarget })),
  record({
    type: fc.constantFrom('file', 'directory', 'symlink'),
    deletedHash: fc.option(bytes(32), { nil: undefined }),
  }).map((tombstone) => ({ ...noContent, ...tombstone, deleted: true })),
)

const anyId = fc.integer({ min: 0, max: 0xffff_ffff })
const anyAccount = fc.string({ unit: 'grapheme', maxLength: 10 })
const anyOwner = record({ uid: anyId, gid: anyId, user: anyAccount, group: anyAccount })
const anyXattrs = fc
  .uniqueArray(
    record({
      name: fc
        .string({ unit: 'grapheme', maxLength: 10 })
        .filter((name) => !name.includes('\0'))
        .map((name) => `user.${name}`),
      value: fc.uint8Array({ maxLength: 20 }),
    }),
    { selector: ({ name }) => name, maxLength: 4 },
  )
  .map((xattrs) => xattrs.toSorted((a, b) => (a.name < b.name ? -1 : 1)))
const maybe = <T>(value: fc.Arbitrary<T>) => fc.option(value, { nil: undefined })
export const anyPlatform = fc
  .tuple(maybe(anyOwner), maybe(anyXattrs))
  .map(([owner, xattrs]) => platformOf(owner, xattrs))

const anySignature = fc
  .record({ writer: authorId, signed: bytes(64), place: fc.nat(7), beside: fc.tuple(bytes(32), bytes(32), bytes(32)) })
  .map(signatureToBytes)

export const anyEntry: fc.Arbitrary<Entry> = record({
  path: anyPath,
  mode: fc.option(fc.integer({ min: 0, max: 0o777 }), { nil: undefined }),
  mtimeNs: fc.bigInt({ min: -9_000_000_000_000_000_000n, max: 9_000_000_000_000_000_000n }),
  modifiedBy: authorId,
  version: anyVersion,
  signature: fc.option(anySignature, { nil: undefined }),
})
  .chain((rest) => anyShape.map((shape) => ({ ...shape, ...rest })))
  .chain((entry) => anyPlatform.map((platform) => ({ ...entry, ...(platform && { platform }) })))

export const anyWireEntry: fc.Arbitrary<WireEntry> = record({
  entry: anyEntry,
  sequence: safeInteger.map((n) => Math.max(1, n)),
  invalid: fc.constant(false),
})

/** An entry as test/vectors/entries.json spells it: bytes in hex, what is absent left out. */
export interface VectorEntry extends Omit<Entry, 'mtimeNs' | 'blocks' | 'deletedHash' | 'signature'> {
  readonly mtimeNs: string
  readonly blocks: string
  readonly deletedHash?: string
}

export const entryFromVector = (json: VectorEntry): Entry => ({
  ...json,
  path: pathOf(json.path),
  mode: json.mode,
  mtimeNs: BigInt(json.mtimeNs),
  blocks: new Uint8Array(Buffer.from(json.blocks, 'hex')),
  linkTarget: json.linkTarget,
  deletedHash: json.deletedHash === undefined ? undefined : new Uint8Array(Buffer.from(json.deletedHash, 'hex')),
  signature: undefined,
})
