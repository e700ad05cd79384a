import { Hono } from 'hono'
import { eventStream } from '../api/api.ts'
import { ApiError } from '../api/errors.ts'
import { pageSource, pageTopic } from '../live/page-topic.ts'
import type { PanelDeps, PanelEnv } from '../panel-env.ts'

/** The stream that moves a page: `/live?v=home`, `devices` or `share:ID`. */
export const liveRoutes = ({ sync, live, sessions }: PanelDeps) =>
  new Hono<PanelEnv>().get('/live', (c) => {
    const view = c.get('view')
    const wanted = c.req.query('v') ?? ''
    const source = pageSource(wanted, sync, view)
    if (!source) throw new ApiError(404, 'not-found', 'There is no such stream.')
    const { idHash } = c.get('session')
    return eventStream(
      live.open({
        key: `${view.language} ${wanted}`,
        topic: () => pageTopic(source, view),
        session: idHash,
        isStillSignedIn: () => sessions.holds(idHash),
      }),
    )
  })
