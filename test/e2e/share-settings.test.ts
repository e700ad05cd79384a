import assert from 'node:assert/strict'
import test from 'node:test'
import type { SettingStatus } from '../../appliance/sync/status.ts'
import { SHARE, makeWorld } from './devices.ts'

test('what is set for a share outlives a restart; a wrong value changes nothing', async () => {
  await using world = await makeWorld('share-settings')
  const device = await world.start('anna')
  await world.add(device)
  const { homeseed } = device
  const valueOf = async (key: string) =>
    (await homeseed.json<readonly SettingStatus[]>('share', 'set', SHARE)).find((each) => each.key === key)?.value
  await homeseed.run('share', 'set', SHARE, 'archive-days=7', 'archive-budget=10GB')
  await assert.rejects(homeseed.run('share', 'set', SHARE, 'archive-days=8', 'archive-keep=some'), /all or staggered/)
  await homeseed.stop()
  await homeseed.restart()
  assert.equal(await valueOf('archive-days'), '7')
  await homeseed.run('share', 'set', SHARE, 'archive-days=default')
  assert.equal(await valueOf('archive-days'), '30')
  assert.equal(await valueOf('archive-budget'), '10GB')
})
