import { print } from '../call.ts'
import type { Call } from '../call.ts'
import { exitCodes } from '../cli-error.ts'
import { ask } from '../client.ts'
import { newPassword } from '../typed-unseen.ts'

export async function panelPassword(call: Call) {
  const { home, io } = call
  await ask({ home, method: 'GET', path: '/device' }) // nobody shall type twice for nothing
  const password = await newPassword(io, 'New password')
  const answer = await ask({ home, method: 'POST', path: '/panel/password', body: { password } })
  print(call, answer, () => ['The password is set. Sign in to the panel with it.'])
  return exitCodes.done
}
