/** What rules ignore is not synced, and coming and going of rules deletes nothing anywhere. */
import assert from 'node:assert/strict'
import { existsSync, mkdirSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import test from 'node:test'
import { removeTree } from '../support/remove-tree.ts'
import { until } from '../support/scratch.ts'
import { SHARE, assertSame, startTwo } from './devices.ts'
import type { Device } from './devices.ts'

const put = ({ folder }: Device, path: string, content: string) => {
  mkdirSync(dirname(join(folder, path)), { recursive: true })
  writeFileSync(join(folder, path), content)
}
const read = ({ folder }: Device, path: string): string | undefined =>
  existsSync(join(folder, path)) ? readFileSync(join(folder, path), 'utf8') : undefined
const remove = ({ folder }: Device, path: string) => removeTree(join(folder, path))
const problems = async ({ homeseed }: Device) =>
  (await homeseed.share(SHARE)).problems.map(({ path, reason }) => `${path}: ${reason}`)

async function settle(...devices: readonly Device[]): Promise<void> {
  for (const { homeseed } of [...devices, ...devices]) await homeseed.settled(SHARE)
}

test('rules of one device', async (t) => {
  await using world = await startTwo('ignored')
  const { a, b } = world

  await t.test('what they ignore stays here, and what others have of it stays there', async () => {
    put(a, '.syncignore', '// mine\n*.tmp\n/cache\n')
    await settle(a)
    put(a, 'one.txt', 'one')
    put(a, 'one.tmp', 'ours')
    put(a, 'cache/x', 'ours')
    put(b, 'two.tmp', 'theirs')
    put(b, 'cache/y', 'theirs')
    await settle(a, b)
    assert.deepEqual([read(b, 'one.txt'), read(b, 'one.tmp'), read(b, 'cache/x')], ['one', undefined, undefined])
    assert.deepEqual([read(a, 'two.tmp'), read(a, 'cache/y')], [undefined, undefined])
    assert.equal(existsSync(join(b.folder, '.syncignore')), false)
    assert.deepEqual([(await a.homeseed.share(SHARE)).files, (await a.homeseed.share(SHARE)).needFiles], [1, 0])
    const [peer] = (await b.homeseed.share(SHARE)).peers
    assert.equal(peer?.completion, 1)
  })

  await t.test('what is ignored later is deleted nowhere, whatever becomes of it here', async () => {
    for (const name of ['gone', 'changed', 'same', 'both']) put(a, `late/${name}`, `first ${name}`)
    await assertSameBut(a, b, ['one.tmp', 'two.tmp', 'cache'])
    put(a, '.syncignore', '*.tmp\n/cache\nlate\n')
    await a.homeseed.settled(SHARE)
    remove(a, 'late/gone')
    put(a, 'late/changed', 'second changed')
    put(a, 'late/both', 'ours of both')
    put(b, 'late/both', 'theirs of both')
    await settle(a, b)
    assert.deepEqual(
      ['gone', 'changed', 'same', 'both'].map((name) => read(b, `late/${name}`)),
      ['first gone', 'first changed', 'first same', 'theirs of both'],
    )
    assert.equal(read(a, 'late/both'), 'ours of both')
  })

  await t.test(
    'without the rules, what is missing comes back, edits count, and of two versions both stay',
    async () => {
      rmSync(join(a.folder, '.syncignore'))
      await assertSame(a, b)
      assert.deepEqual(
        ['gone', 'changed', 'same'].map((name) => read(b, `late/${name}`)),
        ['first gone', 'second changed', 'first same'],
      )
      const both = readdirSync(join(b.folder, 'late')).filter((name) => name.startsWith('both'))
      assert.deepEqual(both.map((name) => read(b, `late/${name}`)).sort(), ['ours of both', 'theirs of both'])
      assert.deepEqual([read(a, 'two.tmp'), read(b, 'cache/x')], ['theirs', 'ours'])
    },
  )

  await t.test('rules that were written while the service was off count as well', async () => {
    await a.homeseed.stop()
    put(a, '.syncignore', '*.txt\n')
    remove(a, 'one.txt')
    await a.homeseed.restart()
    await settle(a, b)
    assert.equal(read(b, 'one.txt'), 'one')
    rmSync(join(a.folder, '.syncignore'))
    await assertSame(a, b)
    assert.equal(read(a, 'one.txt'), 'one')
  })

  await t.test('a folder that others delete stays while it holds what is ignored, unless that may go', async () => {
    put(a, '.syncignore', 'own\n(?d)*.o\n')
    for (const folder of ['stays', 'goes']) put(a, `${folder}/shared`, 'shared')
    await settle(a, b)
    put(a, 'stays/own', 'own')
    put(a, 'goes/x.o', 'object')
    for (const folder of ['stays', 'goes']) remove(b, folder)
    await settle(b, a)
    await until('the folder that may go has gone', () => !existsSync(join(a.folder, 'goes')), {
      describe: () => a.homeseed.describe(),
    })
    await settle(a, b)
    assert.deepEqual(readdirSync(join(a.folder, 'stays')), ['own'])
    assert.equal(existsSync(join(b.folder, 'stays')), false, 'nobody else gets it back')
    rmSync(join(a.folder, '.syncignore'))
    await assertSame(a, b)
    assert.equal(read(b, 'stays/own'), 'own')
  })

  await t.test('a bad line is told; until it is mended the rules before hold, and nothing is deleted', async () => {
    put(a, '.syncignore', 'fine\n')
    put(a, 'kept', 'kept')
    await settle(a, b)
    put(a, '.syncignore', 'fine\n\n[\n')
    put(a, 'fine', 'ours')
    remove(a, 'kept')
    await a.homeseed.run('share', 'rescan', SHARE)
    await until('the line is told', async () =>
      (await problems(a)).some((line) => /^\.syncignore: .*\(line 3\)$/.test(line)),
    )
    await b.homeseed.settled(SHARE)
    assert.deepEqual([read(b, 'kept'), read(b, 'fine')], ['kept', undefined])
    put(a, '.syncignore', 'fine\nkept\n')
    await settle(a, b)
    assert.deepEqual(await problems(a), [])
    assert.equal(read(b, 'kept'), 'kept')
  })
})

test('rules for all devices are a file of the share; own rules come first, and may include others', async () => {
  await using world = await startTwo('ignored-by-all')
  const { a, b } = world
  put(a, '.syncignore.shared', '*.log\n/build\n')
  put(a, 'rules/mine', '!important.log\n')
  put(a, '.syncignore', '#include rules/mine\n')
  await settle(a, b)
  assert.equal(read(b, '.syncignore.shared'), '*.log\n/build\n')
  put(b, 'noise.log', 'noise of b')
  put(b, 'important.log', 'of b')
  put(a, 'important.log.txt', 'text')
  put(a, 'important.log', 'of a')
  put(a, 'build/out', 'out')
  await settle(a, b)
  assert.deepEqual([read(a, 'noise.log'), read(b, 'build/out')], [undefined, undefined])
  assert.deepEqual([read(a, 'important.log'), read(b, 'important.log')], ['of a', 'of b'])
  assert.equal(read(b, 'important.log.txt'), 'text')
  for (const name of ['.syncignore', '.syncignore.shared']) remove(a, name)
  await settle(a, b)
  await assertSame(a, b)
  const all = readdirSync(a.folder)
    .filter((name) => name.startsWith('important'))
    .map((name) => read(a, name))
  assert.deepEqual(all.sort(), ['of a', 'of b', 'text'])
})

async function assertSameBut(a: Device, b: Device, names: readonly string[]): Promise<void> {
  await settle(a, b)
  const list = ({ folder }: Device) =>
    readdirSync(folder, { recursive: true, encoding: 'utf8' })
      .filter((path) => !path.startsWith('.') && !names.some((name) => path === name || path.startsWith(`${name}/`)))
      .sort()
  assert.deepEqual(list(a), list(b))
}
