import assert from 'node:assert/strict'
import { test } from 'node:test'
import { announcedBlock } from '../../../appliance/sync/engine/served-block.ts'
import type { LocalEntry } from '../../../appliance/sync/index/share-index.ts'
import type { RelPath } from '../../../appliance/sync/model/rel-path.ts'
import { file, vector } from '../../support/entries.ts'

const KIB = 1024
const blocks = Uint8Array.from({ length: 96 }, (_, i) => i)
/** three blocks, the last one shorter */
const entry = { ...file('x', vector('a1')), sizeBytes: 300 * KIB, blockBytes: 128 * KIB, blocks }
const local: LocalEntry = { entry, seen: 'file', localOnly: false, leftOut: 0, sequence: 1 }
const ask = (offset: number, sizeBytes: number, hash: Uint8Array = new Uint8Array(0)) => ({
  folder: 'f',
  path: 'a' as RelPath,
  offset,
  sizeBytes,
  hash,
})

test('a block exactly as it was announced is given', () => {
  assert.deepEqual(announcedBlock(local, ask(0, 128 * KIB)), blocks.subarray(0, 32))
  assert.deepEqual(announcedBlock(local, ask(256 * KIB, 44 * KIB)), blocks.subarray(64))
  assert.deepEqual(announcedBlock(local, ask(0, 128 * KIB, blocks.slice(0, 32))), blocks.subarray(0, 32))
})

test('nothing else is', () => {
  const refused: readonly (readonly [string, LocalEntry, ReturnType<typeof ask>])[] = [
    ['a piece of a block', local, ask(0, 1)],
    ['more than a block', local, ask(0, 129 * KIB)],
    ['from inside a block', local, ask(1, 128 * KIB)],
    ['beyond the end', local, ask(384 * KIB, 128 * KIB)],
    ['the last block as if it were whole', local, ask(256 * KIB, 128 * KIB)],
    ['another content', local, ask(0, 128 * KIB, blocks.slice(32, 64))],
    ['what is deleted', { ...local, entry: { ...entry, deleted: true } }, ask(0, 128 * KIB)],
    ['what is not on disk', { ...local, seen: '' }, ask(0, 128 * KIB)],
    ['a change that stays here', { ...local, localOnly: true }, ask(0, 128 * KIB)],
    ['a folder', { ...local, entry: { ...entry, type: 'directory', blockBytes: 0 } }, ask(0, 128 * KIB)],
  ]
  for (const [description, held, request] of refused)
    assert.equal(announcedBlock(held, request), undefined, description)
})
