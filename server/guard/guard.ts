import { createMiddleware } from 'hono/factory'
import type { PanelDeps, PanelEnv } from '../panel-env.ts'
import { clientAddress } from '../panel-env.ts'
import { isOnLink } from './addresses.ts'
import { isOwnHost } from './host-header.ts'
import { isOwnChange, isOwnRead } from './same-origin.ts'

/** No script, style, picture or form target but our own, and no place in anybody's frame. */
const contentSecurityPolicy = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "img-src 'self'",
  "connect-src 'self'",
  "form-action 'self'",
  "base-uri 'none'",
  "frame-ancestors 'none'",
].join('; ')

const always = {
  'Content-Security-Policy': contentSecurityPolicy,
  'X-Content-Type-Options': 'nosniff',
  'X-Frame-Options': 'DENY',
  'Cross-Origin-Resource-Policy': 'same-origin',
}

/** Nobody else is told of our pages. They themselves are: with no referrer at all, forms are sent with `Origin: null`. */
const referrerPolicy = (answer: Response): string =>
  answer.headers.get('Content-Type')?.startsWith('text/html') ? 'same-origin' : 'no-referrer'

/** On every answer, refusals too. */
export const securityHeaders = createMiddleware<PanelEnv>(async (c, next) => {
  await next()
  for (const [name, value] of Object.entries(always)) c.res.headers.set(name, value)
  c.res.headers.set('Referrer-Policy', referrerPolicy(c.res))
  if (!c.res.headers.has('Cache-Control')) c.res.headers.set('Cache-Control', 'no-store')
})

/** Lets in only the LAN and the VPN, only under our own names, and changes only from our own pages. */
export const guard = ({ interfaces, ownNames, log }: Pick<PanelDeps, 'interfaces' | 'ownNames' | 'log'>) =>
  createMiddleware<PanelEnv>(async (c, next) => {
    const address = clientAddress(c)
    const refuse = (status: 403 | 421, reason: string) => {
      log.warn('request-refused', { reason, address })
      return c.body(null, status)
    }
    const local = interfaces()
    if (!isOnLink(address, local)) return refuse(403, 'not-on-link')
    const headers = {
      host: c.req.header('host'),
      origin: c.req.header('origin'),
      fetchSite: c.req.header('sec-fetch-site'),
      fetchMode: c.req.header('sec-fetch-mode'),
      fetchDest: c.req.header('sec-fetch-dest'),
    }
    if (!isOwnHost(headers.host, ownNames, local)) return refuse(421, 'not-our-name')
    const isRead = c.req.method === 'GET' || c.req.method === 'HEAD'
    if (isRead ? !isOwnRead(headers) : !isOwnChange(headers)) return refuse(403, 'not-our-page')
    return next()
  })
