import { Hono } from 'hono'
import type { Assets } from '../assets.ts'
import type { PanelEnv } from '../panel-env.ts'

const forEver = 'public, max-age=31536000, immutable'

/** What pages load. The path holds the content's hash, so a browser asks once. */
export const assetRoutes = (assets: Assets) =>
  new Hono<PanelEnv>().get('/a/:hash/:name', (c) => {
    const asset = assets.at(c.req.path)
    if (!asset) return c.body(null, 404)
    const isGzip = /\bgzip\b/.test(c.req.header('accept-encoding') ?? '')
    return c.body(isGzip ? asset.gzip : asset.bytes, 200, {
      'Content-Type': asset.type,
      'Cache-Control': forEver,
      Vary: 'Accept-Encoding',
      ...(isGzip ? { 'Content-Encoding': 'gzip' } : {}),
    })
  })
