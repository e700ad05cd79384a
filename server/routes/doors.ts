/** Claim, sign in, sign out. */
import { Hono } from 'hono'
import { passwordFault } from '../../appliance/settings/passwords.ts'
import type { PasswordFault } from '../../appliance/settings/passwords.ts'
import { setLanguage } from '../../appliance/settings/settings.ts'
import { emptyForm } from '../../ui/components/form.ts'
import { claimClosedPage, claimPage, signInPage } from '../../ui/pages/doors.ts'
import type { Texts } from '../../ui/texts/texts.ts'
import { readForm, safePath } from '../form.ts'
import { isLoopback } from '../guard/addresses.ts'
import { clientAddress } from '../panel-env.ts'
import type { PanelContext, PanelDeps, PanelEnv } from '../panel-env.ts'
import { clearSessionCookie, readSessionCookie, setSessionCookie } from '../session/session-cookie.ts'
import type { Refusal } from '../session/sign-in.ts'

export const passwordFaultText = (fault: PasswordFault, { forms }: Texts): string =>
  ({ 'too-short': forms.tooShort, 'too-long': forms.tooLongPassword, 'too-common': forms.tooCommon })[fault]

export const refusalText = (refusal: Refusal, { signIn }: Texts): string =>
  refusal.type === 'wrong' ? signIn.wrong : refusal.type === 'wait' ? signIn.wait(refusal.seconds) : signIn.busy

/** 422: try another; 429 and 503: try later. */
export const refusalStatus = ({ type }: Refusal): 422 | 429 | 503 =>
  (({ wrong: 422, wait: 429, busy: 503 }) as const)[type]

export function doorRoutes({ db, sessions, signIn, isClaimWindowOpen }: PanelDeps) {
  /** A new session for each sign-in; what the browser held before is worth nothing any more. */
  const enter = (c: PanelContext, stays: boolean) => {
    const session = c.get('session') as PanelEnv['Variables']['session'] | undefined
    if (session) sessions.close(session.idHash)
    setSessionCookie(c, sessions.open(clientAddress(c), stays), stays)
  }
  const mayClaim = (c: PanelContext) => isLoopback(clientAddress(c)) || isClaimWindowOpen()

  return new Hono<PanelEnv>()
    .get('/claim', (c) => {
      if (signIn.isClaimed()) return c.redirect('/sign-in', 303)
      const values = { to: safePath(c.req.query('to')) }
      return mayClaim(c)
        ? c.html(claimPage(c.get('view'), { ...emptyForm, values }))
        : c.html(claimClosedPage(c.get('view')), 403)
    })
    .post('/claim', async (c) => {
      if (signIn.isClaimed()) return c.redirect('/sign-in', 303)
      const view = c.get('view')
      if (!mayClaim(c)) return c.html(claimClosedPage(view), 403)
      const { password = '', to } = await readForm(c)
      const fault = passwordFault(password)
      if (fault)
        return c.html(
          claimPage(view, { values: { to: safePath(to) }, faults: { password: passwordFaultText(fault, view.t) } }),
          422,
        )
      if (!(await signIn.claim(password, clientAddress(c)))) return c.redirect('/sign-in', 303)
      setLanguage(db, view.language)
      enter(c, true)
      return c.redirect(safePath(to), 303)
    })
    .get('/sign-in', (c) => {
      if (!signIn.isClaimed()) return c.redirect('/claim', 303)
      const to = safePath(c.req.query('to'))
      if (c.get('view').isSignedIn) return c.redirect(to, 303)
      return c.html(signInPage(c.get('view'), { ...emptyForm, values: { to } }, true))
    })
    .post('/sign-in', async (c) => {
      if (!signIn.isClaimed()) return c.redirect('/claim', 303)
      const view = c.get('view')
      const { password = '', stay, to } = await readForm(c)
      const checked = await signIn.check(password, clientAddress(c))
      if (!checked.ok) {
        const faults = { password: refusalText(checked.error, view.t) }
        const page = signInPage(view, { values: { to: safePath(to) }, faults }, stay === 'yes')
        if (checked.error.type === 'wait') c.header('Retry-After', String(checked.error.seconds))
        return c.html(page, refusalStatus(checked.error))
      }
      enter(c, stay === 'yes')
      return c.redirect(safePath(to), 303)
    })
    .post('/sign-out', (c) => {
      if (readSessionCookie(c) !== undefined) sessions.close(c.get('session').idHash)
      clearSessionCookie(c)
      return c.redirect('/sign-in', 303)
    })
}
