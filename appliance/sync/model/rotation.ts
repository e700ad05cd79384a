/**
 * What a device says that has made new secrets of a share: which share it is from now on, which it was before, and who
 * is to have the new secrets (docs/protocol.md, "New secrets"). And what a device does that hears of it.
 */
import { includesAccess } from './access.ts'
import type { Access } from './access.ts'
import { DEVICE_ID_BYTES, deviceIdToText } from './device-id.ts'
import { textBytes } from './text-bytes.ts'

const DOMAIN = 'homeseed new secrets v1'
const SHARE_ID = /^[a-z2-7]{32}$/
/** secrets before the present ones; who comes with an older one has missed too much */
export const MAX_FORMER = 8
export const MAX_MEMBERS = 1000

export interface Rotation {
  /** share id with the new secrets */
  readonly id: string
  /** ids that it had before, the last one at the end; 1 to 8 */
  readonly former: readonly string[]
  /** those that stay, the device that says so among them; at most 1,000 */
  readonly members: readonly Member[]
}

export interface Member {
  /** device id, text form */
  readonly device: string
  readonly access: Access
}

/** @param idOf  32 bytes, of a device id in text */
export function rotationToBytes({ id, former, members }: Rotation, idOf: (device: string) => Uint8Array): Uint8Array {
  return new Uint8Array(
    Buffer.concat([
      textBytes(DOMAIN),
      textBytes(id),
      count(former.length),
      ...former.map(textBytes),
      count(members.length),
      ...members.flatMap(({ device, access }) => [idOf(device), Buffer.of(access === 'read-write' ? 1 : 2)]),
    ]),
  )
}

/** @returns undefined for what is none */
export function parseRotation(bytes: Uint8Array): Rotation | undefined {
  const buffer = Buffer.from(bytes)
  let at = 0
  const take = (length: number): Buffer => {
    at += length
    return buffer.subarray(at - length, at)
  }
  const text = (): string => take(numberIn(take(4))).toString()
  if (text() !== DOMAIN) return undefined
  const id = text()
  const former = Array.from({ length: Math.min(numberIn(take(2)), MAX_FORMER + 1) }, text)
  const members = Array.from({ length: Math.min(numberIn(take(2)), MAX_MEMBERS + 1) }, () => member(take))
  const isSound =
    at === buffer.length &&
    [id, ...former].every((each) => SHARE_ID.test(each)) &&
    former.length >= 1 &&
    former.length <= MAX_FORMER &&
    members.length <= MAX_MEMBERS
  const sound = members.filter((each) => each !== undefined)
  return isSound && sound.length === members.length ? { id, former, members: sound } : undefined
}

function member(take: (length: number) => Buffer): Member | undefined {
  const device = take(DEVICE_ID_BYTES)
  const access = take(1)[0]
  if (device.length !== DEVICE_ID_BYTES || (access !== 1 && access !== 2)) return undefined
  return { device: deviceIdToText(new Uint8Array(device)), access: access === 1 ? 'read-write' : 'read-only' }
}

/** Big-endian; of what is cut short, what is there of it. */
const numberIn = (bytes: Buffer): number => bytes.reduce((value, byte) => value * 256 + byte, 0)

function count(value: number): Buffer {
  const bytes = Buffer.alloc(2)
  bytes.writeUInt16BE(value)
  return bytes
}

export const leastOf = (a: Access, b: Access): Access => (includesAccess(a, b) ? b : a)

/** What a device knows that hears of new secrets. */
export interface Hearer {
  /** id of the share here */
  readonly id: string
  /** ids that it had here before */
  readonly former: readonly string[]
  /** the device from which this one has the share; text form */
  readonly source: string
}

/**
 * Whoever had the old read-write secret can make new ones and say that they are the share's, also somebody who was
 * removed. So they are taken only from where this device has the share from; about all others its owner is asked.
 * Of two that were made at the same time those with the lower id stay, so that nobody follows the other in a circle.
 * @param issuer  who made them
 * @param by  who tells of them
 */
export function answerTo(
  { id, former }: Rotation,
  hearer: Hearer,
  { issuer, by }: { readonly issuer: string; readonly by: string },
): 'take' | 'ask' | 'ignore' {
  const wasHere = hearer.former.includes(id)
  const isNext = former.includes(hearer.id)
  const isRival = !wasHere && !isNext && former.some((before) => hearer.former.includes(before))
  // each of the two was what the other one is: somebody has gone back
  const isTurned = wasHere && isNext
  const isToCome = (isNext && !wasHere) || ((isRival || isTurned) && id < hearer.id)
  if (id === hearer.id || !isToCome) return 'ignore'
  return issuer === hearer.source || by === hearer.source ? 'take' : 'ask'
}
