/** Short forms of what the engine asks of the disk, for tests. */
import { hash } from 'node:crypto'
import type { PlaceOp, PlaceResult } from '../../appliance/sync/disk-work.ts'
import type { RelPath } from '../../appliance/sync/model/rel-path.ts'
import { NOW_MS } from './disk-world.ts'
import type { DiskWorld } from './disk-world.ts'

export const MTIME_NS = 1_500_000_000_000_000_000n
/** what `NOW_MS` makes of an archived file's name */
export const STAMP = '~20260131-235900'
const utf8 = new TextEncoder()

export type Short = { readonly path: string; readonly expected?: string; readonly beside?: string } & (
  | { readonly file: string; readonly mode?: number }
  | { readonly folder: true; readonly mode?: number }
  | { readonly link: string }
  | { readonly remove: true }
  | { readonly meta: { readonly mode?: number; readonly mtimeNs?: bigint } }
)

/** Fills in what a test does not care about; what is expected is what the index has, unless it says otherwise. */
export function opOf(world: DiskWorld, short: Short): PlaceOp {
  const common = {
    path: short.path as RelPath,
    expected: short.expected ?? world.index.seen(short.path),
    beside: short.beside as RelPath | undefined,
  }
  if ('file' in short) {
    const bytes = utf8.encode(short.file)
    const from = { bytes, hash: hash('sha256', bytes, 'buffer') }
    return { ...common, type: 'file', mode: short.mode, mtimeNs: MTIME_NS, from }
  }
  if ('folder' in short) return { ...common, type: 'directory', mode: short.mode }
  if ('link' in short) return { ...common, type: 'symlink', target: short.link }
  if ('remove' in short) return { ...common, type: 'remove' }
  return { ...common, type: 'set-meta', mode: short.meta.mode, mtimeNs: short.meta.mtimeNs }
}

export async function placeOps(world: DiskWorld, ops: readonly PlaceOp[]): Promise<readonly PlaceResult[]> {
  const places = await world.disk.archivePlaces(world.root, ops, NOW_MS)
  const results = await world.disk.place(world.root, ops, places)
  results.forEach((result, i) => {
    if (result.type === 'done') world.index.set(ops[i]?.path ?? '', result.seen)
  })
  return results
}
export const place = (world: DiskWorld, ...shorts: readonly Short[]): Promise<readonly PlaceResult[]> =>
  placeOps(
    world,
    shorts.map((short) => opOf(world, short)),
  )

/** `done`, or `type reason`. */
export const brief = (results: readonly PlaceResult[]): readonly string[] =>
  results.map((result) => {
    if (result.type === 'blocked') return `blocked ${result.reason}`
    return result.type === 'failed' ? `failed ${result.code}` : result.type
  })
