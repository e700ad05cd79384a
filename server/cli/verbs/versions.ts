import type { RestoreReport, VersionPage, VersionStatus } from '../../../appliance/sync/status.ts'
import { formatBytes } from '../../../ui/format.ts'
import { plainText } from '../../../ui/plain-text.ts'
import { argument, print, textOption } from '../call.ts'
import type { Call } from '../call.ts'
import { exitCodes } from '../cli-error.ts'
import { ask } from '../client.ts'
import { table } from '../table.ts'
import { typedTime } from '../typed-time.ts'
import { sharePath } from './share.ts'

const timeOf = (call: Call): string | undefined => {
  const typed = textOption(call, 'at')
  return typed === undefined ? undefined : typedTime(typed, '--at')
}

/** Page by page, so that neither side holds more than one; as JSON it is one document nevertheless. */
export async function list(call: Call) {
  const { home, json, io } = call
  const at = timeOf(call)
  const path = call.args[1]
  const found: VersionStatus[] = []
  let isNone = true
  for (let after: string | null | undefined; after !== null;) {
    const query = new URLSearchParams()
    for (const [name, value] of Object.entries({ path, at, after: after ?? undefined, limit: '5000' }))
      if (value !== undefined) query.set(name, value)
    const page = await ask<VersionPage>({
      home,
      method: 'GET',
      path: `${sharePath(argument(call, 0))}/versions?${query.toString()}`,
    })
    after = page.next
    isNone &&= page.versions.length === 0
    if (json) found.push(...page.versions)
    else for (const line of linesOf(page.versions)) io.out(`${line}\n`)
  }
  if (json) print(call, found, () => [])
  else if (isNone) io.err('No versions.\n')
  return exitCodes.done
}

const linesOf = (versions: readonly VersionStatus[]): readonly string[] =>
  versions.length === 0
    ? []
    : table(
        ['VERSION', 'MODIFIED', 'SIZE', 'PATH'],
        versions.map(({ version, modified, sizeBytes, path, damaged }) => [
          version ?? 'now',
          `${modified.slice(0, 19)}Z`,
          formatBytes(sizeBytes, 'en'),
          damaged ? `${path} (damaged)` : path,
        ]),
      )

export async function restore(call: Call) {
  const at = timeOf(call)
  const report = await ask<RestoreReport>({
    home: call.home,
    method: 'POST',
    path: `${sharePath(argument(call, 0))}/versions/restore`,
    body: { path: argument(call, 1), ...(at === undefined ? {} : { at }) },
  })
  const { restored, unchanged, notRestored, problems } = report
  print(call, report, () => [`${restored} restored, ${unchanged} unchanged, ${notRestored} not restored`])
  if (!call.json) for (const { path, reason } of problems) call.io.err(`${plainText(path)}: ${plainText(reason)}\n`)
  return notRestored > 0 ? exitCodes.failed : exitCodes.done
}
