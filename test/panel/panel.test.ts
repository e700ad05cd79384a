import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Page } from 'playwright-core'
import { deviceId, peer } from '../support/memory-sync-service.ts'
import { claim, drawnProgress, overflow, panelInBrowser, password } from './browser.ts'

const receiving = {
  state: 'syncing',
  files: 100,
  bytes: 2e9,
  needFiles: 40,
  rateIn: 11e6,
  peers: [peer('laptop')],
} as const
const at = (progress: number) => ({
  ...receiving,
  progress,
  needBytes: Math.round(1e9 * (1 - progress)),
  etaSeconds: 100 * (1 - progress),
})

test('first light: claim, share a folder, see it move, show its secret, speak Spanish', async (t) => {
  const panel = await panelInBrowser(t)
  if (!panel) return
  const { sync, url } = panel
  const { page } = await panel.open()

  await page.goto(url)
  assert.equal(new URL(page.url()).pathname, '/claim')
  await page.fill('#password', 'short')
  await page.getByRole('button', { name: 'This is mine' }).click()
  await page.getByRole('alert').getByText('Use 8 characters or more.').waitFor()
  assert.equal(await page.evaluate('document.activeElement.getAttribute("role")'), 'alert', 'the fault has the focus')
  await page.fill('#password', password)
  await page.getByRole('button', { name: 'Show the password' }).click()
  assert.equal(await page.getAttribute('#password', 'type'), 'text')
  await page.getByRole('button', { name: 'This is mine' }).click()

  await page.getByRole('link', { name: 'Create a share' }).click()
  await page.fill('#path', '/srv/photos')
  await page.fill('#name', 'Family photos')
  await page.getByRole('button', { name: 'Create the share' }).click()
  await page.getByRole('heading', { level: 1, name: 'Family photos' }).waitFor()
  await page.getByText('The share is there. Now add a device.').waitFor()

  // the share's own page moves
  const { id } = sync.share('Family photos')
  sync.set(id, { ...at(0.25), transfers: [{ path: '2026/Beach.jpg', sizeBytes: 1e6, doneBytes: 4e5 }] })
  await page.locator('#share-status .line', { hasText: '25 % · 750 MB left · 11 MB/s · about 2 min' }).waitFor()
  await page.locator('#share-transfers', { hasText: '2026/Beach.jpg' }).waitFor()
  await page.locator('#share-devices', { hasText: 'laptop' }).waitFor()

  // and so does the list, the title and the icon of the tab, without loading anything again
  await page.getByRole('link', { name: 'Home' }).click()
  await page.locator('.share .line', { hasText: '25 %' }).waitFor()
  await page.evaluate('globalThis.loadedOnce = true')
  sync.set(id, at(0.5))
  await page.locator('.share .line', { hasText: '50 % · 500 MB left' }).waitFor()
  await page.waitForFunction('document.title === "50 % · homeseed"')
  assert.match((await page.getAttribute('#favicon', 'href')) ?? '', /icon-busy/)
  assert.equal(await page.locator('.share progress').evaluate((bar) => (bar as unknown as { value: number }).value), 50)
  sync.set(id, { state: 'in-sync', needBytes: 0, needFiles: 0, progress: 1, rateIn: 0, etaSeconds: undefined })
  await page.locator('.share .chip', { hasText: 'Up to date' }).waitFor()
  await page.locator('#say', { hasText: 'Family photos is up to date.' }).waitFor()
  await page.waitForFunction('document.title === "homeseed"')
  const added = await sync.addShare({ path: '/srv/music', name: 'Music' })
  await page.getByRole('link', { name: 'Music' }).waitFor()
  await sync.removeShare(added.id)
  await page.getByRole('link', { name: 'Music' }).waitFor({ state: 'detached' })
  assert.equal(await page.evaluate('globalThis.loadedOnce'), true)

  // the secret, on demand
  await page.getByRole('link', { name: 'Family photos' }).click()
  await page.getByRole('link', { name: 'Add a device' }).click()
  const secret = sync.secret(id, 'read-only')
  assert.ok(!(await page.content()).includes(secret.secret))
  await page.getByRole('button', { name: 'Show the secret: This device may only read' }).click()
  assert.equal(await page.textContent('#secret'), secret.secret)
  assert.equal(await page.textContent('#link'), secret.link)
  await page.getByRole('img', { name: 'QR code of the link' }).waitFor()
  assert.ok(!page.url().includes(secret.secret))
  await page.getByRole('button', { name: 'Copy' }).first().click()
  await page.getByRole('button', { name: 'Copied' }).waitFor()

  await page.getByRole('link', { name: 'Settings' }).click()
  await page.getByRole('button', { name: 'Español' }).click()
  await page.getByRole('heading', { level: 1, name: 'Ajustes' }).waitFor()
  assert.equal(await page.getAttribute('html', 'lang'), 'es')
  await page.getByRole('link', { name: 'Inicio' }).click()
  await page.locator('.share .chip', { hasText: 'Al día' }).waitFor()
  assert.deepEqual(panel.complaints, [])
})

test('a bar is as long as the number beside it says, from the moment that it says so', async (t) => {
  const panel = await panelInBrowser(t)
  if (!panel) return
  const { sync, url } = panel
  const { page } = await panel.open({ reducedMotion: 'no-preference' })
  await claim(page, url)
  const { id } = await sync.addShare({ path: '/srv/photos' })
  const sizeBytes = 1e6
  const show = async (fraction: number) => {
    sync.set(id, { ...at(0.5), transfers: [{ path: 'film.mp4', sizeBytes, doneBytes: fraction * sizeBytes }] })
    await page.locator('#share-transfers .row-side', { hasText: `${fraction * 100} %` }).waitFor()
    return drawnProgress(page, '#share-transfers progress')
  }
  await page.goto(`${url}/shares/${id}`)
  for (const fraction of [0.2, 0.7, 1]) {
    const drawn = await show(fraction)
    assert.ok(Math.abs(drawn - fraction) < 0.03, `${drawn} of the bar is filled at ${fraction}`)
  }
})

test('without script all of it works too, by forms', async (t) => {
  const panel = await panelInBrowser(t)
  if (!panel) return
  const { sync, url } = panel
  const { page } = await panel.open({ javaScriptEnabled: false })
  await claim(page, url)

  await page.getByRole('link', { name: 'Join with a secret' }).click()
  await page.fill('#secret', 'AAAA')
  await page.fill('#path', '/srv/x')
  await page.getByRole('button', { name: 'Join the share' }).click()
  await page
    .getByRole('alert')
    .getByText(/typing mistake/)
    .waitFor()
  assert.equal(await page.inputValue('#path'), '/srv/x', 'what was typed is kept')
  await page.fill('#secret', `A${'B'.repeat(60)}`)
  await page.fill('#name', 'Joined')
  await page.getByRole('button', { name: 'Join the share' }).click()
  await page.getByRole('heading', { level: 1, name: 'Joined' }).waitFor()

  const { id } = sync.share('Joined')
  sync.set(id, at(0.62))
  await page.goto(`${url}/`)
  assert.match((await page.textContent('.share .line')) ?? '', /62 % · 380 MB left/)
  await page.getByRole('button', { name: 'Pause: Joined' }).click()
  await page.locator('.share .chip', { hasText: 'Paused' }).waitFor()
  await page.getByRole('button', { name: 'Resume: Joined' }).click()
  await page.locator('.share .chip', { hasText: 'Receiving' }).waitFor()

  await page.goto(`${url}/shares/${id}/secrets`)
  await page.getByRole('button', { name: 'Show the secret: This device may change files' }).click()
  assert.equal(await page.textContent('#secret'), sync.secret(id, 'read-write').secret)
  assert.equal(await page.locator('button:visible', { hasText: 'Copy' }).count(), 0, 'no button that does nothing')

  await page.goto(`${url}/shares/${id}`)
  await page.locator('summary', { hasText: 'Fixed addresses' }).click()
  await page.fill('#host', '192.168.1.9')
  await page.getByRole('button', { name: 'Add the address' }).click()
  await page.getByText('The address was added.').waitFor()
  assert.deepEqual(sync.hosts(id), ['192.168.1.9:22000'])

  await page.goto(`${url}/settings`)
  await page.getByRole('button', { name: 'Dark' }).click()
  assert.equal(await page.getAttribute('html', 'data-theme'), 'dark')
  await page.getByRole('button', { name: 'Español' }).click()
  assert.equal(await page.getAttribute('html', 'lang'), 'es')
  await page.getByRole('button', { name: 'English' }).click()

  await page.goto(`${url}/shares/${id}`)
  await page.getByRole('link', { name: 'Stop sharing…' }).click()
  await page.getByRole('heading', { name: 'Stop sharing “Joined” on this computer?' }).waitFor()
  await page.getByRole('button', { name: 'Stop sharing' }).click()
  await page.getByText('Its files are where they were').waitFor()
  assert.equal(sync.shares().length, 0)

  await page.goto(`${url}/settings`)
  await page.getByRole('button', { name: 'Sign out', exact: true }).click()
  await page.getByRole('heading', { level: 1, name: 'Sign in' }).waitFor()
  await page.fill('#password', password)
  await page.getByRole('button', { name: 'Sign in' }).click()
  await page.getByText('No shares yet').waitFor()
  assert.deepEqual(panel.complaints, [])
})

/** Every page, with names and numbers that strain it. */
async function visitAll(
  page: Page,
  url: string,
  ids: { readonly share: string; readonly device: string },
  look: (name: string) => Promise<void>,
) {
  const paths = [
    '/',
    '/shares/new',
    '/shares/create',
    '/shares/join',
    '/join',
    '/devices',
    '/devices/link',
    '/settings',
    '/settings/keys',
    '/nothing',
  ]
  const ofShare = ['', '/secrets', '/replace', '/changes', '/stop'].map((path) => `/shares/${ids.share}${path}`)
  for (const path of [...paths, ...ofShare, `/devices/${ids.device}/remove`]) {
    await page.goto(url + path)
    await look(path)
  }
  await page.goto(`${url}/shares/${ids.share}/secrets`)
  await page.getByRole('button').first().click()
  await page.waitForSelector('.qr')
  await look('the secret')
}

test('a link with a secret leads past both doors into the form, and the secret goes nowhere else', async (t) => {
  const panel = await panelInBrowser(t)
  if (!panel) return
  const { sync, url } = panel
  const { page, context } = await panel.open()
  const secret = `B${'ABCD2345'.repeat(8).slice(0, 60)}`
  const link = `${url}/join#${secret}?name=Photos&host=192.168.1.30%3A22000`
  const asked: string[] = []
  page.on('request', (request) => asked.push(request.url() + (request.postData() ?? '')))
  const isFilledIn = async () => {
    await page.waitForURL(`${url}/join`)
    assert.equal(await page.inputValue('#secret'), `homeseed:${secret}?name=Photos&host=192.168.1.30%3A22000`)
    assert.equal(await page.evaluate('location.href'), `${url}/join`)
  }

  await page.goto(link)
  await page.waitForURL(/\/claim\?to=%2Fjoin$/)
  await page.fill('#password', 'short')
  await page.getByRole('button', { name: 'This is mine' }).click()
  await page.getByRole('alert').waitFor()
  await page.fill('#password', password)
  await page.getByRole('button', { name: 'This is mine' }).click()
  await isFilledIn()

  await page.goto(`${url}/settings`)
  await page.getByRole('button', { name: 'Sign out', exact: true }).click()
  await page.goto(link)
  await page.waitForURL(/\/sign-in\?to=%2Fjoin$/)
  await page.getByRole('button', { name: 'Español' }).click()
  await page.fill('#password', password)
  await page.getByRole('button', { name: 'Entrar' }).click()
  await isFilledIn()

  assert.deepEqual(
    asked.filter((each) => each.includes(secret)),
    [],
  )
  await page.fill('#path', '/srv/photos')
  await page.getByRole('button', { name: 'Unirse' }).click()
  await page.getByRole('heading', { level: 1, name: 'photos' }).waitFor()
  assert.equal(asked.filter((each) => each.includes(secret)).length, 1, 'only the form that was sent')
  assert.equal(sync.shares().length, 1)
  assert.deepEqual(panel.complaints, [])
  await context.close()
})

test('what was changed in a read-only share is listed, and kept or taken back', async (t) => {
  const panel = await panelInBrowser(t)
  if (!panel) return
  const { sync, url } = panel
  const { page } = await panel.open()
  await claim(page, url)
  const { id } = await sync.addShare({ path: '/srv/photos', name: 'Photos' })
  sync.set(id, { peers: [peer('Studio')] })
  const own = (path: string, kind: 'changed' | 'added' | 'deleted') =>
    ({ path, kind, type: 'file', sizeBytes: 1500, modified: '2026-01-31T10:00:00.000Z' }) as const
  sync.setOwnChanges(id, [own('a.jpg', 'changed'), own('b.jpg', 'added'), own('c.jpg', 'deleted')])
  await page.goto(`${url}/shares/${id}`)
  await page.getByText('3 files were changed here.').waitFor()
  await page.getByRole('link', { name: 'See what was changed…' }).click()
  await page.getByRole('heading', { name: 'Make “Photos” here the same as on Studio again?' }).waitFor()
  await page.getByText('Changed here: 1 · Added here: 1 · Deleted here: 1').waitFor()
  await page.locator('li', { hasText: 'b.jpg' }).getByText('added · 1.5 kB').waitFor()
  await page.getByRole('link', { name: 'Keep my changes' }).click()
  await page.getByRole('heading', { level: 1, name: 'Photos' }).waitFor()
  assert.ok(!sync.calls.includes('revert'))
  await page.getByRole('link', { name: 'See what was changed…' }).click()
  await page.getByRole('button', { name: 'Move my 2 files to the archive' }).click()
  await page.getByText('Your files are in the archive.').waitFor()
  assert.deepEqual(sync.calls.slice(-1), ['revert'])
  sync.setOwnChanges(id, [own('stuck/a', 'added'), own('c.jpg', 'deleted')])
  await page.goto(`${url}/shares/${id}/changes`)
  await page.getByRole('button', { name: 'Move my file to the archive' }).click()
  await page.getByRole('alert').getByText('1 could not be taken back:').waitFor()
  await page.getByRole('alert').getByText('the folder still holds something').waitFor()
  assert.deepEqual(panel.complaints, [])
})

test('no page scrolls sideways, and every target is large enough for a finger', async (t) => {
  const panel = await panelInBrowser(t)
  if (!panel) return
  const { sync, url } = panel
  const { page } = await panel.open()
  await claim(page, url)
  const long = `${'LongNameWithoutAnySpace'.repeat(5)} مجلد العائلة 📷`
  const share = await sync.addShare({ path: `/srv/${long}`, name: long })
  const device = deviceId('long')
  sync.set(share.id, {
    ...at(0.5),
    message: `Something about /srv/${long}`,
    transfers: [{ path: `${long}/${long}`, sizeBytes: 1e12, doneBytes: 5e11 }],
    problems: [{ path: long, reason: long }],
    access: 'read-only',
    newSecrets: [{ device, name: long, toldBy: '' }],
    peers: [peer(long, { client: long, address: '[2001:db8:1111:2222:3333:4444:5555:6666]:22000' })],
  })
  const own = { kind: 'added', type: 'file', sizeBytes: 1e12, modified: '2026-01-31T10:00:00.000Z' } as const
  sync.setOwnChanges(share.id, [{ ...own, path: `${long}/${long}` }])
  sync.putDevice({
    device,
    name: long,
    connected: false,
    address: '',
    client: long,
    linked: true,
    shares: [share.id],
    addresses: [`${'x'.repeat(100)}.example.org:22000`],
  })
  await visitAll(page, url, { share: share.id, device }, async (name) => {
    for (const width of [320, 390, 768, 1280]) {
      await page.setViewportSize({ width, height: 844 })
      assert.ok((await overflow(page)) <= 0, `${name} at ${width}`)
    }
    await page.setViewportSize({ width: 390, height: 844 })
    const small = await page.evaluate(`[...document.querySelectorAll('a[href], button, input, summary')]
      .filter((each) => each.checkVisibility() && !each.matches('.skip, [type=radio], [type=checkbox]'))
      .map((each) => ({ each, box: (each.matches('.whole') ? each.closest('li') : each).getBoundingClientRect() }))
      .filter(({ box }) => box.width < 44 || box.height < 44)
      .map(({ each }) => each.outerHTML.slice(0, 200))`)
    assert.deepEqual(small, [], name)
    const tooSmallText = await page.evaluate(`[...document.querySelectorAll('input')]
      .filter((each) => each.checkVisibility() && parseFloat(getComputedStyle(each).fontSize) < 16).length`)
    assert.equal(tooSmallText, 0, `${name}: phones zoom in on smaller inputs`)
  })
  assert.deepEqual(
    panel.complaints.filter((complaint) => !/404/.test(complaint)),
    [],
  )
})

test('a device is removed, and kept out by new secrets', async (t) => {
  const panel = await panelInBrowser(t)
  if (!panel) return
  const { sync, url } = panel
  for (const javaScriptEnabled of [true, false]) {
    const { page } = await panel.open({ javaScriptEnabled })
    if (javaScriptEnabled) await claim(page, url)
    else {
      await page.goto(url)
      await page.fill('#password', password)
      await page.getByRole('button', { name: 'Sign in' }).click()
    }
    const share = await sync.addShare({ path: `/srv/family${javaScriptEnabled}`, name: `Family ${javaScriptEnabled}` })
    const [tom, anna] = [peer('Tom’s phone'), peer('Anna’s laptop')]
    sync.set(share.id, { peers: [tom, anna] })
    const device = { device: tom.device, name: tom.name, connected: false, address: '', client: '', linked: false }
    sync.putDevice({ ...device, shares: [share.id], addresses: [] })

    await page.goto(`${url}/devices`)
    await page.getByRole('link', { name: 'Remove Tom’s phone' }).click()
    await page.getByText('if it knows the secret, can come back').waitFor()
    await page.getByRole('link', { name: share.name }).click()
    await page.getByRole('heading', { name: `Replace the secrets of “${share.name}”?` }).waitFor()
    assert.ok(await page.getByLabel('Tom’s phone').isChecked())
    assert.ok(!(await page.getByLabel('Anna’s laptop').isChecked()))
    // nothing happens until they are sure
    await page.getByRole('button', { name: 'Replace the secrets' }).click()
    assert.equal(sync.share(share.name).id, share.id)
    await page.getByLabel('I will send new links to the people I trust').check()
    await page.getByRole('button', { name: 'Replace the secrets' }).click()
    await page.getByText('The secrets are replaced.').waitFor()
    const { id, peers } = sync.share(share.name)
    assert.notEqual(id, share.id)
    assert.deepEqual(peers, [anna])
    assert.equal(new URL(page.url()).pathname, `/shares/${id}/secrets`)

    sync.set(id, { newSecrets: [{ device: anna.device, name: anna.name, toldBy: '' }] })
    await page.goto(`${url}/shares/${id}`)
    await page
      .getByText(`Anna’s laptop (${anna.device.slice(0, 7)}) has new secrets for “${share.name}”. Take them?`)
      .waitFor()
    await page.getByRole('button', { name: 'Take the new secrets' }).click()
    await page.getByText('This device has the new secrets.').waitFor()
    assert.deepEqual(sync.share(id).newSecrets, [])
  }
  assert.deepEqual(panel.complaints, [])
})

test('focus, an opened fold and half-typed text survive what moves around them', async (t) => {
  const panel = await panelInBrowser(t)
  if (!panel) return
  const { sync, url } = panel
  const { page } = await panel.open()
  await claim(page, url)
  const { id } = await sync.addShare({ path: '/srv/photos', name: 'Photos' })
  sync.set(id, at(0.1))
  await page.goto(`${url}/shares/${id}`)
  await page.locator('summary', { hasText: 'Fixed addresses' }).click()
  await page.fill('#host', 'half typ')
  await page.getByRole('button', { name: 'Pause: Photos' }).focus()
  for (const percent of [20, 30, 40]) {
    sync.set(id, at(percent / 100))
    await page.locator('#share-status .line', { hasText: `${percent} %` }).waitFor()
  }
  assert.equal(await page.evaluate('document.activeElement.getAttribute("aria-label")'), 'Pause: Photos')
  assert.equal(await page.inputValue('#host'), 'half typ')
  assert.equal(await page.locator('#hosts').getAttribute('open'), '')
  const transfer = (path: string) => ({ path, sizeBytes: 1e9, doneBytes: 5e8 })
  sync.set(id, { bytes: 5e9, files: 7, transfers: [transfer('a b'), transfer('a_b')] })
  await page.locator('#share-size', { hasText: '5 GB · 7 files' }).waitFor()
  await page.evaluate(`document.querySelector('#share-transfers li:last-child').wasThere = true`)
  sync.set(id, { transfers: [transfer('a_b')] })
  await page.locator('#share-transfers li', { hasText: 'a b' }).waitFor({ state: 'detached' })
  assert.equal(
    await page.evaluate(`document.querySelector('#share-transfers li').wasThere`),
    true,
    'a file keeps its row',
  )
  await page.goto(url)
  await page.getByRole('link', { name: 'Photos' }).focus()
  sync.set(id, at(0.5))
  await page.locator('.share .line', { hasText: '50 %' }).waitFor()
  assert.equal(await page.evaluate('document.activeElement.textContent'), 'Photos')
  assert.deepEqual(panel.complaints, [])
})

test('a panel that goes away is told, and the page moves on when it is back', async (t) => {
  const panel = await panelInBrowser(t)
  if (!panel) return
  const { sync, url } = panel
  const { page } = await panel.open()
  await claim(page, url)
  const { id } = await sync.addShare({ path: '/srv/photos', name: 'Photos' })
  sync.set(id, at(0.1))
  await page.locator('.share .line', { hasText: '10 %' }).waitFor()
  await panel.stop()
  await page.locator('#offline').waitFor({ state: 'visible' })
  sync.set(id, at(0.7))
  await panel.restart()
  await page.locator('.share .line', { hasText: '70 %' }).waitFor()
  await page.locator('#offline').waitFor({ state: 'hidden' })
})

test('with many pages open the oldest stands still and says so; the others go on', async (t) => {
  const panel = await panelInBrowser(t)
  if (!panel) return
  const { sync, url } = panel
  const { page, context } = await panel.open()
  await claim(page, url)
  const { id } = await sync.addShare({ path: '/srv/photos', name: 'Photos' })
  await page.locator('.share').waitFor()
  let last = page
  for (let i = 0; i < 7; i += 1) {
    last = await context.newPage()
    panel.listen(last)
    await last.goto(url)
    await last.locator('.share').waitFor()
  }
  sync.set(id, at(0.3))
  await last.locator('.share .line', { hasText: '30 %' }).waitFor()
  await page.bringToFront()
  await page.locator('#still', { hasText: 'too many are open' }).waitFor({ state: 'visible' })
  await page.getByRole('link', { name: 'Load again' }).click()
  await page.locator('.share .line', { hasText: '30 %' }).waitFor()
  assert.deepEqual(panel.complaints, [])
})

test('the first load of the list is light: few requests, few bytes, nothing from elsewhere', async (t) => {
  const panel = await panelInBrowser(t)
  if (!panel) return
  const { sync, url } = panel
  const { page, context } = await panel.open()
  await claim(page, url)
  for (const name of ['Family', 'Documents', 'Podcasts', 'Music', 'Work']) {
    const { id } = await sync.addShare({ path: `/srv/${name}`, name })
    sync.set(id, at(0.5))
  }
  const cookies = await context.cookies()
  const { page: fresh, context: other } = await panel.open()
  await other.addCookies(cookies)
  const devtools = await other.newCDPSession(fresh)
  await devtools.send('Network.enable')
  let bytes = 0
  const requested = new Set<string>()
  devtools.on('Network.requestWillBeSent', ({ request }) => void requested.add(request.url))
  devtools.on('Network.loadingFinished', ({ encodedDataLength }) => void (bytes += encodedDataLength))
  await fresh.goto(url, { waitUntil: 'load' })
  await fresh.locator('.share').nth(4).waitFor()
  assert.ok(bytes <= 30_000, `${bytes} bytes`)
  assert.ok(requested.size <= 6, [...requested].join(' '))
  t.diagnostic(`${bytes} bytes, ${requested.size} requests`)
})

test('light, dark and the system: the page has the colours from its first moment', async (t) => {
  const panel = await panelInBrowser(t)
  if (!panel) return
  const { url } = panel
  const { page } = await panel.open({ colorScheme: 'dark' })
  await claim(page, url)
  const background = () => page.evaluate('getComputedStyle(document.documentElement).backgroundColor')
  assert.equal(await background(), 'rgb(16, 20, 24)', 'as the system')
  await page.goto(`${url}/settings`)
  await page.getByRole('button', { name: 'Light' }).click()
  await page.waitForSelector('html[data-theme=light]')
  assert.equal(await background(), 'rgb(246, 247, 249)')
  assert.equal(await page.getByRole('button', { name: 'Light' }).getAttribute('aria-pressed'), 'true')
})
