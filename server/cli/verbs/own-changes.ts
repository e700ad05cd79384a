/** What was changed in a read-only share on this device: listed, and taken back. */
import type { OwnChangePage, OwnChangeStatus, RevertReport } from '../../../appliance/sync/status.ts'
import { formatBytes } from '../../../ui/format.ts'
import { plainText } from '../../../ui/plain-text.ts'
import { argument, print } from '../call.ts'
import type { Call } from '../call.ts'
import { exitCodes } from '../cli-error.ts'
import { ask } from '../client.ts'
import { table } from '../table.ts'
import { sharePath } from './share.ts'

/** Page by page, so that neither side holds more than one; as JSON it is one document nevertheless. */
export async function changes(call: Call) {
  const { home, json, io } = call
  const found: OwnChangeStatus[] = []
  let isNone = true
  for (let after: string | null | undefined; after !== null;) {
    const query = new URLSearchParams({ limit: '5000', ...(after === undefined ? {} : { after }) })
    const path = `${sharePath(argument(call, 0))}/changes?${query.toString()}`
    const page = await ask<OwnChangePage>({ home, method: 'GET', path })
    after = page.next
    isNone &&= page.changes.length === 0
    if (json) found.push(...page.changes)
    else for (const line of linesOf(page.changes)) io.out(`${line}\n`)
  }
  if (json) print(call, found, () => [])
  else if (isNone) io.err('Nothing was changed here.\n')
  return exitCodes.done
}

const linesOf = (changes: readonly OwnChangeStatus[]): readonly string[] =>
  changes.length === 0
    ? []
    : table(
        ['WHAT', 'MODIFIED', 'SIZE', 'PATH'],
        changes.map(({ kind, type, modified, sizeBytes, path }) => [
          kind,
          type === 'directory' ? '' : `${modified.slice(0, 19)}Z`,
          type === 'directory' ? '' : formatBytes(sizeBytes, 'en'),
          type === 'directory' ? `${path}/` : path,
        ]),
      )

export async function revert(call: Call) {
  const [, ...paths] = call.args
  const path = `${sharePath(argument(call, 0))}/revert`
  const report = await ask<RevertReport>({ home: call.home, method: 'POST', path, body: { paths } })
  const { moved, returning, notYet, notReverted, problems } = report
  const isNothing = moved + returning + notReverted === 0
  print(call, report, () => [
    isNothing
      ? 'Nothing was changed there.'
      : `${moved} moved to the archive, ${returning} come back, ${notReverted} not taken back`,
  ])
  if (call.json) return notReverted > 0 ? exitCodes.failed : exitCodes.done
  if (notYet > 0)
    call.io.err(
      `${notYet} of them come back once a device that has them is connected. Until then, what was changed stays as it is.\n`,
    )
  for (const { path: stays, reason } of problems) call.io.err(`${plainText(stays)}: ${plainText(reason)}\n`)
  return notReverted > 0 ? exitCodes.failed : exitCodes.done
}
