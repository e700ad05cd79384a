/** The keys of a device, kept in a file and put into a new home: it is the same device, and nothing is lost by that. */
import assert from 'node:assert/strict'
import { hash } from 'node:crypto'
import { mkdirSync, readFileSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import test from 'node:test'
import { unseal } from '../../server/keys/sealed-file.ts'
import { Homeseed, runHomeseed } from '../support/homeseed.ts'
import { differences, treeOf } from '../support/trees.ts'
import { SHARE, assertSame, startTwo, untilConnected } from './devices.ts'

const hashOf = (text: string) => hash('sha256', text)
const PASSPHRASE = 'four words nobody guesses'

test('exported, lost and imported, it is the same device, and all goes on', async (t) => {
  await using world = await startTwo('keys')
  const { a, b } = world
  const file = join(world.scratch.path, 'anna.keys')
  mkdirSync(join(a.folder, 'trip'))
  for (let i = 0; i < 30; i++) writeFileSync(join(a.folder, 'trip', `${i}`), `picture ${i}`)
  await a.homeseed.run('share', 'set', SHARE, 'archive-days=90', 'approve=on')
  await assertSame(a, b)
  const { device } = await a.homeseed.json<{ device: string }>('device', 'id')
  const { secret } = await a.homeseed.json<{ secret: string }>('share', 'secret', SHARE)
  const { home } = a.homeseed

  await t.test(
    'while it runs, into a file for its owner alone, that tells nothing without the passphrase',
    async () => {
      const made = await runHomeseed(['keys', 'export', file, '--home', home], { input: `${PASSPHRASE}\n` })
      assert.equal(made.code, 0, made.stderr)
      assert.equal(statSync(file).mode & 0o777, 0o600)
      const text = readFileSync(file, 'utf8')
      const bytes = Buffer.from(text.slice(text.indexOf('\n')), 'base64')
      for (const hidden of [secret, 'PRIVATE KEY', SHARE, a.folder]) {
        assert.ok(!text.includes(hidden))
        assert.equal(bytes.indexOf(hidden), -1)
      }
      assert.ok(!(made.stdout + made.stderr + a.homeseed.log).includes(PASSPHRASE))
      const again = await runHomeseed(['keys', 'export', file, '--home', home], { input: `${PASSPHRASE}\n` })
      assert.match(again.stderr, /is there already/)
      const weak = await runHomeseed(['keys', 'export', `${file}2`, '--home', home], { input: 'short\n' })
      assert.match(weak.stderr, /too short/)
    },
  )

  await t.test('the sheet for the safe has the secret, as text and to scan', async () => {
    const sheet = join(world.scratch.path, 'sheet.html')
    assert.equal((await runHomeseed(['keys', 'sheet', sheet, '--home', home])).code, 0)
    const page = readFileSync(sheet, 'utf8')
    assert.ok(page.replaceAll(/(?<=[A-Z2-7]{4}) (?=[A-Z2-7])/g, '').includes(secret))
    assert.ok(page.includes('<svg class="qr"') && page.includes(device) && !/<script|src=|href=/.test(page))
    assert.equal(statSync(sheet).mode & 0o777, 0o600)
  })

  await t.test('the panel gives the same file, and the same sheet', async () => {
    const origin = `http://${a.homeseed.panel}`
    const send = (path: string, form: Readonly<Record<string, string>>, cookie = '') =>
      fetch(origin + path, {
        method: 'POST',
        redirect: 'manual',
        headers: { origin, cookie, 'content-type': 'application/x-www-form-urlencoded' },
        body: new URLSearchParams(form).toString(),
      })
    const claimed = await send('/claim', { password: 'a password of anna' })
    const cookie = claimed.headers
      .getSetCookie()
      .map((each) => each.split(';')[0])
      .join('; ')
    const answer = await send('/settings/keys/export', { passphrase: PASSPHRASE, again: PASSPHRASE }, cookie)
    assert.equal(answer.status, 200)
    const [fromPanel, fromCommand] = [
      await unseal(await answer.text(), PASSPHRASE),
      await unseal(readFileSync(file, 'utf8'), PASSPHRASE),
    ]
    assert.ok(fromPanel.ok && fromCommand.ok)
    const keysIn = (text: Buffer) => ({ ...(JSON.parse(text.toString()) as object), panel: null })
    assert.deepEqual(keysIn(fromPanel.value), keysIn(fromCommand.value))
    const sheet = await (await send('/settings/keys/sheet', {}, cookie)).text()
    assert.ok(sheet.replaceAll(/(?<=[A-Z2-7]{4}) (?=[A-Z2-7])/g, '').includes(secret))
    assert.equal((await send('/settings/keys/sheet', {})).status, 303, 'to nobody who is not signed in')
  })

  const fresh = join(world.scratch.path, 'anna', 'new home')
  const importInto = (to: string, passphrase: string, from = file) =>
    runHomeseed(['keys', 'import', from, '--home', to], { input: `${passphrase}\n` })

  await t.test(
    'a wrong passphrase, a changed file and a home that is in use are refused, and change nothing',
    async () => {
      assert.match((await importInto(fresh, 'some other passphrase')).stderr, /passphrase is wrong/)
      const changed = join(world.scratch.path, 'changed.keys')
      const text = readFileSync(file, 'utf8')
      writeFileSync(changed, text.replace('"passes":', '"passes" :'))
      assert.match(
        (await importInto(fresh, PASSPHRASE, changed)).stderr,
        /passphrase is wrong, or the file was changed/,
      )
      writeFileSync(changed, text.slice(0, -100))
      assert.match((await importInto(fresh, PASSPHRASE, changed)).stderr, /that file is not whole: its end is missing/)
      writeFileSync(changed, 'something else\n')
      assert.match((await importInto(fresh, PASSPHRASE, changed)).stderr, /no file that/)
      const running = await importInto(home, PASSPHRASE)
      assert.match(running.stderr, /^homeseed: Homeseed is running already in [^\n]*\n$/)
      await a.homeseed.stop()
      assert.match((await importInto(home, PASSPHRASE)).stderr, /^homeseed: There are keys in [^\n]*\n$/)
      const odd = await world.scratch.folder('odd')
      writeFileSync(join(odd, 'homeseed.db-wal'), 'of another time')
      assert.match((await importInto(odd, PASSPHRASE)).stderr, /There are keys in .* already/)
      assert.equal(readFileSync(join(odd, 'homeseed.db-wal'), 'utf8'), 'of another time')
    },
  )

  await t.test('cut short, it is begun again, and nobody starts there before', async () => {
    mkdirSync(join(fresh, 'import.new'), { recursive: true })
    writeFileSync(join(fresh, 'key.pem'), 'half of it')
    writeFileSync(join(fresh, 'homeseed.db-wal'), 'of another time')
    await assert.rejects(Homeseed.start({ home: fresh }), /cut short. Run .+homeseed keys import.+ again/)
  })

  await t.test('in a new home all goes on: nothing is deleted, and only edits are kept twice', async () => {
    rmSync(join(b.folder, 'trip/1'))
    writeFileSync(join(b.folder, 'trip/2'), 'edited by ben meanwhile')
    writeFileSync(join(a.folder, 'trip/3'), 'edited by anna while it was off')
    writeFileSync(join(a.folder, 'new'), 'made by anna while it was off')
    await b.homeseed.run('share', 'rescan', SHARE)
    await b.homeseed.settled(SHARE, { peers: 0 })
    const imported = await importInto(fresh, PASSPHRASE)
    assert.equal(imported.code, 0, imported.stderr)
    for (const name of readdirSync(fresh)) assert.equal(statSync(join(fresh, name)).mode & 0o077, 0, name)
    rmSync(home, { recursive: true })
    await using homeseed = await Homeseed.start({ home: fresh, listen: a.homeseed.listen })
    const anna = { homeseed, folder: a.folder }
    await untilConnected(anna)
    const [ben] = (await homeseed.share(SHARE)).peers
    assert.deepEqual([ben?.name, ben?.waits], ['ben', false], 'who was in need not be let in once more')
    assert.deepEqual(await homeseed.json('device', 'id'), { device, name: 'anna', listen: homeseed.listen })
    const tree = await assertSame(anna, b)
    // what one of them changed meanwhile nobody can tell from what both changed: both are kept
    const copies = [...tree.keys()].filter((path) => path.includes('sync-conflict'))
    assert.deepEqual(copies.map((path) => path.slice(0, 'trip/2'.length)).sort(), ['trip/2', 'trip/3'])
    const contents = [...tree.values()].map(({ content }) => content)
    const now = [...Array(30).keys()].filter((i) => i !== 1).map((i) => `picture ${i}`)
    const edits = ['edited by ben meanwhile', 'edited by anna while it was off', 'made by anna while it was off']
    for (const [at, each] of [...now, ...edits].entries())
      assert.equal(contents.filter((content) => content === hashOf(each)).length, 1, `${at}: ${each}`)
    assert.ok(!tree.has('trip/1'), 'what ben deleted stays deleted')
    assert.equal(tree.size, 1 + now.length + edits.length)
    const settings = await homeseed.json<readonly { key: string; value: string }[]>('share', 'set', SHARE)
    assert.equal(settings.find(({ key }) => key === 'archive-days')?.value, '90')
    assert.doesNotMatch(b.homeseed.log, /history-lost/)
    assert.deepEqual(differences(treeOf(a.folder), treeOf(b.folder)), [])
  })
})
