import assert from 'node:assert/strict'
import { mkdtempSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { openSettings } from '../../appliance/settings/database.ts'
import { readEnvironment } from '../../appliance/settings/environment.ts'
import { addSession, listSessions, removeOtherSessions, sessionByHash } from '../../appliance/settings/sessions.ts'
import { claim, passwordHash, readSettings, setDeviceName, setLanguage } from '../../appliance/settings/settings.ts'
import { migrations } from './panel-fixture.ts'

test('what the owner chose outlives the process, in a file of the owner alone', (t) => {
  const home = mkdtempSync(join(tmpdir(), 'homeseed-settings-'))
  t.after(() => rmSync(home, { recursive: true }))
  const file = join(home, 'homeseed.db')
  const first = openSettings(file, migrations)
  setDeviceName(first.db, 'attic')
  setLanguage(first.db, 'es')
  assert.equal(claim(first.db, { passwordHash: 'a hash', at: 5, from: '192.168.1.5' }), true)
  first.close()
  const second = openSettings(file, migrations)
  assert.deepEqual(readSettings(second.db), {
    deviceName: 'attic',
    language: 'es',
    claimedAt: 5,
    claimedFrom: '192.168.1.5',
  })
  assert.equal(passwordHash(second.db), 'a hash')
  assert.equal(claim(second.db, { passwordHash: 'another', at: 6, from: 'x' }), false)
  second.close()
  assert.equal(statSync(file).mode & 0o777, 0o600)
})

test('sessions: expired ones go, and there are at most fifty', () => {
  const { db } = openSettings(':memory:', migrations)
  const session = (n: number) => ({
    idHash: `hash ${n}`,
    createdAt: n,
    seenAt: n,
    expiresAt: n + 1000,
    confirmedAt: n,
    address: '',
  })
  for (let n = 0; n < 60; n += 1) addSession(db, session(n))
  assert.equal(listSessions(db, 100).length, 50)
  assert.equal(sessionByHash(db, 'hash 9'), undefined, 'the one unseen for longest made room')
  addSession(db, session(2000))
  assert.equal(listSessions(db, 0).length, 1)
  addSession(db, session(2001))
  removeOtherSessions(db, 'hash 2001')
  assert.deepEqual(
    listSessions(db, 0).map(({ idHash }) => idHash),
    ['hash 2001'],
  )
})

const places: readonly (readonly [env: Record<string, string>, home: string])[] = [
  [{ HOME: '/home/anna' }, '/home/anna/.local/share/homeseed'],
  [{ HOME: '/home/anna', XDG_DATA_HOME: '/data' }, '/data/homeseed'],
  [{ HOME: '/home/anna', XDG_DATA_HOME: 'relative' }, '/home/anna/.local/share/homeseed'],
  [{ HOME: '/home/anna', HOMESEED_HOME: '/srv/seed' }, '/srv/seed'],
  [{ HOME: '/home/anna', HOMESEED_HOME: '' }, '/home/anna/.local/share/homeseed'],
]
for (const [env, home] of places)
  test(`the home is ${home} for ${JSON.stringify(env)}`, () => assert.equal(readEnvironment(env).home, home))
