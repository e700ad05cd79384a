/**
 * New secrets for a share: makes them, hands them over to the devices that stay, and takes them over from others
 * (docs/decisions/0018-new-secrets.md).
 */
import { allDevices, deviceOf, shareDevicesOf } from '../index/configuration.ts'
import type { DeviceRow, ShareDeviceRow } from '../index/configuration.ts'
import type { IndexDatabase } from '../index/database.ts'
import { oneTimeOf } from '../index/one-time-rows.ts'
import { formerOf, rotationOf, sourceOf } from '../index/rotation-rows.ts'
import type { Access } from '../model/access.ts'
import { deviceIdToText, parseDeviceId } from '../model/device-id.ts'
import { messageOf } from '../model/error-code.ts'
import { MAX_FORMER, MAX_MEMBERS, answerTo, leastOf } from '../model/rotation.ts'
import type { Rotation } from '../model/rotation.ts'
import type { Clock, Log } from '../ports.ts'
import type { Secrets, ShareKeys } from '../secrets.ts'
import { UserError } from '../status.ts'
import type { NewSecretsStatus, RotationReport } from '../status.ts'
import type { WireFolder } from '../wire/peer-session.ts'
import type { RunningShare, Shares } from './shares.ts'

/** of a share, at a time: whoever had the old read-write secret can offer ever new ones */
const MAX_OFFERS = 4

export interface RotationsDeps {
  readonly clock: Clock
  readonly log: Log
  readonly database: IndexDatabase
  readonly secrets: Secrets
  readonly shares: Shares
  /** this device's id */
  readonly self: Uint8Array
  readonly changed: () => void
}

/** A share by a secret that it had before, to a device that may still have that. */
export interface FormerShare {
  readonly running: RunningShare
  readonly keys: ShareKeys
  /** what the device may do with it from now on */
  readonly access: Access
}

/** New secrets that another device tells of. */
interface Offer {
  /** device id, text form, of who made them, and of who told of them */
  readonly issuer: string
  readonly by: string
  readonly secret: string
  readonly signed: Uint8Array
  readonly rotation: Rotation
}

export class Rotations {
  readonly #deps: RotationsDeps
  readonly #self: string
  /** by number of the share, then by issuer: those that its owner is asked about */
  readonly #offers = new Map<number, Map<string, Offer>>()
  /** numbers of shares that are getting new secrets */
  readonly #atWork = new Set<number>()

  constructor(deps: RotationsDeps) {
    this.#deps = deps
    this.#self = deviceIdToText(deps.self)
  }

  /** Replaces the secrets of a share. @param without  devices that are not to have the new ones @throws UserError */
  async rotate(running: RunningShare, without: readonly DeviceRow[]): Promise<RotationReport> {
    const { database, secrets, clock } = this.#deps
    const { row, share } = running
    if (share.keys.access === 'seed-only')
      throw new UserError(
        'read-only-rotate',
        `This device keeps "${row.name}" sealed. Replace its secrets on a device that may write.`,
        { name: row.name, kind: 'seed-only' },
      )
    if (share.keys.access !== 'read-write')
      throw new UserError(
        'read-only-rotate',
        `This device may only read "${row.name}". Replace its secrets on a device that may write.`,
        { name: row.name },
      )
    const its = shareDevicesOf(database.db, row.no)
    const stranger = without.find(({ no }) => !its.some(({ deviceNo }) => deviceNo === no))
    if (stranger)
      throw new UserError('not-a-member', `"${stranger.name || stranger.id}" has no part in "${row.name}".`, {
        name: row.name,
        device: stranger.name || stranger.id,
      })
    const devices = new Map(allDevices(database.db).map((device) => [device.no, device]))
    // what is sealed has other names and other contents under new secrets: it is kept anew by whoever is given the new secret
    const mayStay = ({ approved, access }: ShareDeviceRow) => approved && access !== 'seed-only'
    const staying = its.filter((row) => mayStay(row) && !without.some(({ no }) => no === row.deviceNo))
    const secret = secrets.create()
    const { id } = secrets.keys(secret)
    const former = [...this.#formerKeys(row.no), share.keys].slice(-MAX_FORMER)
    const members = staying.flatMap(({ deviceNo, access }) => {
      const device = devices.get(deviceNo)?.id
      return device === undefined ? [] : [{ device, access }]
    })
    const rotation = {
      id,
      former: former.map((keys) => keys.id),
      members: [{ device: this.#self, access: 'read-write' as const }, ...members].slice(0, MAX_MEMBERS),
    }
    const open = oneTimeOf(database.db, row.no).filter(({ usedAt, revokedAt }) => usedAt === null && revokedAt === null)
    const stays = new Set(staying.map(({ deviceNo }) => deviceNo))
    await this.#renew(running, {
      id,
      secret,
      rotation: secrets.signRotation(rotation, former),
      at: clock.now(),
      stays: ({ deviceNo }) => stays.has(deviceNo),
    })
    return {
      id,
      before: row.id,
      staying: staying.flatMap(({ deviceNo, access, linked }) => {
        const device = devices.get(deviceNo)
        return device ? [{ device: device.id, name: device.name, access, linked }] : []
      }),
      removed: without.map(({ id: device, name }) => ({ device, name })),
      toAdd: its.flatMap(({ deviceNo }) => {
        const device = devices.get(deviceNo)
        const isLeft = device && !stays.has(deviceNo) && !without.some(({ no }) => no === deviceNo)
        return isLeft ? [{ device: device.id, name: device.name }] : []
      }),
      oneTimeSecrets: open.length,
    }
  }

  /**
   * The owner takes new secrets over that another device has made.
   * @param device  id or name, as typed, of whose; this device need never have met it. Undefined: there is one
   */
  async take(running: RunningShare, device: string | undefined): Promise<void> {
    const parsed = device === undefined ? undefined : parseDeviceId(device)
    const typedId = parsed?.ok ? deviceIdToText(parsed.value) : undefined
    const isMeant = ({ issuer }: Offer) =>
      device === undefined || (typedId === undefined ? this.#nameOf(issuer) === device : issuer === typedId)
    const offers = this.#offersOf(running).filter(isMeant)
    const { name } = running.row
    const [offer] = offers
    if (!offer) throw new UserError('no-new-secrets', `There are no new secrets for "${name}" to take over.`, { name })
    if (offers.length > 1)
      throw new UserError(
        'which-secrets',
        `Several devices have made new secrets for "${name}". Say whose to take: "homeseed share show" lists them.`,
        { name },
      )
    await this.#takeOver(running, offer)
  }

  /** What its owner is asked. */
  offers(running: RunningShare): readonly NewSecretsStatus[] {
    return this.#offersOf(running).map(({ issuer, by }) => ({
      device: issuer,
      name: this.#nameOf(issuer),
      toldBy: by === issuer ? '' : this.#nameOf(by) || by,
    }))
  }

  /**
   * Shares by secrets that they had before, as far as a device stays: it may have missed that they are others. Nobody
   * else learns that there are any.
   * @param device  text form
   */
  formerFor(device: string, shares: readonly RunningShare[]): readonly FormerShare[] {
    return shares.flatMap((running) => {
      const access = this.#accessOf(running, device)
      return access === undefined ? [] : this.#formerKeys(running.row.no).map((keys) => ({ running, keys, access }))
    })
  }

  /** The new secret, for a device that has proven the old one. @param proven  what it may do with that */
  handedOver({ running: { row }, keys, access }: FormerShare, proven: Access): WireFolder | undefined {
    const { database, secrets } = this.#deps
    const { rotation } = rotationOf(database.db, row.no)
    if (!rotation) return undefined
    const least = leastOf(access, proven)
    const secret = secrets.weaker(row.secret, least)
    // who keeps a share sealed does not follow, and learns no name
    if (secret === undefined || least === 'seed-only') return undefined
    return {
      id: keys.id,
      label: row.name,
      secret,
      rotation: new Uint8Array(rotation),
      access: 'read-write',
      paused: false,
      devices: [],
    }
  }

  /**
   * Another device tells of new secrets: takes them over, asks the owner, or leaves it at that.
   * @param by  device id, text form, of who tells
   * @param folder  `id` is one that this share has or had, and that the other device has proven to hold
   */
  hear(by: string, { id, secret, rotation: signed }: WireFolder): void {
    const open = this.#deps.shares.open()
    // the former share may have been joined once more, in another folder
    const running =
      open.find(({ row }) => row.id === id) ?? open.find(({ row }) => this.#formerIds(row.no).includes(id))
    if (!running || !signed || secret === undefined) return
    const offer = this.#read(running, { id, by, secret, signed })
    if (!offer) return this.#deps.log.warn('new-secrets-refused', { share: running.row.id, device: by })
    const answer = this.#answerTo(running, offer)
    if (answer === 'take')
      void this.#takeOver(running, offer).catch((error: unknown) =>
        this.#deps.log.error('new-secrets-not-taken', { share: running.row.id, error: messageOf(error) }),
      )
    if (answer === 'ask') this.#askAbout(running, offer)
  }

  /** A device has come with the present secrets of a share: whatever else it told of them is over. @param device  text form */
  noteFollows(device: string, { row }: RunningShare): void {
    const offers = this.#offers.get(row.no)
    for (const { issuer, by } of offers?.values() ?? []) if (device === issuer || device === by) offers?.delete(issuer)
  }

  /** @returns undefined: nothing that could be taken over, whoever says so */
  #read(
    running: RunningShare,
    { id, by, secret, signed }: { id: string; by: string; secret: string; signed: Uint8Array },
  ): Offer | undefined {
    const { secrets } = this.#deps
    const opened = secrets.readRotation(signed)
    const old = [running.share.keys, ...this.#formerKeys(running.row.no)].find((keys) => keys.id === id)
    if (!opened || !old || !opened.isBy(old)) return undefined
    const { rotation, issuer } = opened
    const mine = rotation.members.find(({ device }) => device === this.#self)
    const given = keysOf(secrets, secret)
    if (!mine || given?.id !== rotation.id) return undefined
    // neither more than this device had, nor less than it is to have
    const wanted = leastOf(mine.access, running.share.keys.access)
    if (leastOf(given.access, wanted) !== wanted) return undefined
    const fitting = secrets.weaker(secret, wanted)
    if (fitting === undefined) return undefined
    return { issuer, by, secret: fitting, signed, rotation }
  }

  #answerTo({ row }: RunningShare, { rotation, issuer, by }: Offer): 'take' | 'ask' | 'ignore' {
    const { database, shares } = this.#deps
    // somebody may have joined with the new secrets already, in another folder
    if (shares.all().some((other) => other.row.id === rotation.id)) return 'ignore'
    const hearer = { id: row.id, former: this.#formerIds(row.no), source: sourceOf(database.db, row.no) }
    return answerTo(rotation, hearer, { issuer, by })
  }

  #askAbout({ row }: RunningShare, offer: Offer): void {
    const { log, changed } = this.#deps
    const offers = this.#offers.get(row.no) ?? new Map<string, Offer>()
    this.#offers.set(row.no, offers)
    if (offers.size >= MAX_OFFERS && !offers.has(offer.issuer)) return
    if (!offers.has(offer.issuer))
      log.info('new-secrets-offered', { share: row.id, device: offer.issuer, name: this.#nameOf(offer.issuer) })
    offers.set(offer.issuer, offer)
    changed()
  }

  /** Those that still stand. */
  #offersOf(running: RunningShare): readonly Offer[] {
    const offers = [...(this.#offers.get(running.row.no)?.values() ?? [])]
    return offers.filter((offer) => this.#answerTo(running, offer) !== 'ignore')
  }

  async #takeOver(running: RunningShare, { secret, signed, rotation, issuer }: Offer): Promise<void> {
    const { clock, database, log } = this.#deps
    if (this.#atWork.has(running.row.no)) return
    const members = new Set(rotation.members.map(({ device }) => device))
    const devices = new Map(allDevices(database.db).map(({ no, id }) => [no, id]))
    await this.#renew(running, {
      id: rotation.id,
      secret,
      rotation: this.#passedOn(running, { secret, signed, rotation }),
      at: clock.now(),
      stays: ({ deviceNo, linked }) => linked || members.has(devices.get(deviceNo) ?? ''),
    })
    log.info('new-secrets-taken', { share: rotation.id, before: running.row.id, device: issuer })
  }

  /** Those who have followed this device to secrets of its own hear from it which ones stay. */
  #passedOn(
    { row }: RunningShare,
    { secret, signed, rotation }: Pick<Offer, 'secret' | 'signed' | 'rotation'>,
  ): Uint8Array {
    const { secrets } = this.#deps
    if (rotation.former.includes(row.id) || secrets.keys(secret).access !== 'read-write') return signed
    const former = [...this.#formerKeys(row.no), secrets.keys(row.secret)].slice(-MAX_FORMER)
    return secrets.signRotation({ ...rotation, former: former.map(({ id }) => id) }, former)
  }

  async #renew(running: RunningShare, secrets: Parameters<Shares['renew']>[1]): Promise<void> {
    const { no, id, name } = running.row
    if (this.#atWork.has(no))
      throw new UserError('rotating', `"${name}" is getting new secrets just now. Try again in a moment.`, { name })
    this.#atWork.add(no)
    try {
      await this.#deps.shares.renew(id, secrets)
      this.#offers.delete(no)
    } finally {
      this.#atWork.delete(no)
      this.#deps.changed()
    }
  }

  /** What a device may do with a share whose secrets were replaced; undefined: it is to learn nothing of it. */
  #accessOf({ row, share }: RunningShare, device: string): Access | undefined {
    const { rotation: signed, withheld } = rotationOf(this.#deps.database.db, row.no)
    if (!signed || withheld.includes(device)) return undefined
    const members = this.#deps.secrets.readRotation(new Uint8Array(signed))?.rotation.members
    const access = members?.find((member) => member.device === device)?.access
    // what this device has not got itself it cannot hand over: somebody else will
    return access !== undefined && leastOf(access, share.keys.access) === access ? access : undefined
  }

  #formerKeys(shareNo: number): readonly ShareKeys[] {
    return formerOf(this.#deps.database.db, shareNo).map(({ secret }) => this.#deps.secrets.keys(secret))
  }

  #formerIds(shareNo: number): readonly string[] {
    return formerOf(this.#deps.database.db, shareNo).map(({ id }) => id)
  }

  #nameOf(device: string): string {
    return deviceOf(this.#deps.database.db, device)?.name ?? ''
  }
}

/** @returns undefined: that is no secret of a share */
function keysOf(secrets: Secrets, secret: string): ShareKeys | undefined {
  try {
    return secrets.parse(secret).oneTime ? undefined : secrets.keys(secret)
  } catch {
    return undefined // mistyped, or of a newer Homeseed
  }
}
