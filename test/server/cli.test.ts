/** The command line against a control socket with the memory service behind it. */
import assert from 'node:assert/strict'
import { mkdtempSync, rmSync } from 'node:fs'
import { createServer } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { test } from 'node:test'
import type { TestContext } from 'node:test'
import { createAdaptorServer } from '@hono/node-server'
import type { Io } from '../../server/cli/io.ts'
import { run } from '../../server/cli/run.ts'
import { listenOnControlSocket } from '../../server/serve/listen.ts'
import { deviceId, peer } from '../support/memory-sync-service.ts'
import { testPanel } from './panel-fixture.ts'

function terminal(options: { readonly cwd?: string; readonly input?: string; readonly isTerminal?: boolean } = {}) {
  const said = { out: '', err: '' }
  const io: Io = {
    out: (text) => void (said.out += text),
    err: (text) => void (said.err += text),
    isOutTerminal: options.isTerminal ?? false,
    isErrTerminal: options.isTerminal ?? false,
    useColor: options.isTerminal ?? false,
    columns: 80,
    cwd: options.cwd ?? '/srv',
    env: {},
    stdin: Readable.from([options.input ?? '']) as unknown as NodeJS.ReadStream,
  }
  return { io, said }
}

async function appliance(t: TestContext, home = mkdtempSync(join(tmpdir(), 'homeseed-cli-'))) {
  const panel = testPanel()
  const server = createAdaptorServer({ fetch: panel.control.fetch })
  await listenOnControlSocket(server, home)
  t.after(() => {
    panel.deps.live.close()
    server.close()
    rmSync(home, { recursive: true, force: true })
  })
  const call = async (line: string | readonly string[], options: Parameters<typeof terminal>[0] = {}) => {
    const { io, said } = terminal(options)
    const argv = typeof line === 'string' ? line.split(' ') : line
    const code = await run(['--home', home, ...argv], io)
    return { code, ...said }
  }
  return { ...panel, server, home, call }
}

test('share add prints both secrets; the folder is seen from where the command was called', async (t) => {
  const { call, sync } = await appliance(t)
  const { code, out, err } = await call('share add ../srv/photos --name Photos', { cwd: '/home' })
  assert.equal(code, 0)
  assert.equal(err, '')
  assert.equal(sync.share('Photos').path, '/srv/photos')
  const [first, readWrite, readOnly] = out.split('\n')
  assert.equal(first, 'Photos: /srv/photos')
  assert.equal(readWrite, `read-write  ${sync.secret('Photos', 'read-write').secret}`)
  assert.equal(readOnly, `read-only   ${sync.secret('Photos', 'read-only').secret}`)
})

test('share add --json is one document with the share and its secrets', async (t) => {
  const { call, sync } = await appliance(t)
  const { out } = await call('share add photos --json')
  const document = JSON.parse(out)
  assert.equal(document.path, '/srv/photos')
  assert.equal(document.secret, sync.secret('photos', 'read-write').secret)
  assert.equal(document.readOnlySecret, sync.secret('photos', 'read-only').secret)
})

test('share join takes the secret also from stdin, and any number of hosts', async (t) => {
  const { call, sync } = await appliance(t)
  const secret = `B${'A'.repeat(60)}`
  const { code, out } = await call('share join - x --host 10.0.0.1:22000 --host nas', { input: `${secret}\n` })
  assert.equal(code, 0)
  assert.equal(out, 'x: /srv/x (read-only)\n')
  assert.deepEqual(sync.hosts('x'), ['10.0.0.1:22000', 'nas:22000'])
})

test('share add tells the other device where this one is, share join what is missing without that', async (t) => {
  const { call, sync } = await appliance(t)
  sync.listen = '192.168.1.23:22001'
  const added = await call('share add photos', { isTerminal: true })
  assert.match(added.err, /homeseed share join SECRET DIR --host 192\.168\.1\.23:22001\n$/)
  const secret = `B${'A'.repeat(60)}`
  const joined = await call(['share', 'join', secret, 'x', '--name', "Tom's photos"])
  assert.equal(joined.code, 0)
  const advice =
    "No device that has it is known yet. Add the address of one: homeseed host add 'Tom'\\''s photos' HOST:PORT\n"
  assert.equal(joined.err, advice)
  assert.equal((await call(['share', 'show', "Tom's photos"])).err, advice)
  await call(['host', 'add', "Tom's photos", 'nas'])
  assert.equal((await call(['share', 'show', "Tom's photos"])).err, '')
  assert.equal((await call(['share', 'join', secret, 'x', '--host', 'nas:70000'])).code, 2)
})

test('share list: columns for people, JSON for scripts, nothing on stdout when there is none', async (t) => {
  const { call, sync } = await appliance(t)
  const none = await call('share list')
  assert.deepEqual([none.code, none.out], [0, ''])
  assert.match(none.err, /No shares yet/)
  assert.equal((await call('share list --json')).out, '[]\n')
  const photos = await sync.addShare({ path: '/srv/photos', name: '家族 Photos' })
  await sync.addShare({ path: '/srv/music', name: 'Music' })
  sync.set(photos.id, {
    state: 'syncing',
    files: 12_304,
    bytes: 4.2e9,
    needFiles: 5,
    needBytes: 1.1e9,
    rateIn: 11e6,
    etaSeconds: 105,
    progress: 0.62,
    peers: [peer('a')],
  })
  const { out } = await call('share list')
  const [head = '', first = '', second = ''] = out.split('\n')
  assert.match(head, /^STATE +NAME +DONE +LEFT +SPEED +ETA +FILES +SIZE +DEVICES +FOLDER$/)
  assert.match(
    first,
    /^Receiving +家族 Photos +62 % +1\.1 GB +11 MB\/s +about 2 min +12,304 +4\.2 GB +1\/1 +\/srv\/photos$/,
  )
  assert.equal(second.indexOf('/srv/music'), head.indexOf('FOLDER'))
  assert.equal([...first].indexOf('/', first.indexOf('1/1')) > 0, true)
  assert.equal(JSON.parse((await call('share list --json')).out)[0].etaSeconds, 105)
  assert.doesNotMatch(out, /\u001b/)
  assert.match((await call('share list', { isTerminal: true })).out, /\u001b\[36mReceiving\u001b\[0m/)
})

test('share list and show tell of what is not synced though all else is', async (t) => {
  const { call, sync } = await appliance(t)
  const { id } = await sync.addShare({ path: '/srv/photos' })
  const problems = ['a', 'b'].map((path) => ({ path, reason: 'its name cannot be synced' }))
  sync.set(id, { files: 3, peers: [peer('a')], problems })
  assert.match((await call('share list')).out, /\nUp to date · 2 not synced +photos /)
  assert.match((await call('share show photos')).out, /^photos: Up to date · 2 not synced\n/)
  assert.deepEqual(JSON.parse((await call('share list --json')).out)[0].problems, problems)
})

test('a name from elsewhere cannot play with the terminal', async (t) => {
  const { call, sync } = await appliance(t)
  const share = await sync.addShare({ path: '/srv/x', name: 'a\u001b[2J\u202eb' })
  sync.set(share.id, {
    message: 'm\u0007',
    peers: [peer('p\u001b]0;x\u0007', { client: '\u009b5m' })],
    problems: [{ path: 'q\r', reason: 'r\n' }],
  })
  for (const line of ['share list', `share show ${share.id}`, 'status', `share remove ${share.id}`])
    assert.doesNotMatch((await call(line)).out, /[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u202e]/, line)
})

test('share show and status SHARE tell of devices, transfers and problems', async (t) => {
  const { call, sync } = await appliance(t)
  const share = await sync.addShare({ path: '/srv/photos' })
  sync.set(share.id, {
    state: 'syncing',
    needFiles: 1,
    needBytes: 5e8,
    progress: 0.5,
    localChanges: 2,
    transfers: [{ path: 'a/b.jpg', sizeBytes: 1000, doneBytes: 430 }],
    problems: [{ path: 'c:d', reason: 'the disk takes no such name' }],
    peers: [peer('laptop', { completion: 0.5 }), peer('studio', { connected: false })],
  })
  for (const line of ['share show photos', 'status photos']) {
    const { out } = await call(line)
    assert.match(out, /^photos: Receiving\n {2}\[#{10}\.{10}\] 50 %, 500 MB left\n/)
    assert.match(out, /\[####\.{6}\] 43 % of 1 kB {2}a\/b\.jpg/)
    assert.match(out, /! c:d: the disk takes no such name/)
    assert.match(out, /\* laptop +connected +50 %/)
    assert.match(out, /- studio +last seen 2026-01-31T12:00:00Z +100 %/)
    assert.match(out, /changed here +2, kept here/)
  }
})

test('share secret prints the secret alone, or its code too', async (t) => {
  const { call, sync } = await appliance(t)
  await sync.addShare({ path: '/srv/photos' })
  assert.equal((await call('share secret photos')).out, `${sync.secret('photos', 'read-write').secret}\n`)
  const readOnly = sync.secret('photos', 'read-only')
  assert.equal((await call('share secret photos --read-only')).out, `${readOnly.secret}\n`)
  const page = readOnly.link.replace('homeseed:', 'http://homeseed.local/join#')
  const asJson = JSON.parse((await call('share secret photos --read-only --json')).out)
  assert.deepEqual(asJson, { ...readOnly, pageLink: page })
  const { out } = await call('share secret photos --qr --read-only')
  assert.match(out, /█▀▀▀▀▀█/)
  assert.ok(out.endsWith(`${page}\n${readOnly.secret}\n${readOnly.link}\n`))
})

test('pause, resume, rescan, remove', async (t) => {
  const { call, sync } = await appliance(t)
  const { id } = await sync.addShare({ path: '/srv/photos' })
  assert.equal((await call('share pause photos')).out, 'photos is paused.\n')
  assert.equal(sync.share('photos').state, 'paused')
  assert.equal((await call('share resume photos')).out, 'photos goes on.\n')
  assert.equal(JSON.parse((await call('share rescan photos --json')).out).id, id)
  assert.match((await call('share remove photos')).out, /no longer shared here\. Its files stay in \/srv\/photos/)
  assert.deepEqual(sync.shares(), [])
})

test('hosts', async (t) => {
  const { call, sync } = await appliance(t)
  await sync.addShare({ path: '/srv/photos' })
  assert.equal((await call('host add photos nas:22001')).out, 'nas:22001\n')
  assert.equal((await call('host add photos [fe80::1]:5 --json')).out, '["nas:22001","[fe80::1]:5"]\n')
  assert.equal((await call('host list photos')).out, 'nas:22001\n[fe80::1]:5\n')
  assert.equal((await call('host remove photos [fe80::1]:5')).out, 'nas:22001\n')
  for (const wrong of [
    'host add photos :::',
    'host add photos nas:0',
    'host add photos nas:70000',
    'host remove photos :5',
  ]) {
    const { code, out, err } = await call(wrong)
    assert.deepEqual([code, out], [2, ''], wrong)
    assert.match(err, /is not HOST:PORT with a port from 1 to 65535/)
  }
  assert.equal((await call('host add photos 10.0.0.1')).out, 'nas:22001\n10.0.0.1:22000\n')
  assert.equal((await call('host remove photos 10.0.0.1')).out, 'nas:22001\n')
})

test('devices', async (t) => {
  const { call, sync } = await appliance(t)
  assert.equal((await call('device id')).out, `${sync.identity().device}\n`)
  assert.deepEqual(JSON.parse((await call('device id --json')).out), sync.identity())
  await sync.addShare({ path: '/srv/photos' })
  const device = deviceId('phone')
  assert.equal(
    (await call(['device', 'add', device, '--name', "Anna's phone", '--share', 'photos', '--address', '10.0.0.2:1']))
      .code,
    0,
  )
  assert.match((await call('device list')).out, /not connected +Anna's phone +linked +10\.0\.0\.2:1 +/)
  assert.equal(JSON.parse((await call('device list --json')).out)[0].device, device)
  assert.equal((await call('device add ABCDEFG-HIJKLMN')).code, 2)
  assert.equal((await call(['device', 'add', device, '--address', '10.0.0.2:1:2'])).code, 2)
  assert.equal((await call(`device remove ${device}`)).code, 0)
  assert.equal((await call(`device remove ${device}`)).code, 1)
})

test('wait: 0 once it is so, 4 when the time is over, 2 for nonsense', async (t) => {
  const { call, sync } = await appliance(t)
  const { id } = await sync.addShare({ path: '/srv/photos' })
  const late = await call('wait photos --timeout 0')
  assert.deepEqual([late.code, late.out], [4, ''])
  assert.match(late.err, /not in sync after 0 s: photos: 0 of 1 other devices connected/)
  assert.equal((await call('wait --peers 0')).code, 0)
  const waiting = call('wait photos --json')
  sync.set(id, { peers: [peer('laptop')] })
  const done = await waiting
  assert.deepEqual([done.code, done.out], [0, '{"done":true}\n'])
  assert.equal((await call('wait --timeout soon')).code, 2)
  assert.equal((await call('wait --peers -1')).code, 2)
})

test('status is one document for scripts', async (t) => {
  const { call, sync } = await appliance(t)
  await sync.addShare({ path: '/srv/photos' })
  const document = JSON.parse((await call('status --json')).out)
  assert.deepEqual(document.device, sync.identity())
  assert.equal(document.shares[0].name, 'photos')
  assert.match((await call('status')).out, /^testbox {2}[A-Z2-7-]{63} {2}listens on 0\.0\.0\.0:22000\n\nSTATE/)
})

test('panel password reads one line from a pipe', async (t) => {
  const { call, ask } = await appliance(t)
  const { code, out } = await call('panel password', { input: 'from the command line\n' })
  assert.deepEqual([code, out], [0, 'The password is set. Sign in to the panel with it.\n'])
  assert.equal((await ask('/sign-in', { form: { password: 'from the command line' } })).status, 303)
  assert.equal((await call('panel password --json', { input: 'another one of these\n' })).out, '{"claimed":true}\n')
  const weak = await call('panel password', { input: 'short\n' })
  assert.equal(weak.code, 1)
  assert.match(weak.err, /too short/)
})

test('version needs nobody', async () => {
  const { io, said } = terminal()
  assert.equal(await run(['version'], io), 0)
  assert.match(said.out, /^homeseed \d+\.\d+\.\d+\n$/)
})

test('an error is one line on stderr and nothing on stdout', async (t) => {
  const { call } = await appliance(t)
  const { code, out, err } = await call('share show nothing')
  assert.deepEqual([code, out], [1, ''])
  assert.equal(err, 'homeseed: There is no share "nothing" here. "homeseed share list" shows all.\n')
})

test('without an appliance every verb says so, code 3', async (t) => {
  const home = mkdtempSync(join(tmpdir(), 'homeseed-none-'))
  t.after(() => rmSync(home, { recursive: true }))
  const lines = [
    'share list',
    'share add x',
    'status',
    'status --watch',
    'wait',
    'device id',
    'host list x',
    'panel password',
  ]
  for (const where of [home, join(home, 'missing')])
    for (const line of lines) {
      const { io, said } = terminal()
      assert.equal(await run(['--home', where, ...line.split(' ')], io), 3, line)
      assert.equal(said.out, '')
      assert.match(said.err, /^homeseed: the appliance isn't running in .*homeseed serve.*\n$/)
    }
})

test('when the appliance goes away in the middle, code 3', async (t) => {
  const home = mkdtempSync(join(tmpdir(), 'homeseed-gone-'))
  t.after(() => rmSync(home, { recursive: true }))
  const server = createServer((request) => request.socket.destroy())
  await listenOnControlSocket(server, home)
  t.after(() => server.close())
  const { io, said } = terminal()
  assert.equal(await run(['--home', home, 'wait'], io), 3)
  assert.match(said.err, /isn't running/)
})

test('a home whose socket path is too long for the system works all the same', async (t) => {
  const parent = mkdtempSync(join(tmpdir(), 'homeseed-long-'))
  t.after(() => rmSync(parent, { recursive: true, force: true }))
  const home = mkdtempSync(join(parent, `${'long '.repeat(25)}`))
  const { call } = await appliance(t, home)
  assert.equal((await call(['share', 'list', '--json'])).out, '[]\n')
})

test('share set lists what can be set, sets it, and refuses what it does not know', async (t) => {
  const { call, sync } = await appliance(t)
  await call('share add photos')
  const { out } = await call('share set photos')
  assert.match(out, /^KEY +VALUE +DEFAULT +MEANING\n/)
  assert.match(out, /^archive-days +30 +30 +how many days/m)
  assert.deepEqual(JSON.parse((await call('share set photos --json')).out), sync.settings('photos'))
  const set = await call('share set photos archive-days=7 archive-keep=all')
  assert.equal(set.code, 0)
  assert.match(set.out, /^archive-days +7 +30 /m)
  assert.doesNotMatch(set.out, /archive-budget/)
  assert.equal(sync.settings('photos').find(({ key }) => key === 'archive-days')?.value, '7')
  assert.equal((await call('share set photos archive-days=0')).code, 1)
  for (const wrong of ['archive-days', '=7', 'archive-days=1 archive-days=2'])
    assert.equal((await call(`share set photos ${wrong}`)).code, 2, wrong)
})

test('changes in a read-only share are listed, and taken back, all of them or some', async (t) => {
  const { call, sync } = await appliance(t)
  await call('share add photos')
  assert.match((await call('share changes photos')).err, /Nothing was changed here/)
  const refused = await call('share revert photos')
  assert.deepEqual([refused.code, refused.out], [1, ''])
  assert.match(refused.err, /may change "photos"/)
  const own = (path: string, kind: 'changed' | 'added' | 'deleted', type: 'file' | 'directory' = 'file') =>
    ({ path, kind, type, sizeBytes: type === 'file' ? 1500 : 0, modified: '2026-01-31T10:00:00.000Z' }) as const
  const all = [own('a', 'changed'), own('d', 'added', 'directory'), own('d/\u001b[2J', 'added'), own('e', 'deleted')]
  sync.setOwnChanges('photos', all)
  const { out } = await call('share changes photos')
  assert.match(out, /^changed +2026-01-31T10:00:00Z +1\.5 kB +a$/m)
  assert.match(out, /^added +d\/$/m)
  assert.doesNotMatch(out, /\u001b/)
  assert.deepEqual(JSON.parse((await call('share changes photos --json')).out), all)
  const some = await call('share revert photos a d')
  assert.deepEqual([some.code, some.out], [0, '2 moved to the archive, 1 come back, 0 not taken back\n'])
  assert.equal(sync.calls.at(-1), 'revert a d')
  sync.setOwnChanges('photos', [own('stuck', 'added', 'directory')])
  const stuck = await call('share revert photos')
  assert.deepEqual([stuck.code, stuck.err], [1, 'stuck: the folder still holds something\n'])
})

const oldVersion = (path: string, version: string | null) => ({
  path,
  version,
  until: version,
  modified: '2026-01-31T10:00:00.000Z',
  sizeBytes: 1500,
  archived: version,
  damaged: path === 'c',
})

test('versions list goes through all pages; restore says what it did and what it could not', async (t) => {
  const { call, sync } = await appliance(t)
  await call('share add photos')
  assert.match((await call('versions list photos')).err, /No versions/)
  const all = ['a', 'b', 'c', 'd/e', 'd/\u001b[2J'].map((path, i) => oldVersion(path, `20260131-18000${i}`))
  sync.setVersions('photos', all)
  assert.deepEqual(JSON.parse((await call('versions list photos --json')).out), all)
  const { out } = await call(['versions', 'list', 'photos', 'd', '--at', '2026-01-31T18:00Z'])
  assert.match(out, /^20260131-180003 +2026-01-31T10:00:00Z +1\.5 kB +d\/e$/m)
  assert.doesNotMatch(out, /\u001b/)
  assert.equal(sync.calls.at(-1), 'versions d 2026-01-31T18:00:00.000Z')
  assert.match((await call('versions list photos')).out, / c \(damaged\)$/m)
  const restored = await call('versions restore photos a --at 20260131-180000')
  assert.deepEqual([restored.code, restored.out], [0, '2 restored, 1 unchanged, 0 not restored\n'])
  assert.equal(sync.calls.at(-1), 'restore a 20260131-180000')
  const some = await call('versions restore photos some')
  assert.deepEqual([some.code, some.err], [1, 'some/one: a folder of this name is in its place\n'])
  assert.equal((await call('versions restore photos nothing')).code, 1)
  assert.equal((await call('versions restore photos a --at 31.1.2026')).code, 2)
  assert.equal((await call('versions restore photos')).code, 2)
})
