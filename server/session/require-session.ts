import { createMiddleware } from 'hono/factory'
import { ApiError } from '../api/errors.ts'
import type { PanelDeps, PanelEnv } from '../panel-env.ts'
import { readSessionCookie } from './session-cookie.ts'

/** Everything that is answered without sign-in. A test holds all other routes to it. */
export const openPaths: readonly { readonly method: 'GET' | 'POST'; readonly path: string }[] = [
  { method: 'GET', path: '/healthz' },
  { method: 'GET', path: '/a/:hash/:name' },
  { method: 'GET', path: '/claim' },
  { method: 'POST', path: '/claim' },
  { method: 'GET', path: '/sign-in' },
  { method: 'POST', path: '/sign-in' },
  { method: 'POST', path: '/language' },
  { method: 'POST', path: '/theme' },
]

const isOpen = (method: string, path: string) =>
  openPaths.some((open) => {
    if (open.method !== method && !(open.method === 'GET' && method === 'HEAD')) return false
    return open.path.startsWith('/a/') ? path.startsWith('/a/') : open.path === path
  })

/** Puts the session of a browser that is signed in into the context. */
export const findSession = ({ sessions }: Pick<PanelDeps, 'sessions'>) =>
  createMiddleware<PanelEnv>(async (c, next) => {
    const session = sessions.find(readSessionCookie(c))
    if (session) c.set('session', session)
    await next()
  })

/** Sends who is not signed in to the door. */
export const requireSession = ({ signIn }: Pick<PanelDeps, 'signIn'>) =>
  createMiddleware<PanelEnv>(async (c, next) => {
    if (c.get('view').isSignedIn || isOpen(c.req.method, c.req.path)) return next()
    if (isApi(c.req.path)) throw new ApiError(401, 'not-signed-in', 'Sign in to the panel first.')
    if (c.req.path === '/live') return c.body(null, 401)
    const to = c.req.method === 'GET' && c.req.path !== '/' ? `?to=${encodeURIComponent(c.req.path)}` : ''
    if (!signIn.isClaimed()) return c.redirect(`/claim${to}`, 303)
    return c.redirect(`/sign-in${to}`, 303)
  })

/** Whether a program asks, which wants JSON, rather than a person, who wants a page. */
export const isApi = (path: string): boolean => path.startsWith('/api/') || path === '/healthz'
