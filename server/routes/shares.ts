import { join } from 'node:path'
import { Hono } from 'hono'
import { UserError } from '../../appliance/sync/status.ts'
import type { Access, ShareStatus } from '../../appliance/sync/status.ts'
import { emptyForm } from '../../ui/components/form.ts'
import type { FormState } from '../../ui/components/form.ts'
import { addSharePage, createPage, joinPage } from '../../ui/pages/add-share.ts'
import { homePage } from '../../ui/pages/home.ts'
import { confirmSecretPage, secretsPage, shownSecretPage } from '../../ui/pages/secrets.ts'
import { sharePage } from '../../ui/pages/share.ts'
import { stopSharePage } from '../../ui/pages/stop-share.ts'
import { atMost, failedForm, faultsOf, given, givenHost, isFolder, isHost, readForm, required } from '../form.ts'
import { lanAddresses } from '../lan-addresses.ts'
import { unusedFolder } from '../share-folders.ts'
import { clientAddress } from '../panel-env.ts'
import type { PanelContext, PanelDeps, PanelEnv } from '../panel-env.ts'
import { back, saidText } from '../said.ts'
import { refusalStatus, refusalText } from './doors.ts'

const nameChecks = [atMost(200)]
const folderIfGiven = [atMost(4096), isFolder]
const folderChecks = [required, ...folderIfGiven]

/** What a share that is being joined is going to be called, as far as the form tells. */
const shareName = ({ name, secret = '' }: Readonly<Record<string, string>>): string | undefined =>
  given(name) ?? given(new URLSearchParams(/\?([^#]*)/.exec(secret)?.[1] ?? '').get('name') ?? undefined)

/** Long enough to scan a code, short enough for a phone that lies about. */
const secretShownSeconds = 60

export function shareRoutes({ sync, sessions, signIn, homeFolder, interfaces }: PanelDeps) {
  const folder = (typed: string) => (typed.startsWith('~/') ? join(homeFolder, typed.slice(2)) : typed)
  const example = join(homeFolder, 'Photos')
  const newFolder = join(homeFolder, 'Homeseed', '…')
  const shareOf = (c: PanelContext): ShareStatus => sync.share(c.req.param('id') ?? '')
  const path = ({ id }: ShareStatus) => `/shares/${encodeURIComponent(id)}`
  const showShare = (c: PanelContext, share: ShareStatus, hostForm: FormState) =>
    sharePage(c.get('view'), { share, hosts: sync.hosts(share.id), hostForm, said: saidText(c) })

  return new Hono<PanelEnv>()
    .get('/', (c) => c.html(homePage(c.get('view'), sync.shares(), saidText(c))))
    .get('/shares/new', (c) => c.html(addSharePage(c.get('view'))))
    .get('/shares/create', (c) => c.html(createPage(c.get('view'), emptyForm, example)))
    .post('/shares/create', async (c) => {
      const view = c.get('view')
      const values = await readForm(c)
      const faults = faultsOf(values, { path: folderChecks, name: nameChecks }, view)
      if (Object.keys(faults).length > 0) return c.html(createPage(view, { values, faults }, example), 422)
      try {
        const options = { path: folder(given(values['path']) ?? ''), name: given(values['name']), makeFolder: true }
        const share = await sync.addShare(options)
        return c.redirect(back(path(share), 'share-created'), 303)
      } catch (error) {
        if (error instanceof UserError) return c.html(createPage(view, failedForm(values, error), example), 422)
        throw error
      }
    })
    .get('/shares/join', (c) => c.html(joinPage(c.get('view'), emptyForm, newFolder)))
    .post('/shares/join', async (c) => {
      const view = c.get('view')
      const values = await readForm(c)
      const checks = { secret: [required, atMost(4096)], path: folderIfGiven, name: nameChecks, host: [isHost] }
      const faults = faultsOf(values, checks, view)
      if (Object.keys(faults).length > 0) return c.html(joinPage(view, { values, faults }, newFolder), 422)
      const host = givenHost(values['host'])
      try {
        const options = {
          secret: values['secret'] ?? '',
          path: folder(given(values['path']) ?? unusedFolder(join(homeFolder, 'Homeseed'), shareName(values))),
          name: given(values['name']),
          makeFolder: true,
          hosts: host === undefined ? [] : [host],
        }
        const share = await sync.joinShare(options)
        return c.redirect(back(path(share), 'share-joined'), 303)
      } catch (error) {
        if (error instanceof UserError) return c.html(joinPage(view, failedForm(values, error), newFolder), 422)
        throw error
      }
    })
    .get('/shares/:id', (c) => c.html(showShare(c, shareOf(c), emptyForm)))
    .post('/shares/:id/:action{pause|resume}', async (c) => {
      const { from } = await readForm(c)
      const share = await sync.setPaused(shareOf(c).id, c.req.param('action') === 'pause')
      return c.redirect(from === 'home' ? '/' : path(share), 303)
    })
    .post('/shares/:id/rescan', async (c) => {
      const share = shareOf(c)
      await sync.rescan(share.id)
      return c.redirect(back(path(share), 'rescan'), 303)
    })
    .post('/shares/:id/hosts', async (c) => {
      const share = shareOf(c)
      const values = await readForm(c)
      const faults = faultsOf(values, { host: [required, isHost] }, c.get('view'))
      if (Object.keys(faults).length > 0) return c.html(showShare(c, share, { values, faults }), 422)
      try {
        await sync.addHost(share.id, givenHost(values['host']) ?? '')
      } catch (error) {
        if (error instanceof UserError) return c.html(showShare(c, share, failedForm(values, error)), 422)
        throw error
      }
      return c.redirect(back(path(share), 'host-added'), 303)
    })
    .post('/shares/:id/hosts/remove', async (c) => {
      const share = shareOf(c)
      const { host = '' } = await readForm(c)
      await sync.removeHost(share.id, host)
      return c.redirect(back(path(share), 'host-removed'), 303)
    })
    .get('/shares/:id/secrets', (c) => c.html(secretsPage(c.get('view'), shareOf(c))))
    .post('/shares/:id/secrets', async (c) => {
      const view = c.get('view')
      const share = shareOf(c)
      const { access: wanted, password } = await readForm(c)
      const access: Access = wanted === 'read-write' ? 'read-write' : 'read-only'
      if (!sessions.isConfirmed(c.get('session'))) {
        if (password === undefined) return c.html(confirmSecretPage(view, share, access, emptyForm))
        const checked = await signIn.check(password, clientAddress(c))
        if (!checked.ok) {
          const faults = { password: refusalText(checked.error, view.t) }
          return c.html(confirmSecretPage(view, share, access, { values: {}, faults }), refusalStatus(checked.error))
        }
        sessions.confirm(c.get('session'))
      }
      const secret = sync.secret(share.id, access)
      c.header('Refresh', `${secretShownSeconds}; url=${path(share)}/secrets`)
      return c.html(
        shownSecretPage(view, { share, secret, addresses: lanAddresses(sync.identity().listen, interfaces()) }),
      )
    })
    .get('/shares/:id/stop', (c) => c.html(stopSharePage(c.get('view'), shareOf(c))))
    .post('/shares/:id/stop', async (c) => {
      await sync.removeShare(shareOf(c).id)
      return c.redirect(back('/', 'share-stopped'), 303)
    })
}
