/** Parsers for what comes from outside, each with the JSON Schema that tells of it. Every one has an upper bound. */
import { peerAddress } from '../../appliance/sync/model/host-port.ts'
import { err, ok } from '../../appliance/sync/model/result.ts'
import type { Result } from '../../appliance/sync/model/result.ts'
import { longest } from '../../ui/limits.ts'

export type JsonSchema = Readonly<Record<string, unknown>>

export interface Shape<T> {
  readonly schema: JsonSchema
  readonly isOptional?: true
  /** @param name how the value is called in the message for people */
  parse(value: unknown, name: string): Result<T, string>
}

type Parsed<S> = S extends Shape<infer T> ? T : never

export const text = ({ min = 1, max }: { readonly min?: number; readonly max: number }): Shape<string> => ({
  schema: { type: 'string', minLength: min, maxLength: max },
  parse(value, name) {
    if (typeof value !== 'string') return err(`${name} must be a text`)
    if (value.length < min) return err(`${name} must not be empty`)
    if (value.length > max) return err(`${name} is longer than ${max} characters`)
    // no name, path or secret has any business with these
    if (/[\0\r\n]/.test(value)) return err(`${name} must be a single line`)
    return ok(value)
  },
})

/** A path in a share: what lies there may have any name. */
export const pathInShare = (max: number): Shape<string> => ({
  schema: { type: 'string', minLength: 1, maxLength: max },
  parse: (value, name) =>
    typeof value === 'string' && value !== '' && value.length <= max && !value.includes('\0')
      ? ok(value)
      : err(`${name} must be a text of 1 to ${max} characters`),
})

/** A secret or link as somebody pasted it: white space does not matter, so neither do lines. */
export const secretText: Shape<string> = {
  schema: { type: 'string', minLength: 1, maxLength: longest.secret },
  parse: (value, name) =>
    typeof value === 'string' && value.trim() !== '' && value.length <= longest.secret
      ? ok(value)
      : err(`${name} must be a text of 1 to ${longest.secret} characters`),
}

/** Refines a text; `check` answers a message, or the text as it shall be used. */
const checked = (
  base: Shape<string>,
  extra: JsonSchema,
  check: (value: string, name: string) => Result<string, string>,
): Shape<string> => ({
  schema: { ...base.schema, ...extra },
  parse(value, name) {
    const parsed = base.parse(value, name)
    return parsed.ok ? check(parsed.value, name) : parsed
  },
})

export const folderPath = checked(text({ max: longest.path }), { pattern: '^/' }, (value, name) =>
  value.startsWith('/') ? ok(value) : err(`${name} must be a whole path that starts with /`),
)

/** `HOST:PORT`; the port of the protocol where none is named, and Syncthing's `tcp://` is taken along. */
export const hostAddress = checked(text({ max: longest.host }), { description: 'HOST:PORT' }, (value, name) => {
  const address = peerAddress(value)
  return address === undefined ? err(`${name} must be HOST:PORT, for example 192.168.1.23:22000`) : ok(address)
})

export const oneOf = <T extends string>(...options: readonly T[]): Shape<T> => ({
  schema: { type: 'string', enum: options },
  parse: (value, name) => {
    const found = options.find((option) => option === value)
    return found === undefined ? err(`${name} must be one of: ${options.join(', ')}`) : ok(found)
  },
})

export const numberBetween = (min: number, max: number, { whole = false } = {}): Shape<number> => ({
  schema: { type: whole ? 'integer' : 'number', minimum: min, maximum: max },
  parse: (value, name) =>
    typeof value === 'number' && value >= min && value <= max && (!whole || Number.isInteger(value))
      ? ok(value)
      : err(`${name} must be a ${whole ? 'whole ' : ''}number from ${min} to ${max}`),
})

/** A whole number from 1 on, as text: in an address there is nothing else. */
export const digitsUpTo = (max: number): Shape<number> => ({
  schema: { type: 'integer', minimum: 1, maximum: max },
  parse: (value, name) => {
    const number = typeof value === 'string' && /^\d{1,9}$/.test(value) ? Number(value) : 0
    return number >= 1 && number <= max ? ok(number) : err(`${name} must be a whole number from 1 to ${max}`)
  },
})

export const flag: Shape<boolean> = {
  schema: { type: 'boolean' },
  parse: (value, name) => (typeof value === 'boolean' ? ok(value) : err(`${name} must be true or false`)),
}

export const listOf = <T>(item: Shape<T>, maxItems: number): Shape<readonly T[]> => ({
  schema: { type: 'array', items: item.schema, maxItems },
  parse(value, name) {
    if (!Array.isArray(value)) return err(`${name} must be a list`)
    if (value.length > maxItems) return err(`${name} has more than ${maxItems} entries`)
    const items: T[] = []
    for (const each of value) {
      const parsed = item.parse(each, name)
      if (!parsed.ok) return parsed
      items.push(parsed.value)
    }
    return ok(items)
  },
})

/** An object whose fields the one who asks chooses, each with a text. */
export const textsByName = ({
  maxFields,
  max,
}: {
  readonly maxFields: number
  readonly max: number
}): Shape<Readonly<Record<string, string>>> => {
  const value = text({ min: 0, max })
  return {
    schema: { type: 'object', additionalProperties: value.schema, maxProperties: maxFields },
    parse(given) {
      if (typeof given !== 'object' || given === null || Array.isArray(given))
        return err('the body must be a JSON object')
      const entries = Object.entries(given)
      if (entries.length > maxFields) return err(`the body has more than ${maxFields} fields`)
      const wrong = entries.map(([name, each]) => value.parse(each, name.slice(0, 40))).find((each) => !each.ok)
      return wrong && !wrong.ok ? wrong : ok(given as Readonly<Record<string, string>>)
    },
  }
}

export const optional = <T>(shape: Shape<T>): Shape<T | undefined> => ({
  schema: shape.schema,
  isOptional: true,
  parse: (value, name) => (value === undefined || value === null ? ok(undefined) : shape.parse(value, name)),
})

/** An object with these fields and no others: a misspelt field is told, not ignored. */
export const fields = <const F extends Readonly<Record<string, Shape<unknown>>>>(
  shapes: F,
): Shape<{ readonly [K in keyof F]: Parsed<F[K]> }> => ({
  schema: {
    type: 'object',
    properties: Object.fromEntries(Object.entries(shapes).map(([name, { schema }]) => [name, schema])),
    required: Object.keys(shapes).filter((name) => !shapes[name]?.isOptional),
    additionalProperties: false,
  },
  parse(value) {
    if (typeof value !== 'object' || value === null || Array.isArray(value))
      return err('the body must be a JSON object')
    const unknown = Object.keys(value).find((name) => !Object.hasOwn(shapes, name))
    if (unknown !== undefined) return err(`there is no field ${JSON.stringify(unknown.slice(0, 40))} here`)
    const parsed: Record<string, unknown> = {}
    for (const [name, shape] of Object.entries(shapes)) {
      const field = shape.parse((value as Record<string, unknown>)[name], name)
      if (!field.ok) return field
      parsed[name] = field.value
    }
    return ok(parsed as { readonly [K in keyof F]: Parsed<F[K]> })
  },
})
