/** Brings a one-time secret to the device that made it, and comes back with what it grants. */
import { deviceIdToText } from '../model/device-id.ts'
import { bytesEqual } from '../model/entry.ts'
import { messageOf } from '../model/error-code.ts'
import type { OneTimeSecret } from '../model/secret-text.ts'
import type { Clock, Dialer, Log } from '../ports.ts'
import type { Secrets, ShareKeys } from '../secrets.ts'
import { UserError } from '../status.ts'
import { openSession } from '../wire/session.ts'

/** The issuer answers at once, or not at all. */
const ANSWER_MS = 20_000

export interface RedeemDeps {
  readonly clock: Clock
  readonly log: Log
  readonly dialer: Dialer
  readonly self: { readonly name: string; readonly clientVersion: string }
  readonly secrets: Pick<Secrets, 'makeProofs'>
  /** of the shares that this device has: what it has already it need not be granted */
  readonly shares: () => readonly ShareKeys[]
  /** fires when the program is about to end */
  readonly signal: AbortSignal
}

export interface Redeemed {
  readonly secret: string
  readonly name: string
}

/**
 * @param hosts  where the issuer may be; tried one after the other, until it is found
 * @throws UserError when it cannot be reached, or says no
 */
export async function redeem(
  { issuer, token }: OneTimeSecret,
  hosts: readonly string[],
  deps: RedeemDeps,
): Promise<Redeemed> {
  if (hosts.length === 0)
    throw new UserError(
      'one-time-no-host',
      'A one-time secret is good only at the device that made it. Say where that is: --host HOST:PORT.',
    )
  let why = ''
  for (const host of hosts) {
    const answer = await ask(host, issuer, token.reveal(), deps)
    if ('secret' in answer) return answer
    if (answer.isRefused)
      throw new UserError('one-time-refused', `The one-time secret was not accepted: ${answer.why}.`, {
        reason: answer.why,
      })
    why ||= answer.why
  }
  const at = hosts.join(', ')
  throw new UserError(
    'one-time-unreachable',
    `The device that made this one-time secret was not reached at ${at} (${why}). Nothing was used up: try again.`,
    { hosts: at },
  )
}

interface NotGranted {
  readonly why: string
  /** by the issuer itself */
  readonly isRefused: boolean
}

async function ask(
  host: string,
  issuer: Uint8Array,
  token: Uint8Array,
  { clock, log, dialer, self, secrets, shares, signal }: RedeemDeps,
): Promise<Redeemed | NotGranted> {
  const connection = await dialer.dial(host, signal).catch((error: unknown) => messageOf(error))
  if (typeof connection === 'string') return { why: connection, isRefused: false }
  // to nobody else: whoever has it first is granted the share
  if (!bytesEqual(connection.peerId, issuer)) {
    connection.close()
    return { why: `another device answers there, ${deviceIdToText(connection.peerId).slice(0, 7)}`, isRefused: false }
  }
  const { promise, resolve } = Promise.withResolvers<Redeemed | NotGranted>()
  const { name: deviceName, clientVersion } = self
  const proofs = secrets.makeProofs(shares(), connection)
  const hello = { deviceName, clientName: 'homeseed', clientVersion, proofs, token }
  const onAbort = () => {
    connection.close()
    resolve({ why: 'this device is shutting down', isRefused: true })
  }
  const cancel = clock.after(ANSWER_MS, () => resolve({ why: 'it gives no answer', isRefused: true }))
  signal.addEventListener('abort', onAbort)
  try {
    const session = await openSession(
      connection,
      { clock, log, hello },
      {
        onClusterConfig: ([granted]) =>
          resolve(
            granted?.secret === undefined
              ? { why: 'it does not know one-time secrets', isRefused: true }
              : { secret: granted.secret, name: granted.label },
          ),
        onIndex: () => undefined,
        onRequest: () => Promise.resolve(undefined),
        onClose: (why) => resolve({ why: why.replace(/^the peer closed the session: /, ''), isRefused: true }),
      },
    )
    await session.sendClusterConfig([])
    const answer = await promise
    session.close('that was all')
    return answer
  } catch (error) {
    return { why: messageOf(error), isRefused: true }
  } finally {
    cancel()
    signal.removeEventListener('abort', onAbort)
  }
}
