import { Hono } from 'hono'
import type { Context } from 'hono'
import type { SyncService } from '../../appliance/sync/status.ts'
import type { LiveHub } from '../live/hub.ts'
import { statusTopic } from '../live/status-topic.ts'
import { ApiError } from './errors.ts'
import { openApi } from './openapi.ts'
import { apiRoutes } from './routes.ts'
import type { ApiRoute } from './routes.ts'
import type { Shape } from './shape.ts'

interface ApiDeps {
  readonly sync: SyncService
  readonly live: LiveHub
  /** who a stream belongs to, and whether it may go on */
  readonly listener: (c: Context) => { readonly session: string; readonly isStillSignedIn: () => boolean }
}

/** Everything below /api/v1. Who may ask is decided before. Errors are thrown; the app around makes them answers. */
export function createApi({ sync, live, listener }: ApiDeps): Hono {
  const api = new Hono()
  for (const route of apiRoutes)
    api.on(route.method, route.path, async (c) =>
      c.json(
        (await route.handle({
          sync,
          param: (name) => paramOf(c, name),
          input: await inputOf(c, route),
          signal: c.req.raw.signal,
        })) as object,
      ),
    )
  api.get('/openapi.json', (c) => c.json(openApi()))
  api.get('/events', (c) => eventStream(live.open({ key: 'status', topic: () => statusTopic(sync), ...listener(c) })))
  api.all('*', () => {
    throw new ApiError(404, 'not-found', 'There is no such address in the API. /api/v1/openapi.json lists them.')
  })
  return api
}

export const eventStream = (stream: ReadableStream<Uint8Array>): Response =>
  new Response(stream, {
    headers: { 'Content-Type': 'text/event-stream', 'Cache-Control': 'no-store', 'X-Accel-Buffering': 'no' },
  })

function paramOf(c: Context, name: string): string {
  const value = c.req.param(name) ?? ''
  if (value.length > 300) throw new ApiError(400, 'too-long', `${name} is longer than 300 characters`)
  return value
}

async function inputOf(c: Context, route: ApiRoute): Promise<unknown> {
  const { input } = route
  if (!input) return undefined
  if (route.method === 'GET') return parsed(input, c.req.query())
  const body = await c.req.text()
  if (body !== '' && !/^application\/json\b/i.test(c.req.header('content-type') ?? ''))
    throw new ApiError(415, 'not-json', 'The body must be JSON, with the content type application/json.')
  return parsed(input, jsonOf(body === '' ? '{}' : body))
}

function parsed(input: Shape<unknown>, value: unknown): unknown {
  const result = input.parse(value, 'the body')
  if (!result.ok) throw new ApiError(422, 'bad-input', `${result.error[0]?.toUpperCase()}${result.error.slice(1)}.`)
  return result.value
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    throw new ApiError(400, 'not-json', 'The body is not valid JSON.')
  }
}
