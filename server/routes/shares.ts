import { join } from 'node:path'
import { Hono } from 'hono'
import type { Access, ShareStatus } from '../../appliance/sync/status.ts'
import { emptyForm } from '../../ui/components/form.ts'
import type { FormState } from '../../ui/components/form.ts'
import { longest } from '../../ui/limits.ts'
import { addSharePage, createPage, joinPage } from '../../ui/pages/add-share.ts'
import { heldPage } from '../../ui/pages/held.ts'
import type { HeldAnswer } from '../../ui/pages/held.ts'
import { homePage } from '../../ui/pages/home.ts'
import { replaceSecretsPage, withoutField } from '../../ui/pages/replace-secrets.ts'
import { confirmSecretPage, secretsPage, shownSecretPage } from '../../ui/pages/secrets.ts'
import { CHANGES_SHOWN, ownChangesPage } from '../../ui/pages/own-changes.ts'
import { sharePage } from '../../ui/pages/share.ts'
import { stopSharePage } from '../../ui/pages/stop-share.ts'
import { sharePath } from '../../ui/paths.ts'
import { atMost, given, givenHost, isFolder, isHost, readForm, required, submit } from '../form.ts'
import { lanAddresses } from '../lan-addresses.ts'
import { unusedFolder } from '../share-folders.ts'
import { clientAddress } from '../panel-env.ts'
import type { PanelContext, PanelDeps, PanelEnv } from '../panel-env.ts'
import { back, saidText } from '../said.ts'
import { refusalStatus, refusalText } from './doors.ts'

const nameChecks = [atMost(longest.name)]
const folderIfGiven = [atMost(longest.path), isFolder]
const folderChecks = [required, ...folderIfGiven]

/** What a share that is being joined is going to be called, as far as the form tells. */
const shareName = ({ name, secret = '' }: Readonly<Record<string, string>>): string | undefined =>
  given(name) ?? given(new URLSearchParams(/\?([^#]*)/.exec(secret)?.[1] ?? '').get('name') ?? undefined)

/** Long enough to scan a code, short enough for a phone that lies about. */
const secretShownSeconds = 60
const ONE_DAY_MS = 24 * 60 * 60 * 1000

export function shareRoutes({ sync, sessions, signIn, homeFolder, interfaces }: PanelDeps) {
  /** undefined when none was typed */
  const folderOf = (typed: string | undefined) => {
    const path = given(typed)
    return path?.startsWith('~/') ? join(homeFolder, path.slice(2)) : path
  }
  const example = join(homeFolder, 'Photos')
  const newFolder = join(homeFolder, 'Homeseed', '…')
  const shareOf = (c: PanelContext): ShareStatus => sync.share(c.req.param('id') ?? '')
  const answerOf = (c: PanelContext): HeldAnswer => (c.req.param('answer') === 'release' ? 'release' : 'undo')
  const showShare = (c: PanelContext, share: ShareStatus, hostForm: FormState) =>
    sharePage(c.get('view'), { share, hosts: sync.hosts(share.id), hostForm, said: saidText(c) })

  return new Hono<PanelEnv>()
    .get('/', (c) => c.html(homePage(c.get('view'), sync.shares(), saidText(c))))
    .get('/shares/new', (c) => c.html(addSharePage(c.get('view'))))
    .get('/shares/create', (c) => c.html(createPage(c.get('view'), emptyForm, example)))
    .post('/shares/create', (c) =>
      submit(c, {
        checks: { path: folderChecks, name: nameChecks },
        page: (form) => createPage(c.get('view'), form, example),
        act: async ({ path, name }) => {
          const share = await sync.addShare({ path: folderOf(path) ?? '', name: given(name), makeFolder: true })
          return back(sharePath(share), 'share-created')
        },
      }),
    )
    .get('/join', (c) => c.html(joinPage(c.get('view'), emptyForm, newFolder)))
    .get('/shares/join', (c) => c.html(joinPage(c.get('view'), emptyForm, newFolder)))
    .post('/shares/join', (c) =>
      submit(c, {
        checks: {
          secret: [required, atMost(longest.secret)],
          path: folderIfGiven,
          name: nameChecks,
          host: [isHost],
        },
        page: (form) => joinPage(c.get('view'), form, newFolder),
        act: async (values) => {
          const { secret = '', path, name } = values
          const host = givenHost(values['host'])
          const share = await sync.joinShare({
            secret,
            path: folderOf(path) ?? unusedFolder(join(homeFolder, 'Homeseed'), shareName(values)),
            name: given(name),
            makeFolder: true,
            hosts: host === undefined ? [] : [host],
          })
          return back(sharePath(share), 'share-joined')
        },
      }),
    )
    .get('/shares/:id', (c) => c.html(showShare(c, shareOf(c), emptyForm)))
    .post('/shares/:id/:action{pause|resume}', async (c) => {
      const { from } = await readForm(c)
      const share = await sync.setPaused(shareOf(c).id, c.req.param('action') === 'pause')
      return c.redirect(from === 'home' ? '/' : sharePath(share), 303)
    })
    .get('/shares/:id/:answer{release|undo}', (c) => {
      const share = shareOf(c)
      if (share.held.length === 0) return c.redirect(sharePath(share), 303)
      return c.html(heldPage(c.get('view'), share, answerOf(c)))
    })
    .post('/shares/:id/:answer{release|undo}', async (c) => {
      const share = shareOf(c)
      await sync[answerOf(c)](share.id)
      return c.redirect(sharePath(share), 303)
    })
    .get('/shares/:id/changes', (c) => {
      const share = shareOf(c)
      const page = sync.ownChanges(share.id, { limit: CHANGES_SHOWN })
      if (page.changes.length === 0) return c.redirect(sharePath(share), 303)
      return c.html(ownChangesPage(c.get('view'), { share, page }))
    })
    .post('/shares/:id/changes', async (c) => {
      const { id } = shareOf(c)
      const report = await sync.revert(id, [])
      const share = sync.share(id)
      if (report.notReverted === 0) return c.redirect(back(sharePath(share), 'reverted'), 303)
      const page = sync.ownChanges(id, { limit: CHANGES_SHOWN })
      return c.html(ownChangesPage(c.get('view'), { share, page, report }), 422)
    })
    .post('/shares/:id/rescan', async (c) => {
      const share = shareOf(c)
      await sync.rescan(share.id)
      return c.redirect(back(sharePath(share), 'rescan'), 303)
    })
    .post('/shares/:id/hosts', (c) => {
      const share = shareOf(c)
      return submit(c, {
        checks: { host: [required, isHost] },
        page: (form) => showShare(c, share, form),
        act: async ({ host }) => {
          await sync.addHost(share.id, givenHost(host) ?? '')
          return back(sharePath(share), 'host-added')
        },
      })
    })
    .post('/shares/:id/hosts/remove', async (c) => {
      const share = shareOf(c)
      const { host = '' } = await readForm(c)
      await sync.removeHost(share.id, host)
      return c.redirect(back(sharePath(share), 'host-removed'), 303)
    })
    .get('/shares/:id/secrets', (c) => {
      const share = shareOf(c)
      return c.html(secretsPage(c.get('view'), { share, oneTime: sync.oneTimeSecrets(share.id), said: saidText(c) }))
    })
    .post('/shares/:id/devices/approve', async (c) => {
      const share = shareOf(c)
      const { device = '' } = await readForm(c)
      await sync.approveDevice(share.id, device)
      return c.redirect(back(sharePath(share), 'device-approved'), 303)
    })
    .post('/shares/:id/one-time/revoke', async (c) => {
      const share = shareOf(c)
      const { id = '' } = await readForm(c)
      sync.revokeOneTimeSecret(share.id, id)
      return c.redirect(back(`${sharePath(share)}/secrets`, 'once-revoked'), 303)
    })
    .post('/shares/:id/secrets', async (c) => {
      const view = c.get('view')
      const share = shareOf(c)
      const { access: asked, once, password } = await readForm(c)
      const access: Access = asked === 'read-write' || asked === 'seed-only' ? asked : 'read-only'
      const wanted = { access, once: once === 'yes' }
      if (!sessions.isConfirmed(c.get('session'))) {
        if (password === undefined) return c.html(confirmSecretPage(view, share, wanted, emptyForm))
        const checked = await signIn.check(password, clientAddress(c))
        if (!checked.ok) {
          const faults = { password: refusalText(checked.error, view.t) }
          return c.html(confirmSecretPage(view, share, wanted, { values: {}, faults }), refusalStatus(checked.error))
        }
        sessions.confirm(c.get('session'))
      }
      const secret = wanted.once ? sync.oneTimeSecret(share.id, access, ONE_DAY_MS) : sync.secret(share.id, access)
      c.header('Refresh', `${secretShownSeconds}; url=${sharePath(share)}/secrets`)
      return c.html(
        shownSecretPage(view, { share, secret, addresses: lanAddresses(sync.identity().listen, interfaces()) }),
      )
    })
    .get('/shares/:id/replace', (c) => {
      const without = c.req.query('without') ?? ''
      const form = { ...emptyForm, values: { [withoutField(without)]: 'yes' } }
      return c.html(replaceSecretsPage(c.get('view'), { share: shareOf(c), devices: sync.devices(), form }))
    })
    .post('/shares/:id/replace', (c) => {
      const share = shareOf(c)
      return submit(c, {
        checks: { sure: [(value, { t }) => (value === 'yes' ? undefined : t.replace.sureMissing)] },
        page: (form) => replaceSecretsPage(c.get('view'), { share, devices: sync.devices(), form }),
        act: async (values) => {
          const out = share.peers.filter(({ device }) => values[withoutField(device)] === 'yes')
          const { id } = await sync.rotate(
            share.id,
            out.map(({ device }) => device),
          )
          return back(`${sharePath({ id })}/secrets`, 'secrets-replaced')
        },
      })
    })
    .post('/shares/:id/take', async (c) => {
      const share = shareOf(c)
      const { device = '' } = await readForm(c)
      return c.redirect(back(sharePath(await sync.takeSecrets(share.id, device)), 'secrets-taken'), 303)
    })
    .get('/shares/:id/stop', (c) => c.html(stopSharePage(c.get('view'), shareOf(c))))
    .post('/shares/:id/stop', async (c) => {
      await sync.removeShare(shareOf(c).id)
      return c.redirect(back('/', 'share-stopped'), 303)
    })
}
