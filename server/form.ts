import { UserError } from '../appliance/sync/status.ts'
import type { FormState } from '../ui/components/form.ts'
import type { Html } from '../ui/html.ts'
import { userErrorText } from '../ui/user-error-text.ts'
import type { View } from '../ui/view.ts'
import { hostAddress } from './api/shape.ts'
import { ApiError } from './api/errors.ts'
import type { PanelContext } from './panel-env.ts'

/** A form's fields as typed, without the spaces around; no field twice, no files. */
export async function readForm(c: PanelContext): Promise<Readonly<Record<string, string>>> {
  const type = c.req.header('content-type') ?? ''
  // a form of ours without any field still says what it is
  if (!/^application\/x-www-form-urlencoded\b/i.test(type))
    throw new ApiError(415, 'not-a-form', c.get('view').t.forms.badRequest)
  const values = Object.create(null) as Record<string, string>
  for (const [name, value] of new URLSearchParams(await c.req.text())) values[name] ??= value
  return values
}

/** What a field must be; answers what is wrong with it. */
type Check = (value: string, view: View) => string | undefined

export const required: Check = (value, { t }) => (value.trim() === '' ? t.forms.required : undefined)

export const atMost =
  (max: number): Check =>
  (value, { t }) =>
    value.length > max ? t.forms.tooLong(max) : undefined

export const isFolder: Check = (value, { t }) =>
  value.trim() === '' || /^(\/|~\/)/.test(value.trim()) ? undefined : t.forms.notAbsolute

export const isHost: Check = (value, { t }) =>
  value.trim() === '' || hostAddress.parse(value, '').ok ? undefined : t.forms.badHost

/** The first fault of each field. */
function faultsOf(
  values: Readonly<Record<string, string>>,
  checks: Readonly<Record<string, readonly Check[]>>,
  view: View,
): Readonly<Record<string, string>> {
  const faults: Record<string, string> = {}
  for (const [name, all] of Object.entries(checks))
    for (const check of all) {
      const fault = check(values[name] ?? '', view)
      if (fault === undefined) continue
      faults[name] = fault
      break
    }
  return faults
}

export interface Submission {
  readonly checks: Readonly<Record<string, readonly Check[]>>
  /** the form once more, with what is wrong */
  readonly page: (form: FormState) => Html
  /** Does what the form asks for. @returns where to go then; @throws UserError for what the form should say */
  readonly act: (values: Readonly<Record<string, string>>) => Promise<string>
}

/** Answers a form that was sent. */
export async function submit(c: PanelContext, { checks, page, act }: Submission): Promise<Response> {
  const values = await readForm(c)
  const faults = faultsOf(values, checks, c.get('view'))
  if (Object.keys(faults).length > 0) return c.html(page({ values, faults }), 422)
  try {
    return c.redirect(await act(values), 303)
  } catch (error) {
    if (error instanceof UserError)
      return c.html(page({ values, faults, failure: userErrorText(c.get('view'), error) }), 422)
    throw error
  }
}

/** Trimmed; undefined when nothing was typed. */
export const given = (value: string | undefined): string | undefined => value?.trim() || undefined

/** `HOST:PORT` with the protocol's own port added where it is missing. Only for what `isHost` let pass. */
export function givenHost(value: string | undefined): string | undefined {
  const parsed = hostAddress.parse(given(value), 'host')
  return parsed.ok ? parsed.value : undefined
}

/** A path of this panel to go back to; never another site. */
export const safePath = (path: string | undefined): string =>
  path !== undefined && path.length <= 500 && /^\/(?![/\\])[\x21-\x5b\x5d-\x7e]*$/.test(path) ? path : '/'
