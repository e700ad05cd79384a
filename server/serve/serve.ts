import { rmSync } from 'node:fs'
import { homedir, hostname, networkInterfaces } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { createAdaptorServer } from '@hono/node-server'
import { openSettings } from '../../appliance/settings/database.ts'
import { createPasswords } from '../../appliance/settings/passwords.ts'
import { readSettings, setDeviceName } from '../../appliance/settings/settings.ts'
import { hostPortText } from '../../appliance/sync/model/host-port.ts'
import type { HostPort } from '../../appliance/sync/model/host-port.ts'
import type { Log } from '../../appliance/sync/ports.ts'
import { readEnvironment } from '../../appliance/settings/environment.ts'
import type { SyncService } from '../../appliance/sync/status.ts'
import { loadAssets } from '../assets.ts'
import { systemClock } from '../clock.ts'
import { createControl } from '../control.ts'
import type { InterfaceAddress } from '../guard/addresses.ts'
import { lanAddresses } from '../lan-addresses.ts'
import { LiveHub } from '../live/hub.ts'
import type { PanelDeps } from '../panel-env.ts'
import { createPanel } from '../panel.ts'
import { Sessions } from '../session/sessions.ts'
import { SignIn } from '../session/sign-in.ts'
import { version } from '../version.ts'
import type { openSync } from '../wire-up.ts'
import { clearUpAtRest } from './at-rest.ts'
import { databaseError } from './database-error.ts'
import { readBackup, refuseHalfImported } from '../keys/backup.ts'
import { prepareHome } from './home.ts'
import { lockHome } from './home-lock.ts'
import { closeServer, listenOn, listenOnControlSocket } from './listen.ts'

interface ServeOptions {
  readonly home: string
  readonly panel: HostPort
  readonly listen: HostPort
  /** kept for the next start */
  readonly name: string | undefined
  readonly log: Log
}

export type OpenSync = typeof openSync

export interface Serving {
  /** address of the panel, for a browser on this computer, or on the network when it listens on one address only */
  readonly panel: string
  /** the same for a browser elsewhere on the network; empty when the panel is for this computer only */
  readonly panelOnNetwork: readonly string[]
  /** HOST:PORT that peers reach */
  readonly listen: string
  readonly control: string
  close(): Promise<void>
}

/** A claim from the network is possible for so long after the start. */
const claimWindowMs = 30 * 60_000
const interfacesKeptMs = 2000
const closeGraceMs = 1000

/**
 * Opens everything and listens.
 * @param open  the sync engine as server/wire-up.ts opens it; tests bring another
 * @throws UserError for what a person can mend; nothing is left open then
 */
export async function serve(options: ServeOptions, open: OpenSync): Promise<Serving> {
  const { home } = options
  await using opening = new AsyncDisposableStack()
  prepareHome(home)
  refuseHalfImported(home)
  opening.adopt(lockHome(home), (lock) => lock.release())
  const databasePath = join(home, 'homeseed.db')
  try {
    const addresses = await openAll(opening, databasePath, options, open)
    const opened = opening.move()
    return { ...addresses, close: () => opened.disposeAsync() }
  } catch (error) {
    throw databaseError(databasePath, error)
  }
}

/** @param opening  takes whatever is to be closed */
async function openAll(
  opening: AsyncDisposableStack,
  databasePath: string,
  { home, log, ...options }: ServeOptions,
  open: OpenSync,
): Promise<Omit<Serving, 'close'>> {
  // answers at once, and fails at once when the port is taken: opening the shares may take a while
  let answer: Fetch = starting
  const panel = createAdaptorServer({ fetch: (request, bindings) => answer(request, bindings) })
  opening.defer(() => closeServer(panel, closeGraceMs))
  const at = await listenOn(panel, options.panel, '--panel')

  const settings = opening.adopt(openSettings(databasePath, migrations), ({ close }) => close())
  if (options.name !== undefined) setDeviceName(settings.db, options.name)
  const deviceName = readSettings(settings.db).deviceName ?? hostname()
  const listen = hostPortText(options.listen)
  const { sync } = opening.use(await open({ home, deviceName, listen, clientVersion: version, log }))

  opening.defer(clearUpAtRest())
  const deps = panelDeps(sync, settings.db, log, home)
  const control = createAdaptorServer({ fetch: createControl(deps).fetch })
  opening.defer(() => closeServer(control, closeGraceMs))
  const controlPath = await listenOnControlSocket(control, home)
  opening.defer(() => rmSync(controlPath, { force: true }))
  const app = createPanel(deps)
  answer = (request, bindings) => app.fetch(request, bindings)
  opening.defer(async () => {
    answer = starting // its database is about to be closed
    deps.live.close()
    await closeServer(panel, closeGraceMs)
  })
  const panelOnNetwork = lanAddresses(hostPortText(at), deps.interfaces()).map((where) => `http://${where}`)
  return { panel: browserAddress(at), panelOnNetwork, listen: sync.identity().listen, control: controlPath }
}

type Fetch = Parameters<typeof createAdaptorServer>[0]['fetch']

/** What the panel says before it is there, and while it goes. */
const starting: Fetch = () =>
  new Response('Homeseed is starting.\n', {
    status: 503,
    headers: { 'Content-Type': 'text/plain', 'Retry-After': '1', Refresh: '1', 'Cache-Control': 'no-store' },
  })

const migrations = fileURLToPath(new URL('../../appliance/settings/migrations/', import.meta.url))

function panelDeps(sync: SyncService, db: PanelDeps['db'], log: Log, home: string): PanelDeps {
  const now = () => systemClock.now()
  const startedMs = systemClock.monotonic()
  return {
    sync,
    db,
    log,
    assets: loadAssets(),
    sessions: new Sessions(db, now),
    signIn: new SignIn({ db, passwords: createPasswords(), log, now }),
    live: new LiveHub(systemClock, (listener) => sync.onChange(listener)),
    interfaces: keptFor(interfacesKeptMs, ownInterfaces),
    ownNames: ownNames(),
    isClaimWindowOpen: () => systemClock.monotonic() - startedMs < claimWindowMs,
    homeFolder: homedir(),
    readKeys: () => readBackup(home),
    commandHome: home === readEnvironment(process.env).home ? undefined : home,
  }
}

const ownInterfaces = (): readonly InterfaceAddress[] =>
  Object.values(networkInterfaces()).flatMap((addresses) => addresses ?? [])

const ownNames = (): readonly string[] => {
  const name = hostname().toLowerCase()
  return [name, `${name}.local`]
}

/** Addresses change, but not between two requests of one page. */
function keptFor<T>(ms: number, make: () => T): () => T {
  let kept: { readonly value: T; readonly until: number } | undefined
  return () => {
    const now = systemClock.monotonic()
    if (!kept || kept.until <= now) kept = { value: make(), until: now + ms }
    return kept.value
  }
}

const browserAddress = ({ host, port }: HostPort): string => {
  const name = ['0.0.0.0', '::', '127.0.0.1', '::1'].includes(host) ? 'localhost' : host
  return `http://${hostPortText({ host: name, port })}`.replace(/:80$/, '')
}
