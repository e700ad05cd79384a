import type { Context } from 'hono'
import type { Log } from '../../appliance/sync/ports.ts'
import { UserError } from '../../appliance/sync/status.ts'

/** The form of every error of the API. */
interface ErrorJson {
  readonly error: { readonly code: string; readonly message: string }
}

const errorJson = ({ code, message }: ApiError): ErrorJson => ({ error: { code, message } })

/** An answer other than success, with its status. */
export class ApiError extends Error {
  readonly status: 400 | 401 | 403 | 404 | 409 | 413 | 415 | 422 | 500 | 503
  readonly code: string
  constructor(status: ApiError['status'], code: string, message: string) {
    super(message)
    this.name = 'ApiError'
    this.status = status
    this.code = code
  }
}

/** The engine names what it does not know `no-such-…`. */
export const isUnknown = (error: UserError): boolean => error.code.startsWith('no-such-')

/** What may be told of an error; a fault of ours is nothing for the outside, it goes to the log. */
export function toldError(c: Context, error: unknown, log: Log): ApiError {
  if (error instanceof ApiError) return error
  if (error instanceof UserError) return new ApiError(isUnknown(error) ? 404 : 422, error.code, error.message)
  log.error('request-failed', { path: c.req.routePath, error })
  return new ApiError(500, 'internal', 'This went wrong inside. The log tells more.')
}

/** What the API answers to who asked for something that failed. */
export function answerError(c: Context, error: unknown, log: Log): Response {
  if (c.req.raw.signal.aborted) return c.body(null, 400) // nobody is there to read the answer
  const told = toldError(c, error, log)
  return c.json(errorJson(told), told.status)
}

export const noSuchAddress = (): ApiError => new ApiError(404, 'not-found', 'There is no such address.')
export const tooLarge = (): ApiError => new ApiError(413, 'too-large', 'The request is too large.')
