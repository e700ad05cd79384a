import assert from 'node:assert/strict'
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { openSettings } from '../../appliance/settings/database.ts'
import * as configuration from '../../appliance/sync/index/configuration.ts'
import { openDatabase } from '../../appliance/sync/index/database.ts'
import { renewShare, withhold } from '../../appliance/sync/index/rotation-rows.ts'
import { deviceIdentity } from '../../server/device-identity.ts'
import { readBackup, writeBackup } from '../../server/keys/backup.ts'
import { deviceId } from '../support/memory-sync-service.ts'
import { migrations } from './panel-fixture.ts'

const indexMigrations = fileURLToPath(new URL('../../appliance/sync/index/migrations', import.meta.url))

test('what makes a device itself is the same in the home that it is put into: who is in, and what its shares were', async (t) => {
  const scratch = mkdtempSync(join(tmpdir(), 'homeseed-backup-'))
  t.after(() => rmSync(scratch, { recursive: true }))
  const [home, fresh] = ['old', 'new'].map((name) => join(scratch, name)) as [string, string]
  for (const each of [home, fresh]) mkdirSync(each)
  await deviceIdentity(home)
  const file = join(home, 'homeseed.db')
  const { sqlite, db } = openDatabase(file, indexMigrations)
  openSettings(file, migrations).close()
  const row = { name: 'Photos', path: '/srv/photos', secret: 'first secret', indexId: '0011223344556677' }
  const { no } = configuration.addShare(db, { id: 'first', ...row, source: deviceId('anna') }, ['10.0.0.1:22000'])
  configuration.setShareSettings(db, no, { approve: 'on' })
  const add = (name: string, linked: boolean, access: 'read-write' | 'read-only', approved: boolean) => {
    const device = configuration.noteDevice(db, deviceId(name), { name, linked })
    configuration.noteShareDevice(db, no, device.no, linked, access, approved)
  }
  add('phone', true, 'read-write', true)
  add('ben', false, 'read-only', true)
  add('cora', false, 'read-write', true)
  add('who waits', false, 'read-write', false)
  const rotation = new Uint8Array([1, 2, 3])
  renewShare(db, no, { id: 'second', secret: 'second secret', rotation, at: 1, stays: () => true })
  configuration.setShareSettings(db, no, { approve: 'on' })
  withhold(db, deviceId('removed'))
  sqlite.prepare(`UPDATE shares SET unfinished = NULL`).run()
  sqlite.close()

  const backup = readBackup(home)
  const [share] = backup.shares
  assert.deepEqual(
    [share?.id, share?.secret, share?.source, share?.withheld, share?.former.map(({ secret }) => secret)],
    ['second', 'second secret', deviceId('anna'), [deviceId('removed')], ['first secret']],
  )
  assert.deepEqual(
    backup.devices.map(({ name, linked, approved }) => [name, linked, approved.map(({ access }) => access)]),
    [
      ['phone', true, []],
      ['ben', false, ['read-only']],
      ['cora', false, ['read-write']],
    ],
    'who waits to be let in is not in it',
  )
  writeBackup(fresh, JSON.parse(JSON.stringify(backup)) as typeof backup)
  assert.deepEqual(readBackup(fresh), backup)
})
