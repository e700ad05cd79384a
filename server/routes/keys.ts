/** Keys for a safe place: a file that a passphrase opens, and a sheet to print. */
import { Hono } from 'hono'
import { passwordFault } from '../../appliance/settings/passwords.ts'
import { emptyForm } from '../../ui/components/form.ts'
import type { FormState } from '../../ui/components/form.ts'
import { html } from '../../ui/html.ts'
import { keysPage } from '../../ui/pages/keys.ts'
import { readForm } from '../form.ts'
import { recoverySheet } from '../keys/recovery-sheet.ts'
import { seal } from '../keys/sealed-file.ts'
import { clientAddress } from '../panel-env.ts'
import type { PanelContext, PanelDeps, PanelEnv } from '../panel-env.ts'
import { passwordFaultText, refusalStatus, refusalText } from './doors.ts'

/** Long enough to print it, short enough for a screen that is left alone. */
const sheetShownSeconds = 300

export function keysRoutes({ sync, sessions, signIn, readKeys }: PanelDeps) {
  const page = (c: PanelContext, form: FormState) =>
    keysPage(c.get('view'), { form, asksPassword: !sessions.isConfirmed(c.get('session')) })

  /** @returns what to answer instead, where the password is needed once more and was not typed right */
  const refusal = async (c: PanelContext, field: string, password = ''): Promise<Response | undefined> => {
    if (sessions.isConfirmed(c.get('session'))) return undefined
    const checked = await signIn.check(password, clientAddress(c))
    if (checked.ok) {
      sessions.confirm(c.get('session'))
      return undefined
    }
    const faults = { [field]: refusalText(checked.error, c.get('view').t) }
    return c.html(page(c, { values: {}, faults }), refusalStatus(checked.error))
  }

  return new Hono<PanelEnv>()
    .get('/settings/keys', (c) => c.html(page(c, emptyForm)))
    .post('/settings/keys/export', async (c) => {
      const { t } = c.get('view')
      const { passphrase = '', again = '', current } = await readForm(c)
      const fault = passwordFault(passphrase)
      const faults = {
        ...(fault && { passphrase: passwordFaultText(fault, t) }),
        ...(!fault && passphrase !== again && { again: t.keys.notTheSame }),
      }
      if (Object.keys(faults).length > 0) return c.html(page(c, { values: {}, faults }), 422)
      const refused = await refusal(c, 'current', current)
      if (refused) return refused
      const sealed = await seal(Buffer.from(JSON.stringify(readKeys())), passphrase)
      return c.body(sealed, 200, {
        'Content-Type': 'application/octet-stream',
        'Content-Disposition': `attachment; filename="${fileName(sync.identity().name, new Date())}"`,
      })
    })
    .post('/settings/keys/sheet', async (c) => {
      const { t, assets } = c.get('view')
      const refused = await refusal(c, 'current-sheet', (await readForm(c))['current-sheet'])
      if (refused) return refused
      c.header('Refresh', `${sheetShownSeconds}; url=/settings/keys`)
      const style = html`<link rel="stylesheet" href="${assets['sheet.css']}" />`
      const around = html`<p class="around"><a href="/settings/keys">${t.keys.title}</a> · ${t.keys.sheetHides}</p>`
      return c.html(recoverySheet(readKeys(), new Date(), { style, around }))
    })
}

const fileName = (device: string, now: Date): string => {
  const name = device.replace(/[^A-Za-z0-9._-]+/g, '-').slice(0, 60)
  return `homeseed-${name}-${now.toISOString().slice(0, 10)}.keys`
}
