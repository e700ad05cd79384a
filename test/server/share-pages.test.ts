import assert from 'node:assert/strict'
import { test } from 'node:test'
import { shareParts } from '../../ui/pages/share.ts'
import { catalogue } from '../../ui/texts/texts.ts'
import type { View } from '../../ui/view.ts'
import { deviceId, peer } from '../support/memory-sync-service.ts'
import { testPanel } from './panel-fixture.ts'

const minuteMs = 60_000

async function signedIn() {
  const panel = testPanel()
  const cookie = await panel.claim()
  const get = async (path: string) => (await panel.ask(path, { cookie })).text()
  const post = (path: string, form: Readonly<Record<string, string>> = {}) => panel.ask(path, { cookie, form })
  return { ...panel, cookie, get, post }
}

test('without shares the page says what a share is and offers both ways to one', async () => {
  const { get } = await signedIn()
  const page = await get('/')
  assert.match(page, /stays the same on all your devices/)
  assert.match(page, /href="\/shares\/create"/)
  assert.match(page, /href="\/shares\/join"/)
})

test('a share is created and its page says what to do next', async () => {
  const { post, get, sync } = await signedIn()
  const answer = await post('/shares/create', { path: ' ~/Photos ', name: '' })
  const share = sync.share('Photos')
  assert.equal(share.path, '/home/anna/Photos')
  assert.equal(answer.status, 303)
  assert.equal(answer.headers.get('location'), `/shares/${share.id}?said=share-created`)
  const page = await get(`/shares/${share.id}?said=share-created`)
  assert.match(page, /Now add a device/)
  assert.match(page, /\/home\/anna\/Photos/)
})

test('a bad form comes back as it was, with what is wrong, and does nothing', async () => {
  const { post, sync } = await signedIn()
  for (const [form, fault] of [
    [{ path: '', name: 'Kept' }, 'This is needed.'],
    [{ path: 'Photos', name: 'Kept' }, 'Give the whole path'],
    [{ path: `/${'x'.repeat(5000)}`, name: 'Kept' }, 'At most 4096 characters.'],
  ] as const) {
    const answer = await post('/shares/create', form)
    const page = await answer.text()
    assert.equal(answer.status, 422)
    assert.ok(page.includes(fault), fault)
    assert.match(page, /value="Kept"/)
    assert.match(page, /role="alert"/)
  }
  assert.equal(sync.shares().length, 0)
})

test('what the engine says against it stands on the form, which keeps what was typed', async () => {
  const { post, sync } = await signedIn()
  await sync.addShare({ path: '/srv/photos' })
  const answer = await post('/shares/create', { path: '/srv/photos', name: 'Again' })
  assert.equal(answer.status, 422)
  const page = await answer.text()
  assert.match(page, /\/srv\/photos is shared already/)
  assert.match(page, /value="Again"/)
})

test('an error is told in the language of the panel, and without options of the command line', async () => {
  const { post, sync, ask, cookie } = await signedIn()
  await sync.addShare({ path: '/srv/photos', name: 'Photos' })
  const inSpanish = async (path: string, form: Readonly<Record<string, string>>) => {
    const answer = await ask(path, { cookie: `${cookie}; homeseed-language=es`, form })
    assert.equal(answer.status, 422)
    const page = await answer.text()
    assert.doesNotMatch(page, /lang="en"[^>]*>[^<]*\w/)
    return page
  }
  assert.match(
    await inSpanish('/shares/create', { path: '/srv/photos' }),
    /\/srv\/photos se solapa con la carpeta compartida «Photos» en \/srv\/photos\./,
  )
  assert.match(await inSpanish('/shares/join', { secret: 'AAAA', path: '/srv/x' }), /El secreto tiene una errata/)
  assert.match(await inSpanish('/devices/link', { device: 'ABC' }), /Eso no es un ID de dispositivo/)
  assert.match(await inSpanish('/shares/create', { path: '/srv/x', name: 'Photos' }), /Ponle otro nombre/)
  const taken = await (await post('/shares/create', { path: '/srv/x', name: 'Photos' })).text()
  assert.match(taken, /There is a share named “Photos” already\. Give this one another name\./)
  assert.doesNotMatch(taken, /--name/)
})

test('trouble with the disk and what cannot be synced is told in the language of the panel', async () => {
  const { get, sync, ask, cookie } = await signedIn()
  const { id } = await sync.addShare({ path: '/srv/photos', name: 'Photos' })
  const inSpanish = async (path: string) => (await ask(path, { cookie: `${cookie}; homeseed-language=es` })).text()
  sync.set(id, { state: 'disk-missing', message: 'The folder "/srv/photos" is not there' })
  for (const path of ['/', `/shares/${id}`]) {
    assert.match(await get(path), /The folder &quot;\/srv\/photos&quot; is not there/)
    assert.match(await inSpanish(path), /¿está conectado su disco\?/)
    assert.doesNotMatch(await inSpanish(path), /is not there/)
  }
  const problems = [
    { path: 'a/b', reason: 'cannot be read (EACCES)' },
    { path: 'c', reason: 'a reason nobody knew' },
  ]
  sync.set(id, { state: 'syncing', needFiles: 2, needBytes: 5, message: 'a/b: cannot be read (and 1 more)', problems })
  assert.match(await get('/'), /<bdi>a\/b<\/bdi>: .*cannot be read \(EACCES\).* \(and 1 more\)/)
  assert.match(await inSpanish('/'), /<bdi>a\/b<\/bdi>: no se puede leer \(EACCES\) \(y 1 más\)/)
  assert.match(await inSpanish(`/shares/${id}`), /<span lang="en">a reason nobody knew<\/span>/)
})

test('a share that is up to date but for some files says so', async () => {
  const { get, sync } = await signedIn()
  const { id } = await sync.addShare({ path: '/srv/photos', name: 'Photos' })
  sync.set(id, { files: 5, bytes: 1000, peers: [peer('a')] })
  assert.doesNotMatch(await get('/'), /not synced/)
  sync.set(id, { problems: [{ path: 'pipe', reason: 'neither a file, a folder nor a link' }] })
  const home = await get('/')
  assert.match(home, /Up to date<\/span>/)
  assert.match(home, /<span class="part">1 not synced<\/span>/)
  assert.match(home, /Up to date, but 1 file cannot be synced\./)
  assert.match(await get(`/shares/${id}`), /1 not synced/)
  sync.set(id, { problems: Array.from({ length: 100 }, (_, i) => ({ path: `p${i}`, reason: 'x' })) })
  assert.match(await get('/'), /100\+ not synced/)
})

test('each file that is being received is a row of its own, and the size of the share is live', async () => {
  const { get, sync } = await signedIn()
  const { id } = await sync.addShare({ path: '/srv/photos' })
  const paths = ['a b', 'a_b', 'a/b', 'ä']
  sync.set(id, { state: 'syncing', transfers: paths.map((path) => ({ path, sizeBytes: 10, doneBytes: 1 })) })
  const rows = [...(await get(`/shares/${id}`)).matchAll(/<li class="row" id="(t-[\w-]+)"/g)].map(([, row]) => row)
  assert.equal(new Set(rows).size, paths.length)
  const parts = shareParts({ t: catalogue.en, language: 'en' } as View, sync.set(id, { bytes: 5e9, files: 7 }))
  assert.match(
    String(parts.find((part) => part.id === 'share-size')?.html()),
    /^<dd id="share-size">5 GB · 7 files<\/dd>$/,
  )
})

test('who joined and knows no device is shown where to add an address', async () => {
  const { get, sync } = await signedIn()
  const { id } = await sync.joinShare({ secret: `B${'A'.repeat(60)}`, path: '/srv/x' })
  const hosts = /<details class="card fold" id="hosts" open>/
  assert.match(await get(`/shares/${id}`), hosts)
  await sync.addHost(id, 'nas:22000')
  assert.doesNotMatch(await get(`/shares/${id}`), hosts)
})

test('a share is joined by secret or link, with a fixed address, in a folder of its own when none is named', async () => {
  const { post, sync } = await signedIn()
  const secret = `B${'A'.repeat(60)}`
  const answer = await post('/shares/join', {
    secret: ` homeseed:${secret}?name=Family%20photos `,
    path: '',
    host: '192.168.1.9',
  })
  assert.equal(answer.status, 303)
  const [share] = sync.shares()
  assert.equal(share?.path, '/home/anna/Homeseed/Family photos')
  assert.equal(share?.access, 'read-only')
  assert.deepEqual(sync.hosts(share?.id ?? ''), ['192.168.1.9:22000'])
})

test('a mistyped secret or address is told beside the form', async () => {
  const { post, sync } = await signedIn()
  const wrong = await post('/shares/join', { secret: 'AAAA', path: '/srv/x' })
  assert.equal(wrong.status, 422)
  assert.match(await wrong.text(), /typing mistake/)
  const host = await post('/shares/join', { secret: 'AAAA', path: '/srv/x', host: 'not a host' })
  assert.match(await host.text(), /Write it as NAME:PORT/)
  assert.equal(sync.shares().length, 0)
})

test('no page holds a secret before it is asked for, and no address ever', async () => {
  const { get, post, sync, logged } = await signedIn()
  const share = await sync.addShare({ path: '/srv/photos' })
  const { secret } = sync.secret(share.id, 'read-write')
  const readOnly = sync.secret(share.id, 'read-only').secret
  for (const path of [
    '/',
    `/shares/${share.id}`,
    `/shares/${share.id}/secrets`,
    `/shares/${share.id}/stop`,
    '/devices',
    '/settings',
  ]) {
    const page = await get(path)
    assert.ok(!page.includes(secret) && !page.includes(readOnly), path)
  }
  const answer = await post(`/shares/${share.id}/secrets`, { access: 'read-only' })
  const shown = await answer.text()
  assert.equal(answer.status, 200)
  assert.ok(shown.includes(readOnly))
  assert.ok(!shown.includes(secret), 'only the one that was asked for')
  assert.match(shown, /<svg class="qr" role="img" aria-label="QR code of the link"/)
  assert.doesNotMatch(shown, new RegExp(`(aria-label|title|href|action)="[^"]*${readOnly}`))
  assert.match(shown, /homeseed share join B/)
  assert.match(shown, /--host 192\.168\.1\.23:22000/)
  assert.equal(answer.headers.get('refresh'), `60; url=/shares/${share.id}/secrets`)
  assert.ok(!logged.join().includes(readOnly))
})

test('a while after the sign-in a secret asks for the password again', async () => {
  const { post, sync, clock } = await signedIn()
  const share = await sync.addShare({ path: '/srv/photos' })
  const { secret } = sync.secret(share.id, 'read-write')
  const show = (form: Readonly<Record<string, string>> = {}) =>
    post(`/shares/${share.id}/secrets`, { access: 'read-write', ...form })
  await clock.advance(16 * minuteMs)
  const asked = await (await show()).text()
  assert.match(asked, /Type your password once more/)
  assert.ok(!asked.includes(secret))
  const wrong = await show({ password: 'wrong password' })
  assert.equal(wrong.status, 422)
  assert.ok(!(await wrong.text()).includes(secret))
  assert.ok((await (await show({ password: 'correct horse battery' })).text()).includes(secret))
  assert.ok((await (await show()).text()).includes(secret), 'not at once again')
})

test('a link that works once is made, listed without the secret, and taken back', async () => {
  const { get, post, sync, clock } = await signedIn()
  const share = await sync.addShare({ path: '/srv/photos' })
  const path = `/shares/${share.id}/secrets`
  const shown = await (await post(path, { access: 'read-only', once: 'yes' })).text()
  const [, secret = ''] = /homeseed share join (C[A-Z0-9]+) /.exec(shown) ?? []
  assert.equal(secret.length, 86)
  assert.match(shown, /It works once, until /)
  const page = await get(path)
  assert.match(page, /Nobody has used it yet/)
  assert.ok(!page.includes(secret))
  assert.equal((await post(`/shares/${share.id}/one-time/revoke`, { id: '1' })).status, 303)
  assert.match(await get(path), /Taken back/)
  assert.equal((await post(`/shares/${share.id}/one-time/revoke`, { id: '7' })).status, 404)
  await clock.advance(16 * minuteMs)
  const asked = await (await post(path, { access: 'read-write', once: 'yes' })).text()
  assert.match(asked, /Type your password once more/)
  const made = await post(path, { access: 'read-write', once: 'yes', password: 'correct horse battery' })
  assert.match(await made.text(), /It works once, until /)
  assert.equal(sync.oneTimeSecrets(share.id).length, 2)
})

test('a read-only share offers no read-write secret', async () => {
  const { get, post, sync } = await signedIn()
  const share = await sync.joinShare({ secret: `B${'A'.repeat(60)}`, path: '/srv/x' })
  assert.doesNotMatch(await get(`/shares/${share.id}/secrets`), /value="read-write"/)
  assert.equal((await post(`/shares/${share.id}/secrets`, { access: 'read-write' })).status, 422)
})

test('pause, resume and rescan do so and lead back', async () => {
  const { post, sync } = await signedIn()
  const share = await sync.addShare({ path: '/srv/photos' })
  const location = async (path: string, form: Readonly<Record<string, string>>) =>
    (await post(path, form)).headers.get('location')
  assert.equal(await location(`/shares/${share.id}/pause`, { from: 'home' }), '/')
  assert.equal(sync.share(share.id).state, 'paused')
  assert.equal(await location(`/shares/${share.id}/resume`, { from: 'share' }), `/shares/${share.id}`)
  assert.equal(sync.share(share.id).state, 'in-sync')
  assert.equal(await location(`/shares/${share.id}/rescan`, {}), `/shares/${share.id}?said=rescan`)
  assert.ok(sync.calls.includes('rescan'))
})

test('fixed addresses are added and removed', async () => {
  const { get, post, sync } = await signedIn()
  const share = await sync.addShare({ path: '/srv/photos' })
  assert.equal((await post(`/shares/${share.id}/hosts`, { host: 'nonsense nonsense' })).status, 422)
  assert.equal((await post(`/shares/${share.id}/hosts`, { host: 'tcp://nas.example.org:22001' })).status, 303)
  assert.deepEqual(sync.hosts(share.id), ['nas.example.org:22001'])
  assert.match(await get(`/shares/${share.id}`), /nas\.example\.org:22001/)
  await post(`/shares/${share.id}/hosts/remove`, { host: 'nas.example.org:22001' })
  assert.deepEqual(sync.hosts(share.id), [])
})

test('stopping a share says first what stays and what is missing, the safe way first', async () => {
  const { get, post, sync } = await signedIn()
  const share = await sync.addShare({ path: '/srv/photos', name: 'Photos' })
  sync.set(share.id, { bytes: 188e9, needBytes: 2e9, needFiles: 4 })
  const page = await get(`/shares/${share.id}/stop`)
  assert.match(page, /Stop sharing “Photos” on this computer\?/)
  assert.match(page, /The files stay in \/srv\/photos \(188 GB\)\./)
  assert.match(page, /2 GB were not received yet/)
  assert.ok(page.indexOf('Keep sharing') < page.indexOf('class="button danger"'))
  assert.equal(sync.shares().length, 1, 'looking changes nothing')
  const answer = await post(`/shares/${share.id}/stop`)
  assert.equal(answer.headers.get('location'), '/?said=share-stopped')
  assert.equal(sync.shares().length, 0)
})

test('a share that is gone is a page that says so', async () => {
  const { ask, cookie } = await signedIn()
  for (const path of ['/shares/nothing', '/shares/nothing/secrets', '/devices/nothing/remove', '/nothing']) {
    const answer = await ask(path, { cookie })
    assert.equal(answer.status, 404, path)
    assert.match(await answer.text(), /Nothing here/)
  }
})

test('names from other devices are text, never markup, and turn no text around', async () => {
  const { get, sync } = await signedIn()
  const nasty = '<script>alert(1)</script>"\'\u202e&'
  const share = await sync.addShare({ path: '/srv/x', name: nasty })
  sync.set(share.id, {
    state: 'error',
    message: `<b>${nasty}</b>`,
    problems: [{ path: nasty, reason: nasty }],
    transfers: [{ path: nasty, sizeBytes: 10, doneBytes: 1 }],
    peers: [peer(nasty, { client: nasty, address: nasty })],
  })
  sync.putDevice({
    device: deviceId('x'),
    name: nasty,
    connected: true,
    address: nasty,
    client: nasty,
    linked: true,
    shares: [share.id],
    addresses: [],
  })
  for (const path of [
    '/',
    `/shares/${share.id}`,
    `/shares/${share.id}/secrets`,
    `/shares/${share.id}/stop`,
    '/devices',
    '/devices/link',
    `/devices/${deviceId('x')}/remove`,
  ]) {
    const page = await get(path)
    assert.doesNotMatch(page, /<script>alert|<b>/, path)
    assert.doesNotMatch(page, /\u202e/, path)
    assert.match(page, /&lt;script&gt;alert/, path)
  }
})

test('a device is linked, shown with its shares, and removed after a question', async () => {
  const { get, post, sync } = await signedIn()
  const share = await sync.addShare({ path: '/srv/photos', name: 'Photos' })
  assert.equal((await post('/devices/link', { device: 'ABC' })).status, 422)
  const form = { device: deviceId('phone'), name: "Anna's phone", share: share.id, address: '192.168.1.9' }
  assert.equal((await post('/devices/link', form)).status, 303)
  const page = await get('/devices')
  assert.match(page, /Anna&#39;s phone/)
  assert.match(page, /Shares: Photos/)
  assert.ok(page.includes(sync.identity().device))
  assert.match(await get(`/devices/${form.device}/remove`), /It stops getting changes/)
  assert.equal((await post(`/devices/${form.device}/remove`)).status, 303)
  assert.equal(sync.devices().length, 0)
})

test('pages hold no style, no handler, no script of their own, and nothing from elsewhere', async () => {
  const { get, sync } = await signedIn()
  const share = await sync.addShare({ path: '/srv/photos' })
  sync.set(share.id, { state: 'syncing', needBytes: 5, needFiles: 1, progress: 0.5, peers: [peer('a')] })
  for (const path of [
    '/',
    `/shares/${share.id}`,
    `/shares/${share.id}/secrets`,
    '/devices',
    '/settings',
    '/shares/new',
    '/shares/join',
  ]) {
    const page = await get(path)
    assert.doesNotMatch(page, /\sstyle=|<style|\son\w+=|hx-on|javascript:|<script>/i, path)
    assert.doesNotMatch(page, /(src|href|action)="(https?:)?\/\//, path)
    assert.match(page, /<html lang="en"/)
    assert.equal(page.match(/<h1/g)?.length, 1, path)
    assert.equal(page.match(/<form[^>]*method="get"/i), null, path)
  }
})

test('without script a page that moves loads itself again, and only then', async () => {
  const { get, sync } = await signedIn()
  assert.doesNotMatch(await get('/'), /http-equiv="refresh"/)
  const share = await sync.addShare({ path: '/srv/photos' })
  sync.set(share.id, { state: 'syncing', needBytes: 5, needFiles: 1, progress: 0.5, peers: [peer('a')] })
  assert.match(await get('/'), /<noscript><meta http-equiv="refresh" content="5"/)
})

test('the terms of what our pages carry of others can be read', async () => {
  const { get } = await signedIn()
  const page = await get('/settings/licenses')
  assert.match(page, /ISC License/)
  assert.match(page, /Cole Bemis/)
  assert.match(page, /Zero-Clause BSD/)
})

test('secrets are replaced once somebody says that they are sure, without those who are to be out', async () => {
  const { get, post, sync } = await signedIn()
  const share = await sync.addShare({ path: '/srv/photos' })
  const [tom, anna] = [peer('Tom'), peer('Anna')]
  sync.set(share.id, { peers: [tom, anna, peer('Waiting', { waits: true })] })
  assert.match(await get(`/shares/${share.id}/secrets`), /\/replace"/)
  const page = await get(`/shares/${share.id}/replace?without=${tom.device}`)
  assert.match(page, /All old links and secrets stop working now/)
  assert.match(page, new RegExp(`name="without-${tom.device}" value="yes"\\s+checked`))
  assert.doesNotMatch(page, new RegExp(`name="without-${anna.device}" value="yes"\\s+checked`))
  assert.doesNotMatch(page, /Waiting/)
  const form = { [`without-${tom.device}`]: 'yes' }
  const unsure = await post(`/shares/${share.id}/replace`, form)
  assert.equal(unsure.status, 422)
  assert.match(await unsure.text(), /Tick this to go on/)
  assert.ok(!sync.calls.some((call) => call.startsWith('rotate')))
  const done = await post(`/shares/${share.id}/replace`, { ...form, sure: 'yes' })
  const { id } = sync.share('photos')
  assert.deepEqual([done.status, done.headers.get('location')], [303, `/shares/${id}/secrets?said=secrets-replaced`])
  assert.ok(sync.calls.includes(`rotate ${tom.device}`))
})

test('new secrets of another device are taken over once somebody says so', async () => {
  const { get, post, sync } = await signedIn()
  const share = await sync.addShare({ path: '/srv/photos' })
  const device = deviceId('Tom')
  sync.set(share.id, { newSecrets: [{ device, name: 'Tom', toldBy: '' }] })
  assert.match(
    await get(`/shares/${share.id}`),
    new RegExp(`Tom \\(${device.slice(0, 7)}\\) has new secrets for “photos”`),
  )
  const done = await post(`/shares/${share.id}/take`, { device })
  assert.equal(done.status, 303)
  assert.ok(sync.calls.includes(`takeSecrets ${device}`))
  assert.doesNotMatch(await get(`/shares/${share.id}`), /has new secrets/)
})

test('whoever removes a device that knows a secret is told how to keep it out', async () => {
  const { get, sync } = await signedIn()
  const share = await sync.addShare({ path: '/srv/photos' })
  const device = { device: deviceId('Tom'), name: 'Tom', connected: false, address: '', client: '', linked: false }
  sync.putDevice({ ...device, shares: [share.id], addresses: [] })
  const link = `/devices/${device.device}/remove`
  assert.ok((await get('/devices')).includes(link))
  const page = await get(link)
  assert.match(page, /if it knows the secret, can come back/)
  assert.ok(page.includes(`/shares/${share.id}/replace?without=${device.device}`))
})
