/** Opens all that the sync engine touches, and hands it in: the one place where the real world meets it. */
import { randomBytes } from 'node:crypto'
import { availableParallelism, networkInterfaces } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { openDatabase } from '../appliance/sync/index/database.ts'
import { SyncEngine } from '../appliance/sync/engine/sync-engine.ts'
import type { Log, Random } from '../appliance/sync/ports.ts'
import { watchFolder } from '../appliance/sync/scan/watch.ts'
import { UserError } from '../appliance/sync/status.ts'
import type { SyncService } from '../appliance/sync/status.ts'
import { deviceKeyOf } from '../appliance/sync/wire/device-key.ts'
import { deviceSigner } from '../appliance/sync/wire/signed-rotation.ts'
import { secrets } from '../appliance/sync/wire/secrets.ts'
import { ListenError, dialer, listen } from '../appliance/sync/wire/tls.ts'
import type { Listener } from '../appliance/sync/wire/tls.ts'
import { startDiskWork } from '../appliance/sync/worker-client.ts'
import { systemClock } from './clock.ts'
import { deviceIdentity } from './device-identity.ts'
import { lanAddresses } from './lan-addresses.ts'
import { shareFolders } from './share-folders.ts'

interface SyncOptions {
  /** where keys and index are kept; exists */
  readonly home: string
  /** what peers call this device */
  readonly deviceName: string
  /** HOST:PORT */
  readonly listen: string
  readonly clientVersion: string
  readonly log: Log
}

const REFUSAL_EVERY_MS = 60_000
const MAX_REFUSED = 1000

const random: Random = { bytes: (length) => randomBytes(length) }

/** The engine, running; disposing of it closes all that was opened for it. */
interface OpenedSync extends AsyncDisposable {
  readonly sync: SyncService
}

/** @throws UserError when the port is taken, or the home cannot be used; nothing is left open then */
export async function openSync(options: SyncOptions): Promise<OpenedSync> {
  const { home, log } = options
  await using opening = new AsyncDisposableStack()
  const identity = await deviceIdentity(home)
  const databasePath = join(home, 'homeseed.db')
  const migrations = fileURLToPath(new URL('../appliance/sync/index/migrations', import.meta.url))
  const database = opening.adopt(openDatabase(databasePath, migrations), ({ sqlite }) => void sqlite.close())
  const disk = opening.adopt(
    startDiskWork({
      workers: Math.min(2, Math.max(1, availableParallelism() - 1)),
      databasePath,
      workerUrl: new URL('../appliance/sync/worker.ts', import.meta.url),
      onDeath: (error) => log.error('disk-worker-died', { error: error.message }),
    }),
    (work) => work.close(),
  )
  const { promise: started, resolve: start } = Promise.withResolvers<SyncEngine>()
  const listener = opening.use(
    await listenForPeers(
      options.listen,
      identity,
      async (connection) => (await started).accept(connection),
      refusals(log),
    ),
  )
  const engine = new SyncEngine({
    clock: systemClock,
    random,
    log,
    database,
    disk,
    watch: watchFolder,
    dialer: dialer(identity),
    secrets: secrets(random, deviceKeyOf(identity), deviceSigner(identity)),
    self: {
      id: identity.id,
      name: options.deviceName,
      clientVersion: options.clientVersion,
      listen: listener.address,
      addresses: () => reachableAt(listener.address),
    },
    folders: shareFolders(home),
  })
  opening.defer(async () => {
    await listener.close() // nobody comes any more who would not be let go
    await engine.close()
  })
  await engine.start()
  start(engine)
  const opened = opening.move()
  return { sync: engine, [Symbol.asyncDispose]: () => opened.disposeAsync() }
}

/** On this machine alone, where that is all that was asked for. */
function reachableAt(listen: string): readonly string[] {
  const interfaces = Object.values(networkInterfaces()).flatMap((addresses) => addresses ?? [])
  const onNetwork = lanAddresses(listen, interfaces)
  return onNetwork.length > 0 ? onNetwork : [listen]
}

/** One line for whoever does not speak our protocol, and no flood of them. */
function refusals(log: Log): (address: string) => void {
  const lastMs = new Map<string, number>()
  return (address) => {
    if (address === '') return // it has hung up before it said anything
    const nowMs = systemClock.monotonic()
    if (nowMs - (lastMs.get(address) ?? -Infinity) < REFUSAL_EVERY_MS) return
    if (lastMs.size >= MAX_REFUSED) lastMs.clear()
    lastMs.set(address, nowMs)
    log.info('peer-refused', { address, reason: 'it does not speak our protocol' })
  }
}

const notListening: Readonly<Record<string, string>> = {
  'port-in-use': 'is in use already, maybe by another Homeseed',
  'port-forbidden': 'has a port below 1024, which only root may open',
  'bad-address': 'is no address of this computer',
}

async function listenForPeers(...options: Parameters<typeof listen>): Promise<Listener> {
  try {
    return await listen(...options)
  } catch (error) {
    if (!(error instanceof ListenError)) throw error
    const known = notListening[error.code]
    const reason = known === undefined ? `Cannot listen for other devices: ${error.message}` : `${options[0]} ${known}`
    throw new UserError(error.code, `${reason}. Choose another with --listen HOST:PORT.`)
  }
}
