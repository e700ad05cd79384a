/** Hands a share over to whoever brings a one-time secret that is good. */
import { deviceIdToText } from '../model/device-id.ts'
import type { Clock, Connection } from '../ports.ts'
import type { Secrets } from '../secrets.ts'
import type { PeerSession } from '../wire/peer-session.ts'
import type { OneTimeSecrets } from './one-time-secrets.ts'
import type { RunningShare } from './shares.ts'

/** how long whoever was granted a share may take to hear of it */
const HAND_OVER_MS = 30_000
export const SHUTTING_DOWN = 'shutting down'

export interface GrantingDeps {
  readonly clock: Clock
  readonly secrets: Secrets
  readonly shares: () => Iterable<RunningShare>
  readonly oneTime: OneTimeSecrets
}

export class Granting {
  readonly #deps: GrantingDeps
  /** who was granted a share, and may not have heard of it yet */
  readonly #handingOver = new Map<PeerSession, () => void>()
  #isStopped = false

  constructor(deps: GrantingDeps) {
    this.#deps = deps
  }

  /**
   * Whoever is granted a share closes the connection, and comes again by itself with what it was granted.
   * @throws Error, one line for people, when nothing is granted; the session is closed then
   */
  async grant(session: PeerSession, token: Uint8Array, connection: Connection): Promise<void> {
    const { clock, oneTime, secrets, shares } = this.#deps
    const { address } = connection
    const device = deviceIdToText(connection.peerId)
    const { deviceName: name } = session.hello
    const refuse = (reason: string): never => {
      session.close(reason)
      throw new Error(`${name || device} (${address}): ${reason}`)
    }
    if (this.#isStopped) return refuse(SHUTTING_DOWN)
    try {
      const keys = [...shares()].map(({ share }) => share.keys)
      const holds = secrets.checkProofs(keys, connection, session.hello.proofs)
      const granted = oneTime.redeem(token, { device, name, address, holds })
      if (typeof granted === 'string') return refuse(granted)
      const { id, name: label, secret } = granted
      await session.sendClusterConfig([{ id, label, secret, access: 'read-write', paused: false, devices: [] }])
      if (this.#isStopped) return session.close(SHUTTING_DOWN)
      const cancel = clock.after(HAND_OVER_MS, () => {
        this.#handingOver.delete(session)
        session.close('granted')
      })
      this.#handingOver.set(session, cancel)
    } catch (error) {
      session.close('the other device cannot grant it now')
      throw error
    }
  }

  /** Lets everybody go, and grants nothing any more. */
  stop(): void {
    this.#isStopped = true
    for (const [session, cancel] of this.#handingOver) {
      cancel()
      session.close(SHUTTING_DOWN)
    }
  }
}
