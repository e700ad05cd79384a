import { Hono } from 'hono'
import { bodyLimit } from 'hono/body-limit'
import { compress } from 'hono/compress'
import type { Log } from '../appliance/sync/ports.ts'
import { UserError } from '../appliance/sync/status.ts'
import { messagePage } from '../ui/pages/doors.ts'
import { userErrorText } from '../ui/user-error-text.ts'
import { createApi } from './api/api.ts'
import { answerError, isUnknown, noSuchAddress, toldError, tooLarge } from './api/errors.ts'
import { guard, securityHeaders } from './guard/guard.ts'
import type { PanelContext, PanelDeps, PanelEnv } from './panel-env.ts'
import { assetRoutes } from './routes/assets.ts'
import { deviceRoutes } from './routes/devices.ts'
import { doorRoutes } from './routes/doors.ts'
import { keysRoutes } from './routes/keys.ts'
import { liveRoutes } from './routes/live.ts'
import { settingsRoutes } from './routes/settings.ts'
import { shareRoutes } from './routes/shares.ts'
import { findSession, isApi, requireSession } from './session/require-session.ts'
import { withView } from './view-of.ts'

const maxBodyBytes = 64 * 1024

/** The panel: pages, live events and the API, for browsers on the LAN and the VPN. */
export function createPanel(deps: PanelDeps): Hono<PanelEnv> {
  const { sessions, live, sync, log } = deps
  const fail = (c: PanelContext, error: unknown) =>
    isApi(c.req.path) ? answerError(c, error, log) : errorPage(c, error, log)
  const panel = new Hono<PanelEnv>()
  panel.use(securityHeaders, guard(deps))
  panel.route('/', assetRoutes(deps.assets))
  panel.use(compress())
  panel.use(findSession({ sessions }), withView(deps))
  panel.use(bodyLimit({ maxSize: maxBodyBytes, onError: (c) => fail(c as PanelContext, tooLarge()) }))
  panel.use(requireSession(deps))
  panel.get('/healthz', (c) => c.json({ status: 'ok' }))
  panel.route('/', doorRoutes(deps))
  panel.route('/', shareRoutes(deps))
  panel.route('/', deviceRoutes(deps))
  panel.route('/', settingsRoutes(deps))
  panel.route('/', keysRoutes(deps))
  panel.route('/', liveRoutes(deps))
  panel.route(
    '/api/v1',
    createApi({
      sync,
      live,
      listener: (c) => {
        const { idHash } = (c as unknown as PanelContext).get('session')
        return { session: idHash, isStillSignedIn: () => sessions.holds(idHash) }
      },
    }),
  )
  panel.notFound((c) => (isApi(c.req.path) ? answerError(c, noSuchAddress(), log) : notFoundPage(c)))
  panel.onError((error, c) => fail(c, error))
  return panel
}

function notFoundPage(c: PanelContext): Response | Promise<Response> {
  const { errors } = c.get('view').t
  return c.html(messagePage(c.get('view'), errors.notFoundTitle, errors.notFound), 404)
}

function errorPage(c: PanelContext, error: unknown, log: Log): Response | Promise<Response> {
  if (c.req.raw.signal.aborted) return c.body(null, 400) // nobody is there to read the answer
  if (error instanceof UserError && isUnknown(error)) return notFoundPage(c)
  const { status, message } = toldError(c, error, log)
  const view = c.get('view')
  const { errors } = view.t
  const text =
    status === 500
      ? errors.failed
      : status === 413
        ? errors.tooLarge
        : error instanceof UserError
          ? userErrorText(view, error)
          : message
  return c.html(messagePage(view, errors.failedTitle, text), status)
}
