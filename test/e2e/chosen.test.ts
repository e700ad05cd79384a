/** Which folders of a share lie on a device: what is not chosen goes once another device has it, and stays there. */
import assert from 'node:assert/strict'
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import test from 'node:test'
import { until } from '../support/scratch.ts'
import { namesIn } from '../support/trees.ts'
import { SHARE, archived, assertSame, makeWorld, startTwo, untilConnected, untilInSync } from './devices.ts'
import type { Device } from './devices.ts'

const put = ({ folder }: Device, path: string, content: string) => {
  mkdirSync(dirname(join(folder, path)), { recursive: true })
  writeFileSync(join(folder, path), content)
}
const read = ({ folder }: Device, path: string): string | undefined =>
  existsSync(join(folder, path)) ? readFileSync(join(folder, path), 'utf8') : undefined
const select = ({ homeseed }: Device, ...options: readonly string[]) =>
  homeseed.run('share', 'select', SHARE, ...options)
async function settle(...devices: readonly Device[]): Promise<void> {
  for (const { homeseed } of [...devices, ...devices]) await homeseed.settled(SHARE)
}

for (const access of ['read-write', 'read-only'] as const) {
  test(`a ${access} device has only what is chosen`, async (t) => {
    await using world = await startTwo('chosen', access)
    const { a, b } = world
    for (const path of ['photos/2018/x', 'photos/2019/y', 'music/z', 'top']) put(a, path, `content of ${path}`)
    await assertSame(a, b)

    await t.test('what is not chosen goes from here, without a copy in the archive, and stays there', async () => {
      const before = namesIn(a.folder)
      await select(b, '--only', 'photos/', '--skip', 'photos/2018')
      await until('it is gone', () => !existsSync(join(b.folder, 'music')), { describe: () => b.homeseed.describe() })
      await settle(b, a)
      assert.deepEqual(namesIn(b.folder), ['photos', 'photos/2019', 'photos/2019/y'])
      assert.deepEqual(archived(b), [])
      assert.deepEqual(namesIn(a.folder), before)
      await untilInSync(b)
      const [status, told] = [await b.homeseed.share(SHARE), await a.homeseed.share(SHARE)]
      assert.deepEqual([status.files, status.needFiles, told.peers[0]?.completion], [1, 0, 1])
      assert.match(await select(b), /^only {2}photos\nskip {2}photos\/2018\n$/)
    })

    await t.test('what is new there does not come, and what is deleted or changed is not held up', async () => {
      put(a, 'music/new', 'new')
      put(a, 'photos/2018/x', 'changed')
      put(a, 'photos/2019/more', 'more')
      rmSync(join(a.folder, 'top'))
      await settle(a, b)
      assert.deepEqual(namesIn(b.folder), ['photos', 'photos/2019', 'photos/2019/more', 'photos/2019/y'])
    })

    await t.test('chosen again, it comes back as it is now, also after a restart', async () => {
      await b.homeseed.stop()
      await b.homeseed.restart()
      await settle(b, a)
      assert.equal(existsSync(join(b.folder, 'music')), false)
      await select(b, '--all')
      await assertSame(b, a)
      assert.deepEqual([read(b, 'music/new'), read(b, 'photos/2018/x'), read(b, 'top')], ['new', 'changed', undefined])
    })

    await t.test('a bad path changes nothing', async () => {
      const { code, stderr } = await b.homeseed.command('share', 'select', SHARE, '--only', 'good', '--skip', '../bad')
      assert.equal(code, 1)
      assert.match(stderr, /\.\.\/bad.*no path in the share/)
      assert.equal(await select(b), 'Everything is chosen.\n')
    })
  })
}

test('what no other device has stays, and is told; then it goes', async () => {
  await using world = await startTwo('chosen-alone')
  const { a, b } = world
  put(a, 'music/one', 'one')
  await assertSame(a, b)
  await a.homeseed.stop()
  put(b, 'music/mine', 'mine')
  await b.homeseed.run('share', 'rescan', SHARE)
  await select(b, '--skip', 'music')
  await b.homeseed.run('share', 'rescan', SHARE)
  await until('it is told', async () =>
    (await b.homeseed.share(SHARE)).problems.some(
      ({ path, reason }) => path === 'music/mine' && /not chosen/.test(reason),
    ),
  )
  assert.deepEqual(namesIn(b.folder), ['music', 'music/mine', 'music/one'])
  await a.homeseed.restart()
  await until('it is gone', () => !existsSync(join(b.folder, 'music')), { describe: () => b.homeseed.describe() })
  await settle(a, b)
  assert.deepEqual([read(a, 'music/mine'), read(a, 'music/one')], ['mine', 'one'])
})

test('devices that stop wanting the same at the same time do not both let go of it', async () => {
  await using world = await makeWorld('chosen-by-nobody')
  const [a, b, c] = await Promise.all([world.start('anna'), world.start('ben'), world.start('carl')])
  await world.add(a)
  await world.join(b, a)
  await world.join(c, a, 'read-write', [a, b])
  for (let i = 0; i < 40; i++) put(a, `music/${i}`, `song ${i}`)
  await assertSame(a, b, c)
  for (const device of [a, b, c]) await untilConnected(device)
  await Promise.all([a, b, c].map((device) => select(device, '--skip', 'music')))
  for (const { homeseed } of [a, b, c]) await homeseed.run('share', 'rescan', SHARE)
  const holders = (path: string) => [a, b, c].filter((device) => read(device, path) !== undefined)
  await until(
    'some is gone',
    () => namesIn(a.folder).length + namesIn(b.folder).length + namesIn(c.folder).length < 123,
    {
      timeoutMs: 60_000,
      describe: () => a.homeseed.describe(),
    },
  )
  for (let i = 0; i < 40; i++) assert.ok(holders(`music/${i}`).length > 0, `song ${i} is somewhere`)
  await Promise.all([a, b, c].map((device) => select(device, '--all')))
  const tree = await assertSame(a, b, c)
  assert.equal([...tree.keys()].filter((path) => path.startsWith('music/')).length, 40)
})

test('a file that is made in a folder that was not chosen is one like any other', async () => {
  await using world = await startTwo('chosen-anew')
  const { a, b } = world
  put(a, 'music/one', 'ours')
  await assertSame(a, b)
  await select(b, '--skip', 'music')
  await until('it is gone', () => !existsSync(join(b.folder, 'music')))
  put(b, 'music/two', 'two')
  put(b, 'music/one', 'theirs')
  await settle(b, a)
  await select(b, '--all')
  await assertSame(b, a)
  const all = namesIn(a.folder).flatMap((path) => (path.includes('/') ? [read(a, path)] : []))
  assert.deepEqual([...all].sort(), ['ours', 'theirs', 'two'])
})
