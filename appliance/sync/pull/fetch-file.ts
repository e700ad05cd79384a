/** Gets one file's content: from files that lie here already, then from the peers that announce it. */
import { hash } from 'node:crypto'
import type { DiskWork, ShareRoot, TempId } from '../disk-work.ts'
import type { FetchWindow, Giver, Slot } from './fetch-window.ts'
import type { ShareIndex } from '../index/share-index.ts'
import { contentHash } from '../model/content-hash.ts'
import { blockCount, bytesEqual, HASH_BYTES, noBytes } from '../model/entry.ts'
import type { Entry } from '../model/entry.ts'
import { zerosHash } from '../model/zeros.ts'
import type { BlockRequest, PeerSession } from '../wire/peer-session.ts'

/** A connected peer that announces the content. */
export interface Holder {
  readonly session: PeerSession
  /** Blocks that were not what their hash says. */
  strike(): void
}

/** Files that lie here are read through the window, too. */
const here: Giver = { session: {} }

/** Those that are connected now: what lies here is looked through first, and that may take a while. */
type Holders = () => readonly Holder[]

export type FetchResult =
  | {
      readonly type: 'inline'
      readonly bytes: Uint8Array
      readonly hash: Uint8Array
      readonly from: Holder | undefined
      readonly release: () => void
    }
  | { readonly type: 'temp'; readonly temp: TempId }
  /** no connected peer gave it: to be tried again when peers or versions change */
  | { readonly type: 'unavailable' }
  | { readonly type: 'no-space' }
  | { readonly type: 'failed' }

export interface FetchDeps {
  readonly disk: DiskWork
  readonly root: ShareRoot
  readonly index: ShareIndex
  readonly window: FetchWindow
  /** bytes of a block that is verified and on disk, or in memory on its way there */
  readonly onReceived: (bytes: number, fromPeer: boolean) => void
  /** Files that lie here are not needed any more: the rest comes from peers. */
  readonly onCopied: () => void
  /** the file that this one replaces, if it is a file: most of its blocks may still do */
  readonly replaced: Entry | undefined
}

/** the disk serves others between two such pieces */
const MAX_REREAD_BYTES = 64 * 1024 * 1024

const hashOfNothing = hash('sha256', noBytes, 'buffer')

interface Block {
  readonly index: number
  readonly offset: number
  readonly sizeBytes: number
  readonly hash: Uint8Array
}

function* blocksOf(entry: Entry): Generator<Block> {
  for (let index = 0; index < blockCount(entry); index++) {
    const offset = index * entry.blockBytes
    const sizeBytes = Math.min(entry.blockBytes, entry.sizeBytes - offset)
    yield { index, offset, sizeBytes, hash: entry.blocks.subarray(index * HASH_BYTES, (index + 1) * HASH_BYTES) }
  }
}

/**
 * Files of one block come back inline, for `place` to write together with others; larger ones in a temp. An
 * inline answer keeps its room in the window until `release`. Never rejects for what a peer does.
 */
export async function fetchFile(entry: Entry, holders: Holders, deps: FetchDeps): Promise<FetchResult> {
  const [first, ...more] = blocksOf(entry)
  if (!first) return { type: 'inline', bytes: noBytes, hash: hashOfNothing, from: undefined, release: () => undefined }
  return more.length === 0 ? fetchInline(entry, first, holders, deps) : fetchTemp(entry, holders, deps)
}

async function fetchInline(entry: Entry, block: Block, holders: Holders, deps: FetchDeps): Promise<FetchResult> {
  const copy = await readHere(entry, block, deps)
  deps.onCopied()
  const answer = copy ?? (await askPeers(entry, block, holders(), deps))
  if (!answer) return { type: 'unavailable' }
  const { bytes, from, release } = answer
  deps.onReceived(bytes.length, from !== undefined)
  return { type: 'inline', bytes, from, hash: block.hash, release }
}

/** A block in memory, unverified, and its room in the window. */
interface Answer<From> {
  readonly bytes: Uint8Array
  readonly from: From
  readonly release: () => void
}

async function readHere(
  entry: Entry,
  { offset, sizeBytes, hash }: Block,
  { disk, root, index, window }: FetchDeps,
): Promise<Answer<undefined> | undefined> {
  const source = index.fileWithContent(entry)
  if (source === undefined) return undefined
  const slot = await window.enter(sizeBytes, [here])
  let bytes: Uint8Array | undefined
  try {
    bytes = await disk.readBlock(root, source, offset, sizeBytes, hash)
  } finally {
    if (!bytes) slot.release(true)
  }
  return bytes && { bytes, from: undefined, release: () => slot.release(true) }
}

/** Asks one holder after the other, always the least loaded one. @param slot  room for the first one, if taken */
async function askPeers(
  entry: Entry,
  block: Block,
  holders: readonly Holder[],
  { root, window }: FetchDeps,
  slot?: Slot<Holder>,
): Promise<Answer<Holder> | undefined> {
  const { offset, sizeBytes, hash } = block
  const request: BlockRequest = { folder: root.shareId, path: entry.path, offset, sizeBytes, hash }
  for (let left = holders; isSome(left);) {
    const { giver, release } = slot ?? (await window.enter(sizeBytes, left))
    slot = undefined
    try {
      const bytes = await giver.session.request(request)
      if (bytes?.length === sizeBytes) return { bytes, from: giver, release: () => release(true) }
    } catch {
      // its session ended, which its owner reports; the next holder may do
    }
    release(false)
    left = left.filter((holder) => holder !== giver)
  }
  return undefined
}

const isSome = (holders: readonly Holder[]): holders is readonly [Holder, ...Holder[]] => holders.length > 0

async function fetchTemp(entry: Entry, holders: Holders, deps: FetchDeps): Promise<FetchResult> {
  const { disk, root } = deps
  const blocks = [...blocksOf(entry)]
  const dataBytes = blocks.reduce((sum, block) => (isHole(block, entry) ? sum : sum + block.sizeBytes), 0)
  const content = Buffer.from(contentHash(entry.blocks)).toString('hex')
  const opened = await disk.openTemp(root, entry.sizeBytes, content, dataBytes)
  if (opened === 'no-space') return { type: 'no-space' }
  const { temp, isKept } = opened
  try {
    return await fill(entry, blocks, temp, isKept, holders, deps)
  } catch (error) {
    // whatever broke down: nobody else knows of this temp
    await disk.parkTemp(temp).catch(() => undefined)
    throw error
  }
}

/** Leaves the temp to the caller where it is whole, and else to nobody. */
async function fill(
  entry: Entry,
  blocks: readonly Block[],
  temp: TempId,
  isKept: boolean,
  holders: Holders,
  deps: FetchDeps,
): Promise<FetchResult> {
  const { disk } = deps
  const unkept = isKept ? await withoutKept(blocks, temp, deps) : blocks
  const filled = await fillHoles(unkept, temp, entry, deps)
  if (filled !== 'ok') {
    await disk.discardTemp(temp)
    return { type: filled }
  }
  const data = unkept.filter((block) => !isHole(block, entry))
  const missing = await copyHere(data, temp, entry, deps)
  deps.onCopied()
  const outcome = await fetchBlocks(entry, temp, missing, holders(), deps)
  if (outcome === 'ok') return { type: 'temp', temp }
  if (outcome === 'unavailable') await disk.parkTemp(temp)
  else await disk.discardTemp(temp)
  return { type: outcome }
}

/** A block of zeros; the last one, unless it is as long as the others, is taken for data. */
const isHole = ({ sizeBytes, hash }: Block, { blockBytes }: Entry): boolean =>
  sizeBytes === blockBytes && bytesEqual(hash, zerosHash(blockBytes))

/** What is known without being read from anywhere. */
async function fillHoles(
  blocks: readonly Block[],
  temp: TempId,
  entry: Entry,
  { disk, onReceived }: FetchDeps,
): Promise<'ok' | 'no-space' | 'failed'> {
  const holes = blocks.filter((block) => isHole(block, entry)).map(({ offset, sizeBytes }) => ({ offset, sizeBytes }))
  if (holes.length === 0) return 'ok'
  const result = await disk.fillZeros(temp, holes)
  if (result !== 'ok') return result === 'no-space' ? result : 'failed'
  onReceived(
    holes.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0),
    false,
  )
  return 'ok'
}

/** What is still missing of a file of which a part has come before. */
async function withoutKept(
  blocks: readonly Block[],
  temp: TempId,
  { disk, onReceived }: FetchDeps,
): Promise<readonly Block[]> {
  const missing: Block[] = []
  const [{ sizeBytes: blockBytes } = { sizeBytes: 1 }] = blocks
  const atOnce = Math.max(1, Math.floor(MAX_REREAD_BYTES / blockBytes))
  for (let from = 0; from < blocks.length; from += atOnce) {
    const some = blocks.slice(from, from + atOnce)
    const kept = new Set(await disk.keptBlocks(temp, some))
    for (const block of some) {
      if (kept.has(block.index)) onReceived(block.sizeBytes, false)
      else missing.push(block)
    }
  }
  return missing
}

/** Fills the temp with blocks from a file of the same content, else from the one that is replaced. */
async function copyHere(
  blocks: readonly Block[],
  temp: TempId,
  entry: Entry,
  { disk, root, index, replaced, onReceived }: FetchDeps,
): Promise<readonly Block[]> {
  const source = index.fileWithContent(entry) ?? (replaced && !replaced.deleted ? replaced.path : undefined)
  if (!source) return blocks
  const sourceEntry = index.local(source)?.entry
  if (!sourceEntry) return blocks
  const offsets = new Map<string, number>()
  for (const block of blocksOf(sourceEntry)) offsets.set(Buffer.from(block.hash).toString('latin1'), block.offset)
  const wanted = blocks.flatMap((block) => {
    const sourceOffset = offsets.get(Buffer.from(block.hash).toString('latin1'))
    return sourceOffset === undefined ? [] : [{ ...block, sourceOffset }]
  })
  if (wanted.length === 0) return blocks
  const filled = new Set(await disk.copyBlocks(temp, root, source, wanted))
  for (const block of blocks) if (filled.has(block.index)) onReceived(block.sizeBytes, false)
  return blocks.filter((block) => !filled.has(block.index))
}

/** All missing blocks side by side, as far as the window lets them; the first failure stops the rest from starting. */
async function fetchBlocks(
  entry: Entry,
  temp: TempId,
  missing: readonly Block[],
  holders: readonly Holder[],
  deps: FetchDeps,
): Promise<'ok' | 'unavailable' | 'no-space' | 'failed'> {
  if (!isSome(holders)) return missing.length === 0 ? 'ok' : 'unavailable'
  let outcome: 'ok' | 'unavailable' | 'no-space' | 'failed' = 'ok'
  const running = new Set<Promise<void>>()
  for (const block of missing) {
    const slot = await deps.window.enter(block.sizeBytes, holders)
    if (outcome !== 'ok') {
      slot.release(false)
      break
    }
    const one = fetchBlock(entry, temp, block, holders, deps, slot)
      .then((result) => {
        if (result !== 'ok') outcome = result
      })
      .finally(() => running.delete(one))
    running.add(one)
  }
  await Promise.all(running)
  return outcome
}

/** A peer whose block is not what its hash says is not asked for this block again. */
async function fetchBlock(
  entry: Entry,
  temp: TempId,
  block: Block,
  holders: readonly Holder[],
  deps: FetchDeps,
  slot: Slot<Holder>,
): Promise<'ok' | 'unavailable' | 'no-space' | 'failed'> {
  let candidates = holders
  for (let first: Slot<Holder> | undefined = slot; ; first = undefined) {
    const answer = await askPeers(entry, block, candidates, deps, first)
    if (!answer) return 'unavailable'
    const written = await deps.disk
      .writeBlock(temp, block.offset, answer.bytes, block.hash)
      .finally(() => answer.release())
    if (written === 'ok') deps.onReceived(block.sizeBytes, true)
    if (written !== 'bad-content') return written
    answer.from.strike()
    candidates = candidates.filter((holder) => holder !== answer.from)
  }
}
