import { deleteCookie, getCookie, setCookie } from 'hono/cookie'
import { parseHost } from '../guard/host-header.ts'
import type { PanelContext } from '../panel-env.ts'
import { stayMs } from './sessions.ts'

/** Cookies do not know of ports: two appliances on one computer would sign each other's owner out. */
const nameFor = (c: PanelContext) => `homeseed-session-${parseHost(c.req.header('host'))?.port ?? 80}`

const options = { path: '/', httpOnly: true, sameSite: 'Strict' } as const

export const readSessionCookie = (c: PanelContext): string | undefined => getCookie(c, nameFor(c))

/** @param stays  kept when the browser closes */
export const setSessionCookie = (c: PanelContext, token: string, stays: boolean): void =>
  setCookie(c, nameFor(c), token, { ...options, ...(stays ? { maxAge: stayMs / 1000 } : {}) })

export const clearSessionCookie = (c: PanelContext): void => void deleteCookie(c, nameFor(c), options)
