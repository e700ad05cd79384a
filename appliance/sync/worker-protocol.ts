/** What the engine's thread and a disk worker say to each other. */
import type { DiskWork, Found, PlaceOp, ScanEnd, ShareRoot, TempId, WriteResult } from './disk-work.ts'
import type { RelPath } from './model/rel-path.ts'

/** `writeBlock` in its two halves, which two workers can do side by side. */
export interface WorkerDisk extends DiskWork {
  /** @returns the bytes given, if they have this hash; the caller gives them away */
  checkBlock(bytes: Uint8Array, hash: Uint8Array): Promise<Uint8Array | undefined>
  /** Only for what `checkBlock` gave back; the caller gives it away. */
  writeChecked(temp: TempId, offset: number, bytes: Uint8Array): Promise<WriteResult>
}

/** Everything but scanning is one question and one answer. */
export type Method = Exclude<keyof WorkerDisk, 'scan'>
export type Args<M extends Method> = Parameters<WorkerDisk[M]>
export type Answer<M extends Method> = Awaited<ReturnType<WorkerDisk[M]>>

export type ToWorker =
  | { readonly type: 'call'; readonly id: number; readonly method: Method; readonly args: readonly unknown[] }
  | {
      readonly type: 'scan'
      readonly id: number
      readonly root: ShareRoot
      readonly within: readonly RelPath[] | undefined
      readonly rules: readonly string[] | undefined
    }
  /** the batch has been taken: go on */
  | { readonly type: 'go-on'; readonly id: number }
  | { readonly type: 'stop'; readonly id: number }
  /** are you there? */
  | { readonly type: 'ping'; readonly id: number }

export type FromWorker =
  | { readonly type: 'answer'; readonly id: number; readonly value: unknown }
  | { readonly type: 'failed'; readonly id: number; readonly message: string; readonly code: string }
  | { readonly type: 'found'; readonly id: number; readonly found: readonly Found[] }
  | { readonly type: 'scanned'; readonly id: number; readonly end: ScanEnd }

export interface WorkerSettings {
  /** of the index: scans read it through a connection of their own */
  readonly databasePath: string
  /** where it shows that it still moves (pulse.ts) */
  readonly pulse?: Int32Array<SharedArrayBuffer>
}

/**
 * Copies pieces into one new buffer, to be handed over as a whole. Sent as they are, each would be copied together
 * with all of the buffer that it is a part of.
 */
export class Parcel {
  readonly #bytes: Uint8Array<ArrayBuffer>
  #used = 0

  constructor(sizeBytes: number) {
    this.#bytes = new Uint8Array(sizeBytes)
  }

  add(piece: Uint8Array): Uint8Array {
    const copy = this.#bytes.subarray(this.#used, this.#used + piece.length)
    copy.set(piece)
    this.#used += piece.length
    return copy
  }

  /** what to hand over with the message that holds the copies */
  get transfer(): readonly ArrayBuffer[] {
    return [this.#bytes.buffer]
  }
}

const LARGE_BYTES = 65_536
const MAX_HEADER_BYTES = 64

/** For bytes that are given away: handed over without a copy where they are all of their buffer. */
export function giveAway(bytes: Uint8Array): Uint8Array<ArrayBuffer> {
  const { buffer } = bytes
  const isOwn =
    buffer instanceof ArrayBuffer &&
    (buffer.byteLength === bytes.byteLength ||
      // a block is nearly all of the message that it came in, and nothing else looks at that
      (bytes.byteLength >= LARGE_BYTES && buffer.byteLength - bytes.byteLength <= MAX_HEADER_BYTES))
  return isOwn ? new Uint8Array(buffer, bytes.byteOffset, bytes.byteLength) : Uint8Array.from(bytes)
}

const inlineOf = (op: PlaceOp): { bytes: Uint8Array; hash: Uint8Array } | undefined =>
  op.type === 'file' && 'bytes' in op.from ? op.from : undefined

export function packOps(ops: readonly PlaceOp[]): { readonly ops: readonly PlaceOp[]; readonly parcel: Parcel } {
  const sizeBytes = ops.reduce((sum, op) => {
    const inline = inlineOf(op)
    return inline ? sum + inline.bytes.length + inline.hash.length : sum
  }, 0)
  const parcel = new Parcel(sizeBytes)
  const packed = ops.map((op) => {
    const inline = inlineOf(op)
    return inline ? { ...op, from: { bytes: parcel.add(inline.bytes), hash: parcel.add(inline.hash) } } : op
  })
  return { ops: packed, parcel }
}

export function packFound(found: readonly Found[]): { readonly found: readonly Found[]; readonly parcel: Parcel } {
  const parcel = new Parcel(found.reduce((sum, each) => sum + (each.kind === 'changed' ? each.blocks.length : 0), 0))
  return {
    found: found.map((each) => (each.kind === 'changed' ? { ...each, blocks: parcel.add(each.blocks) } : each)),
    parcel,
  }
}
