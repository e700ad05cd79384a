/** One-time secrets on the command line: made, passed on as a link, used once, listed, taken back. */
import assert from 'node:assert/strict'
import { readFileSync, readdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import test from 'node:test'
import { parseSecret, secretToText } from '../../appliance/sync/model/secret-text.ts'
import { Secret } from '../../appliance/sync/model/secret.ts'
import { listen } from '../../appliance/sync/wire/tls.ts'
import { until } from '../support/scratch.ts'
import { HostilePeer, makeIdentity } from './hostile-peer.ts'
import { SHARE, makeWorld, untilSame } from './devices.ts'
import type { Device } from './devices.ts'

interface Made {
  readonly secret: string
  readonly access: string
  readonly once: boolean
  readonly expires: string
  readonly link: string
}
interface Listed {
  readonly id: string
  readonly state: string
  readonly usedBy: string
}

const make = ({ homeseed }: Device, ...flags: string[]) =>
  homeseed.json<Made>('share', 'secret', SHARE, '--once', ...flags)
const listed = ({ homeseed }: Device) => homeseed.json<readonly Listed[]>('once', 'list', SHARE)

test('a link that is good once', async (t) => {
  await using world = await makeWorld('one-time')
  const [a, b, c] = await Promise.all([world.start('anna'), world.start('ben'), world.start('cora')])
  await world.add(a)
  writeFileSync(join(a.folder, 'photo'), 'of the family')
  const made = await make(a, '--read-only')

  await t.test('says what it is, and where', () => {
    assert.match(made.secret, /^C[A-Z2-7]{85}$/)
    assert.deepEqual([made.access, made.once], ['read-only', true])
    const hours = (Date.parse(made.expires) - Date.now()) / 3_600_000
    assert.ok(hours > 23.9 && hours <= 24, made.expires)
    assert.ok(made.link.startsWith(`homeseed:${made.secret}?name=${SHARE}&host=`), made.link)
  })

  await t.test('joins the share, and is good no more', async () => {
    await b.homeseed.run('share', 'join', made.link, b.folder)
    await untilSame(a, b)
    const share = await b.homeseed.share(SHARE)
    assert.equal(share.access, 'read-only')
    const second = await c.homeseed.command('share', 'join', made.link, c.folder)
    assert.equal(second.code, 1)
    assert.match(second.stderr, /was used already/)
    assert.deepEqual(readdirSync(c.folder), [])
    assert.deepEqual(
      (await listed(a)).map(({ state, usedBy }) => [state, usedBy]),
      [['used', 'ben']],
    )
    assert.match(await a.homeseed.run('once', 'list', SHARE), /read-only +used by ben/)
  })

  await t.test('whoever has the share already uses none up, and goes on as what it is', async () => {
    const { link } = await make(a, '--read-only')
    const elsewhere = await world.scratch.folder('ben', 'again')
    const again = await b.homeseed.command('share', 'join', link, elsewhere, '--name', 'again')
    assert.match(again.stderr, /has that share already/)
    assert.equal((await listed(a))[0]?.state, 'open')
    assert.equal((await b.homeseed.share(SHARE)).access, 'read-only')
  })

  await t.test('taken back, it is good no more', async () => {
    const { link } = await make(a, '--valid', '7d')
    const [open] = await listed(a)
    await a.homeseed.run('once', 'revoke', SHARE, open?.id ?? '')
    const refused = await c.homeseed.command('share', 'join', link, c.folder)
    assert.match(refused.stderr, /was taken back/)
    assert.equal((await a.homeseed.command('once', 'revoke', SHARE, open?.id ?? '')).code, 1)
  })

  await t.test('is brought to the device that made it and to no other, and mistyped to none', async () => {
    const { secret } = await make(a)
    const elsewhere = await c.homeseed.command('share', 'join', secret, c.folder, '--host', b.homeseed.listen)
    assert.equal(elsewhere.code, 1)
    assert.match(elsewhere.stderr, /another device answers there.*Nothing was used up/)
    assert.match((await c.homeseed.command('share', 'join', secret, c.folder)).stderr, /--host HOST:PORT/)
    const mistyped = secret.slice(0, 40) + (secret[40] === 'A' ? 'B' : 'A') + secret.slice(41)
    const refused = await c.homeseed.command('share', 'join', mistyped, c.folder, '--host', a.homeseed.listen)
    assert.match(refused.stderr, /typing mistake/)
    assert.equal((await listed(a))[0]?.state, 'open')
    await c.homeseed.run('share', 'join', secret, c.folder, '--host', a.homeseed.listen)
    assert.equal((await c.homeseed.share(SHARE)).access, 'read-write')
  })

  await t.test('lies in no log and no index', async () => {
    const { secret } = await make(a)
    const parsed = parseSecret(secret)
    assert.ok(parsed.ok && 'token' in parsed.value.secret)
    const token = Buffer.from(parsed.value.secret.token.reveal())
    const forms = [secret, token.toString('hex'), token.toString('base64')]
    for (const form of forms) assert.ok(!a.homeseed.log.includes(form))
    for (const name of ['homeseed.db', 'homeseed.db-wal']) {
      const bytes = readFileSync(join(a.homeseed.home, name))
      for (const form of [...forms.map((each) => Buffer.from(each)), token]) assert.equal(bytes.indexOf(form), -1, name)
    }
  })

  await t.test('guessing is stopped', async () => {
    const { secret } = await make(a)
    const { id: shareId } = await a.homeseed.share(SHARE)
    for (let i = 0; i < 10; i++) {
      using guess = await HostilePeer.dial({ address: a.homeseed.listen, shareId, token: new Uint8Array(16).fill(i) })
      await until('it is refused', () => guess.closed !== undefined)
      assert.match(guess.closed ?? '', /is not known here/)
      assert.equal(guess.folders.length, 0)
    }
    const parsed = parseSecret(secret)
    assert.ok(parsed.ok && 'token' in parsed.value.secret)
    using right = await HostilePeer.dial({
      address: a.homeseed.listen,
      shareId,
      token: parsed.value.secret.token.reveal(),
    })
    await until('it is refused', () => right.closed !== undefined)
    assert.match(right.closed ?? '', /in an hour/)
    assert.equal((await listed(a))[0]?.state, 'open')
  })

  await t.test('whoever was granted it and hangs on keeps nobody from stopping', async () => {
    const { secret } = await make(b, '--read-only')
    const parsed = parseSecret(secret)
    assert.ok(parsed.ok && 'token' in parsed.value.secret)
    const { id: shareId } = await b.homeseed.share(SHARE)
    using silent = await HostilePeer.dial({
      address: b.homeseed.listen,
      shareId,
      token: parsed.value.secret.token.reveal(),
    })
    await until('it is granted', () => silent.folders.length > 0)
    assert.match(silent.folders[0]?.secret ?? '', /^B/)
    await b.homeseed.stop()
  })

  await t.test('wrong times are refused', async () => {
    for (const time of ['0m', '31d', '5', '1w', '-1h', '24 h'])
      assert.notEqual((await a.homeseed.command('share', 'secret', SHARE, '--once', '--valid', time)).code, 0, time)
    assert.equal((await a.homeseed.command('share', 'secret', SHARE, '--valid', '1h')).code, 2)
  })
})

/** Somebody who takes every connection, and says nothing. */
async function silentDevice() {
  const identity = await makeIdentity()
  const heard: Buffer[] = []
  const listener = await listen('127.0.0.1:0', identity, (connection) => {
    connection.onData((bytes) => void heard.push(Buffer.from(bytes)))
    return new Promise<void>((resolve) => connection.onClose(() => resolve()))
  })
  return { identity, listener, heard: () => Buffer.concat(heard) }
}

test('what those hear who are not the device that made it, or never answer', async (t) => {
  await using world = await makeWorld('one-time-refused')
  const [a, b] = await Promise.all([world.start('anna'), world.start('ben')])
  await world.add(a)
  const silent = await silentDevice()
  await using _listener = silent.listener

  await t.test('another device hears nothing at all', async () => {
    const { secret } = await make(a)
    const { code, stderr } = await b.homeseed.command(
      ...['share', 'join', secret, b.folder, '--host', silent.listener.address],
    )
    assert.equal(code, 1)
    assert.match(stderr, /another device answers there.*Nothing was used up/)
    assert.equal(silent.heard().length, 0)
    assert.deepEqual(await b.homeseed.json('share', 'list'), [])
    assert.deepEqual(readdirSync(b.folder), [])
  })

  await t.test('a device that refuses one takes nobody in for it', async () => {
    const { secret } = await make(a)
    const [open] = await listed(a)
    await a.homeseed.run('once', 'revoke', SHARE, open?.id ?? '')
    const refused = await b.homeseed.command('share', 'join', secret, b.folder, '--host', a.homeseed.listen)
    assert.match(refused.stderr, /was taken back/)
    assert.deepEqual((await a.homeseed.share(SHARE)).peers, [])
    assert.deepEqual(await a.homeseed.json('device', 'list'), [])
    assert.deepEqual(await b.homeseed.json('share', 'list'), [])
  })

  await t.test('whoever has a secret shows a stranger that it has something, and not what', async () => {
    const { secret } = await a.homeseed.json<Made>('share', 'secret', SHARE)
    const { id } = await a.homeseed.share(SHARE)
    await a.homeseed.run('host', 'add', SHARE, silent.listener.address)
    await until('it says hello', () => silent.heard().length > 0)
    const parsed = parseSecret(secret)
    assert.ok(parsed.ok && 'access' in parsed.value.secret)
    const key = Buffer.from(parsed.value.secret.key.reveal())
    for (const hidden of [SHARE, id, secret, key, key.toString('hex')]) assert.equal(silent.heard().indexOf(hidden), -1)
    await a.homeseed.run('host', 'remove', SHARE, silent.listener.address)
  })

  await t.test('a device that waits for the answer stops when it is told to', async () => {
    const secret = secretToText({ issuer: silent.identity.id, token: new Secret(new Uint8Array(16).fill(7)) })
    const before = silent.heard().length
    const joining = b.homeseed.command('share', 'join', secret, b.folder, '--host', silent.listener.address)
    await until('it asks', () => silent.heard().length > before)
    await b.homeseed.stop()
    const { code, stderr } = await joining
    assert.notEqual(code, 0)
    assert.doesNotMatch(stderr, /gives no answer/)
    await b.homeseed.restart()
    assert.deepEqual(await b.homeseed.json('share', 'list'), [])
    assert.deepEqual(readdirSync(b.folder), [])
  })
})
