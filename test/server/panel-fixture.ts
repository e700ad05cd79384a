/** A panel over the memory service, asked without any network. */
import { fileURLToPath } from 'node:url'
import { openSettings } from '../../appliance/settings/database.ts'
import type { Passwords } from '../../appliance/settings/passwords.ts'
import type { Log } from '../../appliance/sync/ports.ts'
import { loadAssets } from '../../server/assets.ts'
import { createControl } from '../../server/control.ts'
import type { KeysBackup } from '../../server/keys/backup.ts'
import { LiveHub } from '../../server/live/hub.ts'
import type { PanelDeps } from '../../server/panel-env.ts'
import { createPanel } from '../../server/panel.ts'
import { Sessions } from '../../server/session/sessions.ts'
import { SignIn } from '../../server/session/sign-in.ts'
import { FakeClock } from '../support/fake-clock.ts'
import { MemorySyncService } from '../support/memory-sync-service.ts'

export const migrations = fileURLToPath(new URL('../../appliance/settings/migrations/', import.meta.url))
export const password = 'correct horse battery'
export const lanInterfaces = [
  { address: '127.0.0.1', cidr: '127.0.0.1/8' },
  { address: '192.168.1.23', cidr: '192.168.1.23/24' },
]

const assets = loadAssets()

/** Argon2id takes its time on purpose; only the tests of it need that. */
const quickPasswords: Passwords = {
  hash: async (text) => `hash of ${text}`,
  verify: async (stored, text) => stored === `hash of ${text}`,
}

export interface Asked {
  readonly method?: string
  readonly address?: string
  readonly host?: string
  readonly cookie?: string
  readonly headers?: Readonly<Record<string, string>>
  /** sent as a form */
  readonly form?: Readonly<Record<string, string>>
  /** sent as JSON */
  readonly json?: unknown
  readonly body?: string
}

export function testPanel(
  options: {
    readonly isClaimWindowOpen?: boolean
    readonly passwords?: Passwords
    readonly commandHome?: string
    readonly keys?: KeysBackup
  } = {},
) {
  const clock = new FakeClock()
  const sync = new MemorySyncService()
  const { db } = openSettings(':memory:', migrations)
  const logged: string[] = []
  const note = (event: string, data?: object) => void logged.push(JSON.stringify({ event, ...data }))
  const log: Log = { error: note, warn: note, info: note, debug: note }
  const sessions = new Sessions(db, clock.now)
  const deps: PanelDeps = {
    sync,
    db,
    log,
    assets,
    sessions,
    signIn: new SignIn({ db, passwords: options.passwords ?? quickPasswords, log, now: clock.now }),
    live: new LiveHub(clock, (listener) => sync.onChange(listener)),
    interfaces: () => lanInterfaces,
    ownNames: ['testbox', 'testbox.local'],
    isClaimWindowOpen: () => options.isClaimWindowOpen ?? true,
    homeFolder: '/home/anna',
    readKeys: () => {
      if (!options.keys) throw new Error('this box has no keys')
      return options.keys
    },
    commandHome: options.commandHome,
  }
  const app = createPanel(deps)

  const ask = async (path: string, asked: Asked = {}): Promise<Response> => {
    const host = asked.host ?? 'homeseed.local'
    const body =
      asked.body ?? (asked.form ? new URLSearchParams(asked.form).toString() : asked.json && JSON.stringify(asked.json))
    const method = asked.method ?? (body === undefined ? 'GET' : 'POST')
    const headers = new Headers({ host, ...(method === 'GET' ? {} : { origin: `http://${host}` }) })
    if (asked.form || (method === 'POST' && body === undefined))
      headers.set('content-type', 'application/x-www-form-urlencoded')
    if (asked.json !== undefined) headers.set('content-type', 'application/json')
    if (asked.cookie !== undefined) headers.set('cookie', asked.cookie)
    for (const [name, value] of Object.entries(asked.headers ?? {})) headers.set(name, value)
    const socket = { remoteAddress: asked.address ?? '192.168.1.50' }
    return app.request(
      `http://${host}${path}`,
      { method, headers, ...(typeof body === 'string' ? { body } : {}) },
      { incoming: { socket } },
    )
  }

  /** @returns the cookie of a browser that claimed the panel */
  const claim = async (asked: Asked = {}): Promise<string> =>
    cookieOf(await ask('/claim', { form: { password }, ...asked }))
  const signIn = async (asked: Asked = {}): Promise<string> =>
    cookieOf(await ask('/sign-in', { form: { password, stay: 'yes' }, ...asked }))

  return { app, control: createControl(deps), deps, clock, sync, logged, ask, claim, signIn }
}

/** What a browser would send back. */
export function cookieOf(answer: Response): string {
  const set = answer.headers.getSetCookie().find((each) => each.startsWith('homeseed-session'))
  if (set === undefined) throw new Error(`no session in the answer, which is ${answer.status}`)
  return set.slice(0, set.indexOf(';'))
}
