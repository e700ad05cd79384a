import { UserError } from '../../appliance/sync/status.ts'

const advice: readonly { readonly code: RegExp; readonly reason?: string; readonly what: string }[] = [
  { code: /^SQLITE_FULL/, reason: 'the disk is full', what: 'Make room, then start again.' },
  { code: /^SQLITE_(BUSY|LOCKED)/, reason: 'another program holds it', what: 'End that one, then start again.' },
  {
    code: /^SQLITE_(CANTOPEN|READONLY|PERM)/,
    reason: 'no permission to read and write it',
    what: 'Change its owner or its permissions.',
  },
  {
    code: /^SQLITE_/,
    what: 'Put back a copy of it, or move it away to begin anew: shares are added again then, their files stay.',
  },
]

/** Why a start failed, in words where it was the database; anything else stays the error it is. */
export function databaseError(file: string, error: unknown): unknown {
  const fault = faultOf(error)
  const known = advice.find(({ code }) => code.test(fault.code ?? ''))
  if (!known) return error
  const [reason = ''] = (known.reason ?? fault.message).split('\n')
  return new UserError('database-unusable', `Homeseed cannot use ${file}: ${reason}. ${known.what}`)
}

/** A migration that fails is told with the whole statement; why it failed stands in the cause. */
function faultOf(error: unknown): Error & { readonly code?: string } {
  const fault = error instanceof Error ? error : new Error(String(error))
  return fault.cause instanceof Error ? faultOf(fault.cause) : fault
}
