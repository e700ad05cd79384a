import assert from 'node:assert/strict'
import { test } from 'node:test'
import { deviceIdToText } from '../../appliance/sync/model/device-id.ts'
import { deviceIdOf, makeCertificate } from '../../appliance/sync/wire/certificate.ts'
import type { KeysBackup } from '../../server/keys/backup.ts'
import { unseal } from '../../server/keys/sealed-file.ts'
import { password, testPanel } from './panel-fixture.ts'

const minuteMs = 60_000
const passphrase = 'four words nobody guesses'
const secret = 'ACXA7AIBBVQKBWQ7XVQ2NUWVB4CLAXGZSPK3N6JRGYA6HSFH3DLL5YKYHRJQ5'

async function box() {
  const made = await makeCertificate()
  const share = { id: 'photos-id', name: 'Photos', path: '/srv/photos', secret, paused: false, hosts: [], settings: {} }
  const keys: KeysBackup = {
    ...{ version: 1, ...made, deviceName: 'box', panel: null, devices: [] },
    shares: [{ ...share, choice: { only: [], skip: [] }, source: '', rotation: null, withheld: [], former: [] }],
  }
  const panel = testPanel({ keys })
  const cookie = await panel.claim()
  const post = (path: string, form: Readonly<Record<string, string>> = {}) => panel.ask(path, { cookie, form })
  const get = async (path: string) => (await panel.ask(path, { cookie })).text()
  return { ...panel, keys, device: deviceIdToText(deviceIdOf(made.certificate)), cookie, post, get }
}

test('the keys file is had for a passphrase that is typed twice, and opens with it', async () => {
  const { post, get, keys, logged } = await box()
  assert.match(await get('/settings'), /href="\/settings\/keys"/)
  assert.match(await get('/settings/keys'), /homeseed keys import/)
  for (const [form, fault] of [
    [{ passphrase: 'short', again: 'short' }, 'Use 8 characters or more.'],
    [{ passphrase, again: `${passphrase}.` }, 'This is not the same passphrase.'],
    [{ passphrase }, 'This is not the same passphrase.'],
  ] as const) {
    const refused = await post('/settings/keys/export', form)
    const page = await refused.text()
    assert.equal(refused.status, 422)
    assert.ok(page.includes(fault), fault)
    assert.ok(!page.includes(passphrase))
  }
  const answer = await post('/settings/keys/export', { passphrase, again: passphrase })
  assert.equal(answer.status, 200)
  assert.match(
    answer.headers.get('content-disposition') ?? '',
    /^attachment; filename="homeseed-testbox-\d{4}-\d\d-\d\d\.keys"$/,
  )
  assert.equal(answer.headers.get('cache-control'), 'no-store')
  const file = await answer.text()
  assert.ok(!file.includes(secret))
  const opened = await unseal(file, passphrase)
  assert.ok(opened.ok)
  assert.deepEqual(JSON.parse(opened.value.toString()), keys)
  assert.ok(!logged.join('').includes(passphrase))
})

test('the sheet has each secret, asks for nothing from elsewhere, and closes by itself', async () => {
  const { post, device } = await box()
  const answer = await post('/settings/keys/sheet')
  const sheet = await answer.text()
  assert.equal(answer.status, 200)
  assert.equal(answer.headers.get('refresh'), '300; url=/settings/keys')
  assert.ok(sheet.replaceAll(/(?<=[A-Z2-7]{4}) (?=[A-Z2-7])/g, '').includes(secret))
  assert.ok(sheet.includes(device) && sheet.includes('<svg class="qr"'))
  // the panel lets no page have styles of its own
  assert.ok(!sheet.includes('<style>'))
  assert.match(sheet, /<link rel="stylesheet" href="\/a\/[0-9a-f]+\/sheet\.css"/)
})

test('whoever signed in a while ago types the password once more', async () => {
  const { post, get, clock } = await box()
  await clock.advance(20 * minuteMs)
  assert.match(await get('/settings/keys'), /You signed in a while ago/)
  for (const [path, name] of [
    ['/settings/keys/export', 'current'],
    ['/settings/keys/sheet', 'current-sheet'],
  ] as const) {
    const form = { passphrase, again: passphrase }
    for (const typed of [{}, { [name]: 'not the password' }]) {
      const refused = await post(path, { ...form, ...typed })
      const page = await refused.text()
      assert.equal(refused.status, 422)
      assert.ok(page.includes('That is not the password.') && !page.includes(secret))
    }
    assert.equal((await post(path, { ...form, [name]: password })).status, 200)
    await clock.advance(20 * minuteMs)
  }
})
