import { Hono } from 'hono'
import { bodyLimit } from 'hono/body-limit'
import { passwordFault } from '../appliance/settings/passwords.ts'
import { longest } from '../ui/limits.ts'
import { createApi } from './api/api.ts'
import { ApiError, answerError, noSuchAddress, tooLarge } from './api/errors.ts'
import { fields, text } from './api/shape.ts'
import type { PanelDeps } from './panel-env.ts'

const passwordInput = fields({ password: text({ max: longest.password }) })

/** The same API on HOME/control.sock, for the command line: who may open the socket may do everything. */
export function createControl({ sync, live, signIn, sessions, log }: PanelDeps): Hono {
  const control = new Hono()
  let streams = 0
  control.use(bodyLimit({ maxSize: 64 * 1024, onError: (c) => answerError(c, tooLarge(), log) }))
  control.get('/healthz', (c) => c.json({ status: 'ok', pid: process.pid }))
  // only here: a browser has to know the password that it changes
  control.post('/api/v1/panel/password', async (c) => {
    const parsed = passwordInput.parse(await c.req.json<unknown>(), 'the body')
    if (!parsed.ok) throw new ApiError(422, 'bad-input', `${parsed.error}.`)
    const { password } = parsed.value
    const fault = passwordFault(password)
    if (fault) throw new ApiError(422, `password-${fault}`, passwordMessage[fault])
    const isFirst = await signIn.claim(password, 'command-line')
    if (!isFirst) await signIn.change(password)
    sessions.closeOthers(undefined)
    return c.json({ claimed: true })
  })
  control.route(
    '/api/v1',
    createApi({ sync, live, listener: () => ({ session: `control ${(streams += 1)}`, isStillSignedIn: () => true }) }),
  )
  control.notFound((c) => answerError(c, noSuchAddress(), log))
  control.onError((error, c) => answerError(c, error, log))
  return control
}

const passwordMessage = {
  'too-short': 'The password is too short: use 8 characters or more.',
  'too-long': 'The password is too long: use 128 characters or fewer.',
  'too-common': 'That password is guessed first. Choose another.',
}
