/** Three devices: who has a file passes it on, also when the one that made it is away. */
import assert from 'node:assert/strict'
import { rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import test from 'node:test'
import { writeLarge } from './content.ts'
import { assertSame, startTwo } from './devices.ts'

test('a third device gets from the second what the first made, while the first is away', async (t) => {
  await using world = await startTwo('three')
  const { a, b } = world
  for (let i = 0; i < 30; i++) writeFileSync(join(a.folder, `file-${i}`), `text ${i}`)
  writeLarge(join(a.folder, 'large'), 30 * 1024 * 1024, 3)
  await assertSame(a, b)
  await a.homeseed.stop()
  const c = await world.start('cleo')

  await t.test('the first is away', async () => {
    await world.join(c, b)
    const tree = await assertSame(c, b)
    assert.equal(tree.size, 31)
  })

  await t.test('a change of the third reaches the first through the second', async () => {
    writeFileSync(join(c.folder, 'from c'), 'made by the third')
    rmSync(join(c.folder, 'file-0'))
    await assertSame(c, b)
    await a.homeseed.restart()
    const tree = await assertSame(a, b, c)
    assert.ok(tree.has('from c') && !tree.has('file-0'))
  })

  await t.test('all three change something at once', async () => {
    for (const [name, { folder }] of Object.entries({ a, b, c })) writeFileSync(join(folder, `at once ${name}`), name)
    for (const { homeseed } of [a, b, c]) await homeseed.run('share', 'rescan', 'photos')
    const tree = await assertSame(b, a, c)
    assert.equal([...tree.keys()].filter((path) => path.startsWith('at once')).length, 3)
  })
})
