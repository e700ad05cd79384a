/** A share that the real Syncthing keeps sealed, in a folder of its type "receive encrypted". */
import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import test from 'node:test'
import { parseSecret } from '../../appliance/sync/model/secret-text.ts'
import { sealPasswordOf } from '../../appliance/sync/model/share-keys.ts'
import { needTool } from '../support/need-tool.ts'
import { until } from '../support/scratch.ts'
import { Syncthing } from '../support/syncthing.ts'
import { differences, treeOf } from '../support/trees.ts'
import { noise } from './content.ts'
import { SHARE, makeWorld, secretOf, untilInSync } from './devices.ts'

test('Syncthing keeps a share sealed, its own tool opens it, and a new device has all of it from there alone', async (t) => {
  const program = needTool(t, 'syncthing')
  if (!program) return
  await using world = await makeWorld('sealed-syncthing')
  const [anna, ben] = await Promise.all([world.start('anna'), world.start('ben')])
  await using keeper = await Syncthing.start({
    program,
    home: await world.scratch.folder('syncthing', 'home'),
    name: 'keeper',
  })
  const kept = await world.scratch.folder('syncthing', 'kept')
  mkdirSync(join(anna.folder, 'letters/empty folder'), { recursive: true })
  writeFileSync(join(anna.folder, 'letters/to Elfriede.txt'), 'Dear Elfriede,\n')
  writeFileSync(join(anna.folder, 'film'), noise(700_000, 1))
  writeFileSync(join(anna.folder, 'of one block'), noise(131_072, 3))
  writeFileSync(join(anna.folder, 'old'), 'to be deleted')
  await world.add(anna)
  const { id: folder } = await anna.homeseed.share(SHARE)
  const deviceOf = async ({ homeseed }: typeof anna) => (await homeseed.json<{ device: string }>('device', 'id')).device
  const devices = [await deviceOf(anna), await deviceOf(ben)]
  for (const [i, device] of devices.entries())
    await keeper.addDevice(device, { address: [anna, ben][i]?.homeseed.listen ?? '' })
  await keeper.addFolder({ id: folder, path: kept, devices, type: 'receiveencrypted' })
  const link = ['device', 'add', keeper.device, '--share', SHARE, '--seed-only', '--address', keeper.listen] as const
  await anna.homeseed.run(...link)
  const filesOf = () => execFileSync('find', [kept, '-type', 'f', '-path', '*.syncthing-enc*'], { encoding: 'utf8' })
  const untilItHas = (count: number) =>
    until(
      'all of it is kept',
      async () => filesOf().split('\n').length - 1 === count && (await keeper.inSync(folder)),
      {
        describe: async () =>
          `${JSON.stringify(await keeper.status(folder))}\n${filesOf()}\n${await anna.homeseed.describe()}`,
      },
    )
  await untilItHas(4)
  writeFileSync(join(anna.folder, 'film'), noise(900_000, 2))
  renameSync(join(anna.folder, 'letters/to Elfriede.txt'), join(anna.folder, 'letters/1.txt'))
  rmSync(join(anna.folder, 'old'))
  await anna.homeseed.run('share', 'rescan', SHARE)
  await untilItHas(3)
  await untilInSync(anna)

  await t.test('it finds no name and no content', () => {
    const found = execFileSync(
      'sh',
      ['-c', `find '${kept}' | grep -c Elfriede; grep -raFc Elfriede '${kept}' | grep -v ':0$'; true`],
      {
        encoding: 'utf8',
      },
    )
    assert.equal(found.trim(), '0')
  })

  const parsed = parseSecret(await secretOf(anna, 'read-only'))
  assert.ok(parsed.ok && 'key' in parsed.value.secret)
  const password = Buffer.from(sealPasswordOf(parsed.value.secret.key).reveal()).toString()
  const secret = await secretOf(anna, 'read-only')
  const before = treeOf(anna.folder)
  await anna.homeseed.stop()

  await t.test("Syncthing's own tool opens what it has kept", async () => {
    const opened = await world.scratch.folder('syncthing', 'opened')
    const args = ['decrypt', '--to', opened, '--password', password, '--folder-id', folder, kept]
    execFileSync(program, args, { stdio: ['ignore', 'pipe', 'pipe'] })
    for (const name of ['film', 'of one block', 'letters/1.txt'])
      assert.deepEqual(readFileSync(join(opened, name)), readFileSync(join(anna.folder, name)), name)
  })

  await t.test('a new device has all of it from there', async () => {
    await ben.homeseed.run('share', 'join', secret, ben.folder, '--name', SHARE)
    await ben.homeseed.run(...link)
    await until('all of it is there', () => differences(before, treeOf(ben.folder)).length === 0, {
      describe: async () => [...differences(before, treeOf(ben.folder)), await ben.homeseed.describe()].join('\n'),
    })
  })
})
