import { codeOf } from '../model/error-code.ts'

const reasons: Readonly<Record<string, string>> = {
  ENOSPC: 'there are more folders than the system may watch at once (fs.inotify.max_user_watches)',
  EMFILE: 'there are more folders than the system may watch at once (fs.inotify.max_user_instances)',
}

/** Says what a person can do about it, where there is something. */
export function readableTrouble(error: unknown): Error {
  const reason = reasons[codeOf(error)]
  if (reason !== undefined) return new Error(reason, { cause: error })
  return error instanceof Error ? error : new Error(String(error))
}
