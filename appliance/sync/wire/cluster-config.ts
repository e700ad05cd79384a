/** The folders of a connection as BEP's ClusterConfig (docs/protocol.md, "Cluster config"). */
import { DEVICE_ID_BYTES } from '../model/device-id.ts'
import { noBytes } from '../model/entry.ts'
import { err, ok } from '../model/result.ts'
import type { Result } from '../model/result.ts'
import { displayText } from './display-text.ts'
import type { WireDevice, WireFolder } from './peer-session.ts'
import { Reader } from './protobuf-reader.ts'
import { Writer } from './protobuf-writer.ts'

const FOLDERS = 1

const FOLDER_ID = 1
const FOLDER_LABEL = 2
/** Syncthing 1 has a bool here, whether it only sends, and looks at ours for nothing */
const FOLDER_TYPE = 3
/** Syncthing 1 has a bool here: paused */
const FOLDER_STOP_REASON = 7
const FOLDER_DEVICES = 16
/** ours; Syncthing ignores fields that it does not know */
const FOLDER_SECRET = 2001
const FOLDER_ROTATION = 2002

const RECEIVE_ONLY = 2
const RECEIVE_ENCRYPTED = 3

const DEVICE_ID = 1
const DEVICE_NAME = 2
const DEVICE_ADDRESSES = 3
const DEVICE_MAX_SEQUENCE = 6
const DEVICE_INDEX_ID = 8
const DEVICE_PASSWORD_TOKEN = 10

const MAX_FOLDER_ID_CHARACTERS = 256
const MAX_ADDRESSES = 32
const MAX_SECRET_CHARACTERS = 256
const MAX_ROTATION_BYTES = 65_536

export function encodeClusterConfig(folders: readonly WireFolder[]): Uint8Array {
  const w = new Writer(4096)
  for (const folder of folders) {
    const start = w.enter(FOLDERS)
    w.text(FOLDER_ID, folder.id)
    w.text(FOLDER_LABEL, displayText(folder.label))
    if (folder.access === 'read-only') w.int(FOLDER_TYPE, folder.encrypted ? RECEIVE_ENCRYPTED : RECEIVE_ONLY)
    w.bool(FOLDER_STOP_REASON, folder.paused)
    for (const device of folder.devices) writeDevice(w, device)
    if (folder.secret !== undefined) w.text(FOLDER_SECRET, folder.secret)
    if (folder.rotation) w.bytes(FOLDER_ROTATION, folder.rotation)
    w.leave(start)
  }
  return w.finish()
}

function writeDevice(w: Writer, device: WireDevice): void {
  const start = w.enter(FOLDER_DEVICES)
  w.bytes(DEVICE_ID, device.id)
  w.text(DEVICE_NAME, displayText(device.name))
  for (const address of device.addresses) w.emptyText(DEVICE_ADDRESSES, address)
  w.int(DEVICE_MAX_SEQUENCE, device.maxSequence)
  w.uint64(DEVICE_INDEX_ID, device.indexId)
  w.bytes(DEVICE_PASSWORD_TOKEN, device.sealToken ?? noBytes)
  w.leave(start)
}

/** @returns else what is wrong with it, one line */
export function decodeClusterConfig(message: Uint8Array): Result<readonly WireFolder[], string> {
  const r = new Reader(message)
  const folders: WireFolder[] = []
  while (r.next()) {
    if (r.field === FOLDERS) folders.push(readFolder(r))
    else r.skip()
  }
  if (new Set(folders.map(({ id }) => id)).size !== folders.length) r.fail('a folder is told twice')
  return r.failure === undefined ? ok(folders) : err(r.failure)
}

function readFolder(r: Reader): WireFolder {
  const devices: WireDevice[] = []
  let id = ''
  let label = ''
  let type = 0
  let stopReason = 0
  let secret: string | undefined
  let rotation: Uint8Array | undefined
  const outer = r.enter()
  while (r.next()) {
    if (r.field === FOLDER_ID) id = r.text()
    else if (r.field === FOLDER_LABEL) label = displayText(r.text())
    else if (r.field === FOLDER_TYPE) type = r.uint()
    else if (r.field === FOLDER_STOP_REASON) stopReason = r.uint()
    else if (r.field === FOLDER_DEVICES) devices.push(readDevice(r))
    else if (r.field === FOLDER_SECRET) secret = r.text().slice(0, MAX_SECRET_CHARACTERS)
    else if (r.field === FOLDER_ROTATION) rotation = r.bytes().slice(0, MAX_ROTATION_BYTES)
    else r.skip()
  }
  r.leave(outer)
  if (id === '' || id.length > MAX_FOLDER_ID_CHARACTERS) r.fail('a folder has no id, or one too long')
  const isOnlyReceiving = type >= RECEIVE_ONLY
  const access = isOnlyReceiving ? 'read-only' : 'read-write'
  const encrypted = type === RECEIVE_ENCRYPTED
  return {
    id,
    label,
    access,
    paused: stopReason !== 0,
    devices,
    encrypted,
    ...(secret !== undefined && { secret }),
    ...(rotation && { rotation }),
  }
}

function readDevice(r: Reader): WireDevice {
  const id = new Uint8Array(DEVICE_ID_BYTES)
  const addresses: string[] = []
  let hasId = false
  let name = ''
  let maxSequence = 0
  let indexId = 0n
  let sealToken: Uint8Array | undefined
  const outer = r.enter()
  while (r.next()) {
    if (r.field === DEVICE_ID) {
      r.bytesInto(id, 0, DEVICE_ID_BYTES)
      hasId = true
    } else if (r.field === DEVICE_NAME) name = displayText(r.text())
    else if (r.field === DEVICE_ADDRESSES) addresses.push(displayText(r.text()))
    else if (r.field === DEVICE_MAX_SEQUENCE) maxSequence = r.uint()
    else if (r.field === DEVICE_INDEX_ID) indexId = r.uint64()
    else if (r.field === DEVICE_PASSWORD_TOKEN) sealToken = r.bytes().slice()
    else r.skip()
  }
  r.leave(outer)
  if (!hasId) r.fail('a device has no id')
  return {
    id,
    name,
    addresses: addresses.slice(0, MAX_ADDRESSES),
    maxSequence,
    indexId,
    ...(sealToken?.length && { sealToken }),
  }
}
