import { version } from '../version.ts'
import { apiRoutes } from './routes.ts'
import type { ApiRoute } from './routes.ts'
import { ref, schemas } from './schemas.ts'
import type { JsonSchema } from './shape.ts'

const json = (schema: JsonSchema) => ({ 'application/json': { schema } })

/** What a GET takes is asked for in its address. */
const queryOf = ({ input }: ApiRoute) =>
  Object.entries((input?.schema['properties'] ?? {}) as Readonly<Record<string, JsonSchema>>).map(([name, schema]) => ({
    name,
    in: 'query',
    required: false,
    schema,
  }))

const operation = (route: ApiRoute) => ({
  operationId: route.operation,
  summary: route.summary,
  parameters: [
    ...[...route.path.matchAll(/:(\w+)/g)].map(([, name]) => ({
      name,
      in: 'path',
      required: true,
      schema: { type: 'string', maxLength: 300 },
    })),
    ...(route.method === 'GET' ? queryOf(route) : []),
  ],
  ...(route.input && route.method !== 'GET'
    ? {
        requestBody: {
          required: ((route.input.schema['required'] as readonly string[] | undefined) ?? []).length > 0,
          content: json(route.input.schema),
        },
      }
    : {}),
  responses: {
    200: { description: 'Done', content: json(route.output) },
    default: { description: 'It failed; nothing was changed', content: json(ref('Error')) },
  },
})

const events = {
  operationId: 'events',
  summary: 'Server-sent events named `status`, each with the whole status: once at first, then whenever it changed',
  responses: { 200: { description: 'A stream', content: { 'text/event-stream': { schema: { type: 'string' } } } } },
}

/** Describes the API; made from the very list that answers it. */
export function openApi() {
  const paths: Record<string, Record<string, unknown>> = { '/events': { get: events } }
  for (const route of apiRoutes)
    (paths[route.path.replace(/:(\w+)/g, '{$1}')] ??= {})[route.method.toLowerCase()] = operation(route)
  return {
    openapi: '3.1.0',
    info: { title: 'Homeseed', version, license: { name: 'Apache-2.0', identifier: 'Apache-2.0' } },
    servers: [{ url: '/api/v1' }],
    security: [{ session: [] }],
    paths,
    components: {
      schemas,
      securitySchemes: {
        session: {
          type: 'apiKey',
          in: 'cookie',
          name: 'homeseed-session-PORT',
          description: 'The cookie of a signed-in browser. Over HOME/control.sock none is needed.',
        },
      },
    },
  }
}
