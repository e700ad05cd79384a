/** What cannot work is refused with one clear line and an exit code, and changes nothing. */
import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { chmodSync, existsSync, mkdirSync, symlinkSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import type { AddressInfo, Server } from 'node:net'
import { join } from 'node:path'
import test from 'node:test'
import type { TestContext } from 'node:test'
import { runHomeseed } from '../support/homeseed.ts'
import type { Outcome } from '../support/homeseed.ts'
import { freePort } from '../support/scratch.ts'
import { treeOf } from '../support/trees.ts'
import { SHARE, makeWorld, secretOf } from './devices.ts'
import type { Device } from './devices.ts'

/** One line on stderr that says what, nothing on stdout. */
function assertRefused({ code, stdout, stderr }: Outcome, says: RegExp, wanted = 1): void {
  assert.equal(code, wanted, `ended with ${code}: ${stderr}${stdout}`)
  assert.equal(stdout, '')
  assert.deepEqual(stderr.trimEnd().split('\n').length, 1, stderr)
  assert.match(stderr, says)
}

/** Everything below a folder, `.homeseed` too, and what the device tells of its shares. */
const stateOf = async ({ homeseed }: Device, folder: string) => ({
  shares: (await homeseed.json<{ id: string; path: string }[]>('share', 'list')).map(({ id, path }) => ({ id, path })),
  tree: treeOf(folder, new Set()),
})

test('what a person types wrong', async (t) => {
  await using world = await makeWorld('bad-input')
  const [a, b] = await Promise.all([world.start('anna'), world.start('ben')])
  await world.add(a)
  const at = (...names: readonly string[]) => join(world.scratch.path, ...names)
  const refuses = async (device: Device, args: readonly string[], says: RegExp, code = 1) => {
    const before = await stateOf(device, at())
    assertRefused(await device.homeseed.command(...args), says, code)
    const { shares, tree } = await stateOf(device, at())
    assert.deepEqual(shares, before.shares)
    assert.deepEqual(withoutHomes(tree), withoutHomes(before.tree))
  }

  await t.test('a secret with a wrong, missing, doubled or swapped character', async () => {
    const secret = await secretOf(a, 'read-write')
    const other = (letter: string | undefined) => (letter === 'A' ? 'B' : 'A')
    const typed = [
      secret.slice(0, 10) + other(secret[10]) + secret.slice(11),
      secret.slice(0, -1),
      secret.slice(0, 8) + secret.slice(7),
      secret.slice(0, 5) + swapped(secret.slice(5)),
      'A',
      'not a secret at all',
      a.homeseed.listen,
    ]
    for (const text of typed) await refuses(b, ['share', 'join', text, b.folder], /secret/i)
  })

  await t.test('a folder in a share, around one, or the same once more', async () => {
    const inside = await world.scratch.folder('anna', 'folder', 'inside')
    symlinkSync(inside, at('way-in'))
    for (const folder of [inside, a.folder, at('anna'), at('way-in')]) {
      await refuses(a, ['share', 'add', folder], /share|Homeseed's own/i)
    }
    await refuses(b, ['share', 'add', join(b.homeseed.home)], /Homeseed/)
  })

  await t.test('a new folder in a share, in a home, or for a name that is taken: it is not made', async () => {
    const secret = await secretOf(a, 'read-write')
    const other = await world.scratch.folder('ben', 'other')
    await b.homeseed.run('share', 'add', other)
    for (const folder of [join(other, 'new'), join(b.homeseed.home, 'new')])
      await refuses(b, ['share', 'join', secret, folder], /overlaps|Homeseed's own/)
    await refuses(b, ['share', 'join', secret, at('ben', 'new'), '--name', 'other'], /named "other"/)
    await b.homeseed.run('share', 'remove', 'other')
  })

  await t.test("a folder that was another share's", async () => {
    const folder = await world.scratch.folder('ben', 'former')
    await refuses(b, ['share', 'add', a.folder], /marked as the folder of another share.*delete/)
    await b.homeseed.run('share', 'add', folder, '--name', 'first')
    await b.homeseed.run('share', 'remove', 'first')
    await b.homeseed.run('share', 'add', folder, '--name', 'second')
    await b.homeseed.run('share', 'remove', 'second')
  })

  await t.test('a share that is here already', async () => {
    await refuses(a, ['share', 'join', await secretOf(a, 'read-only'), b.folder], /already/)
  })

  await t.test('no such folder, a file instead of one, one that cannot be written', async (t) => {
    await refuses(b, ['share', 'add', at('nowhere')], /nowhere/)
    writeFileSync(at('file'), 'a file')
    await refuses(b, ['share', 'add', at('file')], /file/)
    mkdirSync(at('closed'))
    const open = closeFolder(t, at('closed'))
    if (!open) return
    try {
      await refuses(b, ['share', 'add', at('closed')], /closed/)
    } finally {
      open()
    }
  })

  await t.test('no such share, host, device or command', async () => {
    await refuses(a, ['share', 'show', 'nobody'], /nobody/)
    await refuses(a, ['wait', 'nobody', '--timeout', '1'], /nobody/)
    await refuses(b, ['wait'], /no share here/)
    await refuses(a, ['wait', '--timeout', '0.1'], /photos: no other device has been met/, 4)
    await refuses(a, ['host', 'add', SHARE, 'no port'], /HOST:PORT/, 2)
    await refuses(a, ['host', 'add', SHARE, '127.0.0.1:70000'], /HOST:PORT/, 2)
    await a.homeseed.run('host', 'add', SHARE, '192.0.2.1')
    assert.deepEqual(await a.homeseed.json('host', 'list', SHARE), ['192.0.2.1:22000'])
    assert.deepEqual(await a.homeseed.json('host', 'remove', SHARE, '192.0.2.1'), [])
    await refuses(a, ['host', 'remove', SHARE, '192.0.2.1'], /192\.0\.2\.1:22000/)
    await refuses(a, ['device', 'add', 'ABCDEFG-HIJKLMN', '--share', SHARE], /device ID/i, 2)
    for (const args of [['shares'], ['share', 'ad', a.folder], ['share', 'add'], ['share', 'list', '--colour']]) {
      const { code, stdout, stderr } = await a.homeseed.command(...args)
      assert.deepEqual([code, stdout], [2, ''], stderr)
      assert.notEqual(stderr, '')
    }
  })
})

test('what serve refuses at its start', async (t) => {
  await using world = await makeWorld('bad-start')
  const a = await world.start('anna')
  const free = async () => `127.0.0.1:${await freePort()}`
  const serve = async (name: string, flags: { home?: string; listen?: string; panel?: string }) => {
    const { home = join(world.scratch.path, name), listen = await free(), panel = await free() } = flags
    return runHomeseed(['serve', '--no-discovery', '--home', home, '--listen', listen, '--panel', panel], {
      timeoutMs: 30_000,
    })
  }

  await t.test('a port in use', async () => {
    await using taken = await listening(createServer())
    assertFailed(await serve('listen', { listen: taken.address }), new RegExp(taken.address))
    assertFailed(await serve('panel', { panel: taken.address }), new RegExp(taken.address))
    assertFailed(await serve('another', { listen: a.homeseed.listen }), new RegExp(a.homeseed.listen))
  })

  await t.test('a second process on one home', async () => {
    assertFailed(await serve('same', { home: a.homeseed.home }), /running already/)
    await a.homeseed.run('status')
  })

  await t.test('a home that cannot be made', async () => {
    const file = join(world.scratch.path, 'a-file')
    writeFileSync(file, '')
    assertFailed(await serve('file', { home: join(file, 'home') }), /a-file/)
    assert.equal(existsSync(join(file, 'home')), false)
  })

  await t.test('no such address, and nonsense in its place', async () => {
    assertFailed(await serve('address', { listen: '192.0.2.1:22000' }), /192\.0\.2\.1/)
    assert.equal((await serve('nonsense', { listen: 'nonsense' })).code, 2)
    assert.equal((await runHomeseed(['serve', '--colour'])).code, 2)
  })
})

/** `serve` may have logged something before; the last line says why it ended. */
function assertFailed({ code, stdout, stderr }: Outcome, says: RegExp): void {
  assert.equal(code, 1, `ended with ${code}: ${stderr}${stdout}`)
  assert.match(stderr.trimEnd().split('\n').at(-1) ?? '', says)
  assert.doesNotMatch(stderr, /^\s+at /m, 'no stack trace')
}

/** A home changes as its device works: logs, index, when it was last seen. */
const withoutHomes = (tree: ReadonlyMap<string, unknown>) =>
  [...tree.keys()].filter((path) => !/^[^/]+\/home\//.test(path))

/** The first two neighbours that differ, in each other's place. */
function swapped(text: string): string {
  const at = [...text].findIndex((letter, i) => i > 0 && letter !== text[i - 1])
  return text.slice(0, at - 1) + text.slice(at, at + 1) + text.slice(at - 1, at) + text.slice(at + 1)
}

/** Makes it unwritable, for root too; answers what opens it again, or skips the test. */
function closeFolder(t: TestContext, path: string): (() => void) | undefined {
  if (process.getuid?.() !== 0) {
    chmodSync(path, 0o555)
    return () => chmodSync(path, 0o755)
  }
  if (spawnSync('chattr', ['+i', path]).status === 0) return () => void spawnSync('chattr', ['-i', path])
  t.skip('root may write everywhere, and this file system has no immutable folders (chattr +i)')
  return undefined
}

async function listening(server: Server): Promise<AsyncDisposable & { readonly address: string }> {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return {
    address: `127.0.0.1:${(server.address() as AddressInfo).port}`,
    [Symbol.asyncDispose]: () => new Promise((resolve) => server.close(() => resolve())),
  }
}
