/**
 * The hash tree over a few entries whose root their writer signs: one signature, which each of the entries carries along
 * with its way up to the root (docs/protocol.md, "Signatures"). What a leaf, a node and an empty place hash to never
 * passes for one another. Pure.
 */
import { hash } from 'node:crypto'
import { HASH_BYTES } from './entry.ts'

const LEAF = 0
const NODE = 1
/** beside the last leaf of an odd number: the hash of nothing that anybody could find */
const NOTHING = Buffer.alloc(HASH_BYTES)

/** A leaf's place from the left, and the hashes beside its way up, the lowest first. */
export interface WayUp {
  readonly place: number
  readonly beside: readonly Uint8Array[]
}

export const leafOf = (canonical: Uint8Array): Buffer =>
  hash('sha256', Buffer.concat([Buffer.of(LEAF), canonical]), 'buffer')

const nodeOf = (left: Uint8Array, right: Uint8Array): Buffer =>
  hash('sha256', Buffer.concat([Buffer.of(NODE), left, right]), 'buffer')

/** @param leaves  one or more */
export function treeOver(leaves: readonly Uint8Array[]): {
  readonly root: Uint8Array
  readonly ways: readonly WayUp[]
} {
  const beside = leaves.map((): Uint8Array[] => [])
  let row: readonly Uint8Array[] = leaves
  for (let height = 0; row.length > 1; height++) {
    const below = row
    beside.forEach((hashes, place) => hashes.push(below[(place >> height) ^ 1] ?? NOTHING))
    row = Array.from({ length: Math.ceil(below.length / 2) }, (_, i) =>
      nodeOf(below[2 * i] ?? NOTHING, below[2 * i + 1] ?? NOTHING),
    )
  }
  return { root: row[0] ?? NOTHING, ways: beside.map((hashes, place) => ({ place, beside: hashes })) }
}

/** The root that a leaf would be below by that way. */
export const rootAbove = (leaf: Uint8Array, { place, beside }: WayUp): Uint8Array =>
  beside.reduce<Uint8Array>(
    (below, other, height) => (((place >> height) & 1) === 0 ? nodeOf(below, other) : nodeOf(other, below)),
    leaf,
  )
