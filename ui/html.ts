import { html as honoHtml } from 'hono/html'
import type { HtmlEscapedString } from 'hono/utils/html'

/** Markup that is safe to send: every value in it was escaped. */
export type Html = HtmlEscapedString

/** A value inside `html`: text is escaped; nothing, true and false leave no trace. */
type HtmlValue = Html | string | number | boolean | null | undefined | readonly HtmlValue[]

/** Escapes every value. No template of ours waits for anything, so the answer is there at once. */
export const html = (strings: TemplateStringsArray, ...values: readonly HtmlValue[]): Html =>
  honoHtml(strings, ...values) as Html
