import type { HttpBindings } from '@hono/node-server'
import type { Context } from 'hono'
import type { SyncService } from '../appliance/sync/status.ts'
import type { Db } from '../appliance/settings/database.ts'
import type { SessionRow } from '../appliance/settings/sessions.ts'
import type { Log } from '../appliance/sync/ports.ts'
import type { View } from '../ui/view.ts'
import type { Assets } from './assets.ts'
import type { InterfaceAddress } from './guard/addresses.ts'
import type { KeysBackup } from './keys/backup.ts'
import type { LiveHub } from './live/hub.ts'
import type { Sessions } from './session/sessions.ts'
import type { SignIn } from './session/sign-in.ts'

/** What the panel is made of; nobody else opens any of it. */
export interface PanelDeps {
  readonly sync: SyncService
  readonly db: Db
  readonly assets: Assets
  readonly sessions: Sessions
  readonly signIn: SignIn
  readonly live: LiveHub
  readonly log: Log
  readonly interfaces: () => readonly InterfaceAddress[]
  /** this computer's names, lower case */
  readonly ownNames: readonly string[]
  /** Whether somebody on the network, not only on this computer, may still claim it. */
  readonly isClaimWindowOpen: () => boolean
  /** offered as the place of a new folder */
  readonly homeFolder: string
  /** What makes this device itself. @throws UserError when there is nothing to keep yet */
  readonly readKeys: () => KeysBackup
  /** Where this Homeseed keeps its files, when commands on this computer have to be told so by `--home`. */
  readonly commandHome?: string | undefined
}

export interface PanelEnv {
  Bindings: Partial<HttpBindings>
  Variables: { view: View; session: SessionRow }
}

export type PanelContext = Context<PanelEnv>

/** Address of the client as the system says; headers that claim another are not looked at. */
export const clientAddress = (c: Context<PanelEnv>): string => c.env.incoming?.socket.remoteAddress ?? ''
