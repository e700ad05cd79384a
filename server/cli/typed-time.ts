import { stampFromText } from '../../appliance/sync/model/stamp.ts'
import { usageError } from './cli-error.ts'

/**
 * A time as somebody types it: a version's stamp, or a date, maybe with a time of day, in the time zone of this
 * computer unless it names another. @returns a stamp, or ISO 8601 in UTC @throws CliError
 */
export function typedTime(typed: string, option: string): string {
  if (stampFromText(typed)) return typed
  const form = /^(\d{4}-\d\d-\d\d)(?:[T ](\d\d:\d\d(?::\d\d(?:\.\d{1,9})?)?)(Z|[+-]\d\d:\d\d)?)?$/
  const [, date, time = '00:00', zone = ''] = form.exec(typed) ?? []
  const ms = date === undefined ? Number.NaN : Date.parse(`${date}T${time}${zone}`)
  if (Number.isNaN(ms))
    throw usageError(`${option}: "${typed}" is no time such as 2026-01-31T18:00, nor a version such as 20260131-180000`)
  return new Date(ms).toISOString()
}
