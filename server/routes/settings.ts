import { Hono } from 'hono'
import { setCookie } from 'hono/cookie'
import { passwordFault } from '../../appliance/settings/passwords.ts'
import { readSettings, setLanguage } from '../../appliance/settings/settings.ts'
import { emptyForm } from '../../ui/components/form.ts'
import type { FormState } from '../../ui/components/form.ts'
import { licensesPage, settingsPage } from '../../ui/pages/settings.ts'
import { isLanguage } from '../../ui/texts/texts.ts'
import { isTheme } from '../../ui/view.ts'
import { readForm, safePath } from '../form.ts'
import { licenses } from '../licenses.ts'
import { clientAddress } from '../panel-env.ts'
import type { PanelContext, PanelDeps, PanelEnv } from '../panel-env.ts'
import { back, saidText } from '../said.ts'
import { version } from '../version.ts'
import { languageCookie, themeCookie } from '../view-of.ts'
import { passwordFaultText, refusalStatus, refusalText } from './doors.ts'

const yearSeconds = 365 * 24 * 3600
const lasting = { path: '/', httpOnly: true, sameSite: 'Lax', maxAge: yearSeconds } as const

export function settingsRoutes({ db, sync, sessions, signIn }: PanelDeps) {
  const page = (c: PanelContext, form: FormState) => {
    const { claimedAt, claimedFrom } = readSettings(db)
    return settingsPage(c.get('view'), {
      form,
      deviceName: sync.identity().name,
      version,
      claimedAt,
      claimedFrom,
      browsers: sessions.count(),
      said: saidText(c),
    })
  }

  return new Hono<PanelEnv>()
    .get('/settings', (c) => c.html(page(c, emptyForm)))
    .get('/settings/licenses', (c) => c.html(licensesPage(c.get('view'), licenses())))
    .post('/settings/password', async (c) => {
      const view = c.get('view')
      const { current = '', password = '' } = await readForm(c)
      const fault = passwordFault(password)
      if (fault) return c.html(page(c, { values: {}, faults: { password: passwordFaultText(fault, view.t) } }), 422)
      const checked = await signIn.check(current, clientAddress(c))
      if (!checked.ok) {
        const faults = { current: refusalText(checked.error, view.t) }
        return c.html(page(c, { values: {}, faults }), refusalStatus(checked.error))
      }
      await signIn.change(password)
      sessions.closeOthers(c.get('session').idHash)
      sessions.confirm(c.get('session'))
      return c.redirect(back('/settings', 'password-changed'), 303)
    })
    .post('/settings/sign-out-others', (c) => {
      sessions.closeOthers(c.get('session').idHash)
      return c.redirect(back('/settings', 'others-signed-out'), 303)
    })
    .post('/language', async (c) => {
      const { language, back: path } = await readForm(c)
      if (isLanguage(language)) {
        setCookie(c, languageCookie, language, lasting)
        // the owner's choice also greets browsers that never chose
        if (c.get('view').isSignedIn) setLanguage(db, language)
      }
      return c.redirect(safePath(path), 303)
    })
    .post('/theme', async (c) => {
      const { theme, back: path } = await readForm(c)
      if (isTheme(theme)) setCookie(c, themeCookie, theme, lasting)
      return c.redirect(safePath(path), 303)
    })
}
