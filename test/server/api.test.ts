import assert from 'node:assert/strict'
import { test } from 'node:test'
import { secretToJson } from '../../server/api/json.ts'
import { apiRoutes } from '../../server/api/routes.ts'
import { deviceId, peer } from '../support/memory-sync-service.ts'
import { testPanel } from './panel-fixture.ts'

async function api() {
  const panel = testPanel()
  const cookie = await panel.claim()
  const call = async (method: string, path: string, json?: unknown) => {
    const answer = await panel.ask(`/api/v1${path}`, { method, cookie, json })
    return { status: answer.status, body: JSON.parse(await answer.text()) }
  }
  return { ...panel, cookie, call }
}

test('a share has every field of the interface, and an unknown time left is null', async () => {
  const { call, sync } = await api()
  const { status, body } = await call('POST', '/shares', { path: '/srv/photos', name: 'Photos' })
  assert.equal(status, 200)
  sync.set(body.id, { peers: [peer('laptop', { completion: 0.5 })] })
  const [share] = (await call('GET', '/shares')).body
  const fields = [
    'id',
    'name',
    'path',
    'access',
    'state',
    'message',
    'files',
    'bytes',
    'needFiles',
    'needBytes',
    'rateIn',
    'rateOut',
    'etaSeconds',
    'peers',
  ]
  for (const field of fields) assert.ok(field in share, field)
  assert.equal(share.etaSeconds, null)
  for (const field of ['device', 'name', 'client', 'access', 'connected', 'address', 'via', 'completion'])
    assert.ok(field in share.peers[0], field)
  sync.set(body.id, { etaSeconds: 42 })
  assert.equal((await call('GET', '/shares/Photos')).body.etaSeconds, 42)
})

test('every verb does what it says', async () => {
  const { call, sync } = await api()
  const joined = await call('POST', '/shares/join', {
    secret: `B${'A'.repeat(60)}`,
    path: '/srv/x',
    name: 'x',
    hosts: ['10.0.0.1:22000'],
  })
  assert.equal(joined.body.access, 'read-only')
  const { body: share } = await call('POST', '/shares', { path: '/srv/photos' })
  assert.equal((await call('GET', `/shares/${share.id.slice(0, 6)}`)).body.name, 'photos')
  assert.equal((await call('POST', '/shares/photos/pause')).body.state, 'paused')
  assert.equal((await call('POST', '/shares/photos/resume')).body.state, 'in-sync')
  assert.equal((await call('POST', '/shares/photos/rescan')).body.id, share.id)
  assert.deepEqual(
    (await call('POST', '/shares/photos/secret', { access: 'read-only' })).body,
    secretToJson(sync.secret('photos', 'read-only')),
  )
  assert.deepEqual(
    (await call('POST', '/shares/photos/secret')).body,
    secretToJson(sync.secret('photos', 'read-write')),
    'the strongest it has',
  )
  assert.deepEqual((await call('POST', '/shares/x/secret')).body, secretToJson(sync.secret('x', 'read-only')))
  assert.deepEqual((await call('POST', '/shares/photos/hosts', { host: 'nas:1' })).body, ['nas:1'])
  assert.deepEqual((await call('GET', '/shares/photos/hosts')).body, ['nas:1'])
  assert.deepEqual((await call('DELETE', '/shares/photos/hosts/nas:1')).body, [])
  assert.deepEqual((await call('GET', '/device')).body, sync.identity())
  const device = deviceId('phone')
  assert.equal(
    (await call('POST', '/devices', { device, share: 'photos', name: 'phone', address: '10.0.0.2' })).body.linked,
    true,
  )
  assert.deepEqual((await call('GET', '/devices')).body[0].addresses, ['10.0.0.2:22000'])
  assert.deepEqual((await call('DELETE', `/devices/${device}`)).body, { removed: device })
  assert.deepEqual((await call('DELETE', '/shares/photos')).body, { removed: share.id })
  const { body } = await call('GET', '/status')
  assert.deepEqual(Object.keys(body), ['version', 'device', 'shares', 'devices'])
})

test('wait answers once it is so, or once the time is over', async () => {
  const { call, sync } = await api()
  const share = await sync.addShare({ path: '/srv/photos' })
  assert.deepEqual((await call('POST', '/wait', { peers: 0 })).body, { done: true })
  assert.deepEqual((await call('POST', '/wait', { share: 'photos', timeoutSeconds: 0 })).body, { done: false })
  const waiting = call('POST', '/wait', { share: 'photos' })
  sync.set(share.id, { peers: [peer('laptop')] })
  assert.deepEqual((await waiting).body, { done: true })
})

test('a name may hold anything', async () => {
  const { call, sync } = await api()
  for (const name of ['a/b', '100%', '%2f', 'ä ö', 'a?b#c', 'a+b']) {
    await sync.addShare({ path: `/srv/${encodeURIComponent(name)}`, name })
    assert.equal((await call('GET', `/shares/${encodeURIComponent(name)}`)).body.name, name)
  }
})

const refused: readonly (readonly [
  what: string,
  method: string,
  path: string,
  json: unknown,
  status: number,
  message: RegExp,
])[] = [
  ['a relative path', 'POST', '/shares', { path: 'photos' }, 422, /^Path must be a whole path that starts with \/\.$/],
  ['no path', 'POST', '/shares', {}, 422, /^Path must be a text\.$/],
  ['a number for a text', 'POST', '/shares', { path: 5 }, 422, /Path must be a text/],
  ['a path of two lines', 'POST', '/shares', { path: '/a\n/b' }, 422, /single line/],
  ['a path with a zero byte', 'POST', '/shares', { path: '/a\0' }, 422, /single line/],
  ['a field too many', 'POST', '/shares', { path: '/a', pth: '/b' }, 422, /There is no field "pth" here/],
  [
    'a field from the prototype',
    'POST',
    '/shares',
    JSON.parse('{"path":"/a","__proto__":{}}'),
    422,
    /no field "__proto__"/,
  ],
  [
    'a name that is too long',
    'POST',
    '/shares',
    { path: '/a', name: 'x'.repeat(201) },
    422,
    /Name is longer than 200 characters/,
  ],
  ['a list for an object', 'POST', '/shares', [], 422, /The body must be a JSON object/],
  ['a bad host', 'POST', '/shares/join', { secret: 'A', path: '/a', hosts: ['a b'] }, 422, /Hosts must be HOST:PORT/],
  [
    'too many hosts',
    'POST',
    '/shares/join',
    { secret: 'A', path: '/a', hosts: Array(21).fill('a:1') },
    422,
    /more than 20 entries/,
  ],
  ['a mistyped secret', 'POST', '/shares/join', { secret: 'A', path: '/a' }, 422, /typing mistake/],
  [
    'no such access',
    'POST',
    '/shares/photos/secret',
    { access: 'all' },
    422,
    /Access must be one of: read-write, read-only/,
  ],
  ['no such share', 'GET', '/shares/nothing', undefined, 404, /There is no share "nothing" here/],
  ['no such address', 'GET', '/nothing', undefined, 404, /no such address/],
  ['a number that is too large', 'POST', '/wait', { peers: 1e9 }, 422, /Peers must be a whole number from 0 to 1000/],
  ['a negative time', 'POST', '/wait', { timeoutSeconds: -1 }, 422, /TimeoutSeconds must be a number from 0/],
  ['a device ID with a mistake', 'POST', '/devices', { device: 'x' }, 422, /not a device ID/],
]
for (const [what, method, path, json, status, message] of refused)
  test(`refuses ${what}, whole and with one message`, async () => {
    const { call, sync } = await api()
    await sync.addShare({ path: '/srv/photos' })
    const answer = await call(method, path, json)
    assert.equal(answer.status, status)
    assert.deepEqual(Object.keys(answer.body), ['error'])
    assert.equal(typeof answer.body.error.code, 'string')
    assert.match(answer.body.error.message, message)
    assert.equal(sync.shares().length, 1)
  })

test('a body that is no JSON is told so', async () => {
  const { ask, cookie } = await api()
  const broken = await ask('/api/v1/shares', { cookie, body: '{', headers: { 'content-type': 'application/json' } })
  assert.equal(broken.status, 400)
  const form = await ask('/api/v1/shares', { cookie, form: { path: '/srv/x' } })
  assert.equal(form.status, 415)
  assert.equal(JSON.parse(await form.text()).error.code, 'not-json')
})

test('without sign-in the API says so in its own form; health needs none', async () => {
  const { ask } = await api()
  const answer = await ask('/api/v1/shares')
  assert.equal(answer.status, 401)
  assert.equal(JSON.parse(await answer.text()).error.code, 'not-signed-in')
  assert.deepEqual(await (await ask('/healthz')).json(), { status: 'ok' })
})

test('a fault inside tells nothing of itself to the outside, and all to the log', async () => {
  const { call, sync, logged } = await api()
  sync.devices = () => {
    throw new Error('the inside of the machine')
  }
  const { status, body } = await call('GET', '/devices')
  assert.equal(status, 500)
  assert.doesNotMatch(JSON.stringify(body), /inside of the machine/)
  assert.match(logged.join(), /request-failed/)
})

test('the OpenAPI document describes every route, and refers to nothing that is not there', async () => {
  const { call } = await api()
  const { body } = await call('GET', '/openapi.json')
  assert.equal(body.openapi, '3.1.0')
  for (const { method, path, operation } of apiRoutes)
    assert.equal(body.paths[path.replace(/:(\w+)/g, '{$1}')][method.toLowerCase()].operationId, operation)
  assert.ok(body.paths['/events'].get)
  const names = new Set(Object.keys(body.components.schemas))
  for (const [, name] of JSON.stringify(body).matchAll(/"#\/components\/schemas\/(\w+)"/g))
    assert.ok(names.has(name ?? ''), name)
  const operations = apiRoutes.map(({ operation }) => operation)
  assert.equal(new Set(operations).size, operations.length)
})

test('what the API answers fits its description', async () => {
  const { call, sync } = await api()
  const share = await sync.addShare({ path: '/srv/photos' })
  sync.set(share.id, {
    peers: [peer('laptop')],
    transfers: [{ path: 'a', sizeBytes: 1, doneBytes: 0 }],
    problems: [{ path: 'b', reason: 'c' }],
  })
  const { schemas } = (await call('GET', '/openapi.json')).body.components
  assert.deepEqual(
    Object.keys(schemas.Share.properties).sort(),
    Object.keys((await call('GET', '/shares/photos')).body).sort(),
  )
  assert.deepEqual(Object.keys(schemas.Peer.properties).sort(), Object.keys(peer('x')).sort())
  assert.deepEqual(
    Object.keys(schemas.Secret.properties).sort(),
    Object.keys(secretToJson(sync.secret('photos', 'read-only'))).sort(),
  )
  assert.deepEqual(Object.keys(schemas.Identity.properties).sort(), Object.keys(sync.identity()).sort())
})

test('the control socket answers the same without sign-in, and sets the password', async () => {
  const { control, ask, sync } = testPanel()
  await sync.addShare({ path: '/srv/photos' })
  const post = (path: string, json: unknown) =>
    control.request(path, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(json),
    })
  assert.equal(JSON.parse(await (await control.request('/api/v1/shares')).text())[0].name, 'photos')
  assert.equal((await post('/api/v1/panel/password', { password: 'short' })).status, 422)
  assert.deepEqual(await (await post('/api/v1/panel/password', { password: 'set by command line' })).json(), {
    claimed: true,
  })
  assert.equal((await ask('/sign-in', { form: { password: 'set by command line' } })).status, 303)
  assert.deepEqual(await (await post('/api/v1/panel/password', { password: 'set once more so' })).json(), {
    claimed: true,
  })
  assert.equal((await ask('/sign-in', { form: { password: 'set by command line' } })).status, 422)
  assert.equal((await post('/api/v1/nothing', {})).status, 404)
})

test('the panel itself has no way to set a password without the one before', async () => {
  const { call } = await api()
  assert.equal((await call('POST', '/panel/password', { password: 'something else' })).status, 404)
})

test('settings are listed and set over the API; only texts are values', async () => {
  const { call, sync } = await api()
  await call('POST', '/shares', { path: '/srv/photos' })
  const { body } = await call('POST', '/shares/photos/settings', { 'archive-days': '7' })
  assert.deepEqual(body, sync.settings('photos'))
  assert.deepEqual((await call('GET', '/shares/photos/settings')).body, body)
  for (const wrong of [{ 'archive-days': 7 }, { 'archive-days': 'x' }, { 'no-such': '1' }, ['7'], 'x'])
    assert.equal((await call('POST', '/shares/photos/settings', wrong)).status, 422, JSON.stringify(wrong))
})
