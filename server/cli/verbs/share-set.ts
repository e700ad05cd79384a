import type { SettingStatus } from '../../../appliance/sync/status.ts'
import { argument, print } from '../call.ts'
import type { Call } from '../call.ts'
import { exitCodes, usageError } from '../cli-error.ts'
import { ask } from '../client.ts'
import { table } from '../table.ts'
import { sharePath } from './share.ts'

export async function set(call: Call) {
  const path = `${sharePath(argument(call, 0))}/settings`
  const pairs = call.args.slice(1).map(pairOf)
  const twice = pairs.find(([key], i) => pairs.findIndex(([other]) => other === key) !== i)
  if (twice) throw usageError(`${twice[0]} is given twice`)
  const settings = await ask<readonly SettingStatus[]>(
    pairs.length === 0
      ? { home: call.home, method: 'GET', path }
      : { home: call.home, method: 'POST', path, body: Object.fromEntries(pairs) },
  )
  const shown = pairs.length === 0 ? settings : settings.filter(({ key }) => pairs.some(([each]) => each === key))
  print(call, settings, () =>
    table(
      ['KEY', 'VALUE', 'DEFAULT', 'MEANING'],
      shown.map(({ key, value, standard, meaning, allowed }) => [key, value, standard, `${meaning} (${allowed})`]),
    ),
  )
  return exitCodes.done
}

function pairOf(typed: string): readonly [key: string, value: string] {
  const [, key, value] = /^([^=]+)=(.*)$/s.exec(typed) ?? []
  if (key === undefined || value === undefined) throw usageError(`"${typed}" is not KEY=VALUE`)
  return [key, value]
}
