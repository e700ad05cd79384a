import { plainText } from './plain-text.ts'
import { plural } from './texts/plural.ts'
import type { PluralForms } from './texts/plural.ts'
import type { View } from './view.ts'

/** What is known of an error that is meant for people; the engine's `UserError` is one. */
export interface ToldError {
  readonly code: string
  readonly message: string
  readonly details: Readonly<Record<string, string | number>>
}

/** The error in the words of the panel; one that has none there, or lacks what they name, in its own. */
export function userErrorText({ t, language }: View, { code, message, details }: ToldError): string {
  const known: Readonly<Record<string, string | PluralForms>> = t.userErrors
  const kind = details['kind']
  const text = (kind === undefined ? undefined : known[`${code}/${kind}`]) ?? known[code]
  if (text === undefined) return plainText(message)
  const count = Object.values(details).find((value) => typeof value === 'number')
  const form = typeof text === 'string' ? text : plural(language)(count ?? 0, text)
  return filled(form, { ...details, message }) ?? plainText(message)
}

function filled(form: string, values: ToldError['details']): string | undefined {
  const names = [...form.matchAll(/\{(\w+)\}/g)].map(([, name = '']) => name)
  if (names.some((name) => !Object.hasOwn(values, name))) return undefined
  return form.replace(/\{(\w+)\}/g, (_, name: string) => plainText(String(values[name])))
}
