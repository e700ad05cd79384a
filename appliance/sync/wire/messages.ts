/**
 * BEP's messages: bytes in, value or reason out (docs/protocol.md, "Messages"). Nothing here throws, waits, or keeps
 * the bytes that it was given, except the data of a response.
 */
import { MAX_BLOCK_BYTES, SEAL_BYTES } from '../model/block-size.ts'
import { HASH_BYTES, noBytes } from '../model/entry.ts'
import { parseRelPath } from '../model/rel-path.ts'
import { err, ok } from '../model/result.ts'
import type { Result } from '../model/result.ts'
import { decodeClusterConfig, encodeClusterConfig } from './cluster-config.ts'
import { displayText } from './display-text.ts'
import type { BlockRequest, WireEntry, WireFolder } from './peer-session.ts'
import { Reader } from './protobuf-reader.ts'
import { Writer } from './protobuf-writer.ts'
import { writeFileInfo } from './write-file-info.ts'

/** The header's numbers. */
export const messageType = {
  clusterConfig: 0,
  index: 1,
  indexUpdate: 2,
  request: 3,
  response: 4,
  downloadProgress: 5,
  ping: 6,
  close: 7,
} as const

export interface IndexMessage {
  readonly type: 'index'
  readonly folder: string
  readonly entries: readonly WireEntry[]
  readonly full: boolean
  readonly isMore?: boolean
  /** certificates of those who signed the entries */
  readonly writers?: readonly Uint8Array[]
}

/** What `decodeMessage` makes of one; of indexes, see index-reader.ts. */
export type Message =
  | { readonly type: 'cluster-config'; readonly folders: readonly WireFolder[] }
  | { readonly type: 'request'; readonly id: number; readonly request: BlockRequest }
  /** `data` undefined: the peer has it not */
  | { readonly type: 'response'; readonly id: number; readonly data: Uint8Array | undefined }
  /** what the peer has of files that it is still fetching; not read */
  | { readonly type: 'download-progress' }
  | { readonly type: 'ping' }
  | { readonly type: 'close'; readonly reason: string }
  /** of a type from a later BEP */
  | { readonly type: 'unknown' }

/** A message ready for its frame; `parts` follow each other. */
export interface EncodedMessage {
  readonly type: number
  readonly parts: readonly Uint8Array[]
}

export const INDEX_FOLDER = 1
export const INDEX_FILES = 2
/** ours, like those of entries */
export const INDEX_MORE = 2004
export const INDEX_WRITERS = 2005

const REQUEST_ID = 1
const REQUEST_FOLDER = 2
const REQUEST_NAME = 3
const REQUEST_OFFSET = 4
const REQUEST_SIZE = 5
const REQUEST_HASH = 6

const RESPONSE_ID = 1
const RESPONSE_DATA = 2
const RESPONSE_CODE = 3
const NO_SUCH_FILE = 2

const CLOSE_REASON = 1
/** about what an entry takes, and each of its blocks at most */
const ENTRY_BYTES = 256
const BLOCK_FIELD_BYTES = 52
const DESIRED_INDEX_BYTES = 1024 * 1024
const MAX_ID = 2 ** 31 - 1

export function encodeMessage(
  message: IndexMessage | Exclude<Message, { type: 'download-progress' | 'unknown' }>,
): EncodedMessage {
  switch (message.type) {
    case 'cluster-config':
      return { type: messageType.clusterConfig, parts: [encodeClusterConfig(message.folders)] }
    case 'index':
      return encodeIndex(message)
    case 'request':
      return { type: messageType.request, parts: [encodeRequest(message.id, message.request)] }
    case 'response':
      return { type: messageType.response, parts: encodeResponse(message.id, message.data) }
    case 'ping':
      return { type: messageType.ping, parts: [] }
    case 'close': {
      const w = new Writer()
      w.text(CLOSE_REASON, message.reason)
      return { type: messageType.close, parts: [w.finish()] }
    }
  }
}

function encodeIndex({ folder, entries, full, isMore = false, writers = [] }: IndexMessage): EncodedMessage {
  const w = new Writer(1024 + entries.length * ENTRY_BYTES)
  w.text(INDEX_FOLDER, folder)
  for (const entry of entries) writeFileInfo(w, INDEX_FILES, entry)
  w.bool(INDEX_MORE, isMore)
  for (const certificate of writers) w.bytes(INDEX_WRITERS, certificate)
  return { type: full ? messageType.index : messageType.indexUpdate, parts: [w.finish()] }
}

/**
 * Cuts entries into groups that make messages of about 1 MiB: an entry with many blocks is large. A single entry
 * may be larger than that.
 */
export function* inMessages(entries: readonly WireEntry[]): Generator<readonly WireEntry[]> {
  let group: WireEntry[] = []
  let bytes = 0
  for (const wire of entries) {
    const entryBytes =
      ENTRY_BYTES + wire.entry.path.length + (wire.entry.blocks.length / HASH_BYTES) * BLOCK_FIELD_BYTES
    if (group.length > 0 && bytes + entryBytes > DESIRED_INDEX_BYTES) {
      yield group
      group = []
      bytes = 0
    }
    group.push(wire)
    bytes += entryBytes
  }
  yield group
}

function encodeRequest(id: number, request: BlockRequest): Uint8Array {
  const w = new Writer()
  w.int(REQUEST_ID, id)
  w.text(REQUEST_FOLDER, request.folder)
  w.text(REQUEST_NAME, request.path)
  w.int(REQUEST_OFFSET, request.offset)
  w.int(REQUEST_SIZE, request.sizeBytes)
  w.bytes(REQUEST_HASH, request.hash)
  return w.finish()
}

/** The data is not copied: it goes out after its head as it is. */
function encodeResponse(id: number, data: Uint8Array | undefined): Uint8Array[] {
  const w = new Writer(32)
  w.int(RESPONSE_ID, id)
  if (data === undefined) w.int(RESPONSE_CODE, NO_SUCH_FILE)
  else w.bytesHead(RESPONSE_DATA, data.length)
  return data === undefined ? [w.finish()] : [w.finish(), data]
}

/**
 * Any message but an index.
 * @param type  the header's number
 * @param body  the data of a response is a view of it
 * @returns else why it is none, one line
 */
export function decodeMessage(type: number, body: Uint8Array): Result<Message, string> {
  switch (type) {
    case messageType.clusterConfig: {
      const folders = decodeClusterConfig(body)
      return folders.ok ? ok({ type: 'cluster-config', folders: folders.value }) : folders
    }
    case messageType.request:
      return decodeRequest(body)
    case messageType.response:
      return decodeResponse(body)
    case messageType.downloadProgress:
      return ok({ type: 'download-progress' })
    case messageType.ping:
      return ok({ type: 'ping' })
    case messageType.close:
      return decodeClose(body)
    default:
      return ok({ type: 'unknown' })
  }
}

/** Of a block that another program has sealed: no hash that could be checked here. */
const SEALED_HASH_BYTES = HASH_BYTES + 16

function decodeRequest(body: Uint8Array): Result<Message, string> {
  const r = new Reader(body)
  let [id, offset, sizeBytes] = [0, 0, 0]
  let [folder, path] = ['', '']
  let hash: Uint8Array = noBytes
  while (r.next()) {
    if (r.field === REQUEST_ID) id = readId(r)
    else if (r.field === REQUEST_FOLDER) folder = r.text()
    else if (r.field === REQUEST_NAME) path = r.text()
    else if (r.field === REQUEST_OFFSET) offset = r.uint()
    else if (r.field === REQUEST_SIZE) sizeBytes = r.uint()
    else if (r.field === REQUEST_HASH) hash = r.bytes().slice()
    else r.skip()
  }
  // of an empty file, Syncthing asks for its block of no bytes
  if (sizeBytes > MAX_BLOCK_BYTES + SEAL_BYTES) r.fail(`a request is for ${sizeBytes} bytes`)
  if (hash.length === SEALED_HASH_BYTES) hash = noBytes
  if (hash.length !== 0 && hash.length !== HASH_BYTES) r.fail('a request has a hash of the wrong length')
  const safe = parseRelPath(path)
  if (safe === undefined) return err(r.failure ?? 'a request has no safe path')
  return settled(r, { type: 'request', id, request: { folder, path: safe, offset, sizeBytes, hash } })
}

function decodeResponse(body: Uint8Array): Result<Message, string> {
  const r = new Reader(body)
  let id = 0
  let data: Uint8Array = noBytes
  let code = 0
  while (r.next()) {
    if (r.field === RESPONSE_ID) id = readId(r)
    else if (r.field === RESPONSE_DATA) data = r.bytes()
    else if (r.field === RESPONSE_CODE) code = r.uint()
    else r.skip()
  }
  return settled(r, { type: 'response', id, data: code === 0 && data.length > 0 ? data : undefined })
}

function decodeClose(body: Uint8Array): Result<Message, string> {
  const r = new Reader(body)
  let reason = ''
  while (r.next()) {
    if (r.field === CLOSE_REASON) reason = displayText(r.text())
    else r.skip()
  }
  return settled(r, { type: 'close', reason })
}

function readId(r: Reader): number {
  const id = r.uint()
  if (id > MAX_ID) r.fail('an id has more than 31 bits')
  return id
}

const settled = (r: Reader, message: Message): Result<Message, string> =>
  r.failure === undefined ? ok(message) : err(r.failure)
