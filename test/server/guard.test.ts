import assert from 'node:assert/strict'
import { test } from 'node:test'
import { openPaths } from '../../server/session/require-session.ts'
import { password, testPanel } from './panel-fixture.ts'

test('a stranger gets an empty refusal, whatever they ask for', async () => {
  const { ask, deps } = testPanel()
  for (const path of ['/', '/sign-in', '/healthz', deps.assets.paths['panel.js'], '/api/v1/shares', '/nothing']) {
    const answer = await ask(path, { address: '203.0.113.5' })
    assert.equal(answer.status, 403, path)
    assert.equal(await answer.text(), '')
  }
})

test('headers that claim another address are not looked at', async () => {
  const { ask } = testPanel()
  const headers = { 'x-forwarded-for': '127.0.0.1', forwarded: 'for=127.0.0.1', 'x-real-ip': '127.0.0.1' }
  assert.equal((await ask('/healthz', { address: '203.0.113.5', headers })).status, 403)
})

test('a public name gets 421: no name that a stranger turns to our address', async () => {
  const { ask } = testPanel()
  const answer = await ask('/claim', { host: 'rebind.evil.example' })
  assert.equal(answer.status, 421)
  assert.equal(await answer.text(), '')
})

test('a change from another page is refused before anything happens', async () => {
  const { ask, deps } = testPanel()
  const others: readonly Readonly<Record<string, string>>[] = [
    { origin: 'http://evil.example' },
    { origin: 'null' },
    { 'sec-fetch-site': 'cross-site' },
  ]
  for (const headers of others) {
    const answer = await ask('/claim', { form: { password }, headers })
    assert.equal(answer.status, 403)
  }
  assert.equal(deps.signIn.isClaimed(), false)
})

test('a signed-in browser cannot be made to change anything by another page', async () => {
  const { ask, claim, sync } = testPanel()
  const cookie = await claim()
  const share = await sync.addShare({ path: '/srv/photos' })
  const answer = await ask(`/shares/${share.id}/stop`, {
    method: 'POST',
    cookie,
    headers: { origin: 'http://evil.example' },
  })
  assert.equal(answer.status, 403)
  assert.equal(sync.shares().length, 1)
})

test('every answer carries the strict headers and is kept by nobody', async () => {
  const { ask, claim } = testPanel()
  const cookie = await claim()
  const answers = [
    await ask('/', { cookie }),
    await ask('/nothing', { cookie }),
    await ask('/api/v1/shares', { cookie }),
    await ask('/', { address: '203.0.113.5' }),
    await ask('/sign-in'),
  ]
  for (const { headers } of answers) {
    assert.equal(
      headers.get('content-security-policy'),
      "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'",
    )
    const isPage = headers.get('content-type')?.startsWith('text/html')
    assert.equal(headers.get('referrer-policy'), isPage ? 'same-origin' : 'no-referrer')
    assert.equal(headers.get('x-content-type-options'), 'nosniff')
    assert.equal(headers.get('cache-control'), 'no-store')
    assert.equal(headers.get('access-control-allow-origin'), null)
  }
})

test('assets are kept for ever under the hash of their content, and nothing else is an asset', async () => {
  const { ask, deps } = testPanel()
  for (const path of Object.values(deps.assets.paths)) {
    const answer = await ask(path)
    assert.equal(answer.status, 200, path)
    assert.match(answer.headers.get('cache-control') ?? '', /immutable/)
  }
  assert.equal((await ask('/a/000000000000/panel.js')).status, 404)
  assert.equal((await ask('/a/x/..%2f..%2fpackage.json')).status, 404)
})

test('without sign-in every route leads to the door, save those on the list', async () => {
  const { app, ask, claim, sync } = testPanel()
  await claim()
  const share = await sync.addShare({ path: '/srv/photos' })
  const routes = app.routes.filter(({ method }) => method !== 'ALL')
  assert.ok(routes.length > 40, 'the routes are listed')
  let guarded = 0
  for (const { method, path } of routes) {
    if (openPaths.some((open) => open.method === method && open.path === path)) continue
    const real = path
      .replace(':id', share.id)
      .replace(':share', share.id)
      .replace(/:action\{.*\}/, 'pause')
      .replace(/:\w+/g, 'x')
    const answer = await ask(real, { method })
    const where = answer.headers.get('location') ?? ''
    assert.ok(
      answer.status === 401 || (answer.status === 303 && where.startsWith('/sign-in')),
      `${method} ${path}: ${answer.status}`,
    )
    guarded += 1
  }
  assert.ok(guarded > 30)
  assert.deepEqual(sync.calls, ['addShare'], 'nothing was done')
})

test('the list of open routes names only routes that exist', () => {
  const { app } = testPanel()
  for (const open of openPaths)
    assert.ok(
      app.routes.some(({ method, path }) => method === open.method && path === open.path),
      open.path,
    )
})

test('a request that is too large is refused', async () => {
  const { ask, claim } = testPanel()
  const cookie = await claim()
  assert.equal((await ask('/shares/create', { cookie, form: { path: 'x'.repeat(70_000) } })).status, 413)
  const answer = await ask('/api/v1/shares', { cookie, json: { path: 'x'.repeat(70_000) } })
  assert.equal(answer.status, 413)
  assert.equal(JSON.parse(await answer.text()).error.code, 'too-large')
})
