import { UserError } from '../../appliance/sync/status.ts'

/** The form of every error of the API. */
interface ErrorJson {
  readonly error: { readonly code: string; readonly message: string }
}

export const errorJson = (code: string, message: string): ErrorJson => ({ error: { code, message } })

/** An answer other than success, with its status. */
export class ApiError extends Error {
  readonly status: 400 | 401 | 403 | 404 | 409 | 413 | 415 | 422 | 503
  readonly code: string
  constructor(status: ApiError['status'], code: string, message: string) {
    super(message)
    this.name = 'ApiError'
    this.status = status
    this.code = code
  }
}

/** The engine names what it does not know `…-unknown`. */
export const isUnknown = (error: UserError): boolean => /(^|-)(unknown|not-found)$|^no-such-/.test(error.code)

/** @returns undefined for a fault of ours, which is nothing to tell the outside about */
export function apiErrorOf(error: unknown): ApiError | undefined {
  if (error instanceof ApiError) return error
  if (error instanceof UserError) return new ApiError(isUnknown(error) ? 404 : 422, error.code, error.message)
  return undefined
}
