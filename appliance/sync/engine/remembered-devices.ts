import { forgetShareDevice, shareDevicesOf } from '../index/configuration.ts'
import type { ShareDeviceRow } from '../index/configuration.ts'
import type { IndexDatabase } from '../index/database.ts'
import type { RunningShare } from './shares.ts'

/** of a share: whoever holds a secret can come as ever new devices, each of which tells a whole index */
const MAX_REMEMBERED = 100

/** Forgets devices that came with a secret and are gone, once there are too many; those of the owner stay. */
export class RememberedDevices {
  readonly #database: IndexDatabase
  /** device numbers, those seen last at the end; who is not in it was not seen since the start */
  readonly #seen = new Set<number>()

  constructor(database: IndexDatabase) {
    this.#database = database
  }

  /** A device has come. */
  noteSeen(deviceNo: number): void {
    this.#seen.delete(deviceNo)
    this.#seen.add(deviceNo)
  }

  /** Readers go first, of them who was not seen for longest. What a device announced goes with it. */
  forgetSurplus({ row, share }: RunningShare, isConnected: (deviceNo: number) => boolean): void {
    const { db } = this.#database
    const gone = shareDevicesOf(db, row.no).filter(({ linked, deviceNo }) => !linked && !isConnected(deviceNo))
    const surplus = gone.length - MAX_REMEMBERED
    if (surplus <= 0) return
    const order = new Map([...this.#seen].map((deviceNo, at) => [deviceNo, at]))
    const rank = ({ access, deviceNo }: ShareDeviceRow): number =>
      (order.get(deviceNo) ?? -1) + (access === 'read-write' ? order.size + 1 : 0)
    gone.sort((a, b) => rank(a) - rank(b) || a.deviceNo - b.deviceNo)
    for (const { deviceNo } of gone.slice(0, surplus)) {
      this.#seen.delete(deviceNo)
      void share
        .dropDevice(deviceNo)
        .then(() => {
          if (!isConnected(deviceNo)) forgetShareDevice(db, row.no, deviceNo)
        })
        .catch(() => undefined) // the index is closed: it is done when it comes to this again
    }
  }
}
